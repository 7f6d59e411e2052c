/** Making elements: `element("p", {class: "quiet"}, "Nothing here")`. */

/**
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
