/** A look as a picture: the cut-out pieces on paper, as on the board, its name and its number. */

import { arrange } from "../looks/miniature.js";
import { imageOf } from "../picture.js";
import { chance, nameOf } from "../words.js";

const SHARP = 2; // pixels for each unit
const WIDTH = 900;
const TALLEST = 1200; // of the pieces' part
const MARGIN = 64;
const FOOT = 112;
const PAPER = "#f7f4ef"; // paper is paper, also at night: the clothes were photographed by day
const INK = "#1b1a18";
const SOFT = "#5d5952";
const LINE = "rgb(27 26 24 / 16%)";
const SERIF = 'ui-serif, "Iowan Old Style", Palatino, "P052", Georgia, serif';
const SANS = 'system-ui, "Avenir Next", "Segoe UI", sans-serif';
const SHEET = { width: 800, height: 900 }; // where no board is drawn: a sheet of our own
const SOON = 10_000; // ms until a downloaded picture may be forgotten

/** Draw a look and have the browser save the picture, under the look's name. */
export async function downloadPicture(pieces, verdict, name) {
  download(await pictureOfBoard(pieces, verdict, name), `${plain(name)}.png`);
}

/** @returns {Promise<Blob>} a PNG */
async function pictureOfBoard(pieces, verdict, name) {
  const boxes = fitted(placed(pieces));
  const pictures = await Promise.all(pieces.map(loaded));
  const tall = Math.max(...boxes.map((box) => box.y + box.height)) + MARGIN;
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * SHARP;
  canvas.height = Math.round(tall + FOOT) * SHARP;
  const paper = canvas.getContext("2d");
  paper.scale(SHARP, SHARP);
  paper.imageSmoothingQuality = "high";
  paper.fillStyle = PAPER;
  paper.fillRect(0, 0, WIDTH, tall + FOOT);
  boxes.forEach((box, place) => drawPiece(paper, box, pictures[place]));
  drawFoot(paper, tall, name, verdict);
  return new Promise((resolve, reject) => {
    const done = (blob) => (blob ? resolve(blob) : reject(new Error("The picture is empty.")));
    canvas.toBlob(done, "image/png");
  });
}

/** The boxes moved and scaled onto the sheet, within its margins. */
function fitted(boxes) {
  const left = Math.min(...boxes.map((box) => box.x));
  const top = Math.min(...boxes.map((box) => box.y));
  const wide = Math.max(...boxes.map((box) => box.x + box.width)) - left;
  const tall = Math.max(...boxes.map((box) => box.y + box.height)) - top;
  const scale = Math.min((WIDTH - 2 * MARGIN) / wide, (TALLEST - 2 * MARGIN) / tall);
  const inset = (WIDTH - wide * scale) / 2;
  return boxes.map((box) => ({
    piece: box.piece,
    x: inset + (box.x - left) * scale,
    y: MARGIN + (box.y - top) * scale,
    width: box.width * scale,
    height: box.height * scale,
  }));
}

/** The cut-out, else the photograph, else null. */
async function loaded(piece) {
  for (const how of [{ size: 768, cut: true }, { size: 768 }]) {
    const source = imageOf(piece, how);
    if (!source) return null;
    const picture = new Image();
    picture.src = source;
    try {
      await picture.decode();
      return picture;
    } catch {
      // no cut-out of this one: the photograph itself comes next
    }
  }
  return null;
}

function drawPiece(paper, box, picture) {
  if (!picture) return drawName(paper, box);
  const scale = Math.min(box.width / picture.naturalWidth, box.height / picture.naturalHeight);
  const width = picture.naturalWidth * scale;
  const height = picture.naturalHeight * scale;
  paper.globalCompositeOperation = "multiply"; // what is left of a studio's grey melts into paper
  const x = box.x + (box.width - width) / 2;
  paper.drawImage(picture, x, box.y + (box.height - height) / 2, width, height);
  paper.globalCompositeOperation = "source-over";
}

function drawName(paper, box) {
  paper.strokeStyle = LINE;
  paper.strokeRect(box.x, box.y, box.width, box.height);
  write(paper, nameOf(box.piece), {
    x: box.x + box.width / 2,
    y: box.y + box.height / 2,
    most: box.width - 16,
    font: `18px ${SERIF}`,
    align: "center",
  });
}

function drawFoot(paper, top, name, verdict) {
  paper.fillStyle = LINE;
  paper.fillRect(MARGIN, top, WIDTH - 2 * MARGIN, 1);
  const line = top + 60;
  let room = WIDTH - 2 * MARGIN;
  if (verdict) {
    const right = WIDTH - MARGIN;
    const number = { x: right, y: line, font: `36px ${SERIF}`, align: "right" };
    const taken = write(paper, chance(verdict.probability), number);
    const words = { x: right - taken - 14, y: line, font: `18px ${SANS}`, align: "right", ink: SOFT };
    room -= taken + 14 + write(paper, verdict.words, words) + 32;
  }
  write(paper, name, { x: MARGIN, y: line, most: room, font: `26px ${SERIF}` });
}

/** Write one line, cut with an ellipsis where it is longer than `most`; its width. */
function write(paper, text, { x, y, font, most = Infinity, align = "left", ink = INK }) {
  paper.font = font;
  paper.textAlign = align;
  paper.fillStyle = ink;
  const letters = [...text];
  let shown = text;
  while (letters.length > 1 && paper.measureText(shown).width > most) {
    letters.pop();
    shown = `${letters.join("").trimEnd()}…`;
  }
  paper.fillText(shown, x, y);
  return paper.measureText(shown).width;
}

/**
 * Where the pieces lie on the board, as it is drawn now.
 *
 * @param {object[]} pieces
 * @returns {{piece: object, x: number, y: number, width: number, height: number}[]} in one unit
 */
function placed(pieces) {
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

function download(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), SOON);
}

/** A name that every file system takes. */
function plain(name) {
  const words = name.normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "");
  return words.slice(0, 60).toLowerCase() || "look";
}
