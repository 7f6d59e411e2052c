/** Dragging: pieces on the sheet, and pieces from the catalogue onto it. */

import { state } from "../state.js";
import { nameOf } from "../words.js";

const PIECE = "application/x-modiste-item";
const SLACK = 4; // px that a hand may tremble before a tap becomes a drag

/** Let pieces be laid elsewhere on the sheet, or dragged off it to be taken away. */
export function dragOnSheet(sheet, moved) {
  let held = null;
  sheet.addEventListener("pointerdown", (event) => {
    const piece = event.target.closest(".piece-button")?.closest("modiste-piece");
    const mayDrag = event.pointerType !== "touch" || piece?.hasAttribute("data-selected");
    if (!piece || event.button !== 0 || !mayDrag) return;
    held = { piece, x: event.clientX, y: event.clientY, from: offsetOf(piece), dragged: false };
  });
  sheet.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.dragged && Math.hypot(dx, dy) < SLACK) return;
    if (!held.dragged) sheet.setPointerCapture(event.pointerId);
    held.dragged = true;
    held.piece.toggleAttribute("data-lifted", true);
    lay(held.piece, held.from.x + dx, held.from.y + dy);
    held.piece.toggleAttribute("data-leaving", !isOver(sheet, event));
    moved();
  });
  const letGo = (event) => {
    const last = held;
    held = null;
    if (!last?.dragged) return;
    last.piece.removeAttribute("data-lifted");
    last.piece.removeAttribute("data-leaving");
    sheet.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => sheet.removeEventListener("click", swallow, { capture: true }));
    if (event.type === "pointercancel") lay(last.piece, last.from.x, last.from.y);
    else if (!isOver(sheet, event)) state.remove(last.piece.dataset.id);
    moved();
  };
  sheet.addEventListener("pointerup", letGo);
  sheet.addEventListener("pointercancel", letGo);
}

/** Let pieces be dropped from the catalogue; their slot shows itself while they hover. */
export function dropFromCatalogue(sheet) {
  const clear = () => {
    sheet.removeAttribute("data-dropping");
    for (const slot of sheet.querySelectorAll("[data-target]")) slot.removeAttribute("data-target");
  };
  document.addEventListener("dragstart", (event) => {
    const piece = pieceIn(event.dataTransfer);
    const slot = piece && sheet.querySelector(`modiste-slot[name="${CSS.escape(piece.category)}"]`);
    slot?.toggleAttribute("data-target", true);
  });
  document.addEventListener("dragend", clear);
  sheet.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes(PIECE)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    sheet.toggleAttribute("data-dropping", true);
  });
  sheet.addEventListener("dragleave", (event) => {
    if (!sheet.contains(event.relatedTarget)) sheet.removeAttribute("data-dropping");
  });
  sheet.addEventListener("drop", (event) => {
    const piece = pieceIn(event.dataTransfer);
    clear();
    if (!piece) return;
    event.preventDefault();
    state.place(piece);
  });
}

/** Have a drag carry a piece; onto other pages it carries the name. */
export function carry(piece, transfer) {
  transfer.effectAllowed = "copy";
  transfer.setData(PIECE, JSON.stringify(piece));
  transfer.setData("text/plain", nameOf(piece));
}

function pieceIn(transfer) {
  try {
    return JSON.parse(transfer?.getData(PIECE) || "null");
  } catch {
    return null; // dragged from another page
  }
}

function offsetOf(piece) {
  const of = (name) => Number.parseFloat(piece.style.getPropertyValue(name)) || 0;
  return { x: of("--dx"), y: of("--dy") };
}

function lay(piece, x, y) {
  piece.style.setProperty("--dx", `${x}px`);
  piece.style.setProperty("--dy", `${y}px`);
}

function isOver(sheet, { clientX, clientY }) {
  const box = sheet.getBoundingClientRect();
  return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
}

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}
