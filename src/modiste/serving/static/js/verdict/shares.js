/** What each piece does to the look: helps, costs, and the pair that clashes. */

import { element } from "../page.js";
import { nameOf, signed } from "../words.js";

const SLIGHT = 0.1; // logit: less than this is not worth a line
const CLASH = -0.1; // logit: a pair that costs less is not worth a line
const MOST = 4; // lines of each kind
const HALF = 1.2; // a logit of this much fills half of its side of the bar
const UNSEEN = 0.005; // a change of the chance that two decimals do not show

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

/** The ids of the two pieces that clash; none where no pair is worth a line. */
export function clashIn(explanation) {
  const clash = explanation?.clash;
  return clash && clash.logit <= CLASH ? clash.pieces : [];
}

function clashOf(explanation, point) {
  const [first, second] = clashIn(explanation).map((id) => explanation.pieces.find((piece) => piece.id === id));
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

/** What one piece does, as a small signed bar: to the right it helps, to the left it costs. */
export const shareBar = () =>
  element("span", { class: "share-bar", "aria-hidden": "true" }, element("span", { class: "share-fill" }));

/** The bar is as long as the logit: near 0 and 1 the chance hardly moves, whatever a piece does. */
export function showShare(bar, { logit }) {
  const size = Math.abs(logit);
  bar.dataset.sign = logit < 0 ? "minus" : "plus";
  bar.style.setProperty("--share", String(size / (size + HALF)));
}

/** "+.11", or "" where the chance does not move. */
export const figureOf = ({ probability }) => (Math.abs(probability) < UNSEEN ? "" : signed(probability));

export function inWords(share) {
  const does = share.logit < 0 ? "costs" : "helps";
  return Math.abs(share.probability) < UNSEEN ? `${does} a little` : `${does} by ${Math.abs(share.probability).toFixed(2)}`;
}
