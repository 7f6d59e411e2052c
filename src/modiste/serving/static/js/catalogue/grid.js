/** The grid of pieces: one tab stop, arrows within it, Enter or a tap places. */

import { carry } from "../board/drag.js";
import { pictureOf } from "../picture.js";
import { capital, nameOf, priceOf } from "../words.js";

const ROWS_OF_A_PAGE = 4;

/**
 * A listbox. Says "choose" with the piece, and "end" when the person goes on past the last one.
 */
export class Grid extends EventTarget {
  #tiles = new Map();
  #current = null; // the id of the tile that Tab reaches

  constructor(box) {
    super();
    this.box = box;
    box.addEventListener("keydown", (event) => this.#onKey(event));
    box.addEventListener("click", (event) => this.#choose(event.target.closest(".tile")));
    box.addEventListener("focusin", (event) => this.#makeCurrent(event.target.closest(".tile")));
  }

  /** Show these pieces, moving the tiles that are there. The focus stays with its piece. */
  show(pieces, { total, isWorn }) {
    const held = this.box.contains(document.activeElement) ? document.activeElement : null;
    const at = held ? this.#shown().indexOf(held) : -1;
    const tiles = pieces.map((piece) => this.#tiles.get(piece.id) ?? tileOf(piece));
    this.#tiles = new Map(tiles.map((tile) => [tile.dataset.id, tile]));
    if (!sameOrder(this.box.children, tiles)) this.box.replaceChildren(...tiles);
    tiles.forEach((tile, place) => tellPlace(tile, { place, total, worn: isWorn(tile.dataset.id) }));
    this.#makeCurrent(this.#tiles.get(this.#current) ?? tiles[0] ?? null);
    if (!held || !tiles.length || document.activeElement === held) return;
    const next = held.isConnected ? held : tiles[Math.min(Math.max(at, 0), tiles.length - 1)];
    next.focus({ preventScroll: true });
  }

  /** Say anew which pieces lie on the board. */
  mark({ total, isWorn }) {
    this.#shown().forEach((tile, place) =>
      tellPlace(tile, { place, total, worn: isWorn(tile.dataset.id) }),
    );
  }

  /** Frames of the pieces' size while nothing is known yet. */
  showSkeletons(count) {
    this.#tiles.clear();
    const frames = Array.from({ length: count }, () => {
      const frame = document.createElement("div");
      frame.className = "tile tile-skeleton";
      frame.role = "presentation";
      return frame;
    });
    this.box.replaceChildren(...frames);
  }

  #shown() {
    return [...this.#tiles.values()];
  }

  #choose(tile) {
    if (!tile?.piece) return;
    this.dispatchEvent(new CustomEvent("choose", { detail: { piece: tile.piece } }));
  }

  #makeCurrent(tile) {
    if (tile && !tile.piece) return;
    for (const other of this.#tiles.values()) other.tabIndex = other === tile ? 0 : -1;
    this.#current = tile?.dataset.id ?? null;
  }

  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const tile = event.target.closest(".tile");
    if (!tile?.piece) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#choose(tile);
      return;
    }
    const tiles = this.#shown();
    const here = tiles.indexOf(tile);
    const there = this.#goal(event.key, here, tiles.length);
    if (there === null) return;
    event.preventDefault();
    if (there >= tiles.length) this.dispatchEvent(new Event("end"));
    tiles[Math.min(Math.max(there, 0), tiles.length - 1)].focus();
  }

  #goal(key, here, count) {
    const across = getComputedStyle(this.box).gridTemplateColumns.split(" ").length;
    const onward = getComputedStyle(this.box).direction === "rtl" ? -1 : 1;
    const steps = {
      ArrowRight: onward,
      ArrowLeft: -onward,
      ArrowDown: across,
      ArrowUp: here - across < 0 ? 0 : -across,
      PageDown: across * ROWS_OF_A_PAGE,
      PageUp: -across * ROWS_OF_A_PAGE,
    };
    if (key in steps) return here + steps[key];
    if (key === "Home") return 0;
    return key === "End" ? count - 1 : null;
  }
}

const sameOrder = (children, tiles) =>
  children.length === tiles.length && tiles.every((tile, place) => children[place] === tile);

/** One piece, an option of the listbox: a tile that is made once and moved when the ranking changes. */
function tileOf(piece) {
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
    carry(piece, event.dataTransfer);
    const shown = tile.querySelector(".picture");
    event.dataTransfer.setDragImage(shown, shown.clientWidth / 2, shown.clientHeight / 2);
    tile.classList.add("is-dragged");
  });
  tile.addEventListener("dragend", () => tile.classList.remove("is-dragged"));
  return tile;
}

/** Where the tile is among all that were found, and whether it lies on the board. */
function tellPlace(tile, { place, total, worn }) {
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
