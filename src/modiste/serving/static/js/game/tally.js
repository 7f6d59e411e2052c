/** The score of the game, kept on this device. */

const PLACE = "modiste.game";
const NOTHING = { played: 0, you: 0, model: 0 };
export const CANDIDATES = 4;

/** @returns {{played: number, you: number, model: number}} over all rounds ever played */
export function readTally() {
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE) ?? "null");
    const sound = kept && Object.keys(NOTHING).every((name) => Number.isInteger(kept[name]));
    return sound ? kept : { ...NOTHING };
  } catch {
    return { ...NOTHING }; // storage is closed or what is there is not ours
  }
}

/** A round's answer added to a tally. */
export function counted(tally, { you, model }) {
  return {
    played: tally.played + 1,
    you: tally.you + (you ? 1 : 0),
    model: tally.model + (model ? 1 : 0),
  };
}

export function keepTally(tally) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(tally));
  } catch {
    // a private window keeps nothing: the round itself is still counted on the page
  }
}

/** How many a coin with four sides gets right. */
export function byChance({ played }) {
  return played / CANDIDATES;
}

/** One line on a finished round of questions. */
export function summary({ played, you, model }) {
  const chance = byChance({ played });
  if (you > model) return "You have the better eye today.";
  if (you === model) return "You and Modiste see eye to eye.";
  if (you > chance) return "Modiste was ahead this time, and you were well above chance.";
  return "A hard ten. People wear surprising things.";
}
