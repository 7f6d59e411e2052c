/** <modiste-board>: the sheet on which a look lies, where it is worn. */

import { announce } from "../announce.js";
import { element } from "../element.js";
import { bind } from "../keys.js";
import { state } from "../state.js";
import { nameOf, saying, theName } from "../words.js";
import { contest } from "./contest.js";
import { moveByHand, takeFromCatalogue } from "./hands.js";
import { Offer } from "./offer.js";
import { listenForOffers } from "./offering.js";
import "./piece.js";
import { planOf, slotsOf } from "./plan.js";
import { buildSheet } from "./sheet.js";
import "./slot.js";
import { keepOneStop, step } from "./steps.js";
import { swapForBest } from "./swap.js";
import { Threads } from "./threads.js";

const WHERE = "On the board";
const BEFORE = ["outerwear", "bags", "tops", "bottoms", "shoes", "jewellery", "accessories"];
const CLASH = -0.1; // a pair that costs less than this is not worth a line

class Board extends HTMLElement {
  #pieces = new Map();

  connectedCallback() {
    if (this.sheet) return;
    this.sheet = element("div", { class: "sheet", role: "group", "aria-label": "The look; arrows go from piece to piece" });
    this.hint = element("p", { class: "board-hint", hidden: true });
    this.trouble = element("div", { class: "trouble", hidden: true });
    this.append(this.sheet, this.hint, this.trouble);
    this.offer = new Offer(this.sheet);
    this.threads = new Threads(this.sheet);
    this.#layPlan(BEFORE);
    this.sheet.toggleAttribute("data-waiting", true);
    this.#listen();
    this.#bindKeys();
  }

  /** The pictures have come, or the sheet has another size: lines are drawn anew. */
  settle() {
    requestAnimationFrame(() => this.threads.draw());
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
    moveByHand(sheet, () => this.threads.draw());
    takeFromCatalogue(sheet);
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
    this.#layPlan(slotsOf(state.shop ?? { slots: BEFORE.map((name) => ({ name })) }, state.pieces));
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
    const clash = explanation?.clash && explanation.clash.logit <= CLASH ? explanation.clash.pieces : [];
    const shares = new Map((explanation?.pieces ?? []).map((one) => [one.id, one.adds]));
    for (const [id, piece] of this.#pieces) {
      piece.judge(shares.get(id) ?? null, { clashes: clash.includes(id) });
    }
    this.threads.join(this.#pieces.get(clash[0]), this.#pieces.get(clash[1]));
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

customElements.define("modiste-board", Board);
