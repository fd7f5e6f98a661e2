// The chosen seats, their total, and the one button; the same seats again in the review dialog.

import { CHOSEN, FREE, HELD_BY_SOMEONE, MINE, NOT_ON_SALE, TAKEN } from "./choice.js";
import { AVAILABLE, BLOCKED, HELD } from "./seat-map-state.js";

export class Summary {
  // `give(seatNumber)` gives a chosen seat back; `showUrl` is the show's own page.
  constructor({ root, review, seats, choice, showUrl, give }) {
    Object.assign(this, { review, seats, choice, showUrl });
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.chosen = this.find("chosen");
    this.counts = root.querySelectorAll("[data-count]");
    this.chosen.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) give(Number(button.value));
    });
  }

  update() {
    const { seatNumbers } = this.choice;
    const total = this.seats.total(seatNumbers);
    this.chosen.replaceChildren(...seatNumbers.map((seatNumber) => this.chip(this.seats.get(seatNumber))));
    this.find("nothing-chosen").hidden = seatNumbers.length > 0;
    this.find("total").textContent = total;
    const count = seatNumbers.length;
    this.find("chosen-count").textContent = count === 0 ? "No seats yet" : count === 1 ? "1 seat" : `${count} seats`;
    this.find("continue").disabled = count === 0 || !this.choice.bookable;
    this.updateReview(seatNumbers, total);
    this.updateAddresses(seatNumbers);
    this.updateCounts();
  }

  chip(seat) {
    const item = document.createElement("li");
    const label = document.createElement("strong");
    const kind = document.createElement("span");
    const button = document.createElement("button");
    label.textContent = seat.label;
    kind.textContent = `${this.seats.kind(seat)}, ${this.seats.price(seat)}`;
    button.type = "button";
    button.value = seat.seat_number;
    button.textContent = "×";
    button.setAttribute("aria-label", `Give back seat ${seat.label}`);
    item.append(label, kind, button);
    return item;
  }

  updateReview(seatNumbers, total) {
    const rows = seatNumbers.map((seatNumber) => {
      const seat = this.seats.get(seatNumber);
      const row = document.createElement("tr");
      for (const text of [`Seat ${seat.label}`, this.seats.kind(seat), this.seats.price(seat)]) {
        row.insertCell().textContent = text;
      }
      return row;
    });
    this.review.querySelector("tbody").replaceChildren(...rows);
    this.review.querySelector("[data-review-total]").textContent = total;
    this.review.querySelector("[name=seats]").value = seatNumbers.join(",");
  }

  // The choice lives in the address, so that a reload, a second tab and signing in keep it.
  updateAddresses(seatNumbers) {
    const query = seatNumbers.length ? `?seats=${seatNumbers.join(",")}` : "";
    const here = location.pathname.startsWith(this.showUrl) ? this.showUrl : location.pathname;
    const hash = location.hash === "#review" ? "" : location.hash;
    history.replaceState(null, "", `${here}${query}${hash}`);
    for (const field of document.querySelectorAll("[data-return-field]")) {
      field.value = `${this.showUrl}${query}#review`;
    }
  }

  updateCounts() {
    const { choice } = this;
    const counts = {
      [FREE]: choice.state.count(AVAILABLE) - choice.chosen.size,
      [CHOSEN]: choice.chosen.size,
      [MINE]: choice.mine.size,
      [HELD_BY_SOMEONE]: choice.state.count(HELD),
      [NOT_ON_SALE]: choice.state.count(BLOCKED),
    };
    counts[TAKEN] = choice.state.letters.length - Object.values(counts).reduce((sum, count) => sum + count);
    for (const node of this.counts) node.textContent = counts[node.dataset.count];
  }
}
