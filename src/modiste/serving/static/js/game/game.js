/** <modiste-game>: fill in the blank, against the model, in a dialog that can be left at any time. */

import { Problem } from "../api.js";
import { bind } from "../keys.js";
import { element } from "../page.js";
import { pictureOf } from "../picture.js";
import { state } from "../state.js";
import { aSlot, capital, nameOf, saying } from "../words.js";
import { Round, byChance, readTally, summary } from "./round.js";

class Game extends HTMLElement {
  #round = null;
  #question = null;
  #isAnswered = false;
  #again = null; // what did not work and is tried once more by Next

  connectedCallback() {
    if (this.dialog) return;
    this.#build();
    const play = document.getElementById("play");
    state.addEventListener("shop", () => play && (play.hidden = !state.shop.questions));
    bind("p", "plays fill-in-the-blank", () => this.open());
    bind("1 – 4", "choose", null, { where: "In the game" });
    bind("Enter", "goes on to the next question", null, { where: "In the game" });
  }

  #build() {
    const title = element("h2", { id: "game-title" }, "Fill the blank");
    this.count = element("p", { class: "game-count" });
    this.table = element("div", { class: "game-table" });
    // In here: while a dialog is open, what stands behind it is not read aloud.
    this.said = element("p", { class: "game-said", role: "status" });
    this.next = element(
      "button",
      { type: "button", class: "button button-main", hidden: true, on: { click: () => this.#goOn() } },
      "Next",
    );
    this.score = element("dl", { class: "game-score" });
    const leave = element(
      "button",
      { type: "button", class: "game-leave", "aria-label": "Leave the game", on: { click: () => this.dialog.close() } },
      "×",
    );
    const foot = element("div", { class: "game-foot" }, this.score, this.said, this.next);
    const head = element("div", { class: "game-head" }, title, this.count, leave);
    this.dialog = element(
      "dialog",
      { class: "paper-dialog game", "aria-labelledby": "game-title" },
      head,
      this.table,
      foot,
    );
    this.dialog.addEventListener("keydown", (event) => this.#onKey(event));
    this.append(this.dialog);
  }

  /** Open the game; a round that was left goes on. */
  open() {
    if (!state.shop?.questions) return;
    if (!this.dialog.open) this.dialog.showModal();
    if (!this.#round) this.#begin();
  }

  #begin() {
    this.#round = new Round(state.shop.questions);
    this.#ask();
  }

  async #ask() {
    this.#isAnswered = false;
    this.#question = null;
    this.next.hidden = true;
    this.said.textContent = "";
    this.#showScore();
    this.table.replaceChildren(...frames());
    try {
      this.#question = await this.#round.next();
    } catch (problem) {
      return this.#fail(problem, () => this.#ask());
    }
    this.count.textContent = `${this.#round.place} of ${this.#round.length}`;
    const candidates = candidatesOf(this.#question, (place) => this.#answer(place));
    const ask = element("p", { class: "game-ask" }, "What was worn with it?");
    this.table.replaceChildren(outfitOf(this.#question), ask, candidates);
    this.candidates = candidates;
    candidates.firstChild.focus({ preventScroll: true });
  }

  async #answer(choice) {
    if (this.#isAnswered || !this.#question) return;
    this.#isAnswered = true;
    const question = this.#question;
    try {
      const said = await this.#round.answer(question, choice);
      reveal(this.candidates, question, choice, said);
      this.said.textContent = inWords(question, choice, said);
    } catch (problem) {
      this.#isAnswered = false;
      return this.#fail(problem, () => this.#answer(choice));
    }
    this.#showScore();
    this.#offerNext(this.#round.isOver ? "See how it went" : "Next");
  }

  #goOn() {
    if (!this.#round) return this.#begin();
    if (this.#again) return this.#again();
    if (this.#round.isOver) return this.#end();
    return this.#ask();
  }

  #end() {
    const { tally } = this.#round;
    this.count.textContent = "";
    const line = element("p", { class: "game-end" }, summary(tally));
    const all = readTally();
    const ever = `All in all: you ${all.you}, Modiste ${all.model} of ${all.played}; chance ${byChance(all)}.`;
    this.table.replaceChildren(line, element("p", { class: "game-ever" }, ever));
    this.said.textContent = "";
    this.#round = null;
    this.#offerNext("Play ten more");
  }

  #fail(problem, again) {
    if (!(problem instanceof Problem)) throw problem;
    this.said.textContent = saying(problem);
    this.#again = () => {
      this.#again = null;
      again();
    };
    this.#offerNext("Try again");
  }

  #offerNext(words) {
    this.next.textContent = words;
    this.next.hidden = false;
    this.next.focus();
  }

  #showScore() {
    const { tally } = this.#round;
    const rows = { You: tally.you, Modiste: tally.model, Chance: byChance(tally) };
    const parts = Object.entries(rows).map(([name, value]) =>
      element("div", {}, element("dt", {}, name), element("dd", {}, String(value))),
    );
    this.score.replaceChildren(...parts);
  }

  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = ["1", "2", "3", "4"].indexOf(event.key);
    if (place >= 0 && this.#question && !this.#isAnswered) {
      event.preventDefault();
      this.#answer(place);
    }
  }
}

/** Frames of the pieces' size while a question comes. */
function frames() {
  const some = (count, name) => Array.from({ length: count }, () => element("span", { class: name }));
  return [
    element("div", { class: "game-outfit", "aria-hidden": "true" }, ...some(4, "game-piece frame")),
    element("p", { class: "game-ask" }, "\u00a0"),
    element("div", { class: "candidates", "aria-hidden": "true" }, ...some(4, "candidate frame")),
  ];
}

/** The pieces that were worn together, and a frame where one is missing. */
function outfitOf(question) {
  const worn = question.question.map((piece) => element("li", { class: "game-piece" }, shown(piece)));
  const { fine, category } = question.candidates[0];
  const blank = element(
    "li",
    { class: "game-piece game-blank" },
    element("span", { "aria-hidden": "true" }, "?"),
    element("span", { class: "unseen" }, `${capital(aSlot(fine || category))}: missing`),
  );
  return element("ul", { class: "game-outfit", "aria-label": "The look" }, ...worn, blank);
}

/** Four buttons; `choose` is told which was pressed. */
function candidatesOf(question, choose) {
  const buttons = question.candidates.map((piece, place) => {
    const traits = {
      type: "button",
      class: "candidate",
      "aria-keyshortcuts": String(place + 1),
      "aria-label": `${place + 1}: ${nameOf(piece)}`,
      on: { click: () => choose(place) },
    };
    const key = element("span", { class: "candidate-key", "aria-hidden": "true" }, String(place + 1));
    const marks = element("span", { class: "candidate-marks" });
    return element("button", traits, pictureOf(piece, { size: 384, cut: true, lazy: false }), key, marks);
  });
  return element(
    "div",
    { class: "candidates", role: "group", "aria-label": "What was worn with it?" },
    ...buttons,
  );
}

/** Show on the candidates what was right, what you chose and what the model chose. */
function reveal(box, question, choice, said) {
  [...box.children].forEach((button, place) => {
    const marks = [];
    if (place === said.answer) marks.push("worn");
    if (place === choice) marks.push("yours");
    if (place === said.model) marks.push("Modiste’s");
    const share = said.scores[place];
    const badges = button.querySelector(".candidate-marks");
    badges.replaceChildren(...marks.map((mark) => element("span", { class: "mark" }, mark)));
    const line = element("span", { class: "candidate-share" });
    line.style.setProperty("--share", share.toFixed(3));
    line.title = `${Math.round(share * 100)} in 100 for Modiste`;
    badges.append(line);
    button.classList.toggle("is-worn", place === said.answer);
    button.classList.toggle("is-yours", place === choice);
    button.ariaDisabled = "true";
    const name = nameOf(question.candidates[place]);
    button.ariaLabel = [`${place + 1}: ${name}`, ...marks].join(", ");
  });
}

/** "Right: it was the black sandals. Modiste chose it too." */
function inWords(question, choice, said) {
  const worn = nameOf(question.candidates[said.answer]);
  const you = said.right ? "Right." : `It was number ${said.answer + 1}: ${worn}.`;
  if (said.right) return said.model === said.answer ? `${you} Modiste too.` : `${you} Modiste missed it.`;
  if (said.model === said.answer) return `${you} Modiste knew.`;
  return said.model === choice ? `${you} Modiste thought as you did.` : `${you} Modiste missed it too.`;
}

const shown = (piece) => {
  const picture = pictureOf(piece, { size: 192, cut: true, lazy: false });
  if (picture instanceof HTMLImageElement) picture.alt = nameOf(piece);
  return picture;
};

customElements.define("modiste-game", Game);
