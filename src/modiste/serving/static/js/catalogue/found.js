/** The pieces that a search found, fetched a page at a time. */

import * as api from "../api.js";

const PAGE = 48;
const MOST = 100; // of one request, as the service has it

export class Found {
  pieces = [];
  total = 0;
  notes = [];
  #query = {};
  #asked = null;

  get isComplete() {
    return this.pieces.length >= this.total;
  }

  /** Whether what fits the board best comes first. */
  get isByFit() {
    return Boolean(this.#query.fits?.length);
  }

  /**
   * Ask anew; what was asked before is given up.
   *
   * @param {object} query of GET /v1/items
   * @param {number} atLeast how many pieces were in sight, so that none of them goes missing
   */
  async open(query, atLeast = 0) {
    this.#asked?.abort();
    const asked = new AbortController();
    this.#asked = asked;
    const first = await this.#page(query, 0, clamp(atLeast), asked.signal);
    let pieces = first.items;
    while (pieces.length < Math.min(atLeast, first.total)) {
      const more = await this.#page(query, pieces.length, clamp(atLeast), asked.signal);
      if (!more.items.length) break;
      pieces = [...pieces, ...more.items];
    }
    this.#query = query;
    this.pieces = once(pieces);
    this.total = first.total;
    this.notes = first.notes ?? [];
  }

  /** The next page, beneath what is there. */
  async more() {
    const asked = this.#asked ?? new AbortController();
    const page = await this.#page(this.#query, this.pieces.length, PAGE, asked.signal);
    if (asked.signal.aborted) throw new DOMException("A newer search took its place.", "AbortError");
    this.total = page.items.length ? page.total : this.pieces.length;
    this.pieces = once([...this.pieces, ...page.items]);
  }

  #page(query, offset, limit, signal) {
    return api.get("/v1/items", { ...query, offset, limit }, { signal });
  }
}

const clamp = (count) => Math.min(Math.max(count, PAGE), MOST);

/** A catalogue that changes between two pages may show a piece on both. */
function once(pieces) {
  return [...new Map(pieces.map((piece) => [piece.id, piece])).values()];
}
