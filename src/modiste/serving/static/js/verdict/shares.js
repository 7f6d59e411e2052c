/** What each piece does to the look, in plain words: helps, costs, and the pair that clashes. */

import { element } from "../element.js";
import { figureOf, inWords, shareBar, showShare } from "../board/share.js";
import { nameOf } from "../words.js";

const SLIGHT = 0.1; // logit: less than this is not worth a line
const CLASH = -0.1; // logit
const MOST = 4; // lines of each kind

/** Lines of an explanation; `point` is called with the id of a piece that is asked for. */
export function sharesOf(explanation, point) {
  const byShare = [...explanation.pieces].sort((one, other) => adds(other) - adds(one));
  const helps = byShare.filter((one) => adds(one) >= SLIGHT).slice(0, MOST);
  const costs = byShare.filter((one) => adds(one) <= -SLIGHT).slice(-MOST).reverse();
  return [
    group("Helps", helps.map((one) => line(one, point))),
    group("Costs", costs.map((one) => line(one, point))),
    group("Clash", clashOf(explanation, point)),
  ].filter(Boolean);
}

/** The piece that does least, among several. */
export const weakest = (explanation) =>
  [...explanation.pieces].sort((one, other) => one.adds.logit - other.adds.logit)[0];

const adds = (piece) => piece.adds.logit;

function group(title, lines) {
  if (!lines.length) return null;
  const told = lines.some((one) => one.querySelector(".share-figure:not(:empty)"));
  const id = `shares-${title.toLowerCase()}`;
  return element(
    "div",
    { class: `shares shares-${title.toLowerCase()}`, "data-told": told ? "" : null },
    element("h3", { class: "shares-title", id }, title),
    element("ul", { "aria-labelledby": id }, ...lines.map((one) => element("li", {}, one))),
  );
}

function line(piece, point) {
  const bar = shareBar();
  showShare(bar, piece.adds);
  const made = element(
    "button",
    { type: "button", class: "share-line", on: { click: () => point(piece.id) } },
    element("span", { class: "share-name", dir: "auto" }, nameOf(piece)),
    bar,
    element("span", { class: "share-figure" }, figureOf(piece.adds)),
  );
  made.ariaLabel = `${nameOf(piece)} ${inWords(piece.adds)}`;
  return made;
}

function clashOf({ clash, pieces }, point) {
  if (!clash || clash.logit > CLASH) return [];
  const [first, second] = clash.pieces.map((id) => pieces.find((piece) => piece.id === id));
  if (!first || !second) return [];
  const name = (piece) => element("span", { dir: "auto" }, nameOf(piece));
  return [
    element(
      "button",
      { type: "button", class: "share-line clash-line", on: { click: () => point(first.id) } },
      element("span", { class: "share-name" }, name(first), " \u00d7 ", name(second)),
    ),
  ];
}
