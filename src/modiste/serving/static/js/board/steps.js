/** The sheet is one stop for Tab; arrows go from piece to piece, to the nearest in their direction. */

const AWAY = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const ASIDE = 2; // how much more a step to the side counts than one ahead

const stopsOf = (sheet) =>
  [...sheet.querySelectorAll(".piece-button, .slot-outline")].filter((one) => !one.hidden);

/** Keep exactly one of them within reach of Tab: the one last focused, else the first piece. */
export function keepOneStop(sheet) {
  const stops = stopsOf(sheet);
  const held = stops.find((one) => one === document.activeElement) ?? stops.find((one) => one.tabIndex === 0);
  const reached = held ?? stops.find((one) => one.matches(".piece-button")) ?? stops[0];
  for (const one of stops) one.tabIndex = one === reached ? 0 : -1;
}

/** Move the focus; true if the key was an arrow. */
export function step(sheet, event) {
  const away = AWAY[event.key];
  if (!away || !event.target.matches(".piece-button, .slot-outline")) return false;
  event.preventDefault();
  const from = middleOf(event.target);
  const distance = (one) => {
    const to = middleOf(one);
    const ahead = (to.x - from.x) * away[0] + (to.y - from.y) * away[1];
    const aside = Math.abs((to.x - from.x) * away[1]) + Math.abs((to.y - from.y) * away[0]);
    return ahead > SLIGHT ? ahead + aside * ASIDE : Infinity;
  };
  const others = stopsOf(sheet).filter((one) => one !== event.target && distance(one) < Infinity);
  others.sort((one, other) => distance(one) - distance(other));
  others[0]?.focus();
  return true;
}

const SLIGHT = 4; // px: less ahead is beside

function middleOf(one) {
  const box = one.getBoundingClientRect();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
