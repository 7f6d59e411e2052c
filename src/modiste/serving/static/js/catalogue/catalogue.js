/** <modiste-catalogue>: search, filters, one's own photographs, and the grid of what was found. */

import { announce } from "../announce.js";
import { Problem, isStale } from "../api.js";
import { element } from "../element.js";
import { bind } from "../keys.js";
import { state } from "../state.js";
import { takeDropsAndPastes } from "./bringing.js";
import { filtersFor } from "./filters.js";
import { Found } from "./found.js";
import { Grid } from "./grid.js";
import { noAnswer, nothingFound } from "./nothing.js";
import "./photograph.js";
import { whenStill } from "./stillness.js";
import { Wanted } from "./wanted.js";

const TYPING = 220; // ms after the last letter
const DRESSING = 300; // ms after the last change of the board
const FIRST_FRAMES = 18;

class Catalogue extends HTMLElement {
  #wanted = new Wanted();
  #found = new Found();
  #grid = null;
  #timer = 0;
  #isStarted = false;

  connectedCallback() {
    if (this.#grid) return;
    this.#build();
    this.#grid.showSkeletons(FIRST_FRAMES);
    if (state.shop) this.#start(state.shop);
    else state.addEventListener("shop", () => this.#start(state.shop));
    bind("/", "Search the catalogue", () => this.#openSearch());
    bind("Arrows", "Go from piece to piece", null, { where: "In the catalogue" });
    bind("Enter", "Place the piece, or take it off", null, { where: "In the catalogue" });
    takeDropsAndPastes((file) => this.querySelector("modiste-photograph").bring(file));
  }

  #build() {
    this.search = element("input", {
      type: "search",
      class: "search",
      id: "catalogue-search",
      placeholder: "Search the catalogue",
      "aria-label": "Search the catalogue",
      "aria-keyshortcuts": "/",
      autocomplete: "off",
      enterKeyHint: "search",
      maxLength: 200,
      dir: "auto",
      on: { input: () => this.#later(TYPING, () => this.#searchWords()) },
    });
    this.search.addEventListener("keydown", (event) => this.#onSearchKey(event));
    this.filters = element("div", { class: "filters-place" });
    this.count = element("p", { class: "count", role: "status" });
    const box = element("div", {
      class: "grid",
      role: "listbox",
      "aria-label": "Pieces",
      "aria-multiselectable": "true",
    });
    this.box = box;
    this.empty = element("div", { class: "grid-empty", hidden: true });
    this.more = element(
      "button",
      { type: "button", class: "button more", hidden: true, on: { click: () => this.#showMore() } },
      "More",
    );
    this.rack = element("div", { class: "rack" }, box, this.empty, this.more);
    const photograph = document.createElement("modiste-photograph");
    const top = element("div", { class: "catalogue-top", role: "search" }, this.search, this.filters);
    this.append(top, this.count, this.rack, photograph);
    this.#grid = new Grid(box);
    this.#grid.addEventListener("choose", (event) => this.#choose(event.detail.piece));
    this.#grid.addEventListener("end", () => this.#showMore());
  }

  #start(shop) {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.filters.replaceChildren(filtersFor(shop, this.#wanted));
    this.#wanted.addEventListener("change", () => this.#find());
    state.addEventListener("board", () => this.#followBoard());
    const watch = new IntersectionObserver(
      (seen) => seen.some((one) => one.isIntersecting) && this.#showMore(),
      { root: this.rack, rootMargin: "600px 0px" },
    );
    watch.observe(this.more);
    this.#find();
  }

  #searchWords() {
    this.#wanted.change({ text: this.search.value.trim() });
  }

  #onSearchKey(event) {
    if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      clearTimeout(this.#timer);
      this.#searchWords();
      if (event.key === "ArrowDown") this.box.querySelector('[tabindex="0"]')?.focus();
    }
  }

  #openSearch() {
    document.querySelector('[data-opens="catalogue"][aria-expanded="false"]')?.click();
    this.search.focus();
    this.search.select();
  }

  #later(wait, what) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(what, wait);
  }

  /** Something else is looked for: from the top, in frames of the same size. */
  async #find() {
    clearTimeout(this.#timer);
    if (this.search.value.trim() !== this.#wanted.now.text) this.search.value = this.#wanted.now.text;
    this.empty.hidden = true;
    this.box.hidden = false;
    this.rack.scrollTop = 0;
    this.#grid.showSkeletons(FIRST_FRAMES);
    await this.#ask(0, () => this.#find());
  }

  /** The board changed: the ranking follows, under the same scroll position. */
  #followBoard() {
    this.#mark();
    if (this.#wanted.now.text) return; // words are ranked by words
    this.#later(DRESSING, async () => {
      await whenStill(this.rack);
      const seen = this.rack.scrollTop > 0 ? this.#found.pieces.length : 0;
      await this.#ask(seen, () => this.#followBoard());
    });
  }

  async #ask(atLeast, again) {
    this.box.ariaBusy = "true";
    this.more.hidden = true;
    try {
      await this.#found.open(this.#wanted.query(state.ids), atLeast);
      this.#show();
    } catch (problem) {
      if (isStale(problem)) return;
      this.#fail(problem, again);
    }
    this.box.ariaBusy = "false";
  }

  async #showMore() {
    if (this.box.ariaBusy === "true" || this.#found.isComplete) return;
    this.box.ariaBusy = "true";
    try {
      await this.#found.more();
      this.#show({ isQuiet: true });
    } catch (problem) {
      if (isStale(problem)) return;
      if (!(problem instanceof Problem)) throw problem;
      this.more.textContent = "More: that did not work, try again";
    }
    this.box.ariaBusy = "false";
  }

  #show({ isQuiet = false } = {}) {
    const { pieces, total, isComplete } = this.#found;
    this.#grid.show(pieces, this.#standing());
    this.box.hidden = !pieces.length;
    this.empty.hidden = pieces.length > 0;
    if (!pieces.length) this.empty.replaceChildren(nothingFound(this.#wanted));
    this.more.hidden = isComplete;
    this.more.textContent = "More";
    const order = !this.#wanted.now.text && state.pieces.length ? ", best with the board first" : "";
    const words = total === 1 ? "1 piece" : `${total.toLocaleString()} pieces`;
    if (!isQuiet) this.#tellCount(words, pieces.length ? order : "");
  }

  #tellCount(words, order) {
    const told = `${words}${order}`;
    if (this.count.textContent !== told) this.count.textContent = told;
  }

  #fail(problem, again) {
    if (!(problem instanceof Problem)) throw problem;
    if (this.#found.pieces.length && !this.box.querySelector(".tile-skeleton")) return;
    this.box.hidden = true;
    this.empty.hidden = false;
    this.count.textContent = "";
    this.empty.replaceChildren(noAnswer(problem, again));
    announce(this.empty.textContent);
  }

  #choose(piece) {
    if (state.has(piece.id)) state.remove(piece.id);
    else state.place(piece);
  }

  #mark() {
    this.#grid.mark(this.#standing());
  }

  #standing() {
    return { total: this.#found.total, isWorn: (id) => state.has(id) };
  }
}

customElements.define("modiste-catalogue", Catalogue);
