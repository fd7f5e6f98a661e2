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

// In a plan: how many there are of what follows; one where no number stands.
const RUN = /(\d*)([A-Z.])/g;
const AISLE = ".";

/** @typedef {{ seat_number: number, row: string, position: number, label: string, kind: string, x: number, y: number }} Seat */

export class Seats {
  // Of `kinds` each has a `name`, its `letter` in a plan, and in `price` the facts of a show that its price is made of.
  constructor({ layout, show, kinds }) {
    this.money = new Intl.NumberFormat("en-IE", { style: "currency", currency: show.currency, currencyDisplay: "narrowSymbol" });
    this.kinds = kinds;
    this.show = show;
    this.rows = rowsOf(layout.plan, kinds);
    this.all = this.rows.flat();
  }

  get(seatNumber) {
    const seat = this.all[seatNumber - 1];
    if (!seat) throw new RangeError(`No seat is numbered ${seatNumber}.`);
    return seat;
  }

  // The facts that a seat's price is made of; static/js/type-prices.js has others for whoever is no adult.
  /** @type {(seat: any) => any} */
  factsOf = () => this.show;

  cents(seat) {
    const facts = this.factsOf(seat);
    return this.kinds[seat.kind].price.reduce((sum, fact) => sum + Math.round(facts[fact] * 100), 0);
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

  // Where a key leads from a seat, after the grid pattern of WAI-ARIA: aisles are skipped. Null for a key that leads nowhere.
  inDirection(seat, key) {
    const rowIndex = this.rows.findIndex((row) => row[0].y === seat.y);
    const row = this.rows[rowIndex];
    const index = row.indexOf(seat);
    if (key === "ArrowLeft") return row[index - 1] ?? seat;
    if (key === "ArrowRight") return row[index + 1] ?? seat;
    if (key === "Home") return row[0];
    if (key === "End") return row.at(-1);
    if (key === "ArrowUp") return nearest(this.rows[rowIndex - 1], seat);
    if (key === "ArrowDown") return nearest(this.rows[rowIndex + 1], seat);
    return null;
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

function nearest(row = [], seat) {
  return row.reduce(
    (best, candidate) => (Math.abs(candidate.x - seat.x) < Math.abs(best.x - seat.x) ? candidate : best),
    row[0] ?? seat,
  );
}

// Reads a plan as booking/seating/plan.py writes it: a line for each row, such as "A:12S2.12S", whose seats are numbered on.
/** @returns {Seat[][]} */
function rowsOf(plan, kinds) {
  const kindOf = new Map(Object.entries(kinds).map(([kind, { letter }]) => [letter, kind]));
  let seatNumber = 0;
  const rows = plan.split("\n").map((line, y) => {
    const [row, places] = line.split(":");
    const seats = [];
    let x = 0;
    for (const [, count, letter] of (places ?? "").matchAll(RUN)) {
      const kind = kindOf.get(letter);
      for (let left = Number(count || 1); left > 0; left -= 1, x += 1) {
        if (letter === AISLE) continue;
        const position = seats.length + 1;
        seats.push({ seat_number: (seatNumber += 1), row, position, label: row + position, kind, x, y });
      }
    }
    return seats;
  });
  return rows.filter((row) => row.length > 0);
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
