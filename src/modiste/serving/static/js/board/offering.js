/** When an empty slot shows what it offers: on focus, when a pointer rests on it, on a tap. */

const REST = 160; // ms that a pointer rests before the slip appears
const LEAVE = 240; // ms in which it may move from the slot to the slip

export function listenForOffers(sheet, offer) {
  let timer = 0;
  const soon = (act, ms) => {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  };
  const slotAt = (event) => event.target.closest?.(".slot-outline")?.closest("modiste-slot") ?? null;
  const waits = () => sheet.hasAttribute("data-waiting");

  sheet.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch" || event.buttons || waits()) return;
    const slot = slotAt(event);
    if (slot) soon(() => offer.open(slot), REST);
    else if (event.target.closest(".offer")) clearTimeout(timer);
    else if (offer.isOpen && !holdsFocus(offer)) soon(() => offer.close(), LEAVE);
    else clearTimeout(timer);
  });
  sheet.addEventListener("pointerleave", () => {
    if (holdsFocus(offer)) clearTimeout(timer);
    else soon(() => offer.close(), LEAVE);
  });
  sheet.addEventListener("focusin", (event) => {
    if (offer.hush || waits()) return;
    const slot = slotAt(event);
    if (slot && event.target.matches(":focus-visible")) offer.open(slot);
    else if (!slot && !event.target.closest(".offer")) offer.close();
  });
  sheet.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !sheet.contains(event.relatedTarget)) offer.close();
  });
  sheet.addEventListener("click", (event) => {
    const slot = slotAt(event);
    if (!slot || waits()) return;
    clearTimeout(timer);
    offer.open(slot, { enter: event.detail === 0 });
  });
  sheet.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && offer.isOpen) offer.close({ back: holdsFocus(offer) });
  });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest?.(".offer, .slot-outline")) offer.close();
  });
}

const holdsFocus = (offer) =>
  offer.slip.contains(document.activeElement) || offer.slot?.outline === document.activeElement;
