/** What narrows the catalogue: slots in sight, the rest behind their names. */

import { element } from "../page.js";
import { capital } from "../words.js";

/** What a colour's name looks like, for the swatch beside it. */
const INKS = {
  black: "#1c1b1a", white: "#fdfdfb", grey: "#8f8f8d", gray: "#8f8f8d", charcoal: "#43454a",
  silver: "#c0c2c4", gold: "#c9a24b", ivory: "#f6f0dd", cream: "#f4ead2", beige: "#d9c7a7",
  sand: "#d8c3a0", camel: "#b98a52", tan: "#c19a6b", brown: "#72503a", chocolate: "#4b3024",
  rust: "#a6502c", orange: "#df7f32", coral: "#ee7a64", red: "#b92c31", burgundy: "#641d2c",
  pink: "#e9a6b6", blush: "#ecc6c1", fuchsia: "#c22d80", purple: "#6d4690", plum: "#5a2a4d",
  lilac: "#b9a3d0", yellow: "#efcf48", butter: "#f5e3a0", mustard: "#c9982c", green: "#4c7f52",
  olive: "#6d6b3a", sage: "#a3b096", emerald: "#1e7a5a", mint: "#b5dcc6", khaki: "#8d835b",
  teal: "#24706f", turquoise: "#45b0ac", blue: "#3f66a8", navy: "#202c4e", cobalt: "#2447a5",
  sky: "#9cc3e2", denim: "#4b678c",
};

/** The filters of a shop, kept in step with what is wanted. */
export function filtersFor(shop, wanted) {
  const drawers = drawersOf(shop, wanted);
  const slots = chipsOf("Slot", shop.slots, {
    isOn: (name) => wanted.now.slot === name,
    press: (slot) => wanted.change({ slot: wanted.now.slot === slot ? null : slot }),
  });
  slots.classList.add("chips-plain");
  const kinds = element("div", { class: "kinds" });
  const loosen = element(
    "button",
    { type: "button", class: "quiet", on: { click: () => wanted.loosen() } },
    "Clear",
  );
  const handles = element("div", { class: "drawer-handles" }, ...drawers.map((one) => one.handle));
  handles.append(loosen);
  const box = element("div", { class: "filters" }, slots, kinds, handles);
  box.append(...drawers.map((one) => one.body));
  const follow = () => {
    tellPressed(slots, (name) => wanted.now.slot === name);
    showKinds(kinds, shop, wanted);
    loosen.hidden = !wanted.isNarrow;
    for (const one of drawers) one.follow();
  };
  wanted.addEventListener("change", follow);
  follow();
  return box;
}

/** The kinds of the chosen slot: "shoes" has boots, heels and so on. */
function showKinds(box, shop, wanted) {
  const { slot } = wanted.now;
  const fines = shop.slots.find((one) => one.name === slot)?.fines ?? [];
  if (box.dataset.slot !== (slot ?? "")) {
    box.dataset.slot = slot ?? "";
    const how = { isOn: () => false, press: (name) => wanted.toggle("kinds", name) };
    box.replaceChildren(...(fines.length > 1 ? [chipsOf(`Kinds of ${slot}`, fines, how)] : []));
  }
  if (box.firstChild) tellPressed(box.firstChild, (name) => wanted.now.kinds.includes(name));
}

function drawersOf(shop, wanted) {
  const drawers = [];
  const listed = (label, list, choices, swatches) => {
    const isOn = (name) => wanted.now[list].includes(name);
    const row = chipsOf(label, choices, {
      isOn,
      press: (name) => wanted.toggle(list, name),
      swatches,
    });
    if (swatches) row.classList.add("chips-plain");
    const said = () => inShort(wanted.now[list]);
    drawers.push(drawer(label, row, said, () => tellPressed(row, isOn)));
  };
  if (shop.colours.length) listed("Colour", "colours", shop.colours, true);
  if (shop.brands.length > 1) listed("Brand", "brands", shop.brands, false);
  if (shop.price) {
    const said = () => {
      const { priceMin, priceMax } = wanted.now;
      if (priceMin === null && priceMax === null) return "";
      return `${priceMin ?? ""} – ${priceMax ?? ""}`.trim();
    };
    drawers.push(drawer("Price", priceRange(shop.price, wanted), said, () => {}));
  }
  return drawers;
}

const inShort = (names) => (names.length > 1 ? `${names.length}` : names.map(capital).join(""));

let drawn = 0;

/** A name that opens what lies behind it, and says what was chosen there. */
function drawer(label, content, said, follow) {
  drawn += 1;
  const body = element("div", { id: `drawer-${drawn}`, class: "drawer", hidden: true }, content);
  const choice = element("span", { class: "drawer-choice" });
  const handle = element(
    "button",
    { type: "button", class: "drawer-handle", "aria-controls": body.id, "aria-expanded": "false" },
    label,
    choice,
  );
  const open = (isOpen) => {
    body.hidden = !isOpen;
    handle.ariaExpanded = String(isOpen);
  };
  handle.addEventListener("click", () => open(body.hidden));
  body.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open(false);
    handle.focus();
  });
  const tell = () => {
    choice.textContent = said() ? ` ${said()}` : "";
    follow();
  };
  return { handle, body, follow: tell };
}

/**
 * A row of choices: slots, kinds, colours, brands. Each is a button that stays pressed.
 *
 * @param {string} label of the group
 * @param {{name: string, items?: number}[]} choices
 * @param {{isOn: (name: string) => boolean, press: (name: string) => void, swatches?: boolean}} how
 */
function chipsOf(label, choices, { isOn, press, swatches = false }) {
  const chips = choices.map(({ name, items }) =>
    element(
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
    ),
  );
  const row = element("div", { class: "chips", role: "group", "aria-label": label }, ...chips);
  tellPressed(row, isOn);
  return row;
}

/** Say anew which chips are pressed, leaving the focus where it is. */
function tellPressed(row, isOn) {
  for (const chip of row.children) chip.ariaPressed = String(isOn(chip.dataset.name));
}

function swatchOf(name) {
  const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
  const ink = inkOf(name);
  if (ink) swatch.style.setProperty("--swatch", ink);
  else swatch.classList.add("swatch-unknown");
  return swatch;
}

/**
 * The ink of a colour's name, by its last word that is known ("dark green" is green).
 *
 * @returns {string|null} a CSS colour; null where the name says nothing
 */
function inkOf(name) {
  const words = String(name).toLowerCase().split(/[^a-z]+/).reverse();
  const known = words.find((word) => word in INKS);
  return known ? INKS[known] : null;
}

let fields = 0;

/**
 * From what price to what price: two number fields.
 *
 * @param {{min: number, max: number}} span of the catalogue's prices
 */
function priceRange(span, wanted) {
  const from = field("From", Math.floor(span.min), (priceMin) => wanted.change({ priceMin }));
  const to = field("To", Math.ceil(span.max), (priceMax) => wanted.change({ priceMax }));
  const range = element("div", { class: "price-range", role: "group", "aria-label": "Price" });
  range.append(from, to);
  wanted.addEventListener("change", () => {
    showAmount(from.querySelector("input"), wanted.now.priceMin);
    showAmount(to.querySelector("input"), wanted.now.priceMax);
  });
  return range;
}

function field(label, placeholder, tell) {
  fields += 1;
  const id = `price-${fields}`;
  const input = element("input", {
    id,
    type: "number",
    min: "0",
    step: "any",
    inputMode: "decimal",
    placeholder: String(placeholder),
    on: { change: () => tell(amountIn(input)) },
  });
  return element("div", { class: "price-field" }, element("label", { htmlFor: id }, label), input);
}

/** A price, or null where none is written: nothing, or what is no price. */
function amountIn(input) {
  const amount = input.valueAsNumber;
  if (Number.isFinite(amount) && amount >= 0) return amount;
  input.value = "";
  return null;
}

function showAmount(input, amount) {
  if (document.activeElement !== input) input.value = amount === null ? "" : String(amount);
}
