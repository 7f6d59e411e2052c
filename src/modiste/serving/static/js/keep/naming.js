/** What a look is called until somebody names it. */

import { nameOf } from "../words.js";

const WEIGHT = [/dress|jumpsuit/, /outerwear|coat|jacket/, /top/, /bottom|skirt|trouser/, /shoe/];
const LONGEST = 80;

/** "Blue dress and black sandals": its two weightiest pieces. */
export function calledAfter(pieces) {
  const weight = (piece) => {
    const place = WEIGHT.findIndex((word) => word.test(String(piece.category).toLowerCase()));
    return place < 0 ? WEIGHT.length : place;
  };
  const names = [...pieces].sort((one, other) => weight(one) - weight(other)).map(nameOf);
  if (!names.length) return "A look";
  const second = names[1] ? ` and ${names[1][0].toLowerCase()}${names[1].slice(1)}` : "";
  const name = names[0] + second;
  return name.length > LONGEST ? `${name.slice(0, LONGEST - 1).trimEnd()}…` : name;
}
