// The seats a moviegoer has chosen but not yet booked, and why a seat can't be among them. Pure.

import { AVAILABLE, BLOCKED, HELD } from "./seat-map-state.js";

export const CHOSEN = "chosen";
export const MINE = "mine";
export const FREE = "free";
export const HELD_BY_SOMEONE = "held";
export const TAKEN = "taken";
export const NOT_ON_SALE = "blocked";

export class Choice {
  constructor({ state, mine, chosen, maxSeats, bookable }) {
    this.state = state;
    this.mine = new Set(mine);
    this.maxSeats = maxSeats;
    this.bookable = bookable;
    this.chosen = new Set(chosen.filter((seatNumber) => state.letter(seatNumber) === AVAILABLE).slice(0, maxSeats));
  }

  get seatNumbers() {
    return [...this.chosen].sort((one, other) => one - other);
  }

  // How this moviegoer sees the seat.
  appearance(seatNumber) {
    const letter = this.state.letter(seatNumber);
    if (letter === AVAILABLE) return this.chosen.has(seatNumber) ? CHOSEN : FREE;
    if (this.mine.has(seatNumber)) return MINE;
    if (letter === HELD) return HELD_BY_SOMEONE;
    return letter === BLOCKED ? NOT_ON_SALE : TAKEN;
  }

  // Takes the seat or gives it back; returns why that can't be, or null.
  toggle(seatNumber) {
    if (this.chosen.delete(seatNumber)) return null;
    const reason = this.refusal(seatNumber);
    if (reason === null) this.chosen.add(seatNumber);
    return reason;
  }

  refusal(seatNumber) {
    if (!this.bookable) return "This show has started.";
    const appearance = this.appearance(seatNumber);
    if (appearance === MINE) return "This seat is already yours.";
    if (appearance === HELD_BY_SOMEONE) return "Someone is holding this seat.";
    if (appearance === TAKEN) return "This seat is taken.";
    if (appearance === NOT_ON_SALE) return "This seat is not on sale.";
    if (this.chosen.size >= this.maxSeats && !this.chosen.has(seatNumber)) {
      return `You can choose up to ${this.maxSeats} seats.`;
    }
    return null;
  }

  clear() {
    const seatNumbers = this.seatNumbers;
    this.chosen.clear();
    return seatNumbers;
  }

  // Drops chosen seats that are no longer free and forgets bookings given back; returns the seats dropped.
  reconcile(changed) {
    const lost = [];
    for (const seatNumber of changed) {
      if (this.state.letter(seatNumber) === AVAILABLE) this.mine.delete(seatNumber);
      else if (this.chosen.delete(seatNumber)) lost.push(seatNumber);
    }
    return lost;
  }
}
