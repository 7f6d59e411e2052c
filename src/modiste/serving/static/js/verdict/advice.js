/** Advice on the look: something better in a slot, or the one piece to change. */

import { isStale, post } from "../api.js";
import { bestFor, choiceOf, taken, waiting } from "../board/suggestions.js";
import { announce, element } from "../page.js";
import { state } from "../state.js";
import { aSlot, capital, nameOf, saying, slotName, theName } from "../words.js";

const SHOWN = 3;

/** Says what it finds in `box`; a tap on a piece swaps it in. */
export class Advice {
  #asking = null;

  constructor(box) {
    this.box = box;
  }

  clear() {
    this.#asking?.abort();
    this.box.replaceChildren();
    this.box.removeAttribute("aria-busy");
  }

  /** Better pieces than this one, for its slot. */
  better(piece) {
    const title = `Instead of ${theName(piece)}`;
    return this.#ask(title, () => this.better(piece), async (signal) => {
      const wornWith = state.ids.filter((id) => id !== piece.id);
      const found = await bestFor(piece.category, { wornWith, k: SHOWN + 1, signal });
      const others = found.filter((one) => one.id !== piece.id && this.#isBetter(one)).slice(0, SHOWN);
      const none = `Nothing goes better here than ${theName(piece)}.`;
      return { title, none, choices: others, replaced: piece };
    });
  }

  /** The piece to change, and what to wear instead. */
  revise() {
    const title = "Looking for the piece to change";
    return this.#ask(title, () => this.revise(), async (signal) => {
      const answer = await post("/v1/revise", { pieces: state.ids, k: SHOWN }, { signal });
      const { change, swaps } = answer;
      const none = "Nothing to change: no other piece makes this look noticeably better.";
      if (!change) return { title: "", none, choices: [] };
      return { title: `Change ${theName(change)}`, none, choices: swaps, replaced: change };
    });
  }

  /** What goes with the only piece. */
  startWith(piece) {
    const title = `Goes with ${theName(piece)}`;
    return this.#ask(title, () => this.startWith(piece), async (signal) => {
      const answer = await post("/v1/complete", { pieces: state.ids, k: SHOWN }, { signal });
      const none = "The catalogue has nothing to go with it.";
      return { title, none, choices: answer.suggestions, replaced: null };
    });
  }

  async #ask(title, again, find) {
    this.clear();
    const asking = new AbortController();
    this.#asking = asking;
    this.#show(title, element("div", { class: "choices" }, ...waiting(SHOWN)));
    this.box.ariaBusy = "true";
    try {
      this.#answer(await find(asking.signal));
    } catch (problem) {
      if (isStale(problem)) return;
      const retry = element("button", { type: "button", class: "quiet", on: { click: again } }, "Try again");
      this.#show("", element("p", {}, saying(problem)), retry);
      announce(saying(problem));
    }
    this.box.removeAttribute("aria-busy");
  }

  #answer({ title, none, choices, replaced }) {
    if (!choices.length) {
      this.#show("", element("p", {}, none));
      announce(none);
      return;
    }
    const buttons = choices.map((one) => choiceOf(one, () => this.#take(one, replaced)));
    this.#show(title, element("div", { class: "choices" }, ...buttons));
    announce(`${title}: ${choices.map(nameOf).join(", ")}`);
  }

  #take(one, replaced) {
    const board = document.getElementById("board");
    if (replaced) state.replace(replaced.id, taken(one));
    else state.place(taken(one), { given: false });
    const there = board.querySelector(`modiste-piece[data-id="${CSS.escape(one.id)}"] .piece-button`);
    if (board.checkVisibility?.() && there) there.focus();
  }

  #isBetter(one) {
    return !one.verdict || !state.verdict || one.verdict.probability > state.verdict.probability;
  }

  #show(title, ...children) {
    const heading = title ? [element("h3", { class: "advice-title" }, title)] : [];
    this.box.replaceChildren(...heading, ...children);
  }
}

/** "Find a better bag", "Find better shoes". */
export function askFor(piece) {
  const one = aSlot(piece.category);
  return one.startsWith("a ") || one.startsWith("an ")
    ? `Find a better ${slotName(piece.category)}`
    : capital(`find better ${slotName(piece.category)}`);
}
