// The last look before booking: who buys, and then the seats with their prices. Loaded when it is asked for.

import { element } from "./element.js";

export class Review {
  constructor({ root, seats, choice }) {
    Object.assign(this, { seats, choice });
    this.find = (name) => root.querySelector(`[data-${name}]`);
    // A second click would book the seats a second time, and be refused.
    this.find("book-form").addEventListener("submit", ({ submitter }) => {
      submitter.disabled = true;
      submitter.textContent = "Booking…";
    });
  }

  open() {
    const { seatNumbers } = this.choice;
    this.find("bill").replaceChildren(...seatNumbers.map((seatNumber) => this.row(this.seats.get(seatNumber))));
    this.find("bill-total").textContent = this.seats.total(seatNumbers);
    this.find("seats-field").value = seatNumbers.join(",");
    (this.find("account-dialog") ?? this.find("review-dialog")).showModal();
  }

  row(seat) {
    const cells = [`Seat ${seat.label}`, this.seats.kind(seat), this.seats.price(seat)];
    return element("tr", {}, ...cells.map((text) => element("td", {}, text)));
  }
}
