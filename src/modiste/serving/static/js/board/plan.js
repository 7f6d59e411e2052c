/** Where the slots of any catalogue lie on the sheet: where they are worn. */

/**
 * Words in a slot's name, its place, its share of the place's height, worn and empty, and how tall
 * one piece may be, in hundredths of the window: earrings are not as large as a coat.
 */
const WORN = [
  [/outerwear|coat|jacket|blazer/, "left", 3, 1.6, 60],
  [/bag|clutch|purse/, "left", 2, 1, 30],
  [/dress|all-?body|jumpsuit|overall|onepiece/, "whole", 1, 1, 70],
  [/swim|intimate|underwear|lingerie/, "aside", 2, 1, 24],
  [/bottom|trouser|pant|skirt|jean|short|legging/, "lower", 3.4, 1.8, 50],
  [/footwear|shoe|boot|sneaker|sandal/, "feet", 1.5, 1, 20],
  [/hat|headwear|\bcap/, "right", 1.5, 0.8, 18],
  [/glass|eyewear/, "right", 1.1, 0.7, 12],
  [/jewel|necklace|earring|bracelet|watch/, "right", 1.6, 1, 16],
  [/scar[fv]|glove|belt|accessor/, "right", 1.8, 1, 22],
  [/\btop|shirt|blouse|knit|sweater|upper/, "upper", 2.6, 1.4, 36],
];
const ELSEWHERE = [null, "aside", 1.6, 1, 20];

/** Places in the order in which they are read. */
export const PLACES = ["left", "upper", "lower", "whole", "feet", "right", "aside"];

/** {place, worn, empty, tallest}: where a slot lies and how tall it is beside the others there. */
export function placeOf(slot) {
  const name = slot.toLowerCase();
  const [, place, worn, empty, tallest] = WORN.find(([word]) => word.test(name)) ?? ELSEWHERE;
  return { place, worn, empty, tallest };
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

/** Slots of the shop and of the pieces, each once. */
export function slotsOf(shop, pieces) {
  const named = (shop?.slots ?? []).map((slot) => slot.name);
  return [...new Set([...named, ...pieces.map((piece) => piece.category)])];
}
