/** What lies on the table in the game: the outfit with its blank, and four candidates. */

import { pictureOf } from "../catalogue/picture.js";
import { element } from "../element.js";
import { aSlot, capital, nameOf } from "../words.js";

/** The pieces that were worn together, and a frame where one is missing. */
export function outfitOf(question) {
  const worn = question.question.map((piece) => element("li", { class: "game-piece" }, shown(piece)));
  const { fine, category } = question.candidates[0];
  const blank = element(
    "li",
    { class: "game-piece game-blank" },
    element("span", { "aria-hidden": "true" }, "?"),
    element("span", { class: "unseen" }, `${capital(aSlot(fine || category))}: missing`),
  );
  return element("ul", { class: "game-outfit", "aria-label": "The look" }, ...worn, blank);
}

/** Four buttons; `choose` is told which was pressed. */
export function candidatesOf(question, choose) {
  const buttons = question.candidates.map((piece, place) => {
    const traits = {
      type: "button",
      class: "candidate",
      "aria-keyshortcuts": String(place + 1),
      "aria-label": `${place + 1}: ${nameOf(piece)}`,
      on: { click: () => choose(place) },
    };
    const key = element("span", { class: "candidate-key", "aria-hidden": "true" }, String(place + 1));
    const marks = element("span", { class: "candidate-marks" });
    return element("button", traits, pictureOf(piece, { size: 384, cut: true, lazy: false }), key, marks);
  });
  return element(
    "div",
    { class: "candidates", role: "group", "aria-label": "What was worn with it?" },
    ...buttons,
  );
}

/** Show on the candidates what was right, what you chose and what the model chose. */
export function reveal(box, question, choice, said) {
  [...box.children].forEach((button, place) => {
    const marks = [];
    if (place === said.answer) marks.push("worn");
    if (place === choice) marks.push("yours");
    if (place === said.model) marks.push("Modiste’s");
    const share = said.scores?.[place];
    const badges = button.querySelector(".candidate-marks");
    badges.replaceChildren(...marks.map((mark) => element("span", { class: "mark" }, mark)));
    if (share !== undefined) {
      const line = element("span", { class: "candidate-share" });
      line.style.setProperty("--share", share.toFixed(3));
      line.title = `${Math.round(share * 100)} in 100 for Modiste`;
      badges.append(line);
    }
    button.classList.toggle("is-worn", place === said.answer);
    button.classList.toggle("is-yours", place === choice);
    button.ariaDisabled = "true";
    const name = nameOf(question.candidates[place]);
    button.ariaLabel = [`${place + 1}: ${name}`, ...marks].join(", ");
  });
}

/** "Right: it was the black sandals. Modiste chose it too." */
export function inWords(question, choice, said) {
  const worn = nameOf(question.candidates[said.answer]);
  const you = said.right ? "Right." : `It was number ${said.answer + 1}: ${worn}.`;
  if (said.right) return said.model === said.answer ? `${you} Modiste too.` : `${you} Modiste missed it.`;
  if (said.model === said.answer) return `${you} Modiste knew.`;
  return said.model === choice ? `${you} Modiste thought as you did.` : `${you} Modiste missed it too.`;
}

const shown = (piece) => {
  const picture = pictureOf(piece, { size: 192, cut: true, lazy: false });
  if (picture instanceof HTMLImageElement) picture.alt = nameOf(piece);
  return picture;
};
