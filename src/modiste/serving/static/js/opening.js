/** What lies on the board when the page opens: a linked look, or the shop's example. */

import { get, post } from "./api.js";
import { linkedIds } from "./keep/link.js";
import { state } from "./state.js";

const WELCOME = "A look to begin with. Drag a piece from the catalogue, tap one to change it, or press New.";

/** Ask for the shop, and lay out its example unless the link names a look. */
export async function open() {
  try {
    const shop = await get("/v1/shop");
    state.setShop(shop);
    document.getElementById("shop").textContent = shop.name ?? "";
    if (linkedIds().length || state.pieces.length) return;
    await layExample(shop, { first: true });
    document.querySelector("modiste-board").welcome(WELCOME);
  } catch (problem) {
    state.fail("shop", problem, open);
  }
}

/** Lay out the look that the shop shows to newcomers. One question answers for all its pieces. */
export async function layExample(shop, { first = false } = {}) {
  const ids = shop.example ?? [];
  if (ids.length < 2) return;
  const { pieces } = await post("/v1/score", { pieces: ids });
  if (!first || !state.pieces.length) state.layOut(pieces, { first });
}
