/** Photographs of one's own: brought in, shown to the service, put on the board. */

import * as api from "../api.js";
import { announce } from "../announce.js";
import { element } from "../element.js";
import { state } from "../state.js";
import { saying } from "../words.js";
import { pictureOf } from "./picture.js";
import { refusalOf, takenFor } from "./taken-for.js";

/** <modiste-photograph>: a button, and what became of the photograph. */
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
  }

  /** Bring a photograph in. */
  async bring(file, category = null) {
    const refusal = refusalOf(file, state.shop?.limits);
    if (refusal) return this.#tell(refusal, { isWrong: true });
    this.#file = file;
    this.#tellBusy(file);
    state.busy("photograph", true);
    try {
      const piece = await api.upload(file, category);
      state.place(piece);
      this.#tellTaken(piece);
    } catch (problem) {
      if (!(problem instanceof api.Problem)) throw problem;
      this.#tell(inPlainWords(problem), { isWrong: true, again: () => this.bring(file, category) });
    } finally {
      state.busy("photograph", false);
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

customElements.define("modiste-photograph", Photograph);
