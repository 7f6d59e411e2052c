/** The slots of any catalogue: where they lie on the sheet, and what happens when two pieces want one. */

import { element } from "../page.js";
import { imageOf } from "../picture.js";
import { state } from "../state.js";
import { aSlot, capital, nameOf, slotName, theName } from "../words.js";

/**
 * Words in a slot's name, its place, its share of the place's height, worn and empty, and how large
 * one piece may be (the root of its area, in hundredths of the window): earrings are no coat.
 */
const WORN = [
  [/outerwear|coat|jacket|blazer/, "left", 3, 1.6, 34],
  [/bag|clutch|purse/, "left", 2, 1, 22],
  [/dress|all-?body|jumpsuit|overall|onepiece/, "whole", 1, 1, 38],
  [/swim|intimate|underwear|lingerie/, "aside", 2, 1, 20],
  [/bottom|trouser|pant|skirt|jean|short|legging/, "lower", 3.4, 1.8, 28],
  [/footwear|shoe|boot|sneaker|sandal/, "feet", 1.5, 1, 14],
  [/hat|headwear|\bcap/, "right", 1.5, 0.8, 14],
  [/glass|eyewear/, "right", 1.1, 0.7, 11],
  [/jewel|necklace|earring|bracelet|watch/, "right", 1.6, 1, 13],
  [/scar[fv]|glove|belt|accessor/, "right", 1.8, 1, 17],
  [/\btop|shirt|blouse|knit|sweater|upper/, "upper", 2.6, 1.4, 29],
];
const ELSEWHERE = [null, "aside", 1.6, 1, 18];

/** A slot that fewer outfits have than this is offered no place: bedding is sold, but not worn. */
const WORN_BY = 0.04;

/** Places in the order in which they are read. */
const PLACES = ["left", "upper", "lower", "whole", "feet", "right", "aside"];

/** {place, worn, empty, size}: where a slot lies, how tall it is beside the others, how large a piece. */
function placeOf(slot) {
  const name = slot.toLowerCase();
  const [, place, worn, empty, size] = WORN.find(([word]) => word.test(name)) ?? ELSEWHERE;
  return { place, worn, empty, size };
}

/**
 * Slot names by place; every slot of the catalogue, and every one that only a piece has.
 *
 * A catalogue none of whose slots is known has them all in "flow", beside each other.
 */
export function planOf(slots) {
  const plan = Object.fromEntries([...PLACES, "flow"].map((place) => [place, []]));
  const ordered = [...slots].sort((one, other) => rank(one) - rank(other));
  for (const slot of ordered) plan[placeOf(slot).place].push(slot);
  if (slots.length > 1 && plan.aside.length === slots.length) {
    plan.flow = plan.aside;
    plan.aside = [];
  }
  return plan;
}

/** From the top of its place downwards, as in `WORN`. */
const rank = (slot) => (WORN.findIndex(([word]) => word.test(slot.toLowerCase())) + WORN.length) % WORN.length;

/** Slots of the shop that people wear and those of the pieces, each once. */
export function slotsOf(shop, pieces) {
  const named = shop.slots.filter(({ worn }) => worn >= WORN_BY).map((slot) => slot.name);
  return [...new Set([...named, ...pieces.map((piece) => piece.category)])];
}

/** Lay the slots of a plan on the sheet; slots that are there already stay as they are. */
export function buildSheet(sheet, plan) {
  const there = new Map([...sheet.querySelectorAll("modiste-slot")].map((slot) => [slot.name, slot]));
  const slots = (place) => plan[place].map((name) => there.get(name) ?? slotOf(name));
  const box = (name, ...children) => element("div", { class: name }, ...children.flat());
  const full = (made) => (made.children.length ? made : null);
  for (const old of sheet.querySelectorAll(":scope > .column, :scope > .flow")) old.remove();
  const body = box(
    "body",
    full(box("separates", slots("upper"), slots("lower"))),
    full(box("whole", slots("whole"))),
  );
  const columns = [
    box("column column-left", slots("left")),
    box("column column-middle", full(body), slots("feet")),
    box("column column-right", slots("right"), full(box("aside", slots("aside")))),
    box("flow", slots("flow")),
  ];
  sheet.prepend(...columns.filter((column) => column.querySelector("modiste-slot")));
}

function slotOf(name) {
  const made = document.createElement("modiste-slot");
  made.setAttribute("name", name);
  return made;
}

/** <modiste-slot>: one place on the sheet, empty or with the pieces that are worn there. */
class Slot extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    this.className = "slot";
    this.outline = element(
      "button",
      { type: "button", class: "slot-outline", tabIndex: -1, "aria-expanded": "false" },
      element("span", { class: "slot-name", dir: "auto" }, capital(slotName(this.name))),
    );
    this.outline.ariaLabel = `${capital(slotName(this.name))}, empty. Show the best pieces.`;
    this.append(this.outline);
    this.show([]);
  }

  get name() {
    return this.getAttribute("name");
  }

  /** How an empty slot is asked for, in a sentence: "a bag". */
  get wanted() {
    return aSlot(this.name);
  }

  /** Lay these pieces here, in this order; elements that stay are not touched. */
  show(pieceElements) {
    const { worn, empty, place, size } = placeOf(this.name);
    const count = pieceElements.length;
    this.toggleAttribute("data-worn", count > 0);
    this.outline.hidden = count > 0;
    this.style.setProperty("--weight", String(count ? worn : empty));
    this.style.setProperty("--size", String(size));
    this.style.setProperty("--abreast", String(abreast(count, place)));
    for (const gone of [...this.querySelectorAll(":scope > modiste-piece")]) {
      if (!pieceElements.includes(gone)) gone.remove();
    }
    pieceElements.forEach((piece, place) => {
      if (this.children[place + 1] !== piece) this.insertBefore(piece, this.children[place + 1] ?? null);
    });
  }
}

/** How many pieces lie beside each other: in the narrow column at the side, small things stack. */
function abreast(count, place) {
  if (count <= 1) return 1;
  if (count === 2 && (place === "left" || place === "whole")) return 1;
  return Math.ceil(Math.sqrt(count));
}

let dialog = null;

/** Two pieces for one slot: swap, wear both, or leave it; `here` are the pieces that lie in the slot already. */
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

customElements.define("modiste-slot", Slot);
