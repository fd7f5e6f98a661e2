// The chosen seats, their total, and the one button; the same seats again in the review.

import { element } from "./element.js";
import { AVAILABLE, BLOCKED, HELD } from "./seat-map-state.js";

export class Summary {
  // `give(seatNumber)` gives a chosen seat back; `showUrl` is the show's own page.
  constructor({ root, seats, choice, showUrl, give }) {
    Object.assign(this, { root, seats, choice, showUrl });
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
    this.updateAddresses(seatNumbers);
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

  // The choice lives in the address, so that a reload, a second tab and signing in keep it.
  updateAddresses(seatNumbers) {
    const query = seatNumbers.length ? `?seats=${seatNumbers.join(",")}` : "";
    const here = location.pathname.startsWith(this.showUrl) ? this.showUrl : location.pathname;
    const hash = location.hash === "#review" ? "" : location.hash;
    history.replaceState(null, "", `${here}${query}${hash}`);
    for (const field of this.root.querySelectorAll("[data-return-field]")) {
      field.value = `${this.showUrl}${query}#review`;
    }
  }

  updateCounts() {
    const { state, chosen, mine } = this.choice;
    const free = state.count(AVAILABLE);
    const held = state.count(HELD);
    const blocked = state.count(BLOCKED);
    const taken = state.letters.length - free - held - blocked - mine.size;
    const counts = { free: free - chosen.size, chosen: chosen.size, mine: mine.size, held, taken, blocked };
    for (const node of this.root.querySelectorAll("[data-count]")) node.textContent = counts[node.dataset.count];
  }
}
