// The letters of rows and the numbers of seats on the map: those that are in sight, where there is room for them.

import { svg } from "./seat-shapes.js";

// Digits are placed one by one, as wide as this, and letters as wide as this part of their size.
const DIGIT = 6.4;
const LETTER_WIDTH = 0.6;
const NUMBERS_FROM_PX = 24;
const LETTER = 15;
const LARGEST_LETTER = 44;
const SMALLEST_LETTER_PX = 9;

export class SeatLabels {
  constructor(view) {
    this.view = view;
    this.numbers = svg("g", { "aria-hidden": "true" });
    // The numbers in sight, by row; and what else was shown last.
    this.rows = new Map();
    this.part = { left: 0, top: 0, right: 0, bottom: 0 };
    this.seen = "";
    this.letters = [0, 1].map(() => {
      const strip = svg("rect", { x: -13, y: view.drawing.top - 20, width: 26, height: "100%" });
      return svg("g", { class: "row-letters", "aria-hidden": "true" }, [strip, svg("text")]);
    });
  }

  // A side's letters are one text: one for each row took a third of what a large page takes to lay out.
  drawLetters(size, every) {
    const { seats, drawing } = this.view;
    const rows = seats.rows.filter((_, index) => index % every === 0);
    this.size = size;
    this.every = every;
    for (const letters of this.letters) {
      const text = letters.lastElementChild;
      letters.style.fontSize = `${size}px`;
      text.setAttribute("x", rows.flatMap(([{ row }]) => places(row, 0, size * LETTER_WIDTH)).join(" "));
      text.setAttribute("y", rows.flatMap(([{ row, y }]) => [...row].map(() => drawing.top + (y + 0.5) * drawing.cell)).join(" "));
      text.textContent = rows.map(([{ row }]) => row).join("");
    }
  }

  // Follows what part of the map is in sight: its sides in cells, each `cellPx` wide.
  show(part, cellPx) {
    this.pinLetters(part, cellPx);
    const isReadable = cellPx >= NUMBERS_FROM_PX;
    const seen = isReadable ? Object.values(part).map(Math.floor).join() : "";
    if (seen === this.seen) return;
    Object.assign(this, { seen, part });
    this.view.root.classList.toggle("shows-positions", isReadable);
    this.numbers.replaceChildren();
    this.rows.clear();
    if (!isReadable) return;
    for (const y of this.view.rowAt.keys()) {
      if (y <= part.top - 1 || y >= part.bottom) continue;
      this.rows.set(y, ["", " is-taken"].map((more) => this.numbers.appendChild(svg("text", { class: `seat-numbers${more}` }))));
      this.redraw(y);
    }
  }

  // A row of numbers is a text of digits, and another one for seats that are taken.
  redraw(y) {
    const nodes = this.rows.get(y);
    if (!nodes) return;
    const { view, part } = this;
    const seats = view.rowAt.get(y).filter((seat) => seat.x > part.left - 1 && seat.x < part.right && !view.markOf(seat));
    for (const [index, node] of nodes.entries()) {
      const those = seats.filter((seat) => (view.shown[seat.seat_number] === "taken") === Boolean(index));
      node.setAttribute("x", those.flatMap(({ x, position }) => places(String(position), (x + 0.5) * view.drawing.cell, DIGIT)).join(" "));
      node.setAttribute("y", (y + 0.39) * view.drawing.cell);
      node.textContent = those.map((seat) => seat.position).join("");
    }
  }

  // Keeps the row letters between these sides, in cells, and large enough to be read: every second one, or third, where
  // rows are close, and none on the smallest.
  pinLetters({ left, right }, cellPx) {
    const { cell, side } = this.view.drawing;
    const [first, last] = this.letters;
    first.setAttribute("transform", `translate(${Math.max(side - 26, left * cell + side + 13)} 0)`);
    last.setAttribute("transform", `translate(${Math.min(this.view.width - side + 26, right * cell + side - 13)} 0)`);
    const size = Math.min(LARGEST_LETTER, Math.max(LETTER, (SMALLEST_LETTER_PX * cell) / cellPx));
    const every = (size * cellPx) / cell < SMALLEST_LETTER_PX - 1 ? 0 : Math.ceil((size * 1.2) / cell);
    if (size !== this.size || every !== this.every) this.drawLetters(size, every);
  }
}

// Where each character of a text has its middle, around that of them all.
function places(text, middle, width) {
  return [...text].map((_, index, { length }) => middle + (index - (length - 1) / 2) * width);
}
