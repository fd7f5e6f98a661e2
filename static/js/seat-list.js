// The seats as checkboxes, row by row, for those who prefer a list to the map. Loaded when first opened.

import { element } from "./element.js";

export class SeatList {
  // `node` is a <details>; `toggle(seatNumber)` takes a seat or gives it back.
  constructor({ node, seats, choice, toggle }) {
    Object.assign(this, { node, seats, choice });
    this.boxes = new Map();
    node.addEventListener("change", ({ target }) => {
      toggle(Number(target.value));
      this.update(Number(target.value));
    });
    this.draw();
  }

  draw() {
    for (const row of this.seats.rows) {
      const legend = element("legend", {}, `Row ${row[0].row}`);
      this.node.append(element("fieldset", {}, legend, ...row.map((seat) => this.drawSeat(seat))));
    }
  }

  drawSeat(seat) {
    const box = element("input", { type: "checkbox", value: seat.seat_number });
    const text = element("span");
    this.boxes.set(seat.seat_number, { box, text });
    this.update(seat.seat_number);
    return element("label", {}, box, text);
  }

  update(seatNumber) {
    const drawn = this.boxes.get(seatNumber);
    if (!drawn) return;
    const appearance = this.choice.appearance(seatNumber);
    drawn.box.checked = appearance === "chosen";
    drawn.box.disabled = !this.choice.bookable || !["free", "chosen"].includes(appearance);
    drawn.text.textContent = this.seats.describe(this.seats.get(seatNumber), appearance);
  }
}
