/** A small board: the pieces of a look where they are worn. */

import { pictureOf } from "../catalogue/picture.js";
import { element } from "../element.js";
import { nameOf } from "../words.js";
import { arrange } from "./arrangement.js";

/** The picture of a look; hidden from screen readers, which are told `lookInWords`. */
export function miniatureOf(pieces, { isGiven = () => false } = {}) {
  const sheet = element("span", { class: "miniature", "aria-hidden": "true" });
  arrange(pieces).forEach((box, number) => {
    const piece = pieces[number];
    const place = element("span", { class: "miniature-piece" }, pictureOf(piece, { cut: true }));
    place.toggleAttribute("data-given", isGiven(piece));
    for (const [side, share] of Object.entries(box)) {
      place.style.setProperty(`--${side}`, `${share.toFixed(2)}%`);
    }
    sheet.append(place);
  });
  return sheet;
}

/** "blue dress, black sandals and 2 more" */
export function lookInWords(pieces, most = 8) {
  const names = pieces.slice(0, most).map(nameOf);
  const left = pieces.length - names.length;
  return names.join(", ") + (left > 0 ? ` and ${left} more` : "");
}
