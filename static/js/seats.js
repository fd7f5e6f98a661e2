// What the seats of a layout are called, cost, and lie next to. Pure.

import { formatMoney, toCents } from "./money.js";

const KINDS = { standard: "standard", premium: "premium", wheelchair: "wheelchair space", companion: "companion seat" };
const APPEARANCES = {
  free: "free",
  chosen: "your choice",
  mine: "booked by you",
  held: "held by someone",
  taken: "taken",
  blocked: "not on sale",
};

export class Seats {
  constructor({ layout, show }) {
    this.currency = show.currency;
    this.priceCents = toCents(show.price);
    this.premiumCents = toCents(show.premium_price);
    this.all = layout.seats;
    this.bySeatNumber = new Map(this.all.map((seat) => [seat.seat_number, seat]));
    this.rows = groupRows(this.all);
  }

  get(seatNumber) {
    return this.bySeatNumber.get(seatNumber);
  }

  cents(seat) {
    return seat.kind === "premium" ? this.premiumCents : this.priceCents;
  }

  price(seat) {
    return formatMoney(this.cents(seat), this.currency);
  }

  total(seatNumbers) {
    const cents = seatNumbers.reduce((sum, seatNumber) => sum + this.cents(this.get(seatNumber)), 0);
    return formatMoney(cents, this.currency);
  }

  kind(seat) {
    return KINDS[seat.kind];
  }

  labels(seatNumbers) {
    return seatNumbers.map((seatNumber) => this.get(seatNumber).label);
  }

  describe(seat, appearance) {
    return `Row ${seat.row}, seat ${seat.position}, ${this.kind(seat)}, ${this.price(seat)}, ${APPEARANCES[appearance]}`;
  }

  // Whether the seat is in the row of one of the others and at most two places away.
  isNear(seatNumber, others) {
    const seat = this.get(seatNumber);
    return others.some((other) => {
      const { row, x } = this.get(other);
      return row === seat.row && Math.abs(x - seat.x) <= 2;
    });
  }
}

function groupRows(seats) {
  const rows = new Map();
  for (const seat of seats) {
    if (!rows.has(seat.y)) rows.set(seat.y, []);
    rows.get(seat.y).push(seat);
  }
  for (const row of rows.values()) row.sort((one, other) => one.x - other.x);
  return [...rows.entries()].sort(([one], [other]) => one - other).map(([, row]) => row);
}

export function sentenceOf(labels) {
  if (labels.length < 2) return `Seat ${labels[0]}`;
  return `Seats ${labels.slice(0, -1).join(", ")} and ${labels.at(-1)}`;
}
