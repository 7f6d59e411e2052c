/** Saved looks, kept on this device: the dialog to save this one, open, rename or remove the others. */

import { Problem } from "../api.js";
import { lookInWords, miniatureOf } from "../looks/miniature.js";
import { announce, element, notice } from "../page.js";
import { state } from "../state.js";
import { chance, nameOf, saying } from "../words.js";
import { passedOver, piecesOf } from "./sharing.js";

const LONGEST = 80; // letters of a name
const WEIGHT = [/dress|jumpsuit/, /outerwear|coat|jacket/, /top/, /bottom|skirt|trouser/, /shoe/];
const PLACE = "modiste.looks";
const MOST = 200;
let loose = null; // where storage is closed: what this visit saved

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

/** The name that a look was saved under, for as long as it lies on the board unchanged. */
let named = { ids: "", name: "" };
const keyOf = (pieces) => pieces.map((piece) => piece.id).sort().join("\n");

export const naming = {
  /** This look is called so. */
  tell(pieces, name) {
    named = { ids: keyOf(pieces), name };
  },

  /** What it is called: as it was saved, else after its pieces. */
  of(pieces) {
    return pieces.length && keyOf(pieces) === named.ids ? named.name : calledAfter(pieces);
  },
};

/** What a look is called until somebody names it: "Blue dress and black sandals", its two weightiest pieces. */
function calledAfter(pieces) {
  const weight = (piece) => {
    const place = WEIGHT.findIndex((word) => word.test(String(piece.category).toLowerCase()));
    return place < 0 ? WEIGHT.length : place;
  };
  const names = [...pieces].sort((one, other) => weight(one) - weight(other)).map(nameOf);
  if (!names.length) return "A look";
  const second = names[1] ? ` and ${names[1][0].toLowerCase()}${names[1].slice(1)}` : "";
  const name = names[0] + second;
  return name.length > LONGEST ? `${name.slice(0, LONGEST - 1).trimEnd()}…` : name;
}

/**
 * The saved looks, newest first.
 *
 * @typedef {{key: string, name: string, saved: string, pieces: object[],
 *   verdict: object|null}} Kept
 * @returns {Kept[]}
 */
function keptLooks() {
  if (loose) return loose;
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isLook) : [];
  } catch {
    return [];
  }
}

/** @returns {boolean} whether it will outlast this visit */
function keepLook(name, pieces, verdict) {
  const look = {
    key: `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`,
    name,
    saved: new Date().toISOString(),
    pieces,
    verdict,
  };
  return write([look, ...keptLooks()].slice(0, MOST));
}

function renameLook(key, name) {
  return write(keptLooks().map((look) => (look.key === key ? { ...look, name } : look)));
}

function removeLook(key) {
  return write(keptLooks().filter((look) => look.key !== key));
}

/** A look put back where it was, after it was removed. */
function putBack(look, place) {
  const looks = keptLooks();
  looks.splice(place, 0, look);
  return write(looks);
}

function write(looks) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(looks));
    loose = null;
    return true;
  } catch {
    loose = looks;
    return false;
  }
}

function isLook(look) {
  return (
    typeof look?.key === "string" &&
    typeof look.name === "string" &&
    Array.isArray(look.pieces) &&
    look.pieces.every((piece) => typeof piece?.id === "string")
  );
}
