/** <modiste-board>: the sheet on which a look lies, where it is worn. */

import { bind } from "../keys.js";
import { announce, element } from "../page.js";
import { state } from "../state.js";
import { clashIn } from "../verdict/shares.js";
import { nameOf, saying } from "../words.js";
import { ClashLine } from "./clash.js";
import { dragOnSheet, dropFromCatalogue } from "./drag.js";
import { Offer, listenForOffers } from "./offer.js";
import "./piece.js";
import { buildSheet, contest, planOf, slotsOf } from "./slots.js";
import { swapForBest } from "./suggestions.js";

const WHERE = "On the board";
const BEFORE = ["outerwear", "bags", "tops", "bottoms", "shoes", "jewellery", "accessories"];

// Arrows go from piece to piece, to the nearest in their direction.
const AWAY = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const ASIDE = 2; // how much more a step to the side counts than one ahead
const AHEAD = 4; // px: less ahead is beside

class Board extends HTMLElement {
  #pieces = new Map();

  connectedCallback() {
    if (this.sheet) return;
    this.sheet = element("div", { class: "sheet", role: "group", "aria-label": "The look; arrows go from piece to piece" });
    this.hint = element("p", { class: "board-hint", hidden: true });
    this.trouble = element("div", { class: "trouble", hidden: true });
    this.append(this.sheet, this.hint, this.trouble);
    this.offer = new Offer(this.sheet);
    this.clash = new ClashLine(this.sheet);
    this.#layPlan(BEFORE);
    this.sheet.toggleAttribute("data-waiting", true);
    this.#listen();
    this.#bindKeys();
  }

  /** The pictures have come, or the sheet has another size: lines are drawn anew. */
  settle() {
    requestAnimationFrame(() => this.clash.draw());
  }

  #listen() {
    const { sheet, offer } = this;
    state.addEventListener("shop", () => {
      this.#render();
      requestAnimationFrame(() => requestAnimationFrame(() => sheet.removeAttribute("data-waiting")));
    });
    state.addEventListener("board", (event) => this.#changed(event.detail));
    state.addEventListener("verdict", (event) => this.#judge(event.detail));
    state.addEventListener("select", ({ detail }) => this.#select(detail.piece));
    state.addEventListener("contest", ({ detail }) => contest(detail));
    state.addEventListener("already", ({ detail }) => this.#point(detail.piece));
    state.addEventListener("full", ({ detail }) => announce(`${detail.limit} pieces are the most for one look.`));
    state.addEventListener("failed", ({ detail }) => this.#fail(detail));
    sheet.addEventListener("click", (event) => this.#clicked(event));
    sheet.addEventListener("keydown", (event) => this.#onKey(event));
    sheet.addEventListener("focusin", () => keepOneStop(sheet));
    sheet.addEventListener("transitionend", () => this.settle());
    new ResizeObserver(() => this.settle()).observe(sheet);
    listenForOffers(sheet, offer);
    dragOnSheet(sheet, () => this.clash.draw());
    dropFromCatalogue(sheet);
  }

  #bindKeys() {
    bind("Enter", "shows what can be done with a piece, or what an empty slot offers", null, { where: WHERE });
    bind("Delete", "takes the piece away", null, { where: WHERE });
    bind("S", "swaps it for the best in its slot", null, { where: WHERE });
    bind("Arrows", "go from piece to piece", null, { where: WHERE });
  }

  #layPlan(slots) {
    const named = slots.join("\n");
    if (this.planned === named) return;
    this.planned = named;
    this.offer.close();
    buildSheet(this.sheet, planOf(slots));
  }

  #render() {
    const held = document.activeElement?.closest?.("modiste-piece");
    const slotHeld = held?.closest("modiste-slot")?.name;
    this.#layPlan(slotsOf(state.shop ?? { slots: BEFORE.map((name) => ({ name, worn: 1 })) }, state.pieces));
    const laid = new Map();
    for (const piece of state.pieces) {
      const made = this.#pieces.get(piece.id) ?? document.createElement("modiste-piece").dress(piece);
      made.given = piece.given;
      laid.set(piece.id, made);
    }
    this.#pieces = laid;
    for (const slot of this.sheet.querySelectorAll("modiste-slot")) {
      slot.show(state.inSlot(slot.name).map((piece) => laid.get(piece.id)));
    }
    keepOneStop(this.sheet);
    if (held && !held.isConnected) this.#focusSlot(slotHeld);
    this.settle();
  }

  #changed({ change, piece }) {
    this.offer.close();
    this.#render();
    this.toggleAttribute("data-empty", state.pieces.length === 0);
    const said = {
      place: () => `${nameOf(piece)} is on the board.`,
      remove: () => `${nameOf(piece)} is off the board.`,
      replace: () => `${nameOf(piece)} is on the board instead.`,
      "lay out": () => `A look of ${state.pieces.length} pieces is laid out.`,
      clear: () => "The board is empty.",
      undo: () => "Undone.",
    };
    announce(said[change]());
    this.hint.hidden = true;
  }

  /** One gentle line for those who come for the first time. */
  welcome(text) {
    this.hint.textContent = text;
    this.hint.hidden = false;
  }

  #judge({ explanation, pending }) {
    this.toggleAttribute("data-pending", pending);
    const clash = clashIn(explanation);
    const shares = new Map((explanation?.pieces ?? []).map((one) => [one.id, one.adds]));
    for (const [id, piece] of this.#pieces) {
      piece.judge(shares.get(id) ?? null, { clashes: clash.includes(id) });
    }
    this.clash.join(this.#pieces.get(clash[0]), this.#pieces.get(clash[1]));
  }

  #select(selected) {
    for (const [id, piece] of this.#pieces) piece.select(id === selected?.id);
  }

  #clicked(event) {
    const piece = event.target.closest("modiste-piece");
    const tool = event.target.closest("[data-does]");
    if (tool) this.#use(tool.dataset.does, piece.piece);
    else if (event.target.closest(".piece-button")) {
      state.select(state.selected?.id === piece.dataset.id ? null : piece.dataset.id);
    } else if (!event.target.closest(".offer, .slot-outline")) state.select(null);
  }

  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || step(this.sheet, event)) return;
    if (event.key === "Escape") state.select(null);
    const piece = event.target.closest("modiste-piece")?.piece;
    const does = { Delete: "remove", Backspace: "remove", s: "swap", S: "swap" }[event.key];
    if (!piece || !does) return;
    event.preventDefault();
    this.#use(does, piece);
  }

  async #use(does, piece) {
    if (does === "remove") {
      state.remove(piece.id);
      return;
    }
    this.#pieces.get(piece.id)?.toggleAttribute("data-swapping", true);
    const best = await swapForBest(piece);
    this.#pieces.get(piece.id)?.removeAttribute("data-swapping");
    if (best) this.#pieces.get(best.id)?.button.focus();
  }

  #point(piece) {
    announce(`${nameOf(piece)} is on the board already.`);
    const there = this.#pieces.get(piece.id);
    there?.toggleAttribute("data-pointed", true);
    setTimeout(() => there?.removeAttribute("data-pointed"), 900);
  }

  #focusSlot(name) {
    const slot = this.sheet.querySelector(`modiste-slot[name="${CSS.escape(name ?? "")}"]`);
    const next = slot?.querySelector(".piece-button") ?? slot?.outline;
    this.offer.hush = true; // the focus was moved for them: nothing opens by itself
    (next ?? this.sheet.querySelector("[tabindex='0']"))?.focus();
    this.offer.hush = false;
  }

  #fail({ what, problem, again }) {
    if (!["shop", "swap"].includes(what)) return;
    const retry = () => {
      this.trouble.hidden = true;
      again();
    };
    const text = what === "swap" ? `No swap was found. ${saying(problem)}` : saying(problem);
    this.trouble.replaceChildren(element("p", {}, text));
    if (again) this.trouble.append(element("button", { type: "button", class: "button", on: { click: retry } }, "Try again"));
    this.trouble.hidden = false;
    announce(text);
  }
}

const stopsOf = (sheet) =>
  [...sheet.querySelectorAll(".piece-button, .slot-outline")].filter((one) => !one.hidden);

/** Keep exactly one of them within reach of Tab: the one last focused, else the first piece. */
function keepOneStop(sheet) {
  const stops = stopsOf(sheet);
  const held = stops.find((one) => one === document.activeElement) ?? stops.find((one) => one.tabIndex === 0);
  const reached = held ?? stops.find((one) => one.matches(".piece-button")) ?? stops[0];
  for (const one of stops) one.tabIndex = one === reached ? 0 : -1;
}

/** Move the focus; true if the key was an arrow. */
function step(sheet, event) {
  const away = AWAY[event.key];
  if (!away || !event.target.matches(".piece-button, .slot-outline")) return false;
  event.preventDefault();
  const from = middleOf(event.target);
  const distance = (one) => {
    const to = middleOf(one);
    const ahead = (to.x - from.x) * away[0] + (to.y - from.y) * away[1];
    const aside = Math.abs((to.x - from.x) * away[1]) + Math.abs((to.y - from.y) * away[0]);
    return ahead > AHEAD ? ahead + aside * ASIDE : Infinity;
  };
  const others = stopsOf(sheet).filter((one) => one !== event.target && distance(one) < Infinity);
  others.sort((one, other) => distance(one) - distance(other));
  others[0]?.focus();
  return true;
}

function middleOf(one) {
  const box = one.getBoundingClientRect();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

customElements.define("modiste-board", Board);
