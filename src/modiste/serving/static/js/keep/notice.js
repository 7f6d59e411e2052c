/** A sentence at the foot of the page that can be put away. */

import { element } from "../element.js";

const LONG_ENOUGH = 12_000; // ms; whoever points at it or is in it has longer
let shown = null;

/** @param {string} words  @param {{name: string, act: () => void}|null} offer something to do */
export function notice(words, offer = null) {
  shown?.remove();
  const away = () => box.remove();
  const box = element(
    "div",
    { class: "notice" },
    element("p", { dir: "auto" }, words),
    offer ? button(offer.name, () => (away(), offer.act())) : null,
    element("button", { type: "button", class: "notice-away", "aria-label": "Put this away", on: { click: away } }, "×"),
  );
  shown = box;
  (document.querySelector("main") ?? document.body).append(box);
  const leave = () => (box.matches(":hover, :focus-within") ? setTimeout(leave, LONG_ENOUGH) : away());
  setTimeout(leave, LONG_ENOUGH);
}

const button = (words, click) =>
  element("button", { type: "button", class: "quiet", on: { click } }, words);
