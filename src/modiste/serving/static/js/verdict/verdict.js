/** <modiste-verdict>: how well the look goes together, why, and what would help. */

import { explanationOf, isStale, verdictOn } from "../api.js";
import { announce, element } from "../page.js";
import { layExample } from "../shop.js";
import { state } from "../state.js";
import { chance, saying, withNames } from "../words.js";
import { Advice, askFor } from "./advice.js";
import { sharesOf, weakest } from "./shares.js";

const PAUSE = 120; // ms: hands move faster than questions should
const LIMITS = [0.4, 0.6]; // as the words have it: up to here "fights itself", from here "goes together"

class VerdictElement extends HTMLElement {
  connectedCallback() {
    if (this.number) return;
    this.number = element("span", { class: "verdict-number" }, "0.00");
    this.words = element("span", { class: "verdict-words" }, "\u00a0");
    this.scale = makeScale();
    this.line = element("p", { class: "verdict-line" });
    this.shares = element("div", { class: "verdict-shares" });
    this.sentence = element("p", { class: "verdict-sentence", id: "why", hidden: true });
    this.trouble = element("div", { class: "trouble", hidden: true });
    this.advised = element("div", { class: "advice" });
    this.advice = new Advice(this.advised);
    this.#makeActions();
    this.append(
      element("h2", { class: "unseen" }, "Verdict"),
      element("p", { class: "verdict-head" }, this.number, " ", this.words),
      element("span", { class: "running", "aria-hidden": "true" }),
      this.scale.scale,
      this.line,
      this.trouble,
      this.shares,
      this.actions,
      this.sentence,
      this.advised,
    );
    state.addEventListener("verdict", (event) => this.#show(event.detail));
    state.addEventListener("board", () => this.advice.clear());
    state.addEventListener("shop", () => queueMicrotask(() => state.pieces.length || this.#showNothing()));
    state.addEventListener("failed", ({ detail }) => this.#fail(detail));
    judgeTheBoard();
    this.toggleAttribute("data-waiting", true);
  }

  #makeActions() {
    const button = (words, act, traits = {}) =>
      element("button", { type: "button", class: "quiet", ...traits, on: { click: act } }, words);
    this.better = button("Find better", () => this.advice.better(weakest(state.explanation)));
    this.why = button("Why?", () => this.#tellWhy(), { "aria-expanded": "false", "aria-controls": "why" });
    this.revise = button("Revise", () => this.advice.revise());
    this.goes = button("What goes with it?", () => this.advice.startWith(state.pieces[0]));
    this.begin = button("Show me a look", () => this.#begin());
    this.actions = element("div", { class: "verdict-actions" }, this.better, this.why, this.revise, this.goes, this.begin);
    for (const one of this.actions.children) one.hidden = true; // until there is something to do
  }

  #show({ verdict, explanation, pending }) {
    const count = state.pieces.length;
    this.toggleAttribute("data-waiting", !state.shop);
    this.toggleAttribute("data-pending", pending);
    this.toggleAttribute("data-judged", Boolean(verdict));
    if (!pending) this.trouble.hidden = true;
    this.number.textContent = verdict ? chance(verdict.probability) : "";
    this.number.hidden = !verdict;
    this.words.textContent = verdict?.words ?? wordsFor(count);
    this.scale.show(verdict);
    this.line.textContent = lineFor(count, verdict);
    this.line.hidden = !this.line.textContent;
    this.#tellShares(explanation);
    this.#offer(count, explanation);
  }

  #showNothing() {
    this.#show({ verdict: null, explanation: null, pending: false });
  }

  #tellShares(explanation) {
    if (this.told === explanation) return;
    this.told = explanation;
    const held = this.shares.contains(document.activeElement);
    this.shares.replaceChildren(...(explanation ? sharesOf(explanation, pointAt) : []));
    if (held) document.getElementById("verdict").focus({ preventScroll: true });
    this.sentence.textContent = explanation ? withNames(explanation.sentence, explanation.pieces) : "";
    if (!explanation) this.#closeWhy();
  }

  #offer(count, explanation) {
    const held = this.actions.contains(document.activeElement);
    for (const one of [this.better, this.why, this.revise]) one.hidden = !explanation;
    this.goes.hidden = count !== 1;
    this.begin.hidden = count !== 0 || !(state.shop?.example?.length > 1);
    if (explanation) this.better.textContent = askFor(weakest(explanation));
    if (held && document.activeElement?.hidden) document.getElementById("verdict").focus({ preventScroll: true });
  }

  #tellWhy() {
    this.sentence.hidden = !this.sentence.hidden;
    this.why.ariaExpanded = String(!this.sentence.hidden);
  }

  #closeWhy() {
    this.sentence.hidden = true;
    this.why.ariaExpanded = "false";
  }

  async #begin() {
    try {
      await layExample();
    } catch (problem) {
      state.fail("verdict", problem, () => this.#begin());
    }
  }

  #fail({ what, problem, again }) {
    if (what !== "verdict") return;
    if (!state.verdict) this.words.textContent = "No verdict";
    const retry = element("button", { type: "button", class: "button", on: { click: () => again() } }, "Try again");
    this.trouble.replaceChildren(element("p", {}, saying(problem)), retry);
    this.trouble.hidden = false;
  }
}

function wordsFor(count) {
  return count === 0 ? "An empty board" : count === 1 ? "One piece so far" : "One moment";
}

function lineFor(count, verdict) {
  if (count === 0) return "Take a piece from the catalogue, or begin with a look of ours.";
  if (count === 1) return "Add a second, and you will see how they go together.";
  if (verdict && !verdict.calibrated) return "This number has not been checked against real looks; trust the order more than the number.";
  return "";
}

/** Put the focus on a piece on the board. */
function pointAt(id) {
  document.querySelector(`#board modiste-piece[data-id="${CSS.escape(id)}"] .piece-button`)?.focus();
}

let timer = 0;
let asking = new AbortController();
let heard = "";

/** Ask for the verdict as the look changes. A newer look takes the place of an older question. */
function judgeTheBoard() {
  state.addEventListener("board", () => {
    const first = !state.verdict;
    stop();
    if (state.pieces.length < 2) {
      heard = "";
      state.setVerdict(null);
      return;
    }
    state.setVerdict(state.verdict, { explanation: state.explanation, pending: true });
    timer = setTimeout(judge, first ? 0 : PAUSE);
  });
  state.addEventListener("offline", ({ detail }) => {
    if (!detail.offline && heard === "" && state.pieces.length > 1) judge();
  });
}

/** Ask now: the number first, then what it is made of; also what "Try again" does. */
async function judge() {
  stop();
  const { signal } = asking;
  const pieces = state.ids;
  heard = "";
  try {
    const verdict = await verdictOn(pieces, { signal });
    state.setVerdict(verdict, { explanation: state.explanation });
    heard = `${chance(verdict.probability)}, ${verdict.words}.`;
    announce(heard);
    const explanation = await explanationOf(pieces, { signal });
    state.setVerdict(verdict, { explanation });
  } catch (problem) {
    if (isStale(problem)) return;
    state.setVerdict(heard ? state.verdict : null, { pending: false });
    state.fail("verdict", problem, judge);
    announce(saying(problem));
  }
}

function stop() {
  clearTimeout(timer);
  asking.abort();
  asking = new AbortController();
}

/** The number on a thin scale from 0 to 1, with how sure it is. */
function makeScale() {
  const band = element("span", { class: "scale-band" });
  const dot = element("span", { class: "scale-dot" });
  const ticks = LIMITS.map((at) => {
    const tick = element("span", { class: "scale-tick" });
    tick.style.setProperty("--at", String(at));
    return tick;
  });
  const scale = element("div", { class: "scale", role: "img" }, element("span", { class: "scale-line" }), ...ticks, band, dot);

  /** Show a verdict; its `interval` is where the true chance probably lies. */
  const show = (verdict) => {
    const at = verdict?.probability ?? 0.5;
    const [low, high] = verdict?.interval ?? [at, at];
    scale.toggleAttribute("data-empty", !verdict);
    dot.style.setProperty("--at", String(at));
    band.style.setProperty("--low", String(low));
    band.style.setProperty("--high", String(high));
    const sure = verdict?.interval ? `, probably between ${chance(low)} and ${chance(high)}` : "";
    scale.ariaLabel = verdict ? `${chance(at)} on a scale from 0 to 1${sure}` : "No verdict yet";
  };
  show(null);
  return { scale, show };
}

customElements.define("modiste-verdict", VerdictElement);
