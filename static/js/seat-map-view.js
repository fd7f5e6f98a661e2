// Draws the seat map: the only module that touches its nodes. A change touches its own seats' nodes alone.

const SVG = "http://www.w3.org/2000/svg";
const ANIMATION_MS = 600;
const RING_LENGTH = 73;

// The shapes and marks are symbols of the page, templates/pages/_seat_symbols.html.
const APPEARANCE_MARKS = { choosing: "ring", chosen: "tick", mine: "tick", blocked: "cross", held: "ring" };

function svg(name, attributes = {}, children = []) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

export class SeatMapView {
  // `root` is the SVG with the screen; `drawing` has the size of a cell and the margins, in the SVG's units. The ring of a seat
  // held by someone is full for `holdTime` milliseconds.
  constructor(root, store, { layout, drawing, hold_time: holdTime }) {
    this.root = root;
    this.store = store;
    this.seats = store.seats;
    this.drawing = drawing;
    this.holdTime = holdTime;
    this.nodes = new Map();
    this.letters = [];
    this.cellsAcross = layout.width + (2 * drawing.side) / drawing.cell;
    this.width = this.cellsAcross * drawing.cell;
    this.draw(layout);
    store.subscribe(({ seats = [], changed = [], refused }) => {
      for (const seatNumber of seats) this.update(seatNumber);
      for (const seatNumber of changed) if (!store.wanted.has(seatNumber)) this.animate(seatNumber, "pulse");
      if (refused) this.animate(refused.seatNumber, "shake");
    });
  }

  draw(layout) {
    const { cell, side } = this.drawing;
    this.ring = svg("rect", { class: "focus-ring", "aria-hidden": "true", x: 1, y: 1, width: cell - 2, height: cell - 2, rx: 9, visibility: "hidden" });
    const rows = svg("g", { role: "grid", "aria-label": `Seats of ${layout.name}`, "aria-multiselectable": "true" });
    rows.append(...this.seats.rows.map((row) => this.drawRow(row)));
    this.letters = [side - 26, this.width - side + 26].map((x) => this.drawRowLetters(x));
    this.root.append(rows, ...this.letters, this.ring);
    const first = this.seats.rows[0]?.[0];
    if (first) this.makeTabStop(first.seat_number);
  }

  drawRowLetters(x) {
    const { cell, top } = this.drawing;
    const letters = this.seats.rows.map(([{ row, y }]) => svg("text", { x, y: top + (y + 0.5) * cell }, [row]));
    const strip = svg("rect", { x: x - 13, y: top - 20, width: 26, height: "100%" });
    return svg("g", { class: "row-letters", "aria-hidden": "true" }, [strip, ...letters]);
  }

  // Keeps the row letters in sight where only a part of the map is: from `left` to `right`, in shares of its width.
  pinLetters(left, right) {
    const [first, last] = this.letters;
    const inside = this.drawing.side - 39;
    first.setAttribute("transform", `translate(${Math.max(0, left * this.width - inside)} 0)`);
    last.setAttribute("transform", `translate(${Math.min(0, (right - 1) * this.width + inside)} 0)`);
  }

  drawRow(row) {
    return svg("g", { role: "row", "aria-label": `Row ${row[0].row}` }, row.map((seat) => this.drawSeat(seat)));
  }

  drawSeat(seat) {
    const { cell, side, top } = this.drawing;
    const node = svg("g", {
      class: "seat",
      role: "gridcell",
      tabindex: -1,
      "data-seat": seat.seat_number,
      "data-kind": seat.kind,
      transform: `translate(${side + seat.x * cell} ${top + seat.y * cell})`,
    });
    const mark = svg("use", { class: "seat-mark" });
    const number = svg("text", { class: "seat-position", x: cell / 2, y: seat.kind === "premium" ? 14 : 16 }, [seat.position]);
    node.append(svg("use", { class: "seat-shape", href: `#seat-${seat.kind}` }), number, mark);
    // Some kinds have a mark of their own.
    const kindMark = document.getElementById(`mark-${seat.kind}`) ? seat.kind : undefined;
    this.nodes.set(seat.seat_number, { node, mark, kindMark });
    this.update(seat.seat_number);
    return node;
  }

  update(seatNumber) {
    const seat = this.seats.get(seatNumber);
    const { node, mark, kindMark } = this.nodes.get(seatNumber);
    const appearance = this.store.appearance(seatNumber);
    node.dataset.appearance = appearance;
    node.setAttribute("aria-label", this.seats.describe(seat, appearance));
    node.setAttribute("aria-selected", String(this.store.wanted.has(seatNumber)));
    const name = APPEARANCE_MARKS[appearance] ?? kindMark;
    mark.setAttribute("href", name ? `#mark-${name}` : "");
    const left = appearance === "held" ? Math.min(1, this.store.timeLeft(seatNumber) / this.holdTime) : 1;
    mark.style.strokeDasharray = left < 1 ? `${left * RING_LENGTH} ${RING_LENGTH}` : "";
    node.classList.toggle("has-mark", name !== undefined);
  }

  // Animates the seat once: "pulse" for a change that came in, "shake" for a refusal.
  animate(seatNumber, name) {
    const { classList } = this.nodeOf(seatNumber);
    classList.add(name);
    setTimeout(() => classList.remove(name), ANIMATION_MS);
  }

  seatAt(target) {
    const node = target.closest?.("[data-seat]");
    return node ? this.seats.get(Number(node.dataset.seat)) : null;
  }

  makeTabStop(seatNumber) {
    if (this.tabStop) this.nodeOf(this.tabStop).setAttribute("tabindex", -1);
    this.tabStop = seatNumber;
    this.nodeOf(seatNumber).setAttribute("tabindex", 0);
  }

  focus(seatNumber) {
    this.makeTabStop(seatNumber);
    this.nodeOf(seatNumber).focus();
  }

  showFocus(seat) {
    this.ring.setAttribute("visibility", seat ? "visible" : "hidden");
    if (seat) this.ring.setAttribute("transform", this.nodeOf(seat.seat_number).getAttribute("transform"));
  }

  nodeOf(seatNumber) {
    return this.nodes.get(seatNumber).node;
  }
}
