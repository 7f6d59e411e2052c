/** <modiste-photograph>: photographs of one's own, brought in and put on the board. */

import * as api from "../api.js";
import { announce, element } from "../page.js";
import { pictureOf } from "../picture.js";
import { state } from "../state.js";
import { capital, saying } from "../words.js";

const MEGABYTE = 1024 * 1024;
const SURE = 0.6; // share of the look-alikes that must agree
const EAGER = "is-over-with-photograph";

class Photograph extends HTMLElement {
  #file = null;
  #following = null;
  #said = element("div", { class: "photograph-said", role: "status" });

  connectedCallback() {
    if (this.firstChild) return;
    const input = element("input", {
      type: "file",
      accept: "image/*",
      class: "unseen",
      tabIndex: -1,
      "aria-label": "Your own photograph",
      on: { change: () => this.#take(input.files[0], input) },
    });
    const button = element(
      "button",
      {
        type: "button",
        class: "photograph-button",
        "aria-label": "Your own photograph",
        on: { click: () => input.click() },
      },
      element("span", { class: "photograph-plus", "aria-hidden": "true" }, "+"),
      element("span", { class: "photograph-words" }, "Your own"),
      element("span", { class: "photograph-word" }, "photograph"),
    );
    this.append(button, input, this.#said);
    takeDropsAndPastes((file) => this.bring(file));
  }

  /** Bring a photograph in. */
  async bring(file) {
    const refusal = refusalOf(file, state.shop?.limits);
    if (refusal) return this.#tell(refusal, { isWrong: true });
    this.#file = file;
    this.#tellBusy(file);
    try {
      const piece = await api.upload(file);
      state.place(piece);
      this.#tellTaken(piece);
    } catch (problem) {
      if (!(problem instanceof api.Problem)) throw problem;
      this.#tell(inPlainWords(problem), { isWrong: true, again: () => this.bring(file) });
    }
  }

  #take(file, input) {
    input.value = ""; // so that the same photograph can be chosen again
    if (file) this.bring(file);
  }

  #tellTaken(piece) {
    const said = takenFor(piece, state.shop, (category) => this.#correct(piece, category));
    said.append(this.#placing(piece));
    this.#show(pictureOf(piece, { size: 96, lazy: false }), said);
  }

  /** Its place may have been taken, or it was taken off: it can be put on the board again. */
  #placing(piece) {
    const button = action("Put it on the board", () => state.place(piece));
    const follow = () => (button.hidden = state.has(piece.id));
    this.#following?.abort();
    this.#following = new AbortController();
    state.addEventListener("board", follow, { signal: this.#following.signal });
    follow();
    return button;
  }

  /** The person says what it is: the same photograph again, with its category. */
  async #correct(old, category) {
    this.#tellBusy(this.#file);
    try {
      const piece = await api.upload(this.#file, category);
      if (state.has(old.id)) state.replace(old.id, piece, { given: true });
      else state.place(piece);
      this.#tellTaken(piece);
      forget(old);
    } catch (problem) {
      if (!(problem instanceof api.Problem)) throw problem;
      this.#tell(inPlainWords(problem), { isWrong: true, again: () => this.#correct(old, category) });
    }
  }

  #tellBusy(file) {
    const line = element("span", { class: "hairline-running", "aria-hidden": "true" });
    this.#show(element("p", { dir: "auto" }, `Looking at ${file.name || "your photograph"} …`), line);
  }

  #tell(words, { isWrong = false, again = null } = {}) {
    const parts = [element("p", { class: isWrong ? "wrong" : "" }, words)];
    if (again) parts.push(action("Try again", again));
    this.#show(...parts);
    announce(words);
  }

  #show(...parts) {
    const close = element(
      "button",
      {
        type: "button",
        class: "photograph-close",
        "aria-label": "Put this message away",
        on: { click: () => this.#putAway() },
      },
      "×",
    );
    this.#said.replaceChildren(...parts, close);
  }

  #putAway() {
    this.#said.replaceChildren();
    this.querySelector(".photograph-button").focus();
  }
}

const action = (words, click) =>
  element("button", { type: "button", class: "quiet", on: { click } }, words);

const PLAIN = {
  image_unreadable: "This is not a picture that the studio can read; a JPEG or PNG will do.",
  unsupported_media: "This is not a picture that the studio can read; a JPEG or PNG will do.",
  too_large: "This photograph is too large; send a smaller one.",
};

const inPlainWords = (problem) => PLAIN[problem.code] ?? saying(problem);

/** Its old reading is of no use any more; if that fails, it dies with the visit. */
function forget(piece) {
  api.remove(`/v1/uploads/${encodeURIComponent(piece.id)}`).catch(() => {});
}

/** Why a file need not be sent at all, in plain words; null if it may be a photograph. */
function refusalOf(file, limits) {
  if (file.type && !file.type.startsWith("image/")) {
    return `${file.name || "This"} is not a picture; a JPEG or PNG will do.`;
  }
  const most = limits?.upload_bytes ?? Infinity; // until the shop says
  if (file.size <= most) return null;
  const [is, may] = [file.size, most].map((bytes) => (bytes / MEGABYTE).toFixed(0));
  return `This photograph has ${is} MB, and ${may} MB is the most; send a smaller one.`;
}

/**
 * "We take this for shoes: ankle boots", with a choice of all that it may be instead.
 *
 * @param {(category: string) => void} correct told what the person says that it is
 */
function takenFor(piece, shop, correct) {
  const words = element("p", { class: "taken-words" }, sentence(piece));
  const pick = element(
    "select",
    {
      class: "taken-pick",
      "aria-label": "It is something else",
      on: { change: () => pick.value && correct(pick.value) },
    },
    element("option", { value: "" }, "It is something else …"),
    ...(shop?.slots ?? []).map(choicesOf),
  );
  return element("div", { class: `taken ${isSure(piece) ? "" : "unsure"}` }, words, pick);
}

function sentence(piece) {
  const fine = piece.fine && piece.fine !== piece.category ? `: ${piece.fine.toLowerCase()}` : "";
  const what = `${piece.category}${fine}`;
  if (!piece.guessed) return `${state.has(piece.id) ? "On the board as" : "Taken for"} ${what}.`;
  if (isSure(piece)) return `We take this for ${what}.`;
  return `We cannot make out a garment here; our best guess is ${what}. Say what it is, or try a photograph of one piece on a plain ground.`;
}

/** Whether most of the look-alikes agree, as the service's note counts them. */
function isSure(piece) {
  if (!piece.guessed) return true;
  const [, agreed, asked] = /(\d+) of (?:the )?(\d+)/.exec(piece.note) ?? [];
  return !asked || Number(agreed) / Number(asked) >= SURE;
}

function choicesOf(slot) {
  const fines = slot.fines.length ? slot.fines : [{ name: slot.name }];
  const options = fines.map(({ name }) => element("option", { value: name }, capital(name)));
  return element("optgroup", { label: capital(slot.name) }, ...options);
}

/**
 * Photographs that are dropped or pasted anywhere on the page.
 *
 * @param {(file: File) => void} bring
 */
function takeDropsAndPastes(bring) {
  const root = document.documentElement;
  let depth = 0;
  document.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    root.classList.add(EAGER);
  });
  document.addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth = Math.max(0, depth - 1);
    if (!depth) root.classList.remove(EAGER);
  });
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault(); // else the browser leaves the page for the photograph
    event.dataTransfer.dropEffect = "copy";
  });
  document.addEventListener("drop", (event) => {
    depth = 0;
    root.classList.remove(EAGER);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer.files.length) bring(event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (!file) return; // words that are pasted go where they belong
    event.preventDefault();
    bring(file);
  });
}

const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

customElements.define("modiste-photograph", Photograph);
