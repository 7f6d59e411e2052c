/** Pieces by their ids: what is still there, and what is gone. */

import * as api from "../api.js";

const OWN = /^photo-[0-9a-f]{32}$/;

/** Whether a piece is a photograph of the visitor's own. */
export const isOwn = (id) => OWN.test(id);

/**
 * @param {string[]} ids
 * @returns {Promise<{pieces: object[], gone: string[]}>} in the order asked for
 * @throws {Problem} if the service could not say
 */
export async function piecesOf(ids) {
  const found = await Promise.all(ids.map(pieceOf));
  return {
    pieces: found.filter(Boolean),
    gone: ids.filter((_, place) => !found[place]),
  };
}

async function pieceOf(id) {
  const where = isOwn(id) ? "uploads" : "items";
  try {
    return await api.get(`/v1/${where}/${encodeURIComponent(id)}`);
  } catch (problem) {
    if (problem.status === 404 || problem.status === 422) return null;
    throw problem;
  }
}

/** What was passed over, in a sentence; "" where nothing was. */
export function passedOver(gone) {
  const own = gone.filter(isOwn).length;
  const items = gone.length - own;
  const told = [];
  if (items) told.push(`${items === 1 ? "One piece is" : `${items} pieces are`} no longer in the catalogue`);
  if (own) told.push(`${own === 1 ? "a photograph" : `${own} photographs`} of your own left with your last visit`);
  if (!told.length) return "";
  const said = `${told.join(", and ")}.`;
  return said[0].toUpperCase() + said.slice(1);
}
