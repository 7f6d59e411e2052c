/** A few pieces to choose from, shown beside each other: for empty slots and for advice. */

import { imageOf } from "../api.js";
import { element } from "../element.js";
import { chance, nameOf, priceOf } from "../words.js";

/** A button for a piece; `chosen` is called with it. */
export function choiceOf(piece, chosen) {
  const made = element("button", { type: "button", class: "choice", on: { click: () => chosen(piece) } });
  const odds = piece.verdict ? chance(piece.verdict.probability) : "";
  const told = [nameOf(piece), priceOf(piece), odds && `${odds} with it`];
  made.ariaLabel = told.filter(Boolean).join(", ");
  made.title = nameOf(piece);
  made.append(
    pictureOf(piece),
    element("span", { class: "choice-name", dir: "auto" }, nameOf(piece)),
    element("span", { class: "choice-facts" }, odds || priceOf(piece) || "\u00a0"),
  );
  return made;
}

/** Frames of the same size while they are looked for. */
export const waiting = (count = 3) =>
  Array.from({ length: count }, () =>
    element(
      "span",
      { class: "choice is-waiting" },
      element("span", { class: "choice-picture" }),
      element("span", { class: "choice-name" }, "\u00a0"),
      element("span", { class: "choice-facts" }, "\u00a0"),
    ),
  );

function pictureOf(piece) {
  const source = imageOf(piece, { size: 192, cut: true });
  const missing = () => element("span", { class: "choice-picture is-missing" }, "No photograph");
  if (!source) return missing();
  const picture = element("img", { class: "choice-picture", alt: "", width: 96, height: 112 });
  picture.decoding = "async";
  picture.fetchPriority = "high";
  picture.addEventListener("error", () => {
    if (picture.src.includes("cut=true")) picture.src = imageOf(piece, { size: 192 });
    else picture.parentElement.replaceWith(missing());
  });
  picture.src = source;
  return element("span", { class: "daylit" }, picture);
}
