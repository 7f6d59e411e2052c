/** <modiste-compose>: a wish in words, and "Dress me". */

import { announce } from "../announce.js";
import { element } from "../element.js";
import { bind } from "../keys.js";
import { state } from "../state.js";
import { composer } from "./composer.js";

const LONGEST = 200; // letters of a wish, as the service has it

class Compose extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    this.field = element("input", {
      type: "text",
      class: "field wish",
      name: "wish",
      maxLength: LONGEST,
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
