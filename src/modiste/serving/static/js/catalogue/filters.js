/** What narrows the catalogue: slots in sight, the rest behind their names. */

import { element } from "../element.js";
import { capital } from "../words.js";
import { chipsOf, tellPressed } from "./chips.js";
import { priceRange } from "./price.js";

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
  if (shop.colours?.length) listed("Colour", "colours", shop.colours, true);
  if (shop.brands?.length > 1) listed("Brand", "brands", shop.brands, false);
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
