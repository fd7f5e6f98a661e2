// Draws the seat map: the only module that touches its nodes. A change touches its own seats' nodes alone.

const SVG = "http://www.w3.org/2000/svg";
const ANIMATION_MS = 600;
const CELL = 40;
const MARGIN = { side: 60, top: 130 };
// A ring is full for as long as a hold lasts.
const HOLD_MS = 8 * 60_000;
const RING_LENGTH = 73;

// Chairs from above, their backs away from the screen; a cell is 40 by 40.
const CHAIR =
  "M12 5h16a6 6 0 0 1 6 6v10a6 6 0 0 1-6 6h-16a6 6 0 0 1-6-6v-10a6 6 0 0 1 6-6z" +
  "M3.5 17a2 2 0 0 1 4 0v7a5 5 0 0 0 5 5h15a5 5 0 0 0 5-5v-7a2 2 0 0 1 4 0v8a9.5 9.5 0 0 1-9.5 9.5h-14a9.5 9.5 0 0 1-9.5-9.5z";
const PREMIUM_CHAIR =
  "M10 3h20a6 6 0 0 1 6 6v9a6 6 0 0 1-6 6h-20a6 6 0 0 1-6-6v-9a6 6 0 0 1 6-6z" +
  "M1 14a2 2 0 0 1 4 0v7a5 5 0 0 0 5 5h20a5 5 0 0 0 5-5v-7a2 2 0 0 1 4 0v8a9 9 0 0 1-9 9h-20a9 9 0 0 1-9-9z" +
  "M9 34h22v2.5h-22z";
const SPACE = "M10 4h20a6 6 0 0 1 6 6v20a6 6 0 0 1-6 6h-20a6 6 0 0 1-6-6v-20a6 6 0 0 1 6-6z";
const SHAPES = { standard: CHAIR, companion: CHAIR, premium: PREMIUM_CHAIR, wheelchair: SPACE };

const KIND_MARKS = {
  wheelchair:
    "M18 12a2.2 2.2 0 1 1 .1 0M18 15v7h7l3.5 7M18 18h6M15.5 20a6 6 0 1 0 8.5 8",
  companion: "M15 13.5a2.5 2.5 0 1 1 .1 0M25 13.5a2.5 2.5 0 1 1 .1 0M11 22v-1a4 4 0 0 1 8 0v1M21 22v-1a4 4 0 0 1 8 0v1",
};
const TICK = "M13 15.5l5 5 9-11";
const CROSS = "M13 9.5l14 13M27 9.5l-14 13";
const RING = "M20 4.5a11.5 11.5 0 1 1-.1 0";
const APPEARANCE_MARKS = { chosen: TICK, mine: TICK, blocked: CROSS, held: RING };

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
    const mark = svg("path", { class: "seat-mark" });
    const number = svg("text", { class: "seat-position", x: 20, y: seat.kind === "premium" ? 14 : 16 }, [seat.position]);
    node.append(svg("path", { class: "seat-shape", d: SHAPES[seat.kind] }), number, mark);
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
    const path = APPEARANCE_MARKS[appearance] ?? KIND_MARKS[seat.kind];
    if (path) mark.setAttribute("d", path);
    else mark.removeAttribute("d");
    const left = appearance === "held" ? Math.min(1, this.choice.timeLeft(seatNumber) / HOLD_MS) : 1;
    mark.style.strokeDasharray = left < 1 ? `${left * RING_LENGTH} ${RING_LENGTH}` : "";
    node.classList.toggle("has-mark", path !== undefined);
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
