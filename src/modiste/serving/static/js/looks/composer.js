/** What is being composed: the wish, the looks, and what went wrong. One for the whole page. */

import * as api from "../api.js";
import { state } from "../state.js";

const LOOKS = 4;
const PATIENCE = 60_000; // ms: a wish over a large catalogue takes its time

/** Says "change" whenever there is something else to show. */
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
      const { looks, notes } = await api.post("/v1/compose", request, options);
      this.#set({ looks, notes: notes ?? [], isBusy: false });
    } catch (problem) {
      if (api.isStale(problem)) return; // a newer wish is on its way
      if (!(problem instanceof api.Problem)) throw problem;
      this.#set({ problem, isBusy: false });
    }
  }

  #set(some) {
    Object.assign(this, some);
    this.dispatchEvent(new Event("change"));
    if ("isBusy" in some) state.busy("compose", some.isBusy);
  }
}

export const composer = new Composer();
