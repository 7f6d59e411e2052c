/** Two pieces for one slot: swap, wear both, or leave it. */

import { imageOf } from "../api.js";
import { element } from "../element.js";
import { state } from "../state.js";
import { aSlot, capital, nameOf, theName } from "../words.js";

let dialog = null;

/** Ask; `here` are the pieces that lie in the slot already. */
export function contest({ slot, here, offered, given }) {
  dialog?.remove();
  const worn = here.at(-1);
  const decide = (act) => () => {
    dialog.close();
    act();
  };
  const swap = decide(() => state.replace(worn.id, offered, { given }));
  const both = decide(() => state.place(offered, { given, both: true }));
  dialog = element(
    "dialog",
    { class: "paper-dialog contest", "aria-labelledby": "contest-title" },
    element("h2", { id: "contest-title" }, `${capital(aSlot(slot))} is here already`),
    element("div", { class: "contest-pair" }, figure("Now", worn), figure("Instead", offered)),
    element(
      "div",
      { class: "dialog-actions" },
      element("button", { type: "button", class: "button button-main", autofocus: true, on: { click: swap } }, "Swap"),
      element("button", { type: "button", class: "button", on: { click: both } }, "Wear both"),
      element("button", { type: "button", class: "button", on: { click: decide(() => {}) } }, `Keep ${theName(worn)}`),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function figure(when, piece) {
  const picture = imageOf(piece, { size: 384, cut: true });
  const shown = picture
    ? element("span", { class: "daylit" }, element("img", { src: picture, alt: "", width: 192, height: 224 }))
    : element("span", { class: "contest-missing" }, "No photograph");
  return element(
    "figure",
    {},
    shown,
    element(
      "figcaption",
      {},
      element("span", { class: "contest-when" }, when),
      element("span", { dir: "auto" }, nameOf(piece)),
    ),
  );
}
