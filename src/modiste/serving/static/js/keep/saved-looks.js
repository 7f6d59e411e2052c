/** The dialog of saved looks: save this one, open, rename or remove the others. */

import { announce } from "../announce.js";
import { Problem } from "../api.js";
import { element } from "../element.js";
import { lookInWords, miniatureOf } from "../looks/miniature.js";
import { state } from "../state.js";
import { chance, saying } from "../words.js";
import { naming } from "./last-name.js";
import { notice } from "./notice.js";
import { passedOver, piecesOf } from "./pieces.js";
import { keepLook, keptLooks, putBack, removeLook, renameLook } from "./shelf.js";

const LONGEST = 80; // letters of a name

export class SavedLooks {
  constructor() {
    this.name = element("input", {
      type: "text",
      class: "field",
      maxLength: LONGEST,
      required: true,
      "aria-label": "Name of this look",
      autocomplete: "off",
      dir: "auto",
    });
    const save = element("button", { type: "submit", class: "button button-main" }, "Save this look");
    this.form = element("form", { class: "save-form" }, this.name, save);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    this.bare = element("p", { class: "save-bare" }, "Lay something out, and it can be saved here.");
    this.said = element("p", { class: "save-said", role: "status" });
    this.list = element("ul", { class: "kept", "aria-label": "Saved looks" });
    const close = { type: "button", class: "button", on: { click: () => this.dialog.close() } };
    this.dialog = element(
      "dialog",
      { class: "paper-dialog saved", "aria-labelledby": "saved-title" },
      element("h2", { id: "saved-title" }, "Saved looks"),
      this.form,
      this.bare,
      this.said,
      this.list,
      element("div", { class: "dialog-actions" }, element("button", close, "Close")),
    );
  }

  open() {
    this.said.replaceChildren();
    this.form.hidden = !state.pieces.length;
    this.bare.hidden = !this.form.hidden;
    this.name.value = naming.of(state.pieces);
    this.#show();
    this.dialog.showModal();
    if (!this.form.hidden) this.name.select();
  }

  #save() {
    const name = this.name.value.trim() || naming.of(state.pieces);
    const lasts = keepLook(name, state.pieces, state.verdict);
    naming.tell(state.pieces, name);
    this.#show();
    this.#tell(lasts ? "Saved on this device." : "Saved for this visit only: this browser keeps nothing.");
  }

  #show() {
    this.list.replaceChildren(...keptLooks().map((look, place) => this.#row(look, place)));
  }

  #row(look, place) {
    const number = look.verdict ? chance(look.verdict.probability) : "";
    const open = element(
      "button",
      {
        type: "button",
        class: "kept-look",
        "aria-label": `Lay out ${look.name}: ${lookInWords(look.pieces)}`,
        on: { click: () => this.#layOut(look) },
      },
      miniatureOf(look.pieces, { isGiven: (piece) => piece.given }),
    );
    const name = element("input", {
      type: "text",
      class: "field kept-name",
      value: look.name,
      maxLength: LONGEST,
      "aria-label": `Rename ${look.name}`,
      dir: "auto",
      on: { change: () => this.#rename(look, name) },
    });
    const facts = element("p", { class: "kept-facts" }, [number, dayOf(look.saved)].filter(Boolean).join(" · "));
    const remove = element(
      "button",
      {
        type: "button",
        class: "quiet",
        "aria-label": `Remove ${look.name}`,
        on: { click: () => this.#remove(look, place) },
      },
      "Remove",
    );
    return element("li", { class: "kept-row" }, open, element("div", { class: "kept-words" }, name, facts, remove));
  }

  async #layOut(look) {
    try {
      const { pieces, gone } = await piecesOf(look.pieces.map((piece) => piece.id));
      if (!pieces.length) return this.#tell("Nothing of this look is left.");
      const given = look.pieces.filter((piece) => piece.given).map((piece) => piece.id);
      state.layOut(pieces, { given });
      naming.tell(pieces, look.name);
      this.dialog.close();
      const said = passedOver(gone);
      if (said) notice(said);
      announce(`${look.name} is laid out. ${said}`);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.#tell(saying(problem));
    }
  }

  #rename(look, field) {
    const name = field.value.trim();
    if (!name) {
      field.value = look.name;
      return;
    }
    renameLook(look.key, name);
    this.#tell(`Renamed to ${name}.`);
  }

  #remove(look, place) {
    removeLook(look.key);
    this.#show();
    const undo = () => {
      putBack(look, place);
      this.#show();
      this.#tell(`${look.name} is back.`);
    };
    const button = element("button", { type: "button", class: "quiet", on: { click: undo } }, "Undo");
    this.#tell(`${look.name} is removed. `, button);
    button.focus();
  }

  #tell(words, action = null) {
    this.said.replaceChildren(words, ...(action ? [action] : []));
  }
}

const dayOf = (iso) => {
  const day = new Date(iso);
  return Number.isNaN(day.getTime()) ? "" : day.toLocaleDateString(undefined, { day: "numeric", month: "long" });
};
