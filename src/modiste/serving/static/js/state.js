/**
 * What lies on the board, and what is said about it. One object for the whole page.
 *
 * Events, each a CustomEvent:
 *   board    {change, piece, ids}  the pieces changed: "place", "remove", "replace", "lay out",
 *                                  "clear" or "undo"; `piece` is the one it was about, or null
 *   select   {piece}               another piece is selected, or none
 *   contest  {slot, here, offered, given}  a second piece for one slot: nothing was placed yet
 *   already  {piece}               it lies on the board already
 *   full     {limit}               no more pieces fit
 *   verdict  {verdict, explanation, pending}  what is said about the board; `pending`: about an older one
 *   shop     {shop}                what /v1/shop says
 *   failed   {what, problem, again}  a Problem, and a function that tries again, or null
 *   offline  {offline}             the service was lost, or found again
 *
 * A Piece is what the service sends (id, category, title, image, ...); its `category` is its slot.
 */

const REMEMBERED = 50;

class State extends EventTarget {
  shop = null;
  /** In the order they were placed. */
  pieces = [];
  verdict = null;
  explanation = null;
  selected = null;
  offline = false;
  #past = [];

  get ids() {
    return this.pieces.map((piece) => piece.id);
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  /** Pieces of one look. */
  get #most() {
    return this.shop?.limits.pieces ?? Infinity; // until the shop says
  }

  has(id) {
    return this.pieces.some((piece) => piece.id === id);
  }

  find(id) {
    return this.pieces.find((piece) => piece.id === id) ?? null;
  }

  inSlot(slot) {
    return this.pieces.filter((piece) => piece.category === slot);
  }

  /** Put a piece on the board. With `both` it may share its slot. True if it lies there now. */
  place(piece, { given = true, both = false } = {}) {
    if (this.has(piece.id)) return this.#say("already", { piece }, false);
    const here = this.inSlot(piece.category);
    if (here.length && !both) {
      const contest = { slot: piece.category, here, offered: piece, given };
      return this.#say("contest", contest, false);
    }
    if (this.pieces.length >= this.#most) return this.#say("full", { limit: this.#most }, false);
    this.#change("place", [...this.pieces, { ...piece, given }], piece);
    return true;
  }

  remove(id) {
    const piece = this.find(id);
    if (!piece) return false;
    this.#change("remove", this.pieces.filter((other) => other.id !== id), piece);
    return true;
  }

  /** Exchange one piece for another, in its place. */
  replace(oldId, piece, { given = false } = {}) {
    if (!this.has(oldId)) return false;
    if (this.has(piece.id)) return this.#say("already", { piece }, false);
    const exchanged = (other) => (other.id === oldId ? { ...piece, given } : other);
    this.#change("replace", this.pieces.map(exchanged), piece);
    return true;
  }

  /** Lay out a whole look; `given` are the ids that the person gave; `first`: nothing to undo yet. */
  layOut(pieces, { given = [], first = false } = {}) {
    const theirs = new Set(given);
    const laid = pieces.slice(0, this.#most).map((piece) => ({ ...piece, given: theirs.has(piece.id) }));
    this.#change("lay out", laid, null, { remember: !first });
  }

  clear() {
    if (this.pieces.length) this.#change("clear", [], null);
  }

  undo() {
    if (!this.#past.length) return false;
    const pieces = this.#past.pop();
    this.#change("undo", pieces, null, { remember: false });
    return true;
  }

  select(id) {
    const piece = id === null ? null : this.find(id);
    if (this.selected === piece) return;
    this.selected = piece;
    this.#say("select", { piece });
  }

  setShop(shop) {
    this.shop = shop;
    this.#say("shop", { shop });
  }

  /** `pending`: the old verdict stays while a new one is asked for. */
  setVerdict(verdict, { explanation = null, pending = false } = {}) {
    this.verdict = verdict;
    this.explanation = explanation;
    this.#say("verdict", { verdict, explanation, pending });
  }

  fail(what, problem, again = null) {
    this.#say("failed", { what, problem, again });
  }

  setOffline(offline) {
    if (this.offline === offline) return;
    this.offline = offline;
    this.#say("offline", { offline });
  }

  #change(change, pieces, piece, { remember = true } = {}) {
    if (remember) this.#past = [...this.#past, this.pieces].slice(-REMEMBERED);
    this.pieces = pieces;
    if (this.selected && !this.has(this.selected.id)) this.select(null);
    this.#say("board", { change, piece, ids: this.ids });
  }

  #say(name, detail, result) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
    return result;
  }
}

export const state = new State();
