/** What is put on the page: elements, words for screen readers, and notices. */

const WORDS_STAY = 5000; // ms: long enough to be waited for behind other words
const NOTICE_STAYS = 12_000; // ms; whoever points at it or is in it has longer
let noticed = null;

/**
 * Make an element: `element("p", {class: "quiet"}, "Nothing here")`.
 *
 * @param {string} name of the element
 * @param {object} traits `class`, `on` with listeners, a property, or an attribute with a dash
 * @param {...(Node|string|null)} children
 */
export function element(name, traits = {}, ...children) {
  const made = document.createElement(name);
  for (const [trait, value] of Object.entries(traits)) {
    if (value === null || value === undefined) continue;
    if (trait === "class") made.className = value;
    else if (trait === "on") listen(made, value);
    else if (trait in made && !trait.includes("-")) made[trait] = value;
    else made.setAttribute(trait, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function listen(made, listeners) {
  for (const [event, handler] of Object.entries(listeners)) made.addEventListener(event, handler);
}

/** Tell screen readers what changed, politely: each sentence is added, read, and goes again. */
export function announce(text) {
  const region = document.getElementById("announcer");
  if (!text || !region) return;
  const said = document.createElement("p");
  said.textContent = text;
  region.append(said, " ");
  setTimeout(() => {
    said.nextSibling?.remove();
    said.remove();
  }, WORDS_STAY);
}

/** A sentence at the foot of the page that can be put away. */
export function notice(words) {
  noticed?.remove();
  const away = () => box.remove();
  const box = element(
    "div",
    { class: "notice" },
    element("p", { dir: "auto" }, words),
    element("button", { type: "button", class: "notice-away", "aria-label": "Put this away", on: { click: away } }, "×"),
  );
  noticed = box;
  (document.querySelector("main") ?? document.body).append(box);
  const leave = () => (box.matches(":hover, :focus-within") ? setTimeout(leave, NOTICE_STAYS) : away());
  setTimeout(leave, NOTICE_STAYS);
}
