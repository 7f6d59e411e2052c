/** <modiste-piece>: one garment on the sheet, its share of the verdict, and what can be done with it. */

import { element } from "../page.js";
import { imageOf } from "../picture.js";
import { figureOf, inWords, shareBar, showShare } from "../verdict/shares.js";
import { capital, nameOf, priceOf, slotName } from "../words.js";

const SIZE = 384;

class Piece extends HTMLElement {
  piece = null;

  /** Set once, right after it is made. */
  dress(piece) {
    this.piece = piece;
    this.className = "piece";
    this.dataset.id = piece.id;
    this.button = element("button", { type: "button", class: "piece-button", tabIndex: -1 });
    this.button.append(pictureOf(piece));
    this.bar = shareBar();
    this.figure = element("span", { class: "share-figure", "aria-hidden": "true" });
    const name = element("span", { class: "piece-name", dir: "auto" }, nameOf(piece));
    const price = element("span", { class: "piece-price" }, priceOf(piece));
    this.caption = element("span", { class: "piece-caption", "aria-hidden": "true" }, name, price);
    this.tools = element("span", { class: "piece-tools", role: "group", hidden: true });
    this.tools.ariaLabel = nameOf(piece);
    this.tools.append(toolOf("swap", "Swap for the best"), toolOf("remove", "Remove"));
    const share = element("span", { class: "share" }, this.bar, this.figure);
    this.append(element("div", { class: "piece-body" }, this.button, share, this.caption, this.tools));
    this.judge(null);
    return this;
  }

  /** The person's own pieces keep a green edge. */
  set given(given) {
    this.toggleAttribute("data-given", given);
    this.isGiven = given;
    this.#speak();
  }

  /** Show what it adds to the verdict ({logit, probability}), or nothing. */
  judge(share, { clashes = false } = {}) {
    this.share = share;
    this.toggleAttribute("data-clash", clashes);
    this.toggleAttribute("data-judged", share !== null);
    if (share !== null) {
      showShare(this.bar, share);
      this.figure.textContent = figureOf(share);
    }
    this.#speak();
  }

  select(selected) {
    this.toggleAttribute("data-selected", selected);
    this.button.ariaExpanded = String(selected);
    this.tools.hidden = !selected;
  }

  #speak() {
    const told = [capital(slotName(this.piece.category)), nameOf(this.piece), priceOf(this.piece)];
    if (this.share) told.push(inWords(this.share));
    if (this.hasAttribute("data-clash")) told.push("clashes");
    if (this.isGiven) told.push("yours");
    this.button.ariaLabel = told.filter(Boolean).join(", ");
    this.button.ariaExpanded ??= "false";
  }
}

function toolOf(does, words) {
  return element("button", { type: "button", class: "piece-tool", "data-does": does }, words);
}

/** The garment cut out; else the photograph as it is; else its name on a card. */
function pictureOf(piece) {
  const cut = imageOf(piece, { size: SIZE, cut: true });
  if (!cut) return cardOf(piece);
  const picture = element("img", { class: "piece-picture", alt: "", width: SIZE, height: SIZE, draggable: false });
  picture.decoding = "async";
  picture.fetchPriority = "high";
  picture.addEventListener("load", () => {
    picture.classList.toggle("is-uncut", isOpaque(picture));
    const ratio = picture.naturalWidth / picture.naturalHeight;
    picture.closest("modiste-piece")?.style.setProperty("--ratio", String(ratio));
    picture.closest("modiste-board")?.settle();
  });
  picture.addEventListener("error", () => {
    if (picture.classList.contains("is-plain")) {
      picture.replaceWith(cardOf(piece));
      return;
    }
    picture.classList.add("is-plain");
    picture.src = imageOf(piece, { size: SIZE });
  });
  picture.src = cut;
  return picture;
}

/** Whether its corners are no ground but photograph: it could not be cut out, and came whole. */
function isOpaque(picture) {
  const canvas = element("canvas", { width: 2, height: 1 });
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  const [right, below] = [picture.naturalWidth - 1, picture.naturalHeight - 1];
  paper.drawImage(picture, 0, 0, 1, 1, 0, 0, 1, 1);
  paper.drawImage(picture, right, below, 1, 1, 1, 0, 1, 1);
  const { data } = paper.getImageData(0, 0, 2, 1);
  return data[3] === 255 && data[7] === 255;
}

function cardOf(piece) {
  return element(
    "span",
    { class: "piece-card" },
    element("span", { class: "piece-card-name", dir: "auto" }, nameOf(piece)),
    element("span", { class: "piece-card-kind", dir: "auto" }, piece.fine || piece.category),
  );
}

customElements.define("modiste-piece", Piece);
