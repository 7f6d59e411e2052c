/** What the service says about a look: each look is asked about once, however often it lies there. */

import { post } from "../api.js";

const MOST = 50; // looks: as many as can be undone

/** The Verdict on a look. Options as of `post`. */
export const verdictOn = keeper("/v1/score");

/** What each piece of a look adds, and which two clash. */
export const explanationOf = keeper("/v1/explain");

function keeper(path) {
  const answers = new Map();
  return async (ids, options = {}) => {
    const look = ids.join("\n");
    if (!answers.has(look)) {
      answers.set(look, await post(path, { pieces: ids }, options)); // a failure is not kept
      if (answers.size > MOST) answers.delete(answers.keys().next().value);
    }
    return answers.get(look);
  };
}
