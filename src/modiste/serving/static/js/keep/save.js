/** <modiste-save>: save a look, share it by a link, export it as a picture. */

import { announce } from "../announce.js";
import { bind } from "../keys.js";
import { state } from "../state.js";
import { followLinks } from "./arriving.js";
import { naming } from "./last-name.js";
import { pictureOfBoard } from "./picture.js";
import { SavedLooks } from "./saved-looks.js";
import { Sharing } from "./sharing.js";

const SOON = 10_000; // ms until a downloaded picture may be forgotten

class Save extends HTMLElement {
  connectedCallback() {
    if (this.saved) return;
    this.saved = new SavedLooks();
    this.sharing = new Sharing();
    document.body.append(this.saved.dialog, this.sharing.dialog);
    this.#on("save", () => this.saved.open());
    this.#on("share", () => this.sharing.open());
    this.#on("export", () => this.#export());
    for (const name of ["share", "export"]) this.#needsPieces(name);
    bind("l", "shows the saved looks", () => this.saved.open());
    followLinks();
  }

  #on(id, act) {
    this.querySelector(`#${id}`)?.addEventListener("click", (event) => {
      if (event.currentTarget.ariaDisabled !== "true") act();
    });
  }

  /** With nothing on the board there is nothing to share or export. */
  #needsPieces(id) {
    const button = this.querySelector(`#${id}`);
    const follow = () => button && (button.ariaDisabled = String(!state.pieces.length));
    state.addEventListener("board", follow);
    follow();
  }

  async #export() {
    const button = this.querySelector("#export");
    button.ariaDisabled = "true";
    announce("Drawing the picture …");
    try {
      const name = naming.of(state.pieces);
      const picture = await pictureOfBoard(state.pieces, state.verdict, name);
      download(picture, `${plain(name)}.png`);
      announce("The picture is among your downloads.");
    } catch (error) {
      state.fail("export", { code: "picture", message: "The picture could not be drawn; try again.", error }, () =>
        this.#export(),
      );
    }
    button.ariaDisabled = String(!state.pieces.length);
  }
}

function download(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), SOON);
}

/** A name that every file system takes. */
function plain(name) {
  const words = name.normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "");
  return words.slice(0, 60).toLowerCase() || "look";
}

customElements.define("modiste-save", Save);
