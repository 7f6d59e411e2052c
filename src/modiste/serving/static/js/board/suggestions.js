/** The best pieces for a slot: asked for, shown to choose from, and worn. */

import { get, keeper, post } from "../api.js";
import { announce, element } from "../page.js";
import { imageOf } from "../picture.js";
import { state } from "../state.js";
import { chance, nameOf, priceOf, theName } from "../words.js";

const KEPT = 40; // answers
const kept = keeper(KEPT);

/**
 * Up to `k` pieces of a slot, best first; asked for once for each board. Each has a `verdict` on the
 * look with it, unless it is worn with nothing: then the slot's first pieces are given.
 *
 * wornWith: ids that it is worn with.
 */
export function bestFor(slot, { wornWith, k = 3, signal } = {}) {
  const asked = JSON.stringify([slot, k, [...wornWith].sort()]);
  return kept(asked, () => ask(slot, wornWith, k, signal));
}

async function ask(slot, wornWith, k, signal) {
  if (!wornWith.length) {
    const page = await get("/v1/items", { category: slot, limit: k }, { signal });
    return page.items;
  }
  const answer = await post("/v1/complete", { pieces: wornWith, category: slot, k }, { signal });
  return answer.suggestions;
}

/** A button for a piece; `chosen` is called with it. */
export function choiceOf(piece, chosen) {
  const made = element("button", { type: "button", class: "choice", on: { click: () => chosen(piece) } });
  const odds = piece.verdict ? chance(piece.verdict.probability) : "";
  const told = [nameOf(piece), priceOf(piece), odds && `${odds} with it`];
  made.ariaLabel = told.filter(Boolean).join(", ");
  made.title = nameOf(piece);
  made.append(
    pictureOf(piece),
    element("span", { class: "choice-name", dir: "auto" }, nameOf(piece)),
    element("span", { class: "choice-facts" }, odds || priceOf(piece) || "\u00a0"),
  );
  return made;
}

/** Frames of the same size while they are looked for. */
export const waiting = (count = 3) =>
  Array.from({ length: count }, () =>
    element(
      "span",
      { class: "choice is-waiting" },
      element("span", { class: "choice-picture" }),
      element("span", { class: "choice-name" }, "\u00a0"),
      element("span", { class: "choice-facts" }, "\u00a0"),
    ),
  );

function pictureOf(piece) {
  const source = imageOf(piece, { size: 192, cut: true });
  const missing = () => element("span", { class: "choice-picture is-missing" }, "No photograph");
  if (!source) return missing();
  const picture = element("img", { class: "choice-picture", alt: "", width: 96, height: 112 });
  picture.decoding = "async";
  picture.fetchPriority = "high";
  picture.addEventListener("error", () => {
    if (picture.src.includes("cut=true")) picture.src = imageOf(piece, { size: 192 });
    else picture.parentElement.replaceWith(missing());
  });
  picture.src = source;
  return element("span", { class: "daylit" }, picture);
}

/** Exchange a piece for the best of its slot with the others; gives the new piece, or null. */
export async function swapForBest(piece) {
  const wornWith = state.ids.filter((id) => id !== piece.id);
  if (!wornWith.length) {
    announce("Add another piece first; then there is something to go with.");
    return null;
  }
  try {
    const [best] = await bestFor(piece.category, { wornWith, k: 1 });
    if (!best || best.id === piece.id) {
      announce(`Nothing goes better here than ${theName(piece)}.`);
      return null;
    }
    if (!state.replace(piece.id, taken(best))) return null;
    announce(`${nameOf(best)} instead of ${theName(piece)}.`);
    return best;
  } catch (problem) {
    state.fail("swap", problem, () => swapForBest(piece));
    return null;
  }
}

/** A suggestion as a piece: what was said about it with other pieces does not stay with it. */
export function taken({ verdict, score, why, ...piece }) {
  return piece;
}
