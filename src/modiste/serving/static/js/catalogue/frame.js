/** What the catalogue is made of, before anything is known: its fields, its grid, its button. */

import { element } from "../element.js";

const LONGEST = 200; // letters of a search, as the service has it

/** The parts by their names; `all` are those that lie in the catalogue itself. */
export function catalogueFrame() {
  const search = element("input", {
    type: "search",
    class: "search",
    id: "catalogue-search",
    placeholder: "Search the catalogue",
    "aria-label": "Search the catalogue",
    "aria-keyshortcuts": "/",
    autocomplete: "off",
    enterKeyHint: "search",
    maxLength: LONGEST,
    dir: "auto",
  });
  const filters = element("div", { class: "filters-place" });
  const count = element("p", { class: "count", role: "status" });
  const box = element("div", {
    class: "grid",
    role: "listbox",
    "aria-label": "Pieces",
    "aria-multiselectable": "true",
  });
  const empty = element("div", { class: "grid-empty", hidden: true });
  const more = element("button", { type: "button", class: "button more", hidden: true }, "More");
  const rack = element("div", { class: "rack" }, box, empty, more);
  const top = element("div", { class: "catalogue-top", role: "search" }, search, filters);
  const photograph = document.createElement("modiste-photograph");
  const all = [top, count, rack, photograph];
  return { search, filters, count, box, empty, more, rack, photograph, all };
}
