/** The shop: what it says of itself, and the look that it shows to newcomers. */

import { get, verdictOn } from "./api.js";
import { linkedIds } from "./keep/sharing.js";
import { state } from "./state.js";

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
    document.getElementById("shop").textContent = shop.name;
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
  const ids = shop.example;
  if (ids.length < 2) return [];
  const { pieces } = await verdictOn(ids);
  return pieces;
}
