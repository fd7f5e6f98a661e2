// The seats as a list of checkboxes, row by row, for those who prefer it to the map. Drawn when first shown.

export class SeatList {
  // `toggle(seatNumber)` takes a seat or gives it back.
  constructor({ node, seats, choice, toggle }) {
    this.node = node;
    this.seats = seats;
    this.choice = choice;
    this.boxes = new Map();
    node.addEventListener("change", (event) => toggle(Number(event.target.value)));
  }

  show() {
    if (this.boxes.size === 0) this.node.replaceChildren(...this.seats.rows.map((row) => this.drawRow(row)));
    this.node.hidden = false;
  }

  hide() {
    this.node.hidden = true;
  }

  drawRow(row) {
    const set = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.textContent = `Row ${row[0].row}`;
    set.append(legend, ...row.map((seat) => this.drawSeat(seat)));
    return set;
  }

  drawSeat(seat) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    const text = document.createElement("span");
    box.type = "checkbox";
    box.value = seat.seat_number;
    label.append(box, text);
    this.boxes.set(seat.seat_number, { box, text });
    this.update(seat.seat_number);
    return label;
  }

  update(seatNumber) {
    const drawn = this.boxes.get(seatNumber);
    if (!drawn) return;
    const seat = this.seats.get(seatNumber);
    const appearance = this.choice.appearance(seatNumber);
    drawn.box.checked = appearance === "chosen";
    drawn.box.disabled = !this.choice.bookable || !["free", "chosen"].includes(appearance);
    drawn.text.textContent = this.seats.describe(seat, appearance);
  }
}
