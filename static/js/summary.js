// The seats held for the moviegoer, their total, and the one button; the same seats again in the review.

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
    const chosen = seatNumbers.map((seatNumber) => this.seats.get(seatNumber));
    const total = this.seats.total(seatNumbers);
    this.find("chosen").replaceChildren(...chosen.map((seat) => this.chip(seat)));
    this.find("nothing-chosen").hidden = count > 0;
    this.find("chosen-count").textContent = count === 0 ? "No seats yet" : count === 1 ? "1 seat" : `${count} seats`;
    this.find("total").textContent = total;
    this.find("continue").disabled = count === 0 || !bookable;
    this.find("bill").replaceChildren(...chosen.map((seat) => this.billRow(seat)));
    this.find("bill-total").textContent = total;
    this.find("seats-field").value = seatNumbers.join(",");
    this.updateCounts();
  }

  chip(seat) {
    const button = element("button", { type: "button", value: seat.seat_number }, "×");
    button.setAttribute("aria-label", `Give back seat ${seat.label}`);
    const price = element("span", {}, `${this.seats.kind(seat)}, ${this.seats.price(seat)}`);
    return element("li", {}, element("strong", {}, seat.label), price, button);
  }

  billRow(seat) {
    const cells = [`Seat ${seat.label}`, this.seats.kind(seat), this.seats.price(seat)];
    return element("tr", {}, ...cells.map((text) => element("td", {}, text)));
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
