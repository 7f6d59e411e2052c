/** The studio opens: parts are made, and the header's buttons are wired. */

import { announce } from "./announce.js";
import { get, reach } from "./api.js";
import "./board/board.js";
import "./catalogue/catalogue.js";
import "./game/game.js";
import "./keep/save.js";
import { showKeys } from "./key-list.js";
import { bind } from "./keys.js";
import "./looks/compose.js";
import "./looks/looks.js";
import { open } from "./opening.js";
import { listenForSheets } from "./sheets.js";
import { state } from "./state.js";
import "./verdict/verdict.js";
import { chance } from "./words.js";

const LOOK_AGAIN = 3000; // ms between looks for a service that was lost

const byId = (id) => document.getElementById(id);

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

wireHeader();
wireDock();
watchConnection();
listenForSheets();
open();
