/** What one piece does to the verdict, as a small signed bar: to the right it helps, to the left it costs. */

import { element } from "../element.js";
import { signed } from "../words.js";

const HALF = 1.2; // a logit of this much fills half of its side of the bar
const SLIGHT = 0.005; // a change of the chance that two decimals do not show

export const shareBar = () =>
  element("span", { class: "share-bar", "aria-hidden": "true" }, element("span", { class: "share-fill" }));

/** The bar is as long as the logit: near 0 and 1 the chance hardly moves, whatever a piece does. */
export function showShare(bar, { logit }) {
  const size = Math.abs(logit);
  bar.dataset.sign = logit < 0 ? "minus" : "plus";
  bar.style.setProperty("--share", String(size / (size + HALF)));
}

/** "+.11", or "" where the chance does not move. */
export const figureOf = ({ probability }) => (Math.abs(probability) < SLIGHT ? "" : signed(probability));

export function inWords(share) {
  const does = share.logit < 0 ? "costs" : "helps";
  return Math.abs(share.probability) < SLIGHT ? `${does} a little` : `${does} by ${Math.abs(share.probability).toFixed(2)}`;
}
