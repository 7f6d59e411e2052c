/** The number on a thin scale from 0 to 1, with how sure it is. */

import { element } from "../element.js";
import { chance } from "../words.js";

const LIMITS = [0.4, 0.6]; // below: fights itself; above: goes together

export function makeScale() {
  const band = element("span", { class: "scale-band" });
  const dot = element("span", { class: "scale-dot" });
  const ticks = LIMITS.map((at) => {
    const tick = element("span", { class: "scale-tick" });
    tick.style.setProperty("--at", String(at));
    return tick;
  });
  const scale = element("div", { class: "scale", role: "img" }, element("span", { class: "scale-line" }), ...ticks, band, dot);

  /** Show a verdict; its `interval` is where the true chance probably lies. */
  const show = (verdict) => {
    const at = verdict?.probability ?? 0.5;
    const [low, high] = verdict?.interval ?? [at, at];
    scale.toggleAttribute("data-empty", !verdict);
    dot.style.setProperty("--at", String(at));
    band.style.setProperty("--low", String(low));
    band.style.setProperty("--high", String(high));
    const sure = verdict?.interval ? `, probably between ${chance(low)} and ${chance(high)}` : "";
    scale.ariaLabel = verdict ? `${chance(at)} on a scale from 0 to 1${sure}` : "No verdict yet";
  };
  show(null);
  return { scale, show };
}
