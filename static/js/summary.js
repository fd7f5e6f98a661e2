// The seats held for the moviegoer, their total, and the one button.

import { element } from "./element.js";

export class Summary {
  // `give(seatNumber)` gives a seat back.
  constructor({ root, seats, choice, give }) {
    Object.assign(this, { root, seats, choice });
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.find("chosen").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) give(Number(button.value));
    });
  }

  update() {
    const { seatNumbers, bookable } = this.choice;
    const count = seatNumbers.length;
    this.find("nothing-chosen").hidden = count > 0;
    this.find("chosen-count").textContent = count === 0 ? "No seats yet" : count === 1 ? "1 seat" : `${count} seats`;
    this.find("total").textContent = this.seats.total(seatNumbers);
    this.find("continue").disabled = count === 0 || !bookable;
    if (String(seatNumbers) !== this.drawn) this.drawChips(seatNumbers);
    this.updateCounts();
  }

  // Only when the seats are others, lest a button vanish under a finger or lose the focus.
  drawChips(seatNumbers) {
    this.drawn = String(seatNumbers);
    this.find("chosen").replaceChildren(...seatNumbers.map((seatNumber) => this.chip(this.seats.get(seatNumber))));
  }

  chip(seat) {
    const button = element("button", { type: "button", value: seat.seat_number }, "×");
    button.setAttribute("aria-label", `Give back seat ${seat.label}`);
    const price = element("span", {}, `${this.seats.kind(seat)}, ${this.seats.price(seat)}`);
    return element("li", {}, element("strong", {}, seat.label), price, button);
  }

  updateCounts() {
    const counts = {};
    for (const { seat_number } of this.seats.all) {
      const appearance = this.choice.appearance(seat_number);
      counts[appearance] = (counts[appearance] ?? 0) + 1;
    }
    for (const node of this.root.querySelectorAll("[data-count]")) node.textContent = counts[node.dataset.count] ?? 0;
  }
}
