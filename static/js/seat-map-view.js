// Draws the seat map: a path for all seats of a row that look alike, so that ten thousand take little more than three hundred.
// Which seat is where follows by arithmetic.

import { SeatLabels } from "./seat-labels.js";
import { arc, svg, symbol } from "./seat-shapes.js";

const ANIMATION_MS = 600;
// Smaller seats are squares, which a fifth of the lines draws: of one in thousands nobody sees more before it shows its number.
const FAR_PX = 12;
const FAR_AMONG_MANY_PX = 24;
const MANY = 2_000;

// The shapes and marks are symbols of the page, templates/pages/_seat_symbols.html.
const MARKS = { choosing: "ring", chosen: "tick", mine: "tick", blocked: "cross", held: "ring" };

const layer = () => svg("g", { "aria-hidden": "true" });

export class SeatMapView {
  // `root` is the SVG with the screen; `drawing` has the size of a cell and the margins, in the SVG's units. The ring of a seat
  // held by someone is full for `holdTime` milliseconds.
  constructor(root, store, { layout, drawing, hold_time: holdTime }) {
    this.root = root;
    this.store = store;
    this.seats = store.seats;
    this.drawing = drawing;
    this.holdTime = holdTime;
    this.width = layout.width * drawing.cell + 2 * drawing.side;
    this.cellsAcross = this.width / drawing.cell;
    this.rowAt = new Map(this.seats.rows.map((row) => [row[0].y, row]));
    // How each seat is drawn, by its number, and the paths of those drawn alike in a row.
    this.shown = [];
    this.paths = new Map();
    this.layers = new Map();
    this.ground = layer();
    this.above = layer();
    this.labels = new SeatLabels(this);
    this.draw(layout);
    store.subscribe(({ seats = [], changed = [], refused }) => {
      this.update(seats);
      this.animate(changed.filter((seatNumber) => !store.wanted.has(seatNumber)), "pulse");
      if (refused) this.animate([refused.seatNumber], "shake");
    });
  }

  draw({ name, width, height }) {
    const { cell, side, top } = this.drawing;
    this.symbols = Object.fromEntries([...this.root.querySelectorAll("defs > path")].map((node) => [node.id, symbol(node)]));
    const cellPx = this.root.getBoundingClientRect().width / this.cellsAcross;
    this.measure(cellPx);
    this.labels.pinLetters({ left: -1, right: Infinity }, cellPx);
    this.over = this.above.appendChild(svg("path", { class: "is-pointed" }));
    this.marked = this.above.appendChild(svg("path"));
    this.ring = this.above.appendChild(
      svg("rect", { class: "focus-ring", width: cell - 2, height: cell - 2, rx: 9, visibility: "hidden" }),
    );
    // What the keyboard and screen readers find: two cells, which take turns at the focus, so that each move is told.
    /** @type {any[]} */
    this.cells = [0, 1].map(() => svg("rect", { class: "seat-cell", role: "gridcell", width: cell, height: cell, tabindex: -1 }));
    const rows = this.cells.map((each) => svg("g", { role: "row", visibility: "hidden" }, [each]));
    const of = { "aria-label": `Seats of ${name}`, "aria-rowcount": height, "aria-colcount": width };
    const grid = svg("g", { role: "grid", "aria-multiselectable": "true", ...of }, rows);
    const place = svg("g", { transform: `translate(${side} ${top})` }, [this.ground, this.labels.numbers, this.above, grid]);
    this.root.querySelector(".seat-places")?.remove();
    this.root.append(place, ...this.labels.letters);
    this.update(this.seats.all.map((seat) => seat.seat_number));
    if (this.seats.all.length > 0) this.makeTabStop(1);
  }

  // Notes how large seats are, and returns whether that makes them look otherwise.
  measure(cellPx) {
    const wasFar = this.isFar;
    this.isFar = cellPx < (this.seats.all.length > MANY ? FAR_AMONG_MANY_PX : FAR_PX);
    this.root.classList.toggle("is-far", this.isFar);
    return this.isFar !== wasFar;
  }

  // Draws seats for how large they are by now.
  drawFor(cellPx) {
    if (!this.measure(cellPx)) return;
    for (const key of this.paths.keys()) {
      const [appearance, y] = key.split(" ");
      this.drawRow(appearance, Number(y));
    }
  }

  // Draws anew what of these seats looks different.
  update(seatNumbers) {
    // By appearance, the rows with such seats.
    const stale = new Map();
    const note = (appearance, y) => (stale.get(appearance) ?? stale.set(appearance, new Set()).get(appearance)).add(y);
    for (const seatNumber of seatNumbers) {
      const appearance = this.store.appearance(seatNumber);
      const was = this.shown[seatNumber];
      // The ring of a held seat runs down.
      if (appearance === was && appearance !== "held") continue;
      this.shown[seatNumber] = appearance;
      const { y } = this.seats.get(seatNumber);
      if (was && was !== appearance) note(was, y);
      note(appearance, y);
    }
    this.redraw(stale);
    for (const cell of this.cells) this.label(cell);
    if (this.pointed) this.point(this.pointed);
  }

  redraw(stale) {
    for (const [appearance, rows] of stale) {
      for (const y of rows) this.drawRow(appearance, y);
      this.drawMarks(appearance);
    }
    for (const y of new Set([...stale.values()].flatMap((rows) => [...rows]))) this.labels.redraw(y);
  }

  drawRow(appearance, y) {
    const key = `${appearance} ${y}`;
    const seats = this.rowAt.get(y) ?? [];
    const d = this.shapesOf(seats.filter((seat) => this.shown[seat.seat_number] === appearance));
    if (!this.paths.has(key)) this.paths.set(key, this.layerOf(appearance).appendChild(svg("path", { class: "seat-shape" })));
    this.paths.get(key).setAttribute("d", d);
    if (d) return;
    this.paths.get(key).remove();
    this.paths.delete(key);
  }

  layerOf(appearance) {
    if (!this.layers.has(appearance)) {
      const shapes = svg("g");
      const mark = svg("path", { class: "seat-mark" });
      this.ground.append(svg("g", { "data-appearance": appearance }, [shapes, mark]));
      this.layers.set(appearance, { shapes, mark });
    }
    return this.layers.get(appearance).shapes;
  }

  drawMarks(appearance) {
    const seats = this.seats.all.filter((seat) => this.shown[seat.seat_number] === appearance);
    this.layers.get(appearance).mark.setAttribute("d", seats.map((seat) => this.markOf(seat)).join(""));
  }

  shapesOf(seats) {
    const { cell } = this.drawing;
    const name = this.isFar ? "far" : "seat";
    return seats.map(({ kind, x, y }) => this.symbols[`${name}-${kind}`](x * cell, y * cell)).join("");
  }

  // What marks a seat: its appearance, or else its kind, or nothing.
  markOf({ seat_number: seatNumber, kind, x, y }) {
    const { cell } = this.drawing;
    const appearance = this.shown[seatNumber];
    const left = appearance === "held" ? this.store.timeLeft(seatNumber) / this.holdTime : 1;
    if (left < 1) return arc(x * cell + 20, y * cell + 4.5, Math.max(0, left));
    return this.symbols[`mark-${MARKS[appearance] ?? kind}`]?.(x * cell, y * cell) ?? "";
  }

  // Shows which seat is under the pointer, or that none is.
  point(seat) {
    this.pointed = seat;
    this.over.setAttribute("d", this.shapesOf(seat ? [seat] : []));
    this.over.dataset.appearance = this.root.dataset.pointed = seat ? this.shown[seat.seat_number] : "";
  }

  // Animates seats once: "pulse" for a change that came in, "shake" for a refusal.
  animate(seatNumbers, name) {
    if (seatNumbers.length === 0) return;
    const node = this.above.appendChild(svg("path", { class: name }));
    this.outline(node, seatNumbers);
    setTimeout(() => node.remove(), ANIMATION_MS);
  }

  // Outlines these seats, and no others.
  mark(seatNumbers, name) {
    this.marked.setAttribute("class", seatNumbers.length > 0 ? name : "");
    this.outline(this.marked, seatNumbers);
  }

  outline(node, seatNumbers) {
    node.setAttribute("d", this.shapesOf(seatNumbers.map((seatNumber) => this.seats.get(seatNumber))));
  }

  // Where a point of the window is on the map, in cells.
  placeAt(clientX, clientY) {
    const { cell, side, top } = this.drawing;
    const box = this.root.getBoundingClientRect();
    const unit = box.width / this.width;
    return { x: ((clientX - box.left) / unit - side) / cell, y: ((clientY - box.top) / unit - top) / cell };
  }

  // The seat that a pointer, or somebody who uses no pointer, means; null where there is none.
  seatAt({ target, clientX, clientY }) {
    const cell = target.closest?.("[data-seat]");
    if (cell) return this.seats.get(Number(cell.dataset.seat));
    const { x, y } = this.placeAt(clientX, clientY);
    return this.rowAt.get(Math.floor(y))?.find((seat) => seat.x === Math.floor(x)) ?? null;
  }

  // Where a seat is in the window.
  boxOf({ x, y }) {
    const { cell, side, top } = this.drawing;
    const box = this.root.getBoundingClientRect();
    const unit = box.width / this.width;
    return new DOMRect(box.left + (side + x * cell) * unit, box.top + (top + y * cell) * unit, cell * unit, cell * unit);
  }

  makeTabStop(seatNumber) {
    const [cell] = this.cells;
    const { x, y } = this.seats.get(seatNumber);
    cell.dataset.seat = seatNumber;
    cell.setAttribute("x", x * this.drawing.cell);
    cell.setAttribute("y", y * this.drawing.cell);
    cell.setAttribute("tabindex", 0);
    cell.setAttribute("aria-colindex", x + 1);
    cell.parentNode.setAttribute("aria-rowindex", y + 1);
    cell.parentNode.setAttribute("aria-label", `Row ${this.seats.get(seatNumber).row}`);
    cell.parentNode.setAttribute("visibility", "visible");
    this.label(cell);
  }

  label(cell) {
    const { seat } = cell.dataset;
    if (!seat) return;
    const seatNumber = Number(seat);
    cell.setAttribute("aria-label", this.seats.describe(this.seats.get(seatNumber), this.shown[seatNumber]));
    cell.setAttribute("aria-selected", String(this.store.wanted.has(seatNumber)));
  }

  focus(seatNumber, options) {
    const [left] = this.cells;
    this.cells.reverse();
    this.makeTabStop(seatNumber);
    this.cells[0].focus(options);
    left.setAttribute("tabindex", -1);
    left.parentNode.setAttribute("visibility", "hidden");
    left.removeAttribute("data-seat");
  }

  // As a picture the map is no stop of the Tab key.
  leaveTabOrder() {
    this.cells[0].setAttribute("tabindex", -1);
  }

  showFocus(seat) {
    this.ring.setAttribute("visibility", seat ? "visible" : "hidden");
    if (!seat) return;
    this.ring.setAttribute("x", seat.x * this.drawing.cell + 1);
    this.ring.setAttribute("y", seat.y * this.drawing.cell + 1);
  }
}
