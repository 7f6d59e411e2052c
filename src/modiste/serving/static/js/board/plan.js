/** Where the slots of any catalogue lie on the sheet: where they are worn. */

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

/** Places in the order in which they are read. */
export const PLACES = ["left", "upper", "lower", "whole", "feet", "right", "aside"];

/** {place, worn, empty, size}: where a slot lies, how tall it is beside the others, how large a piece. */
export function placeOf(slot) {
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

/** A slot that fewer outfits have than this is offered no place: bedding is sold, but not worn. */
const WORN_BY = 0.04;

/** Slots of the shop that people wear and those of the pieces, each once. */
export function slotsOf(shop, pieces) {
  const named = (shop?.slots ?? []).filter(({ worn = 1 }) => worn >= WORN_BY).map((slot) => slot.name);
  return [...new Set([...named, ...pieces.map((piece) => piece.category)])];
}
