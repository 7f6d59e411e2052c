/** A look as a link: the pieces' ids after `#look=`, which no server is told. */

const NAME = "look";
const MOST = 20; // pieces of a look, as the service has it

/** @returns {string} the whole address; ids may hold any character */
export function linkTo(ids, here = location.href) {
  const address = new URL(here);
  address.search = "";
  address.hash = `${NAME}=${ids.map(encodeURIComponent).join(",")}`;
  return address.href;
}

/** @returns {string[]} the ids that a link names, each once; empty where it names no look */
export function linkedIds(here = location.href) {
  const { hash, search } = new URL(here);
  const said = valueIn(hash.slice(1)) ?? valueIn(search.slice(1));
  if (!said) return [];
  const ids = said.split(",").map(decoded).filter(Boolean);
  return [...new Set(ids)].slice(0, MOST);
}

function valueIn(part) {
  const said = part.split("&").find((pair) => pair.startsWith(`${NAME}=`));
  return said?.slice(NAME.length + 1);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return ""; // a link that was cut off
  }
}
