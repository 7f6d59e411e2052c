/** What a photograph was taken for, and a way to say what it is instead. */

import { element } from "../element.js";
import { state } from "../state.js";
import { capital } from "../words.js";

const MOST_BYTES = 10 * 1024 * 1024;
const MEGABYTE = 1024 * 1024;
const SURE = 0.6; // share of the look-alikes that must agree

/** Why a file need not be sent at all, in plain words; null if it may be a photograph. */
export function refusalOf(file, limits) {
  if (file.type && !file.type.startsWith("image/")) {
    return `${file.name || "This"} is not a picture; a JPEG or PNG will do.`;
  }
  const most = limits?.upload_bytes ?? MOST_BYTES;
  if (file.size <= most) return null;
  const [is, may] = [file.size, most].map((bytes) => (bytes / MEGABYTE).toFixed(0));
  return `This photograph has ${is} MB, and ${may} MB is the most; send a smaller one.`;
}

/**
 * "We take this for shoes: ankle boots", with a choice of all that it may be instead.
 *
 * @param {(category: string) => void} correct told what the person says that it is
 */
export function takenFor(piece, shop, correct) {
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
  const [, agreed, asked] = /(\d+) of (?:the )?(\d+)/.exec(piece.note ?? "") ?? [];
  return !asked || Number(agreed) / Number(asked) >= SURE;
}

function choicesOf(slot) {
  const fines = slot.fines?.length ? slot.fines : [{ name: slot.name }];
  const options = fines.map(({ name }) => element("option", { value: name }, capital(name)));
  return element("optgroup", { label: capital(slot.name) }, ...options);
}
