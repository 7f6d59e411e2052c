/** Keys that work on the whole page, and the list of all keys for the dialog that shows them. */

const STORED = "modiste.keys";
const bound = [];

/**
 * Bind a key. `handler` may be null: then the key is only listed (an element listens itself).
 *
 * key: as in KeyboardEvent.key; one letter works in both cases.
 * what: what it does, for the dialog, in a few words.
 * where: in which part of the page, for the dialog.
 */
export function bind(key, what, handler = null, { where = "Everywhere" } = {}) {
  bound.push({ key, what, handler, where });
}

/** All keys, as [{key, what, where}], in the order they were bound. */
export const keys = () => bound.map(({ key, what, where }) => ({ key, what, where }));

/** Whether single keys work on the whole page; some people dictate and would rather not. */
export const areOn = () => localStorage.getItem(STORED) !== "off";

export function turn(on) {
  localStorage.setItem(STORED, on ? "on" : "off");
}

const same = (key, event) =>
  key === event.key || (key.length === 1 && key.toLowerCase() === event.key.toLowerCase());

const isTyping = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select"));

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || !areOn()) return;
  if (document.querySelector("dialog[open]")) return;
  const found = bound.find((one) => one.handler && same(one.key, event));
  if (!found) return;
  event.preventDefault();
  found.handler(event);
});
