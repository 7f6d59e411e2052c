/** What the catalogue shows instead of pieces: nothing found, or no answer. */

import { element } from "../element.js";
import { saying } from "../words.js";

/** Nothing answers to what was asked. */
export function nothingFound(wanted) {
  const { text } = wanted.now;
  const narrow = wanted.narrowings();
  const asked = [text ? `“${text}”` : null, ...narrow].filter(Boolean).join(", ");
  const loosen = () => wanted.loosen({ words: narrow.length === 0 });
  return card(
    "Not in the catalogue",
    asked ? `Nothing here answers to ${asked}.` : "Nothing hangs here yet.",
    asked ? button(narrow.length ? "Loosen the filters" : "Show everything", loosen) : null,
  );
}

/** The service could not say. */
export function noAnswer(problem, again) {
  return card("The catalogue is silent", saying(problem), button("Try again", again));
}

function card(title, sentence, action) {
  return element(
    "div",
    { class: "nothing" },
    element("p", { class: "nothing-title" }, title),
    element("p", { class: "nothing-words", dir: "auto" }, sentence),
    action,
  );
}

const button = (words, click) =>
  element("button", { type: "button", class: "button", on: { click } }, words);
