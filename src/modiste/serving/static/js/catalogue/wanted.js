/** What is looked for in the catalogue: words, slots, colours, brands, a price. */

const NOTHING = {
  text: "",
  slot: null,
  kinds: [],
  colours: [],
  brands: [],
  priceMin: null,
  priceMax: null,
};
const MOST_FITS = 20;

/** Says "change" whenever something else is looked for. */
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
      fits: text ? [] : board.slice(0, MOST_FITS),
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
