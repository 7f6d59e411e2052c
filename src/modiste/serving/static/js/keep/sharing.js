/** Sharing a look: its link, the dialog that gives it, and whom it brings here. */

import { Problem, get } from "../api.js";
import { announce, element, notice } from "../page.js";
import { state } from "../state.js";

// A link has the pieces' ids after `#look=`, which no server is told.
const NAME = "look";
const OWN = /^photo-[0-9a-f]{32}$/;

export class Sharing {
  constructor() {
    this.field = element("input", {
      type: "text",
      class: "field share-link",
      readOnly: true,
      "aria-label": "Link to this look",
      on: { focus: () => this.field.select() },
    });
    this.said = element("p", { class: "share-said", role: "status" });
    this.left = element("p", { class: "share-left" });
    const actions = element(
      "div",
      { class: "dialog-actions" },
      button("Copy", "button button-main", () => this.#copy()),
      button("Close", "button", () => this.dialog.close()),
    );
    this.dialog = element(
      "dialog",
      { class: "paper-dialog sharing", "aria-labelledby": "sharing-title" },
      element("h2", { id: "sharing-title" }, "Share this look"),
      this.field,
      this.left,
      this.said,
      actions,
    );
  }

  open() {
    const ids = state.ids.filter((id) => !isOwn(id));
    const own = state.ids.length - ids.length;
    this.said.textContent = "";
    this.left.textContent = leftOut(own, ids.length);
    this.left.hidden = !own;
    this.field.value = ids.length ? linkTo(ids) : "";
    this.dialog.showModal();
    if (ids.length) this.#copy();
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.field.value);
      this.said.textContent = "Copied. Whoever opens it finds this look.";
    } catch {
      this.field.focus(); // no leave to use the clipboard: it is selected instead
      this.field.select();
      this.said.textContent = "Copy it from the field.";
    }
  }
}

function leftOut(own, others) {
  if (!own) return "";
  if (!others) return "Your own photographs stay with you, and there is nothing else on the board to share.";
  const what = own === 1 ? "Your own photograph stays" : `Your ${own} own photographs stay`;
  return `${what} with you; the link names the other pieces.`;
}

const button = (words, name, click) =>
  element("button", { type: "button", class: name, on: { click } }, words);

/** @returns {string} the whole address; ids may hold any character */
function linkTo(ids) {
  const address = new URL(location.href);
  address.search = "";
  address.hash = `${NAME}=${ids.map(encodeURIComponent).join(",")}`;
  return address.href;
}

/** @returns {string[]} the ids that a link names, each once; empty where it names no look */
export function linkedIds() {
  const { hash, search } = location;
  const said = valueIn(hash.slice(1)) ?? valueIn(search.slice(1));
  if (!said) return [];
  return [...new Set(said.split(",").map(decoded).filter(Boolean))];
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

/** Lay out the look that the address names, now and whenever it names another. */
export function followLinks() {
  const follow = () => {
    window.addEventListener("hashchange", arrive);
    arrive();
  };
  if (state.shop) follow();
  else state.addEventListener("shop", follow, { once: true });
}

async function arrive() {
  const ids = linkedIds().slice(0, state.shop.limits.pieces);
  if (!ids.length) return;
  try {
    const { pieces, gone } = await piecesOf(ids);
    if (pieces.length) state.layOut(pieces, { given: pieces.map((piece) => piece.id) });
    const said = pieces.length ? passedOver(gone) : "Nothing of this look is left in the catalogue.";
    if (said) notice(said);
    state.addEventListener("board", forgetLink, { once: true });
    announce(pieces.length ? `A shared look of ${pieces.length} is laid out. ${said}` : said);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    state.fail("link", problem, arrive);
  }
}

/** Once the look was changed, the address does not name it any more. */
function forgetLink() {
  const address = new URL(location.href);
  address.hash = "";
  address.searchParams.delete(NAME);
  history.replaceState(history.state, "", address.pathname + address.search);
}

/** Whether a piece is a photograph of the visitor's own. */
const isOwn = (id) => OWN.test(id);

/**
 * Pieces by their ids: what is still there, and what is gone.
 *
 * @param {string[]} ids
 * @returns {Promise<{pieces: object[], gone: string[]}>} in the order asked for
 * @throws {Problem} if the service could not say
 */
export async function piecesOf(ids) {
  const found = await Promise.all(ids.map(pieceOf));
  return {
    pieces: found.filter(Boolean),
    gone: ids.filter((_, place) => !found[place]),
  };
}

async function pieceOf(id) {
  const where = isOwn(id) ? "uploads" : "items";
  try {
    return await get(`/v1/${where}/${encodeURIComponent(id)}`);
  } catch (problem) {
    if (problem.status === 404 || problem.status === 422) return null;
    throw problem;
  }
}

/** What was passed over, in a sentence; "" where nothing was. */
export function passedOver(gone) {
  const own = gone.filter(isOwn).length;
  const items = gone.length - own;
  const told = [];
  if (items) told.push(`${items === 1 ? "One piece is" : `${items} pieces are`} no longer in the catalogue`);
  if (own) told.push(`${own === 1 ? "a photograph" : `${own} photographs`} of your own left with your last visit`);
  if (!told.length) return "";
  const said = `${told.join(", and ")}.`;
  return said[0].toUpperCase() + said.slice(1);
}
