/** One piece in the catalogue's grid: an option of its listbox. */

import { capital, nameOf, priceOf } from "../words.js";
import { pictureOf } from "./picture.js";

const ITEM = "application/x-modiste-item";

/** A tile that is made once and moved when the ranking changes. */
export function tileOf(piece) {
  const tile = document.createElement("div");
  tile.className = "tile";
  tile.role = "option";
  tile.tabIndex = -1;
  tile.draggable = true;
  tile.dataset.id = piece.id;
  tile.piece = piece;
  const picture = pictureOf(piece, { cut: true });
  const settle = () => tile.classList.add("is-shown");
  if (picture instanceof HTMLImageElement) {
    for (const end of ["load", "error"]) picture.addEventListener(end, settle, { once: true });
  } else settle();
  tile.append(picture, captionOf(piece));
  tile.addEventListener("dragstart", (event) => {
    event.dataTransfer.effectAllowed = "copy";
    event.dataTransfer.setData(ITEM, JSON.stringify(piece));
    event.dataTransfer.setData("text/plain", nameOf(piece));
    const shown = tile.querySelector(".picture");
    event.dataTransfer.setDragImage(shown, shown.clientWidth / 2, shown.clientHeight / 2);
    tile.classList.add("is-dragged");
  });
  tile.addEventListener("dragend", () => tile.classList.remove("is-dragged"));
  return tile;
}

/** Where the tile is among all that were found, and whether it lies on the board. */
export function tellPlace(tile, { place, total, worn }) {
  tile.ariaPosInSet = String(place + 1);
  tile.ariaSetSize = String(total);
  tile.ariaSelected = String(worn);
  tile.ariaLabel = spoken(tile.piece, worn);
}

function captionOf(piece) {
  const caption = document.createElement("span");
  caption.className = "tile-caption";
  const name = document.createElement("span");
  name.className = "tile-name";
  name.dir = "auto";
  name.textContent = nameOf(piece);
  caption.append(name);
  const price = priceOf(piece);
  if (price) {
    const worth = document.createElement("span");
    worth.className = "tile-price";
    worth.textContent = price;
    caption.append(worth);
  }
  return caption;
}

function spoken(piece, worn) {
  const told = [nameOf(piece), kindOf(piece), piece.brand, priceOf(piece)];
  return told.filter(Boolean).join(", ") + (worn ? ", on the board" : "");
}

/** Its kind, unless its name says it. */
function kindOf(piece) {
  const kind = piece.fine || piece.category || "";
  return nameOf(piece).toLowerCase().includes(kind.toLowerCase()) ? "" : capital(kind);
}
