/** On narrow pages the catalogue and the verdict are sheets that come up from below. */

const narrow = matchMedia("(max-width: 860px)");
const REGIONS = ["catalogue", "verdict"];
let opener = null;

const region = (name) => document.getElementById(name);
const buttonsOf = (name) => document.querySelectorAll(`[data-opens="${name}"]`);

export function openSheet(name, from = document.activeElement) {
  if (!narrow.matches) return;
  for (const other of REGIONS) if (other !== name) hide(other);
  opener = from;
  region(name).toggleAttribute("data-open", true);
  region(name).inert = false;
  for (const button of buttonsOf(name)) button.ariaExpanded = "true";
  region(name).focus({ preventScroll: true });
}

/** The focus returns to what opened it. */
export function closeSheet(name) {
  const held = region(name).contains(document.activeElement);
  hide(name);
  if (held) (opener?.isConnected ? opener : document.getElementById("board")).focus();
}

function hide(name) {
  region(name).removeAttribute("data-open");
  region(name).inert = narrow.matches;
  for (const button of buttonsOf(name)) button.ariaExpanded = "false";
}

export function listenForSheets() {
  const fit = () => REGIONS.forEach(hide);
  narrow.addEventListener("change", fit);
  fit();
  for (const name of REGIONS) {
    for (const button of buttonsOf(name)) {
      button.addEventListener("click", () => {
        if (region(name).hasAttribute("data-open")) closeSheet(name);
        else openSheet(name, button);
      });
    }
    document.querySelector(`[data-closes="${name}"]`).addEventListener("click", () => closeSheet(name));
    document.querySelector(`.skips [href="#${name}"]`).addEventListener("click", () => openSheet(name));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !narrow.matches) return;
    if (document.querySelector("dialog[open]")) return;
    for (const name of REGIONS) if (region(name).hasAttribute("data-open")) closeSheet(name);
  });
  document.getElementById("board").addEventListener("pointerdown", () => {
    for (const name of REGIONS) if (region(name).hasAttribute("data-open")) closeSheet(name);
  });
}
