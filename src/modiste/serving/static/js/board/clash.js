/** The fine amber line between two pieces that clash, drawn over the sheet. */

const SVG = "http://www.w3.org/2000/svg";
const SAG = 0.08; // how far the thread hangs, as a share of its length
const ROOM = 2;

export class ClashLine {
  constructor(sheet) {
    this.sheet = sheet;
    this.drawing = document.createElementNS(SVG, "svg");
    this.drawing.setAttribute("class", "threads");
    this.drawing.setAttribute("aria-hidden", "true");
    this.path = part("path", "thread");
    this.ends = [part("circle", "thread-end"), part("circle", "thread-end")];
    this.drawing.append(this.path, ...this.ends);
    sheet.append(this.drawing);
    this.pair = null;
  }

  /** Join two piece elements, or none. */
  join(first, second) {
    this.pair = first && second ? [first, second] : null;
    this.draw();
  }

  /** Draw anew, where the pieces lie now. */
  draw() {
    const joined = this.pair?.every((piece) => piece.isConnected) ?? false;
    this.drawing.toggleAttribute("data-joined", joined);
    if (!joined) return;
    const around = this.sheet.getBoundingClientRect();
    const boxes = this.pair.map((piece) => pictureBox(piece, around));
    const [from, to] = [edge(boxes[0], boxes[1]), edge(boxes[1], boxes[0])];
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const bend = { x: (from.x + to.x) / 2 - dy * SAG, y: (from.y + to.y) / 2 + Math.abs(dx) * SAG };
    this.path.setAttribute("d", `M${from.x} ${from.y}Q${bend.x} ${bend.y} ${to.x} ${to.y}`);
    this.ends.forEach((end, number) => {
      const place = number ? to : from;
      end.setAttribute("cx", place.x);
      end.setAttribute("cy", place.y);
      end.setAttribute("r", "3");
    });
  }
}

function part(name, className) {
  const made = document.createElementNS(SVG, name);
  made.setAttribute("class", className);
  return made;
}

/** Where the garment itself is drawn: the picture's box, less the air that keeps its proportions. */
function pictureBox(piece, around) {
  const shown = piece.querySelector(".piece-picture, .piece-card") ?? piece;
  const box = shown.getBoundingClientRect();
  let { width, height } = box;
  if (shown.naturalWidth) {
    const scale = Math.min(width / shown.naturalWidth, height / shown.naturalHeight);
    [width, height] = [shown.naturalWidth * scale, shown.naturalHeight * scale];
  }
  return {
    x: box.x - around.x + box.width / 2,
    y: box.y - around.y + box.height / 2,
    width,
    height,
  };
}

/** Where the straight line from the middle of one box to that of another leaves the first. */
function edge(from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const across = dx ? (from.width / 2 + ROOM) / Math.abs(dx) : Infinity;
  const down = dy ? (from.height / 2 + ROOM) / Math.abs(dy) : Infinity;
  const share = Math.min(across, down, 0.5);
  return { x: from.x + dx * share, y: from.y + dy * share };
}
