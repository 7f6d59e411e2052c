/** The studio opens: parts are made, and the header, the dock and the sheets are wired. */

import { get, reach } from "./api.js";
import "./board/board.js";
import "./catalogue/catalogue.js";
import "./game/game.js";
import "./keep/save.js";
import { bind, showKeys } from "./keys.js";
import "./looks/compose.js";
import "./looks/looks.js";
import { announce } from "./page.js";
import { open } from "./shop.js";
import { state } from "./state.js";
import "./verdict/verdict.js";
import { chance } from "./words.js";

const LOOK_AGAIN = 3000; // ms between looks for a service that was lost

const narrow = matchMedia("(max-width: 860px)");
const REGIONS = ["catalogue", "verdict"]; // on narrow pages they are sheets that come up from below
let opener = null;

const byId = (id) => document.getElementById(id);
const buttonsOf = (name) => document.querySelectorAll(`[data-opens="${name}"]`);

function wireHeader() {
  byId("new").addEventListener("click", () => state.clear());
  byId("undo").addEventListener("click", () => state.undo());
  byId("show-keys").addEventListener("click", showKeys);
  byId("play").addEventListener("click", () => document.querySelector("modiste-game").open?.());
  bind("?", "shows the keys", showKeys);
  bind("U", "undoes the last change", () => state.undo());
  state.addEventListener("board", () => {
    byId("undo").ariaDisabled = String(!state.canUndo);
    byId("new").ariaDisabled = String(!state.pieces.length);
  });
}

function wireDock() {
  state.addEventListener("verdict", ({ detail: { verdict, pending } }) => {
    byId("dock-number").textContent = verdict ? chance(verdict.probability) : "Verdict";
    byId("dock-words").textContent = verdict?.words ?? "";
    document.querySelector(".dock").toggleAttribute("data-pending", pending);
  });
}

function watchConnection() {
  let timer = 0;
  reach.addEventListener("lost", () => state.setOffline(true));
  reach.addEventListener("found", () => state.setOffline(false));
  addEventListener("offline", () => state.setOffline(true));
  addEventListener("online", () => get("/v1/health").catch(() => {}));
  state.addEventListener("offline", ({ detail: { offline } }) => {
    const words = offline
      ? "The studio has lost its service. What you dressed stays here; it goes on by itself."
      : "";
    byId("offline").textContent = words;
    byId("offline").hidden = !offline;
    announce(offline ? "" : "The service is back.");
    clearInterval(timer);
    if (offline) timer = setInterval(() => get("/v1/health").catch(() => {}), LOOK_AGAIN);
    else if (!state.shop) open();
  });
}

function openSheet(name, from = document.activeElement) {
  if (!narrow.matches) return;
  for (const other of REGIONS) if (other !== name) hide(other);
  opener = from;
  byId(name).toggleAttribute("data-open", true);
  byId(name).inert = false;
  for (const button of buttonsOf(name)) button.ariaExpanded = "true";
  byId(name).focus({ preventScroll: true });
}

/** The focus returns to what opened it. */
function closeSheet(name) {
  const held = byId(name).contains(document.activeElement);
  hide(name);
  if (held) (opener?.isConnected ? opener : byId("board")).focus();
}

function hide(name) {
  byId(name).removeAttribute("data-open");
  byId(name).inert = narrow.matches;
  for (const button of buttonsOf(name)) button.ariaExpanded = "false";
}

function wireSheets() {
  const fit = () => REGIONS.forEach(hide);
  narrow.addEventListener("change", fit);
  fit();
  for (const name of REGIONS) {
    for (const button of buttonsOf(name)) {
      button.addEventListener("click", () => {
        if (byId(name).hasAttribute("data-open")) closeSheet(name);
        else openSheet(name, button);
      });
    }
    document.querySelector(`[data-closes="${name}"]`).addEventListener("click", () => closeSheet(name));
    document.querySelector(`.skips [href="#${name}"]`).addEventListener("click", () => openSheet(name));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !narrow.matches) return;
    if (document.querySelector("dialog[open]")) return;
    for (const name of REGIONS) if (byId(name).hasAttribute("data-open")) closeSheet(name);
  });
  byId("board").addEventListener("pointerdown", () => {
    for (const name of REGIONS) if (byId(name).hasAttribute("data-open")) closeSheet(name);
  });
}

wireHeader();
wireDock();
watchConnection();
wireSheets();
open();
