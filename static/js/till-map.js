// The map of the till: free seats are chosen, blocked ones too, and a sold one leads to its booking.

import { SeatPicking } from "./seat-picking.js";

// Chooses seats at the till. `store` wants the free ones, for whoever is of the `type` chosen last ("" is an adult's); `blocked`
// and `given` are those to be put on sale again, and those of a booking that are given back for others.
export class TillChoice {
  constructor(store, { canExchange, open, changed }) {
    this.store = store;
    this.canExchange = canExchange;
    this.open = open;
    this.changed = changed;
    this.type = "";
    this.blocked = new Set();
    this.given = new Set(canExchange && store.mine.size === 1 ? store.mine : []);
    store.subscribe(({ changed: seats }) => seats && this.#dropLost());
  }

  // Takes a seat or lets it go; returns why it can't be had, or null.
  take(seatNumber) {
    const { store } = this;
    const appearance = store.appearance(seatNumber);
    if (appearance === "taken") return this.open(seatNumber);
    if (appearance === "blocked") return this.#toggle(this.blocked, seatNumber);
    if (appearance === "mine") return this.#toggle(this.given, seatNumber);
    const reason = store.wanted.has(seatNumber) ? null : store.reason(seatNumber);
    if (reason) store.refuse(seatNumber, reason);
    else this.want(toggled(store.wanted, seatNumber), { ...store.types, [seatNumber]: this.type });
    return reason;
  }

  // Wants these seats, for whoever is of these types.
  want(seatNumbers, types) {
    this.store.types = Object.fromEntries(Object.entries(types).filter(([seatNumber, code]) => code && seatNumbers.includes(Number(seatNumber))));
    this.store.want(seatNumbers);
  }

  // Makes a chosen seat one of the type chosen last.
  retype(seatNumber) {
    this.want(this.store.selection, { ...this.store.types, [seatNumber]: this.type });
  }

  clear() {
    this.blocked.clear();
    this.store.want([]);
  }

  #toggle(seats, seatNumber) {
    if (!seats.delete(seatNumber)) seats.add(seatNumber);
    this.changed();
    return null;
  }

  // Somebody else was quicker: the clerk hears of it before any money changes hands.
  #dropLost() {
    const { store } = this;
    const { available, blocked } = store.page.state_letters;
    const lost = store.selection.filter((seatNumber) => store.letters[seatNumber - 1] !== available);
    for (const seatNumber of this.blocked) if (store.letters[seatNumber - 1] !== blocked) this.blocked.delete(seatNumber);
    if (lost.length === 0) return;
    store.want(store.selection.filter((seatNumber) => !lost.includes(seatNumber)));
    store.tell(`Gone meanwhile: ${store.seats.labels(lost).join(", ")}.`);
  }
}

function toggled(seats, seatNumber) {
  return seats.has(seatNumber) ? [...seats].filter((each) => each !== seatNumber) : [...seats, seatNumber];
}

export class TillPicking extends SeatPicking {
  constructor(view, zoom, tip, choice) {
    super(view, zoom, tip, { addEventListener() {}, showModal: () => choice.clear() });
    this.choice = choice;
  }

  take(seat) {
    if (!this.choice.take(seat.seat_number)) this.describe(seat);
  }

  hint(seat) {
    const { store } = this;
    const appearance = store.appearance(seat.seat_number);
    if (store.wanted.has(seat.seat_number)) return "Chosen. Press again to let it go.";
    if (appearance === "taken") return "Sold. Press for its booking.";
    if (appearance === "mine") return "Of this booking. Press to give it back, or to keep it.";
    if (appearance === "blocked") return "Blocked. Press to choose it.";
    return store.reason(seat.seat_number) ?? "Free. Press to choose it.";
  }
}
