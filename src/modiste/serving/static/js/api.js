/** Everything that is asked of the service. Nothing else on the page calls `fetch`. */

const PATIENCE = 20_000; // ms before a request is given up
const UPLOAD_PATIENCE = 60_000;
const LONGEST_WAIT = 5; // seconds that "try again later" is obeyed for
const LOOKS_KEPT = 50; // as many as can be undone

const OUR_WORDS = {
  offline: "The studio cannot reach its service.",
  slow: "That took too long.",
  unclear: "The service answered with something the studio cannot read.",
};

/** What went wrong: `code` as in docs/api.md, or "offline", "slow", "unclear"; `status` 0 where none. */
export class Problem extends Error {
  constructor({ code, message, status = 0, where = null, wait = null }) {
    super(message ?? OUR_WORDS[code] ?? code);
    this.name = "Problem";
    this.code = code;
    this.status = status;
    this.where = where;
    /** Seconds after which the service asks to try again, or null. */
    this.wait = wait;
  }
}

/** Says "lost" when the service cannot be reached and "found" when it answers again. */
export const reach = new EventTarget();

/** Whether an error only says that a newer request took this one's place. */
export const isStale = (error) => error?.name === "AbortError";

/** GET; `params` with lists repeat their name, null and "" are left out. */
export function get(path, params = {}, options = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of [value].flat()) {
      if (one !== null && one !== undefined && one !== "") query.append(name, one);
    }
  }
  const text = query.toString();
  const joint = path.includes("?") ? "&" : "?";
  return ask(text ? path + joint + text : path, { method: "GET" }, options);
}

/** POST a JSON document. Options: `signal`, `patience` in ms. */
export function post(path, body, options = {}) {
  const headers = { "Content-Type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) }, options);
}

/** POST a photograph; gives the Piece that it becomes. */
export function upload(file, category = null) {
  const form = new FormData();
  form.append("file", file);
  if (category) form.append("category", category);
  return ask("/v1/uploads", { method: "POST", body: form }, { patience: UPLOAD_PATIENCE });
}

/** DELETE; for photographs of one's own. */
export const remove = (path) => ask(path, { method: "DELETE" });

/** The Verdict on a look, asked for once however often the look lies there. Options as of `post`. */
export const verdictOn = askedOnce("/v1/score");

/** What each piece of a look adds, and which two clash. */
export const explanationOf = askedOnce("/v1/explain");

function askedOnce(path) {
  const kept = keeper(LOOKS_KEPT);
  return (ids, options = {}) => kept(ids.join("\n"), () => post(path, { pieces: ids }, options));
}

/** Keeps the last `most` answers by what was asked; a failure is not kept. */
export function keeper(most) {
  const answers = new Map();
  return async (asked, ask) => {
    if (!answers.has(asked)) {
      answers.set(asked, await ask());
      if (answers.size > most) answers.delete(answers.keys().next().value);
    }
    return answers.get(asked);
  };
}

async function ask(path, request, { signal, patience = PATIENCE } = {}) {
  try {
    return await once(path, request, signal, patience);
  } catch (error) {
    const wait = error.status === 503 ? error.wait : null;
    if (wait === null || wait > LONGEST_WAIT) throw error;
    await pause(wait * 1000, signal);
    return once(path, request, signal, patience);
  }
}

async function once(path, request, signal, patience) {
  const limit = AbortSignal.timeout(patience);
  const either = signal ? AbortSignal.any([signal, limit]) : limit;
  let response;
  let document;
  try {
    response = await fetch(path, { ...request, signal: either, credentials: "same-origin" });
    document = await read(response);
  } catch (error) {
    if (signal?.aborted) throw new DOMException("A newer request took its place.", "AbortError");
    if (limit.aborted) throw new Problem({ code: "slow" });
    if (error instanceof Problem) throw error;
    reach.dispatchEvent(new Event("lost"));
    throw new Problem({ code: "offline" });
  }
  reach.dispatchEvent(new Event("found"));
  if (response.ok) return document;
  const wait = response.headers.get("Retry-After");
  const told = document?.error ?? { code: "unclear" };
  throw new Problem({ ...told, status: response.status, wait: wait === null ? null : Number(wait) });
}

async function read(response) {
  const text = await response.text();
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem({ code: "unclear", status: response.status });
  }
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("A newer request took its place.", "AbortError"));
    });
  });
}
