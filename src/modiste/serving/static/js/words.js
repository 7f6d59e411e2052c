/** How the studio says things: short, plain, warm. */

const SAME_WORD = new Set(
  ("trousers jeans shorts leggings joggers glasses sunglasses shoes heels sneakers loafers sandals slippers trainers " +
    "boots booties earrings socks tights gloves swimwear footwear outerwear jewellery accessories").split(" "),
);

/** "Dresses" -> "dress", "Ankle boots" -> "ankle boots". */
function singular(name) {
  const words = (name ?? "").toLowerCase().trim().replace(/^totes bag/, "tote bag");
  const last = words.split(/\s+/).at(-1);
  if (/[,&/]|\band\b/.test(words) || SAME_WORD.has(last)) return words;
  if (/(ss|sh|ch|x)es$/.test(words)) return words.slice(0, -2);
  if (/[^aeiou]ies$/.test(words)) return `${words.slice(0, -3)}y`;
  return /[^s]s$/.test(words) ? words.slice(0, -1) : words;
}

/** A slot's name for one piece of it: "a bag", "shoes". */
export function aSlot(slot) {
  const one = singular(slot);
  if (one.includes(" ") || SAME_WORD.has(one)) return one === "accessories" ? "an accessory" : one;
  return `${/^[aeiou]/.test(one) ? "an" : "a"} ${one}`;
}

export const slotName = (slot) => (slot === "accessories" ? "accessory" : singular(slot));

export const capital = (text) => (text ? text[0].toUpperCase() + text.slice(1) : "");

/**
 * What to call a piece. Codes from a stock list ("Ankle Boots CAMEL WHITE C-COMPLEMENTOS SHE") are
 * no name: then it is called by its colour and by the plain words that come first.
 */
export function nameOf(piece) {
  const title = (piece.title ?? "").trim();
  const words = title.split(/\s+/);
  const code = words.findIndex(isCode);
  if (title && words.filter(isCode).length < 2) return capital(title);
  const kind = code > 0 ? words.slice(0, code).join(" ") : piece.fine || piece.category;
  return capital(`${piece.colour ?? ""} ${singular(kind) || "piece"}`.toLowerCase().trim());
}

const isCode = (word) => word.length > 2 && /^[A-Z0-9][A-Z0-9-]+$/.test(word);

/** Its name in the middle of a sentence. */
export const theName = (piece) => `the ${lower(nameOf(piece))}`;

const lower = (text) => (/^[A-Z][a-z]/.test(text) ? text[0].toLowerCase() + text.slice(1) : text);

/** Two decimals, 0.01 to 0.99: nobody is certain. */
export const chance = (probability) => Math.min(Math.max(probability, 0.01), 0.99).toFixed(2);

/** "+.11", with a real minus. */
export function signed(number) {
  const text = Math.abs(number).toFixed(2).replace(/^0/, "");
  return `${number < 0 && text !== ".00" ? "\u2212" : "+"}${text}`;
}

const money = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** "28.99", or "" where nobody knows. */
export const priceOf = (piece) => (piece.price == null ? "" : money.format(piece.price));

/** The service names pieces by their ids; people do not. */
export function withNames(sentence, pieces) {
  let text = sentence ?? "";
  for (const piece of pieces) {
    for (const the of ["the", "The"]) {
      text = text.replaceAll(`${the} ${piece.fine} ${piece.id}`, theName(piece));
    }
    text = text.replaceAll(piece.id, nameOf(piece));
    if (!isMany(piece)) continue;
    text = text.replaceAll(`${theName(piece)} helps`, `${theName(piece)} help`);
    text = text.replaceAll(`${theName(piece)} costs`, `${theName(piece)} cost`);
  }
  return capital(text);
}

/** "Grey sandals" are many. */
function isMany(piece) {
  const last = nameOf(piece).toLowerCase().split(" ").at(-1);
  return last.endsWith("s") && SAME_WORD.has(last);
}

const TO_DO = {
  offline: "Look at your connection; what you dressed stays here.",
  slow: "Try again in a moment.",
  unclear: "Try again in a moment.",
  catalogue_unavailable: "The catalogue is away for a moment; it comes back by itself.",
  not_ready: "The studio is still opening; try again in a moment.",
  overloaded: "Many people are dressing right now; try again in a moment.",
  unknown_item: "A piece on the board is no longer in the catalogue; take it off and go on.",
  internal: "Something went wrong on our side; try again in a moment.",
  too_many_requests: "That was quick; wait a moment and try again.",
};

/** One sentence on what went wrong and one on what to do. */
export function saying(problem) {
  const todo = TO_DO[problem.code];
  if (["offline", "slow", "unclear"].includes(problem.code)) return `${problem.message} ${todo}`;
  return todo ?? problem.message;
}
