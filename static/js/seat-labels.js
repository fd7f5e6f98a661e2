// The letters of rows and the numbers of seats on the map: those that are in sight, where there is room for them.

import { svg } from "./seat-shapes.js";

// Digits are placed one by one, as wide as this.
const DIGIT = 6.4;
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
    this.size = LETTER;
    this.every = 1;
    this.letters = [view.drawing.side - 26, view.width - view.drawing.side + 26].map((x) => this.drawLetters(x));
  }

  drawLetters(x) {
    const { seats, drawing } = this.view;
    const letters = seats.rows.map(([{ row, y }]) => svg("text", { x, y: drawing.top + (y + 0.5) * drawing.cell }, [row]));
    const strip = svg("rect", { x: x - 13, y: drawing.top - 20, width: 26, height: "100%" });
    return svg("g", { class: "row-letters", "aria-hidden": "true" }, [strip, ...letters]);
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
      node.setAttribute("x", those.flatMap((seat) => digitsOf(seat, view.drawing.cell)).join(" "));
      node.setAttribute("y", (y + 0.39) * view.drawing.cell);
      node.textContent = those.map((seat) => seat.position).join("");
    }
  }

  // Keeps the row letters in sight, and large enough to be read: every second one, or third, where rows are
  // close, and none on the smallest.
  pinLetters({ left, right }, cellPx) {
    const { cell, side } = this.view.drawing;
    const [first, last] = this.letters;
    first.setAttribute("transform", `translate(${Math.max(0, left * cell + 39)} 0)`);
    last.setAttribute("transform", `translate(${Math.min(0, right * cell + 2 * side - 39 - this.view.width)} 0)`);
    const size = Math.min(LARGEST_LETTER, Math.max(LETTER, (SMALLEST_LETTER_PX * cell) / cellPx));
    const every = (size * cellPx) / cell < SMALLEST_LETTER_PX - 1 ? 0 : Math.ceil((size * 1.2) / cell);
    if (size === this.size && every === this.every) return;
    Object.assign(this, { size, every });
    for (const letters of this.letters) {
      letters.style.fontSize = `${size}px`;
      const texts = [...letters.children].slice(1);
      for (const [index, text] of texts.entries()) text.setAttribute("visibility", !every || index % every ? "hidden" : "inherit");
    }
  }
}

function digitsOf({ x, position }, cell) {
  const digits = [...String(position)];
  return digits.map((_, index) => (x + 0.5) * cell + (index - (digits.length - 1) / 2) * DIGIT);
}
