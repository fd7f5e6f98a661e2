// What the seats of a layout are called, cost (in whole cents, so that totals are exact), and lie next to. Pure.

const APPEARANCES = {
  free: "free",
  choosing: "chosen by you, not held yet",
  chosen: "held for you",
  mine: "booked by you",
  held: "held by someone",
  taken: "taken",
  blocked: "not on sale",
  closed: "not sold",
};

/** @typedef {{ seat_number: number, row: string, position: number, label: string, kind: string, x: number, y: number }} Seat */

export class Seats {
  // Of `kinds` each has a `name`, and in `price` the facts of a show that its price is made of.
  constructor({ layout, show, kinds }) {
    this.money = new Intl.NumberFormat("en-IE", { style: "currency", currency: show.currency });
    this.kinds = kinds;
    this.show = show;
    /** @type {Map<number, Seat>} */
    this.bySeatNumber = new Map(layout.seats.map((seat) => [seat.seat_number, seat]));
    this.rows = groupRows(layout.seats);
  }

  get(seatNumber) {
    const seat = this.bySeatNumber.get(seatNumber);
    if (!seat) throw new RangeError(`No seat is numbered ${seatNumber}.`);
    return seat;
  }

  cents(seat) {
    return this.kinds[seat.kind].price.reduce((sum, fact) => sum + Math.round(this.show[fact] * 100), 0);
  }

  price(seat) {
    return this.money.format(this.cents(seat) / 100);
  }

  total(seatNumbers) {
    const cents = seatNumbers.reduce((sum, seatNumber) => sum + this.cents(this.get(seatNumber)), 0);
    return this.money.format(cents / 100);
  }

  kind(seat) {
    return this.kinds[seat.kind].name;
  }

  labels(seatNumbers) {
    return seatNumbers.map((seatNumber) => this.get(seatNumber).label);
  }

  // The seats in short: "B7", "B7–B9" for neighbours, or else their labels one by one.
  block(seatNumbers) {
    if (seatNumbers.length > 2) {
      const [first, last] = [this.get(seatNumbers[0]), this.get(seatNumbers.at(-1))];
      if (first.row === last.row && last.x - first.x === seatNumbers.length - 1) return `${first.label}–${last.label}`;
    }
    return this.labels(seatNumbers).join(", ").replace(/, (\S+)$/, " and $1");
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

/** @returns {Seat[][]} */
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

// Minutes and seconds of a time in milliseconds, such as 7:05.
export function clock(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
