/** Saved looks, kept on this device: newest first. */

const PLACE = "modiste.looks";
const MOST = 200;
let loose = null; // where storage is closed: what this visit saved

/**
 * @typedef {{key: string, name: string, saved: string, pieces: object[],
 *   verdict: object|null}} Kept
 * @returns {Kept[]}
 */
export function keptLooks() {
  if (loose) return loose;
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isLook) : [];
  } catch {
    return [];
  }
}

/** @returns {boolean} whether it will outlast this visit */
export function keepLook(name, pieces, verdict) {
  const look = {
    key: `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`,
    name,
    saved: new Date().toISOString(),
    pieces,
    verdict,
  };
  return write([look, ...keptLooks()].slice(0, MOST));
}

export function renameLook(key, name) {
  return write(keptLooks().map((look) => (look.key === key ? { ...look, name } : look)));
}

export function removeLook(key) {
  return write(keptLooks().filter((look) => look.key !== key));
}

/** A look put back where it was, after it was removed. */
export function putBack(look, place) {
  const looks = keptLooks();
  looks.splice(place, 0, look);
  return write(looks);
}

function write(looks) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(looks));
    loose = null;
    return true;
  } catch {
    loose = looks;
    return false;
  }
}

function isLook(look) {
  return (
    typeof look?.key === "string" &&
    typeof look.name === "string" &&
    Array.isArray(look.pieces) &&
    look.pieces.every((piece) => typeof piece?.id === "string")
  );
}
