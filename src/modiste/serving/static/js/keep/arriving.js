/** Whoever opens a link to a look finds it laid out. */

import { announce } from "../announce.js";
import { Problem } from "../api.js";
import { state } from "../state.js";
import { linkedIds } from "./link.js";
import { notice } from "./notice.js";
import { passedOver, piecesOf } from "./pieces.js";

/** Lay out the look that the address names, now and whenever it names another. */
export function followLinks() {
  window.addEventListener("hashchange", () => arrive());
  if (state.shop) arrive();
  else state.addEventListener("shop", () => arrive(), { once: true });
}

async function arrive() {
  const ids = linkedIds();
  if (!ids.length) return;
  try {
    const { pieces, gone } = await piecesOf(ids);
    if (pieces.length) state.layOut(pieces, { given: pieces.map((piece) => piece.id) });
    const said = pieces.length ? passedOver(gone) : "Nothing of this look is left in the catalogue.";
    if (said) notice(said);
    state.addEventListener("board", forgetLink, { once: true });
    announce(pieces.length ? `A shared look of ${pieces.length} is laid out. ${said}` : said);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    state.fail("link", problem, arrive);
  }
}

/** Once the look was changed, the address does not name it any more. */
function forgetLink() {
  const address = new URL(location.href);
  address.hash = "";
  address.searchParams.delete("look");
  history.replaceState(history.state, "", address.pathname + address.search);
}
