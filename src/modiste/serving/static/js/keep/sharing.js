/** The dialog that gives a look's link. */

import { element } from "../element.js";
import { state } from "../state.js";
import { linkTo } from "./link.js";
import { isOwn } from "./pieces.js";

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
