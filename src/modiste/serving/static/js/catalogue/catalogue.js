/** <modiste-catalogue>: search, filters, one's own photographs, and the grid of what was found. */

import { Problem, isStale } from "../api.js";
import { bind } from "../keys.js";
import { announce, element } from "../page.js";
import { state } from "../state.js";
import { saying } from "../words.js";
import { filtersFor } from "./filters.js";
import { Grid } from "./grid.js";
import "./photograph.js";
import { Found, Wanted } from "./search.js";

const TYPING = 220; // ms after the last letter
const DRESSING = 300; // ms after the last change of the board
const FIRST_FRAMES = 18;
const STILL = 250; // ms without a scroll

class Catalogue extends HTMLElement {
  #wanted = new Wanted();
  #found = new Found();
  #grid = null;
  #timer = 0;
  #rankedFor = null; // the board that the pieces shown are ranked for
  #isStarted = false;
  #watch = null;

  connectedCallback() {
    if (this.#grid) return;
    this.#build();
    this.#grid.showSkeletons(FIRST_FRAMES);
    if (state.shop) this.#start(state.shop);
    else state.addEventListener("shop", () => this.#start(state.shop));
    bind("/", "searches the catalogue", () => this.#openSearch());
    bind("Arrows", "go from piece to piece", null, { where: "In the catalogue" });
    bind("Enter", "places the piece, or takes it off", null, { where: "In the catalogue" });
  }

  #build() {
    Object.assign(this, catalogueFrame());
    this.append(...this.all);
    this.search.addEventListener("input", () => this.#later(TYPING, () => this.#searchWords()));
    this.search.addEventListener("change", () => this.#searchWords()); // left before the wait was over
    this.search.addEventListener("keydown", (event) => this.#onSearchKey(event));
    this.more.addEventListener("click", () => this.#showMore());
    this.#grid = new Grid(this.box);
    this.#grid.addEventListener("choose", (event) => this.#choose(event.detail.piece));
    this.#grid.addEventListener("end", () => this.#showMore());
  }

  #start(shop) {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.search.maxLength = shop.limits.words;
    this.filters.replaceChildren(filtersFor(shop, this.#wanted));
    this.#wanted.addEventListener("change", () => this.#find());
    state.addEventListener("board", () => this.#followBoard());
    state.addEventListener("offline", () => this.#comeBack());
    this.#watch = new IntersectionObserver(
      (seen) => seen.some((one) => one.isIntersecting) && this.#showMore(),
      { root: this.rack, rootMargin: "600px 0px" },
    );
    this.#find(shop.example);
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
  async #find(board = state.ids) {
    clearTimeout(this.#timer);
    if (this.search.value.trim() !== this.#wanted.now.text) this.search.value = this.#wanted.now.text;
    this.empty.hidden = true;
    this.box.hidden = false;
    this.rack.scrollTop = 0;
    this.#grid.showSkeletons(FIRST_FRAMES);
    await this.#ask(board, 0);
  }

  /** The board changed: the ranking follows, under the same scroll position. */
  #followBoard() {
    this.#mark();
    if (this.#wanted.now.text) return; // words are ranked by words
    this.#later(DRESSING, async () => {
      await whenStill(this.rack);
      if (this.#rankedFor === String(state.ids)) return; // asked for already as the page opened
      const seen = this.rack.scrollTop > 0 ? this.#found.pieces.length : 0;
      await this.#ask(state.ids, seen);
    });
  }

  async #ask(board, atLeast) {
    this.box.ariaBusy = "true";
    this.more.hidden = true;
    this.#rankedFor = String(board);
    try {
      await this.#found.open(this.#wanted.query(board), atLeast);
      this.#show();
    } catch (problem) {
      if (isStale(problem)) return;
      this.#rankedFor = null;
      this.#fail(problem);
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
    this.#watch.disconnect(); // watched anew, so that it speaks up if it is still in sight
    if (!isComplete) this.#watch.observe(this.more);
    if (!isQuiet) this.#tellCount(total);
  }

  #tellCount(total) {
    const order = this.#found.isByFit && total > 1 ? ", best fit first" : "";
    const told = `${total === 1 ? "1 piece" : `${total.toLocaleString()} pieces`}${order}`;
    if (this.count.textContent !== told) this.count.textContent = told;
  }

  /** The service was lost and is found: what it could not answer is asked again. */
  #comeBack() {
    if (!state.offline && this.box.hidden) this.#find();
  }

  #fail(problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (this.#found.pieces.length && !this.box.querySelector(".tile-skeleton")) return;
    this.box.hidden = true;
    this.empty.hidden = false;
    this.count.textContent = "";
    this.empty.replaceChildren(noAnswer(problem, () => this.#find()));
    announce(this.empty.textContent);
    if (problem.wait) this.#later(problem.wait * 1000, () => this.#find());
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

/** The parts, before anything is known, by their names; `all` are those that lie in the catalogue itself. */
function catalogueFrame() {
  const search = element("input", {
    type: "search",
    class: "search",
    id: "catalogue-search",
    placeholder: "Search the catalogue",
    "aria-label": "Search the catalogue",
    "aria-keyshortcuts": "/",
    autocomplete: "off",
    enterKeyHint: "search",
    dir: "auto",
  });
  const filters = element("div", { class: "filters-place" });
  const count = element("p", { class: "count", role: "status" });
  const box = element("div", {
    class: "grid",
    role: "listbox",
    "aria-label": "Pieces",
    "aria-multiselectable": "true",
  });
  const empty = element("div", { class: "grid-empty", hidden: true });
  const more = element("button", { type: "button", class: "button more", hidden: true }, "More");
  const rack = element("div", { class: "rack" }, box, empty, more);
  const top = element("div", { class: "catalogue-top", role: "search" }, search, filters);
  const photograph = document.createElement("modiste-photograph");
  const all = [top, count, rack, photograph];
  return { search, filters, count, box, empty, more, rack, photograph, all };
}

/** Nothing answers to what was asked. */
function nothingFound(wanted) {
  const { text } = wanted.now;
  const narrow = wanted.narrowings();
  const asked = [text ? `“${text}”` : null, ...narrow].filter(Boolean).join(", ");
  const loosen = () => wanted.loosen({ words: narrow.length === 0 });
  return card(
    "Not in the catalogue",
    asked ? `Nothing here answers to ${asked}.` : "Nothing hangs here yet.",
    asked ? button(narrow.length ? "Loosen the filters" : "Show everything", loosen) : null,
  );
}

/** The service could not say. */
function noAnswer(problem, again) {
  return card("The catalogue is silent", saying(problem), button("Try again", again));
}

function card(title, sentence, action) {
  return element(
    "div",
    { class: "nothing" },
    element("p", { class: "nothing-title" }, title),
    element("p", { class: "nothing-words", dir: "auto" }, sentence),
    action,
  );
}

const button = (words, click) =>
  element("button", { type: "button", class: "button", on: { click } }, words);

/** Resolves once `box` has not been scrolled for a moment; soon, if it is not being scrolled. */
function whenStill(box) {
  return new Promise((resolve) => {
    const done = () => {
      box.removeEventListener("scroll", again);
      resolve();
    };
    let timer = setTimeout(done, box.scrollTop > 0 ? STILL : 0);
    const again = () => {
      clearTimeout(timer);
      timer = setTimeout(done, STILL);
    };
    box.addEventListener("scroll", again, { passive: true });
  });
}

customElements.define("modiste-catalogue", Catalogue);
