/** A search of the catalogue: what is looked for, and what was found. */

import { get } from "../api.js";
import { state } from "../state.js";

const PAGE = 48;
const NOTHING = {
  text: "",
  slot: null,
  kinds: [],
  colours: [],
  brands: [],
  priceMin: null,
  priceMax: null,
};

/** Words, slots, colours, brands and a price that are looked for. Says "change" whenever something else is looked for. */
export class Wanted extends EventTarget {
  #now = { ...NOTHING };

  get now() {
    return this.#now;
  }

  /** Whether a choice besides the words narrows what is shown. */
  get isNarrow() {
    return this.narrowings().length > 0;
  }

  change(some) {
    const next = { ...this.#now, ...some };
    if ("slot" in some && some.slot !== this.#now.slot) next.kinds = [];
    if (JSON.stringify(next) === JSON.stringify(this.#now)) return;
    this.#now = next;
    this.dispatchEvent(new Event("change"));
  }

  /** Add to a list of choices, or take away what is in it. */
  toggle(list, name) {
    const chosen = this.#now[list];
    const without = chosen.filter((other) => other !== name);
    this.change({ [list]: without.length < chosen.length ? without : [...chosen, name] });
  }

  /** Let go of every choice; the words stay unless they are let go too. */
  loosen({ words = false } = {}) {
    this.change({ ...NOTHING, text: words ? "" : this.#now.text });
  }

  /** The query of GET /v1/items; what fits the board comes first unless words are searched. */
  query(board) {
    const { text, slot, kinds, colours, brands, priceMin, priceMax } = this.#now;
    return {
      text: text || null,
      category: kinds.length ? kinds : slot,
      colour: colours,
      brand: brands,
      price_min: priceMin,
      price_max: priceMax,
      fits: text ? [] : board,
    };
  }

  /** Every choice in words, the narrowest way first to let go of. */
  narrowings() {
    const { slot, kinds, colours, brands, priceMin, priceMax } = this.#now;
    const prices = [];
    if (priceMin !== null) prices.push(`from ${priceMin}`);
    if (priceMax !== null) prices.push(`up to ${priceMax}`);
    const what = kinds.length ? kinds : slot ? [slot] : [];
    return [...what, ...colours, ...brands, ...prices];
  }
}

/** The pieces that were found, fetched a page at a time. */
export class Found {
  pieces = [];
  total = 0;
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
    return get("/v1/items", { ...query, offset, limit }, { signal });
  }
}

const clamp = (count) => Math.min(Math.max(count, PAGE), state.shop.limits.page);

/** A catalogue that changes between two pages may show a piece on both. */
function once(pieces) {
  return [...new Map(pieces.map((piece) => [piece.id, piece])).values()];
}
