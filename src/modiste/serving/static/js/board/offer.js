/** What an empty slot offers: its three best pieces, on a slip of paper beside it. */

import { isStale } from "../api.js";
import { announce, element } from "../page.js";
import { state } from "../state.js";
import { nameOf, saying, slotName } from "../words.js";
import { bestFor, choiceOf, taken, waiting } from "./suggestions.js";

const GAP = 4;
const REST = 160; // ms that a pointer rests before the slip appears
const LEAVE = 240; // ms in which it may move from the slot to the slip

export class Offer {
  slot = null;
  #asking = null;
  #filled = null;

  constructor(sheet) {
    this.sheet = sheet;
    this.title = element("p", { class: "offer-title" });
    this.row = element("div", { class: "choices" });
    this.slip = element("div", { class: "offer", id: "offer", role: "group", hidden: true }, this.title, this.row);
    sheet.append(this.slip);
    this.slip.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get isOpen() {
    return this.slot !== null;
  }

  /** Show what a slot offers; `enter` moves the focus to the first piece. */
  async open(slot, { enter = false } = {}) {
    if (this.slot !== slot) {
      this.close();
      this.slot = slot;
      slot.outline.ariaExpanded = "true";
      slot.outline.setAttribute("aria-controls", "offer");
      this.#filled = this.#fill(slot);
    }
    await this.#filled; // Enter may come while the pieces that the focus asked for are on their way
    if (enter && this.slot === slot) this.row.querySelector("button")?.focus();
  }

  /** `back`: the focus returns to the slot. */
  close({ back = false } = {}) {
    this.#asking?.abort();
    const slot = this.slot;
    this.slot = null;
    this.slip.hidden = true;
    if (!slot) return;
    slot.outline.ariaExpanded = "false";
    if (back) slot.outline.focus();
  }

  async #fill(slot) {
    this.#show(this.#titleOf(slot), waiting());
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const found = await bestFor(slot.name, { wornWith: state.ids, signal: asking.signal });
      if (this.slot !== slot) return;
      if (!found.length) this.#show("The catalogue has nothing for this.", []);
      else this.#show(this.#titleOf(slot), found.map((piece) => choiceOf(piece, (one) => this.#take(one))));
      announce(`${this.title.textContent} ${found.map(nameOf).join(", ")}`);
    } catch (error) {
      if (isStale(error) || this.slot !== slot) return;
      const again = element("button", { type: "button", class: "quiet", on: { click: () => this.#fill(slot) } }, "Try again");
      this.#show(saying(error), [again]);
      announce(saying(error));
    }
  }

  #titleOf(slot) {
    const name = slotName(slot.name);
    return state.pieces.length ? `Best ${name} for this look:` : `Start with ${slot.wanted}:`;
  }

  #show(title, children) {
    this.title.textContent = title;
    this.slip.ariaLabel = title.replace(/:$/, "");
    this.row.replaceChildren(...children);
    this.slip.hidden = false;
    this.#stand();
  }

  #take(piece) {
    const inside = this.slip.contains(document.activeElement);
    this.close();
    state.place(taken(piece), { given: false });
    if (inside) this.sheet.querySelector(`modiste-piece[data-id="${CSS.escape(piece.id)}"] .piece-button`)?.focus();
  }

  /** Below the slot, or above where there is no room; never over the slot, never off the sheet. */
  #stand() {
    const sheet = this.sheet.getBoundingClientRect();
    const slot = this.slot.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.slip;
    const middle = slot.x - sheet.x + slot.width / 2 - width / 2;
    const left = Math.min(Math.max(middle, GAP), sheet.width - width - GAP);
    const below = slot.bottom - sheet.y - GAP;
    const above = slot.y - sheet.y - height + GAP;
    const fits = below + height <= sheet.height || above < 0;
    const top = fits ? Math.min(below, sheet.height - height - GAP) : above;
    this.slip.style.setProperty("left", `${left}px`);
    this.slip.style.setProperty("top", `${top}px`);
  }

  #onKey(event) {
    if (event.key === "Escape") {
      event.stopPropagation();
      this.close({ back: true });
      return;
    }
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const choices = [...this.row.querySelectorAll("button")];
    const here = choices.indexOf(document.activeElement);
    choices[(here + step + choices.length) % choices.length]?.focus();
  }
}

/** An empty slot shows what it offers on focus, when a pointer rests on it, and on a tap. */
export function listenForOffers(sheet, offer) {
  let timer = 0;
  const soon = (act, ms) => {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  };
  const slotAt = (event) => event.target.closest?.(".slot-outline")?.closest("modiste-slot") ?? null;
  const waits = () => sheet.hasAttribute("data-waiting");

  sheet.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch" || event.buttons || waits()) return;
    const slot = slotAt(event);
    if (slot) soon(() => offer.open(slot), REST);
    else if (event.target.closest(".offer")) clearTimeout(timer);
    else if (offer.isOpen && !holdsFocus(offer)) soon(() => offer.close(), LEAVE);
    else clearTimeout(timer);
  });
  sheet.addEventListener("pointerleave", () => {
    if (holdsFocus(offer)) clearTimeout(timer);
    else soon(() => offer.close(), LEAVE);
  });
  sheet.addEventListener("focusin", (event) => {
    if (offer.hush || waits()) return;
    const slot = slotAt(event);
    if (slot && event.target.matches(":focus-visible")) offer.open(slot);
    else if (!slot && !event.target.closest(".offer")) offer.close();
  });
  sheet.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !sheet.contains(event.relatedTarget)) offer.close();
  });
  sheet.addEventListener("click", (event) => {
    const slot = slotAt(event);
    if (!slot || waits()) return;
    clearTimeout(timer);
    offer.open(slot, { enter: event.detail === 0 });
  });
  sheet.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && offer.isOpen) offer.close({ back: holdsFocus(offer) });
  });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest?.(".offer, .slot-outline")) offer.close();
  });
}

const holdsFocus = (offer) =>
  offer.slip.contains(document.activeElement) || offer.slot?.outline === document.activeElement;
