/**
 * A small board: the pieces of a look where they are worn.
 *
 * The same three columns as on the board: coat and bag, the body from top to shoes, and the
 * small things. Every piece has a box, in hundredths of the sheet.
 */

import { element } from "../page.js";
import { pictureOf } from "../picture.js";
import { nameOf } from "../words.js";

// Word in a category's name, column (0 left, 1 middle, 2 right), place from the top, and how
// tall it may be beside the others of its column.
const ZONES = [
  [/outerwear|coat|jacket|blazer/, 0, 0, 1.5],
  [/bag/, 0, 1, 1],
  [/dress|all-body|jumpsuit/, 1, 0, 1.9],
  [/swim|intimate/, 1, 0, 1.1],
  [/top/, 1, 0, 1.15],
  [/bottom|trouser|skirt|jean/, 1, 1, 1.45],
  [/shoe|footwear/, 1, 2, 0.7],
  [/hat/, 2, 0, 0.7],
  [/glass/, 2, 0.5, 0.5],
  [/jewel/, 2, 1, 0.7],
  [/scar/, 2, 2, 0.9],
  [/accessor/, 2, 2, 0.9],
];
const ELSEWHERE = [null, 2, 3, 0.8];
const COLUMNS = [1, 1.15, 0.76];
const FULL = 2.4; // the weight that fills a column: a lone small piece does not fill a sheet
const ABREAST = 2; // pieces of one place that lie beside each other
const NAMED = 8; // pieces of a look

/** @returns {{column: number, place: number, weight: number}} */
function zoneOf(category) {
  const name = String(category ?? "").toLowerCase();
  const [, column, place, weight] = ZONES.find(([word]) => word.test(name)) ?? ELSEWHERE;
  return { column, place, weight };
}

/**
 * A box for every piece, in the order given.
 *
 * @param {{category: string}[]} pieces
 * @returns {{left: number, top: number, width: number, height: number}[]} hundredths of the sheet
 */
export function arrange(pieces) {
  const boxes = new Array(pieces.length);
  const columns = [0, 1, 2].map((column) => rowsOf(pieces, column));
  const used = columns.map((rows, column) => (rows.length ? COLUMNS[column] : 0));
  const total = used.reduce((sum, width) => sum + width, 0) || 1;
  let left = 0;
  columns.forEach((rows, column) => {
    const width = (100 * used[column]) / total;
    layColumn(rows, left, width, boxes);
    left += width;
  });
  return boxes;
}

/** The rows of one column, from its top: each some pieces beside each other. */
function rowsOf(pieces, column) {
  const places = new Map();
  pieces.forEach((piece, number) => {
    const zone = zoneOf(piece.category);
    if (zone.column !== column) return;
    if (!places.has(zone.place)) places.set(zone.place, []);
    places.get(zone.place).push({ number, weight: zone.weight });
  });
  return [...places.entries()]
    .sort(([one], [other]) => one - other)
    .flatMap(([, members]) => {
      const rows = [];
      for (let start = 0; start < members.length; start += ABREAST) {
        rows.push(members.slice(start, start + ABREAST));
      }
      return rows;
    });
}

function layColumn(rows, left, width, boxes) {
  const weight = rows.reduce((sum, row) => sum + row[0].weight, 0);
  const unit = 100 / Math.max(weight, FULL);
  let top = (100 - weight * unit) / 2;
  for (const row of rows) {
    const height = row[0].weight * unit;
    row.forEach(({ number }, place) => {
      boxes[number] = {
        left: left + (width * place) / row.length,
        top,
        width: width / row.length,
        height,
      };
    });
    top += height;
  }
}

/** The picture of a look; hidden from screen readers, which are told `lookInWords`. */
export function miniatureOf(pieces, { isGiven = () => false } = {}) {
  const sheet = element("span", { class: "miniature", "aria-hidden": "true" });
  arrange(pieces).forEach((box, number) => {
    const piece = pieces[number];
    const place = element("span", { class: "miniature-piece" }, pictureOf(piece, { cut: true }));
    place.toggleAttribute("data-given", isGiven(piece));
    for (const [side, share] of Object.entries(box)) {
      place.style.setProperty(`--${side}`, `${share.toFixed(2)}%`);
    }
    sheet.append(place);
  });
  return sheet;
}

/** "blue dress, black sandals and 2 more" */
export function lookInWords(pieces) {
  const names = pieces.slice(0, NAMED).map(nameOf);
  const left = pieces.length - names.length;
  return names.join(", ") + (left > 0 ? ` and ${left} more` : "");
}
