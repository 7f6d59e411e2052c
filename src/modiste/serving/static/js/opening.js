/** What lies on the board when the page opens: a linked look, or the shop's example. */

import { get } from "./api.js";
import { linkedIds } from "./keep/link.js";
import { state } from "./state.js";
import { verdictOn } from "./verdict/asked.js";

const WELCOME = "A look to begin with. Drag a piece from the catalogue, tap one to change it, or press New.";

/**
 * Ask for the shop, and lay out its example unless the link names a look.
 *
 * The page learns of both at once: nothing is shown that would change a moment later.
 */
export async function open() {
  try {
    const shop = await get("/v1/shop");
    const pieces = linkedIds().length || state.pieces.length ? [] : await exampleOf(shop);
    document.getElementById("shop").textContent = shop.name ?? "";
    state.setShop(shop);
    if (!pieces.length || state.pieces.length) return;
    state.layOut(pieces, { first: true });
    document.querySelector("modiste-board").welcome(WELCOME);
  } catch (problem) {
    state.fail("shop", problem, open);
  }
}

/** Lay out the look that the shop shows to newcomers. */
export async function layExample() {
  state.layOut(await exampleOf(state.shop));
}

/** The pieces of the shop's example; the question also answers for its verdict, later. */
async function exampleOf(shop) {
  const ids = shop.example ?? [];
  if (ids.length < 2) return [];
  const { pieces } = await verdictOn(ids);
  return pieces;
}
