/** From what price to what price: two number fields. */

import { element } from "../element.js";

let fields = 0;

/** @param {{min: number, max: number}} span of the catalogue's prices */
export function priceRange(span, wanted) {
  const from = field("From", Math.floor(span.min), (priceMin) => wanted.change({ priceMin }));
  const to = field("To", Math.ceil(span.max), (priceMax) => wanted.change({ priceMax }));
  const range = element("div", { class: "price-range", role: "group", "aria-label": "Price" });
  range.append(from, to);
  wanted.addEventListener("change", () => {
    show(from.querySelector("input"), wanted.now.priceMin);
    show(to.querySelector("input"), wanted.now.priceMax);
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

function show(input, amount) {
  if (document.activeElement !== input) input.value = amount === null ? "" : String(amount);
}
