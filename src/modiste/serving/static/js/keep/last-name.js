/** The name that a look was saved under, for as long as it lies on the board unchanged. */

import { calledAfter } from "./naming.js";

let named = { ids: "", name: "" };
const key = (pieces) => pieces.map((piece) => piece.id).sort().join("\n");

export const naming = {
  /** This look is called so. */
  tell(pieces, name) {
    named = { ids: key(pieces), name };
  },

  /** What it is called: as it was saved, else after its pieces. */
  of(pieces) {
    return pieces.length && key(pieces) === named.ids ? named.name : calledAfter(pieces);
  },
};
