// Draws the seat map: the only module that touches its nodes. A change touches its own seats' nodes alone.

const SVG = "http://www.w3.org/2000/svg";
const ANIMATION_MS = 600;
const CELL = 40;
const MARGIN = { side: 60, top: 130 };
// A ring is full for as long as a hold lasts.
const HOLD_MS = 8 * 60_000;
const RING_LENGTH = 73;

// The shapes and marks are symbols of the page, templates/pages/_seat_symbols.html.
const APPEARANCE_MARKS = { chosen: "tick", mine: "tick", blocked: "cross", held: "ring" };
const KIND_MARKS = { wheelchair: "wheelchair", companion: "companion" };

function svg(name, attributes = {}, children = []) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

export class SeatMapView {
  // `root` is the SVG with the screen, in the size that seat_map_data.py gives it.
  constructor({ root, layout, seats, choice }) {
    Object.assign(this, { root, seats, choice });
    this.nodes = new Map();
    this.cellsAcross = layout.width + (2 * MARGIN.side) / CELL;
    this.draw(layout);
  }

  draw(layout) {
    this.ring = svg("rect", { class: "focus-ring", x: 1, y: 1, width: 38, height: 38, rx: 9, visibility: "hidden" });
    const rows = svg("g", { role: "grid", "aria-label": `Seats of ${layout.name}`, "aria-multiselectable": "true" });
    rows.append(...this.seats.rows.map((row) => this.drawRow(row)));
    this.root.append(this.drawRowLetters(this.cellsAcross * CELL), rows, this.ring);
    const first = this.seats.rows[0]?.[0];
    if (first) this.makeTabStop(first.seat_number);
  }

  drawRowLetters(width) {
    const letters = svg("g", { class: "row-letters", "aria-hidden": "true" });
    for (const [{ row, y }] of this.seats.rows) {
      for (const x of [MARGIN.side - 26, width - MARGIN.side + 26]) {
        letters.append(svg("text", { x, y: MARGIN.top + y * CELL + 20 }, [row]));
      }
    }
    return letters;
  }

  drawRow(row) {
    return svg("g", { role: "row", "aria-label": `Row ${row[0].row}` }, row.map((seat) => this.drawSeat(seat)));
  }

  drawSeat(seat) {
    const node = svg("g", {
      class: "seat",
      role: "gridcell",
      tabindex: -1,
      "data-seat": seat.seat_number,
      "data-kind": seat.kind,
      transform: `translate(${MARGIN.side + seat.x * CELL} ${MARGIN.top + seat.y * CELL})`,
    });
    const mark = svg("use", { class: "seat-mark" });
    const number = svg("text", { class: "seat-position", x: 20, y: seat.kind === "premium" ? 14 : 16 }, [seat.position]);
    node.append(svg("use", { class: "seat-shape", href: `#seat-${seat.kind}` }), number, mark);
    this.nodes.set(seat.seat_number, { node, mark });
    this.update(seat.seat_number);
    return node;
  }

  update(seatNumber) {
    const seat = this.seats.get(seatNumber);
    const { node, mark } = this.nodes.get(seatNumber);
    const appearance = this.choice.appearance(seatNumber);
    node.dataset.appearance = appearance;
    node.setAttribute("aria-label", this.seats.describe(seat, appearance));
    node.setAttribute("aria-selected", String(appearance === "chosen"));
    const name = APPEARANCE_MARKS[appearance] ?? KIND_MARKS[seat.kind];
    mark.setAttribute("href", name ? `#mark-${name}` : "");
    const left = appearance === "held" ? Math.min(1, this.choice.timeLeft(seatNumber) / HOLD_MS) : 1;
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
