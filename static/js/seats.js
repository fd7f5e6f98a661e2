// What the seats of a layout are called, cost (in whole cents, so that totals are exact), and lie next to. Pure.

const KINDS = { standard: "standard", premium: "premium", wheelchair: "wheelchair space", companion: "companion seat" };
const APPEARANCES = {
  free: "free",
  chosen: "held for you",
  mine: "booked by you",
  held: "held by someone",
  taken: "taken",
  blocked: "not on sale",
};

export class Seats {
  constructor({ layout, show }) {
    this.money = new Intl.NumberFormat("en-IE", { style: "currency", currency: show.currency });
    this.priceCents = Math.round(show.price * 100);
    this.premiumCents = Math.round(show.premium_price * 100);
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
    return this.money.format(this.cents(seat) / 100);
  }

  total(seatNumbers) {
    const cents = seatNumbers.reduce((sum, seatNumber) => sum + this.cents(this.get(seatNumber)), 0);
    return this.money.format(cents / 100);
  }

  kind(seat) {
    return KINDS[seat.kind];
  }

  labels(seatNumbers) {
    return seatNumbers.map((seatNumber) => this.get(seatNumber).label);
  }

  // The seats in short: "B7", "B7–B9" for neighbours, or else their labels one by one.
  block(seatNumbers) {
    const [first, last] = [this.get(seatNumbers[0]), this.get(seatNumbers.at(-1))];
    const together = seatNumbers.length > 2 && first.row === last.row && last.x - first.x === seatNumbers.length - 1;
    return together ? `${first.label}–${last.label}` : this.labels(seatNumbers).join(", ").replace(/, (\S+)$/, " and $1");
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
