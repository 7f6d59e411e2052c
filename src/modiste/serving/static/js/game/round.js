/** One round of fill-in-the-blank, ten questions drawn once each, and the score, kept on this device. */

import { get, post } from "../api.js";

const QUESTIONS = 10;
const CANDIDATES = 4;
const PLACE = "modiste.game";
const NOTHING = { played: 0, you: 0, model: 0 };

export class Round {
  tally = NOTHING;
  #left;

  /** @param {number} of how many questions there are */
  constructor(of) {
    this.#left = drawn(Math.min(QUESTIONS, of), of);
    this.length = this.#left.length;
  }

  /** Which question this is, from 1. */
  get place() {
    return this.length - this.#left.length;
  }

  get isOver() {
    return this.tally.played >= this.length;
  }

  /** The next question: an outfit with a blank and four candidates. */
  async next() {
    const number = this.#left.at(-1);
    const question = await get(`/v1/questions/${number}`);
    this.#left.pop(); // only now: a question that did not come is asked again
    return question;
  }

  /** Answer it; the tally grows once the service has said what was right. */
  async answer(question, choice) {
    const path = `/v1/questions/${question.number}/answer`;
    const said = await post(path, { choice });
    const right = { you: said.right, model: said.model === said.answer };
    this.tally = counted(this.tally, right);
    keepTally(counted(readTally(), right));
    return said;
  }
}

/** `count` different numbers below `of`. */
function drawn(count, of) {
  const numbers = new Set();
  while (numbers.size < count) numbers.add(Math.floor(Math.random() * of));
  return [...numbers];
}

/** @returns {{played: number, you: number, model: number}} over all rounds ever played */
export function readTally() {
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE) ?? "null");
    const sound = kept && Object.keys(NOTHING).every((name) => Number.isInteger(kept[name]));
    return sound ? kept : NOTHING;
  } catch {
    return NOTHING; // storage is closed or what is there is not ours
  }
}

/** A round's answer added to a tally. */
function counted(tally, { you, model }) {
  return {
    played: tally.played + 1,
    you: tally.you + (you ? 1 : 0),
    model: tally.model + (model ? 1 : 0),
  };
}

function keepTally(tally) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(tally));
  } catch {
    // a private window keeps nothing: the round itself is still counted on the page
  }
}

/** How many a coin with four sides gets right. */
export function byChance({ played }) {
  return played / CANDIDATES;
}

/** One line on a finished round of questions. */
export function summary({ played, you, model }) {
  const chance = byChance({ played });
  if (you > model) return "You have the better eye today.";
  if (you === model) return "You and Modiste see eye to eye.";
  if (you > chance) return "Modiste was ahead this time, and you were well above chance.";
  return "A hard ten. People wear surprising things.";
}
