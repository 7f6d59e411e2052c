/** Where the pieces lie on the board, as it is drawn now. */

import { arrange } from "../looks/arrangement.js";

const SHEET = { width: 800, height: 900 }; // where no board is drawn: a sheet of our own

/**
 * @param {object[]} pieces
 * @returns {{piece: object, x: number, y: number, width: number, height: number}[]} in one unit
 */
export function placed(pieces) {
  const onBoard = pieces.map(boxOnBoard);
  if (onBoard.every(Boolean)) {
    return pieces.map((piece, place) => ({ piece, ...onBoard[place] }));
  }
  return arrange(pieces).map((box, place) => ({
    piece: pieces[place],
    x: (box.left / 100) * SHEET.width,
    y: (box.top / 100) * SHEET.height,
    width: (box.width / 100) * SHEET.width,
    height: (box.height / 100) * SHEET.height,
  }));
}

function boxOnBoard(piece) {
  const laid = document.querySelector(`modiste-board modiste-piece[data-id="${CSS.escape(piece.id)}"]`);
  const shown = laid?.querySelector(".piece-picture, .piece-card");
  const box = shown?.getBoundingClientRect();
  if (!box?.width || !box.height) return null;
  return { x: box.x, y: box.y, width: box.width, height: box.height };
}
