// The seats a moviegoer wishes to have and those held for them, and why a seat can't be had. Pure.

import { AVAILABLE, BLOCKED, HELD } from "./seat-map-state.js";

const REFUSALS = {
  mine: "This seat is already yours.",
  taken: "This seat is taken.",
  blocked: "This seat is not on sale.",
};
const NAMES_WHAT_IS_LOST = ["seat_taken", "show_full"];

export class Choice {
  // `hold` is the server's {seats, expires_at, version} or null; `now()` is the server's clock.
  constructor({ state, mine, hold, maxSeats, bookable, now }) {
    Object.assign(this, { state, maxSeats, bookable, now });
    this.mine = new Set(mine);
    this.ownTimes = new Set();
    this.follow(hold);
  }

  get seatNumbers() {
    return [...this.chosen].sort((one, other) => one - other);
  }

  // Whether the server holds just what is wished for.
  get isSettled() {
    const held = this.hold?.seats ?? [];
    return held.length === this.chosen.size && held.every((seatNumber) => this.chosen.has(seatNumber));
  }

  // How this moviegoer sees the seat: free, chosen, mine, held, taken or blocked.
  appearance(seatNumber) {
    if (this.chosen.has(seatNumber)) return "chosen";
    const letter = this.state.letter(seatNumber);
    if (letter === AVAILABLE) return "free";
    if (this.mine.has(seatNumber)) return "mine";
    if (letter === HELD) return this.#isHeldByOthers(seatNumber) ? "held" : "free";
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
    if (appearance === "held") return `Someone is holding this seat, for ${clock(this.timeLeft(seatNumber))} more.`;
    if (appearance === "free" && this.chosen.size >= this.maxSeats) {
      return `You can choose up to ${this.maxSeats} seats.`;
    }
    return REFUSALS[appearance] ?? null;
  }

  timeLeft(seatNumber) {
    return this.state.heldUntil.get(seatNumber) - this.now();
  }

  // Notes what the server holds by now; the wish stays.
  confirm(hold) {
    this.hold = hold;
    if (hold) this.ownTimes.add(hold.expires_at);
  }

  // Wishes for just what the server holds.
  follow(hold) {
    this.confirm(hold);
    this.want(hold?.seats ?? []);
  }

  want(seatNumbers) {
    this.chosen = new Set(seatNumbers);
  }

  // Takes the server's word on a wish. Of a refused one goes what is lost, or else what was new in it; later wishes stay.
  answered(wish, { hold, code, seats = [] }) {
    this.confirm(hold);
    if (!code) return;
    const held = hold?.seats ?? [];
    const lost = NAMES_WHAT_IS_LOST.includes(code)
      ? seats.filter((seatNumber) => this.chosen.has(seatNumber))
      : wish.filter((seatNumber) => !held.includes(seatNumber));
    for (const seatNumber of lost) this.chosen.delete(seatNumber);
    if (lost.length === 0) this.want(held);
  }

  // Drops seats that the map, in a version with the hold in it, shows as no longer held; forgets
  // bookings given back. Returns the seats dropped.
  reconcile(changed) {
    for (const seatNumber of changed) {
      if (this.state.letter(seatNumber) === AVAILABLE) this.mine.delete(seatNumber);
    }
    if (!this.hold || this.state.version < this.hold.version) return [];
    const lost = this.hold.seats.filter((seatNumber) => this.state.letter(seatNumber) !== HELD);
    const seats = this.hold.seats.filter((seatNumber) => !lost.includes(seatNumber));
    this.hold = seats.length > 0 ? { ...this.hold, seats } : null;
    return lost.filter((seatNumber) => this.chosen.delete(seatNumber));
  }

  // A seat that was just given back is still held until the map says so; one whose time is over is free.
  #isHeldByOthers(seatNumber) {
    const until = this.state.heldUntil.get(seatNumber);
    return !this.ownTimes.has(until) && !(until <= this.now());
  }
}

// Minutes and seconds of a time in milliseconds, such as 7:05.
export function clock(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
