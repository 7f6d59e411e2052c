/** <modiste-looks>: the composed looks as small boards; one click lays one out. */

import { announce, element } from "../page.js";
import { state } from "../state.js";
import { chance, saying, withNames } from "../words.js";
import { LOOKS, composer } from "./compose.js";
import { lookInWords, miniatureOf } from "./miniature.js";

class Looks extends HTMLElement {
  connectedCallback() {
    composer.addEventListener("change", () => this.#show());
    state.addEventListener("board", () => this.#mark());
    this.#show();
  }

  #show() {
    const { looks, notes, isBusy, problem } = composer;
    this.hidden = !looks.length && !isBusy && !problem;
    this.toggleAttribute("data-busy", isBusy);
    if (this.hidden) return this.replaceChildren();
    if (isBusy && looks.length) return; // the old looks stay in sight, greyed
    const parts = [this.#head(looks.length > 0)];
    if (problem) parts.push(this.#wrong(problem));
    else if (isBusy) parts.push(frames());
    else parts.push(this.#list(looks), notesOf(notes, looks));
    this.replaceChildren(...parts);
    this.#mark();
    if (problem) announce(this.querySelector(".wrong").textContent);
    else if (!isBusy) this.#present(looks);
  }

  /** New looks come into sight: on a phone, in the sheet that holds them. */
  #present(looks) {
    announce(`${looks.length === 1 ? "One look" : `${looks.length} looks`} composed.`);
    const sheet = document.querySelector('[data-opens="verdict"][aria-expanded="false"]');
    if (sheet?.checkVisibility()) sheet.click();
    this.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  /** On a phone the sheet goes down, so that the look is seen on the board. */
  #makeWay() {
    const closer = document.querySelector('[data-closes="verdict"]');
    if (closer?.checkVisibility()) closer.click();
  }

  #head(hasLooks) {
    const others = element(
      "button",
      { type: "button", class: "quiet", on: { click: () => composer.others() } },
      "Others",
    );
    others.hidden = !hasLooks;
    const title = element("h2", { class: "looks-title" }, "Looks");
    const wish = composer.wish
      ? element("p", { class: "looks-wish", dir: "auto" }, `“${composer.wish}”`)
      : null;
    return element("div", { class: "looks-head" }, title, wish, others);
  }

  #wrong(problem) {
    const again = { type: "button", class: "quiet", on: { click: () => composer.again() } };
    const words = element("p", { class: "wrong" }, withNames(saying(problem), composer.given));
    return element("div", { class: "looks-wrong" }, words, element("button", again, "Try again"));
  }

  #list(looks) {
    const items = looks.map((look, place) => element("li", {}, this.#look(look, place)));
    return element("ul", { class: "looks" }, ...items);
  }

  #look(look, place) {
    const given = new Set(composer.given.map((piece) => piece.id));
    const number = chance(look.probability);
    const words = element(
      "span",
      { class: "look-words" },
      element("span", { class: "look-number" }, number),
      ` ${look.words}`,
    );
    const label = `Look ${place + 1}, ${number}, ${look.words}: ${lookInWords(look.pieces)}. Lay it out.`;
    const button = element(
      "button",
      { type: "button", class: "look", "aria-label": label },
      miniatureOf(look.pieces, { isGiven: (piece) => given.has(piece.id) }),
      words,
    );
    button.dataset.ids = look.pieces.map((piece) => piece.id).join("\n");
    button.addEventListener("click", () => {
      state.layOut(look.pieces, { given: [...given] });
      this.#makeWay();
    });
    return button;
  }

  /** Which of them lies on the board. */
  #mark() {
    const laid = [...state.ids].sort().join("\n");
    for (const look of this.querySelectorAll("button.look")) {
      const isLaid = look.dataset.ids.split("\n").sort().join("\n") === laid;
      look.ariaCurrent = isLaid ? "true" : "false";
    }
  }
}

function notesOf(notes, looks) {
  const pieces = looks.flatMap((look) => look.pieces);
  const lines = notes.map((note) => element("li", { dir: "auto" }, withNames(note, pieces)));
  return element("ul", { class: "looks-notes", hidden: !lines.length }, ...lines);
}

function frames() {
  const frame = () => element("li", {}, element("span", { class: "look look-skeleton" }));
  const traits = { class: "looks", "aria-hidden": "true" };
  return element("ul", traits, ...Array.from({ length: LOOKS }, frame));
}

customElements.define("modiste-looks", Looks);
