/** One round of fill-in-the-blank: ten questions, drawn once each. */

import * as api from "../api.js";
import { counted, keepTally, readTally } from "./tally.js";

export const QUESTIONS = 10;

export class Round {
  tally = { played: 0, you: 0, model: 0 };
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
    const question = await api.get(`/v1/questions/${number}`);
    this.#left.pop(); // only now: a question that did not come is asked again
    return question;
  }

  /** Answer it; the tally grows once the service has said what was right. */
  async answer(question, choice) {
    const path = `/v1/questions/${question.number}/answer`;
    const said = await api.post(path, { choice });
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
