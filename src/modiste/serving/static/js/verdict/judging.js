/** Asks for the verdict as the look changes: the number first, then what it is made of. */

import { announce } from "../announce.js";
import { isStale } from "../api.js";
import { state } from "../state.js";
import { chance, saying } from "../words.js";
import { explanationOf, verdictOn } from "./asked.js";

const PAUSE = 120; // ms: hands move faster than questions should

let timer = 0;
let asking = new AbortController();
let heard = "";

/** Follow the board. A newer look takes the place of an older question. */
export function judgeTheBoard() {
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

/** Ask now; also what "Try again" does. */
export async function judge() {
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
