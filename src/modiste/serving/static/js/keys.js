/** Keys that work on the whole page, and the dialog that shows all keys. */

import { element } from "./page.js";

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
const keys = () => bound.map(({ key, what, where }) => ({ key, what, where }));

/** Whether single keys work on the whole page; some people dictate and would rather not. */
const areOn = () => localStorage.getItem(STORED) !== "off";

function turn(on) {
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

const SHOWN = { Arrows: "\u2190 \u2191 \u2192 \u2193", " ": "Space" };

const shown = (key) => SHOWN[key] ?? (key.length === 1 ? key.toUpperCase() : key);

export function showKeys() {
  const dialog = document.getElementById("keys");
  const places = [...new Set(keys().map((one) => one.where))];
  const box = element("input", { type: "checkbox", checked: areOn(), on: { change: () => turn(box.checked) } });
  dialog.replaceChildren(
    element("h2", { id: "keys-title" }, "Keys"),
    ...sections(places),
    element("label", { class: "check" }, box, "Single keys work everywhere on the page"),
    element(
      "div",
      { class: "dialog-actions" },
      element("button", { type: "button", class: "button", autofocus: true, on: { click: () => dialog.close() } }, "Close"),
    ),
  );
  dialog.showModal();
}

function sections(places) {
  return places.flatMap((where) => [
    element("h3", { class: "key-where" }, where),
    element(
      "dl",
      { class: "key-list" },
      ...keys()
        .filter((one) => one.where === where)
        .flatMap(({ key, what }) => [
          element("dt", {}, element("kbd", {}, shown(key))),
          element("dd", {}, what),
        ]),
    ),
  ]);
}
