/** One key: wear the best piece of a slot instead of this one. */

import { announce } from "../announce.js";
import { state } from "../state.js";
import { nameOf, theName } from "../words.js";
import { bestFor } from "./best.js";

/** Exchange a piece for the best of its slot with the others; gives the new piece, or null. */
export async function swapForBest(piece) {
  const wornWith = state.ids.filter((id) => id !== piece.id);
  if (!wornWith.length) {
    announce("Add another piece first; then there is something to go with.");
    return null;
  }
  state.busy("swap", true);
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
  } finally {
    state.busy("swap", false);
  }
}

/** A suggestion as a piece: what was said about it with other pieces does not stay with it. */
export function taken({ verdict, score, why, ...piece }) {
  return piece;
}
