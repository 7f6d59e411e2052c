/** Rows of choices: slots, kinds, colours, brands. Each is a button that stays pressed. */

import { element } from "../element.js";
import { capital } from "../words.js";
import { inkOf } from "./colours.js";

/**
 * @param {string} label of the group
 * @param {{name: string, items?: number}[]} choices
 * @param {{isOn: (name: string) => boolean, press: (name: string) => void, swatches?: boolean}} how
 */
export function chipsOf(label, choices, { isOn, press, swatches = false }) {
  const chips = choices.map(({ name, items }) => {
    const chip = element(
      "button",
      {
        type: "button",
        class: swatches ? "chip chip-colour" : "chip",
        "data-name": name,
        title: items ? `${items.toLocaleString()} pieces` : null,
        on: { click: () => press(name) },
      },
      swatches ? swatchOf(name) : null,
      element("span", { dir: "auto" }, swatches ? name.toLowerCase() : capital(name)),
    );
    return chip;
  });
  const row = element("div", { class: "chips", role: "group", "aria-label": label }, ...chips);
  tellPressed(row, isOn);
  return row;
}

/** Say anew which chips are pressed, leaving the focus where it is. */
export function tellPressed(row, isOn) {
  for (const chip of row.children) chip.ariaPressed = String(isOn(chip.dataset.name));
}

function swatchOf(name) {
  const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
  const ink = inkOf(name);
  if (ink) swatch.style.setProperty("--swatch", ink);
  else swatch.classList.add("swatch-unknown");
  return swatch;
}
