// The seats a moviegoer has chosen but not yet booked, and why a seat can't be among them. Pure.

import { AVAILABLE, BLOCKED, HELD } from "./seat-map-state.js";

const REFUSALS = {
  mine: "This seat is already yours.",
  held: "Someone is holding this seat.",
  taken: "This seat is taken.",
  blocked: "This seat is not on sale.",
};

export class Choice {
  constructor({ state, mine, chosen, maxSeats, bookable }) {
    Object.assign(this, { state, maxSeats, bookable });
    this.mine = new Set(mine);
    this.chosen = new Set(chosen.filter((seatNumber) => state.letter(seatNumber) === AVAILABLE).slice(0, maxSeats));
  }

  get seatNumbers() {
    return [...this.chosen].sort((one, other) => one - other);
  }

  // How this moviegoer sees the seat: free, chosen, mine, held, taken or blocked.
  appearance(seatNumber) {
    const letter = this.state.letter(seatNumber);
    if (letter === AVAILABLE) return this.chosen.has(seatNumber) ? "chosen" : "free";
    if (this.mine.has(seatNumber)) return "mine";
    if (letter === HELD) return "held";
    return letter === BLOCKED ? "blocked" : "taken";
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
    if (appearance === "free" && this.chosen.size >= this.maxSeats) {
      return `You can choose up to ${this.maxSeats} seats.`;
    }
    return REFUSALS[appearance] ?? null;
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
