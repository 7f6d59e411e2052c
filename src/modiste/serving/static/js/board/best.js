/** The best pieces for a slot, asked once for each board. */

import { get, post } from "../api.js";

const REMEMBERED = 40;
const known = new Map();

/**
 * Up to `k` pieces of a slot, best first; each may have a `verdict` on the look with it.
 *
 * wornWith: ids that it is worn with; with none, the slot's first pieces are shown.
 */
export async function bestFor(slot, { wornWith, k = 3, signal } = {}) {
  const key = JSON.stringify([slot, k, [...wornWith].sort()]);
  if (!known.has(key)) remember(key, await ask(slot, wornWith, k, signal));
  return known.get(key);
}

async function ask(slot, wornWith, k, signal) {
  if (!wornWith.length) {
    const page = await get("/v1/items", { category: slot, limit: k }, { signal });
    return page.items;
  }
  const asked = { pieces: wornWith, category: slot, k };
  const answer = await post("/v1/complete", asked, { signal });
  return answer.suggestions.map((one) => ({ ...one, verdict: one.verdict ?? verdictIn(one) }));
}

/** The verdict of a suggestion that has its fields beside its own. */
function verdictIn({ probability, logit, words }) {
  return probability === undefined ? null : { probability, logit, words };
}

function remember(key, found) {
  known.set(key, found);
  if (known.size > REMEMBERED) known.delete(known.keys().next().value);
}
