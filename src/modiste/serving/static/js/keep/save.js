/** <modiste-save>: save a look, share it by a link, export it as a picture. */

import { bind } from "../keys.js";
import { announce } from "../page.js";
import { state } from "../state.js";
import { downloadPicture } from "./export.js";
import { SavedLooks, naming } from "./saved-looks.js";
import { Sharing, followLinks } from "./sharing.js";

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
      await downloadPicture(state.pieces, state.verdict, naming.of(state.pieces));
      announce("The picture is among your downloads.");
    } catch (error) {
      state.fail("export", { code: "picture", message: "The picture could not be drawn; try again.", error }, () =>
        this.#export(),
      );
    }
    button.ariaDisabled = String(!state.pieces.length);
  }
}

customElements.define("modiste-save", Save);
