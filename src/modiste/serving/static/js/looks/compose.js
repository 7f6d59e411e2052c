/** Composing looks: what is being composed, one for the whole page, and where it is asked for. */

import { Problem, isStale, post } from "../api.js";
import { bind } from "../keys.js";
import { announce, element } from "../page.js";
import { state } from "../state.js";

export const LOOKS = 4;
const PATIENCE = 60_000; // ms: a wish over a large catalogue takes its time

/** The wish, the looks, and what went wrong. Says "change" whenever there is something else to show. */
class Composer extends EventTarget {
  looks = [];
  notes = [];
  isBusy = false;
  problem = null;
  wish = "";
  /** The pieces that the looks were composed around. */
  given = [];
  #seed = 0;
  #asked = null;

  /** Compose from the pieces that the person chose, and the wish. */
  dress(wish) {
    this.wish = wish;
    this.#seed = 0;
    this.given = state.pieces.filter((piece) => piece.given);
    return this.#compose();
  }

  /** Other looks of the same. */
  others() {
    this.#seed += 1;
    return this.#compose();
  }

  /** Ask the same once more. */
  again() {
    return this.#compose();
  }

  async #compose() {
    this.#asked?.abort();
    const asked = new AbortController();
    this.#asked = asked;
    this.#set({ isBusy: true, problem: null });
    const request = {
      pieces: this.given.map((piece) => piece.id),
      wish: this.wish || null,
      looks: LOOKS,
      seed: this.#seed,
    };
    try {
      const options = { signal: asked.signal, patience: PATIENCE };
      const { looks, notes } = await post("/v1/compose", request, options);
      this.#set({ looks, notes, isBusy: false });
    } catch (problem) {
      if (isStale(problem)) return; // a newer wish is on its way
      if (!(problem instanceof Problem)) throw problem;
      this.#set({ problem, isBusy: false });
    }
  }

  #set(some) {
    Object.assign(this, some);
    this.dispatchEvent(new Event("change"));
  }
}

export const composer = new Composer();

/** <modiste-compose>: a wish in words, and "Dress me". */
class Compose extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    this.field = element("input", {
      type: "text",
      class: "field wish",
      name: "wish",
      placeholder: "A wish: something for rain",
      "aria-label": "A wish in words",
      autocomplete: "off",
      enterKeyHint: "go",
      dir: "auto",
    });
    this.button = element(
      "button",
      { type: "submit", class: "button button-main dress", "aria-keyshortcuts": "c" },
      "Dress me",
    );
    this.keeps = element("p", { class: "compose-keeps" });
    this.form = element("form", { class: "compose" }, this.field, this.button);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#dress();
    });
    this.append(this.form, this.keeps);
    bind("c", "composes looks from what you chose", () => this.#dress());
    state.addEventListener("board", () => this.#tellKept());
    composer.addEventListener("change", () => this.#follow());
    if (state.shop) this.#open();
    else state.addEventListener("shop", () => this.#open());
    this.#tellKept();
  }

  #open() {
    this.field.maxLength = state.shop.limits.words;
    this.field.hidden = !state.shop.reads_words;
    this.form.classList.toggle("compose-wordless", !state.shop.reads_words);
    this.#tellKept();
  }

  #dress() {
    if (composer.isBusy) return;
    announce("Dressing …");
    composer.dress(this.field.hidden ? "" : this.field.value.trim());
  }

  #follow() {
    this.toggleAttribute("data-busy", composer.isBusy);
    this.button.ariaDisabled = String(composer.isBusy);
    this.button.textContent = composer.isBusy ? "Dressing …" : "Dress me";
  }

  #tellKept() {
    const given = state.pieces.filter((piece) => piece.given).length;
    const keeps = {
      0: "Whole looks, from nothing but the catalogue.",
      1: "Whole looks around the piece you chose.",
    };
    const words = keeps[given] ?? `Whole looks around the ${given} pieces you chose.`;
    const wordless = state.shop && !state.shop.reads_words;
    this.keeps.textContent = wordless
      ? `${words} This stylist was not taught to read, so it takes no wishes.`
      : words;
  }
}

customElements.define("modiste-compose", Compose);
