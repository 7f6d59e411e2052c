/** The dialog that shows all keys. */

import { element } from "./element.js";
import { areOn, keys, turn } from "./keys.js";

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
