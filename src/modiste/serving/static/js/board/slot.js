/** <modiste-slot>: one place on the sheet, empty or with the pieces that are worn there. */

import { element } from "../element.js";
import { aSlot, capital, slotName } from "../words.js";
import { placeOf } from "./plan.js";

export class Slot extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    this.className = "slot";
    this.outline = element(
      "button",
      { type: "button", class: "slot-outline", tabIndex: -1, "aria-expanded": "false" },
      element("span", { class: "slot-name", dir: "auto" }, capital(slotName(this.name))),
    );
    this.outline.ariaLabel = `${capital(slotName(this.name))}, empty. Show the best pieces.`;
    this.append(this.outline);
    this.show([]);
  }

  get name() {
    return this.getAttribute("name");
  }

  /** How an empty slot is asked for, in a sentence: "a bag". */
  get wanted() {
    return aSlot(this.name);
  }

  /** Lay these pieces here, in this order; elements that stay are not touched. */
  show(pieceElements) {
    const { worn, empty, place, size } = placeOf(this.name);
    const count = pieceElements.length;
    this.toggleAttribute("data-worn", count > 0);
    this.outline.hidden = count > 0;
    this.style.setProperty("--weight", String(count ? worn : empty));
    this.style.setProperty("--size", String(size));
    this.style.setProperty("--abreast", String(abreast(count, place)));
    for (const gone of [...this.querySelectorAll(":scope > modiste-piece")]) {
      if (!pieceElements.includes(gone)) gone.remove();
    }
    pieceElements.forEach((piece, place) => {
      if (this.children[place + 1] !== piece) this.insertBefore(piece, this.children[place + 1] ?? null);
    });
  }
}

/** How many pieces lie beside each other: in the narrow column at the side, small things stack. */
function abreast(count, place) {
  if (count <= 1) return 1;
  if (count === 2 && (place === "left" || place === "whole")) return 1;
  return Math.ceil(Math.sqrt(count));
}

customElements.define("modiste-slot", Slot);
