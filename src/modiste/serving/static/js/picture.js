/** A piece's photograph: where it is, and how it is shown. */

import { nameOf } from "./words.js";

/** Where a piece's photograph is, or null; `cut`: the garment alone on transparent ground. */
export function imageOf(piece, { size = 192, cut = false } = {}) {
  if (!piece?.image) return null;
  return `${piece.image}?size=${size}${cut ? "&cut=true" : ""}`;
}

/**
 * The photograph, without words: whoever shows it names the piece.
 *
 * A photograph that is missing or cannot be fetched is the piece's name on an empty frame.
 */
export function pictureOf(piece, { size = 192, cut = false, lazy = true } = {}) {
  const source = imageOf(piece, { size, cut });
  if (!source) return missing(piece);
  const picture = document.createElement("img");
  picture.className = "picture";
  picture.alt = "";
  picture.decoding = "async";
  picture.draggable = false;
  if (lazy) picture.loading = "lazy";
  picture.addEventListener("error", () => picture.replaceWith(missing(piece)), { once: true });
  picture.src = source;
  return picture;
}

function missing(piece) {
  const frame = document.createElement("span");
  frame.className = "picture picture-missing";
  frame.dir = "auto";
  frame.ariaHidden = "true";
  frame.textContent = nameOf(piece);
  return frame;
}
