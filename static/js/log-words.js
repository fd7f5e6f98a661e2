// What an entry of a log says, in the words of booking/pages/log.py. Pure.

import { momentIn } from "./moments.js";
import { timeOfDay, Wording } from "./terms.js";

export class LogWords {
  constructor({ words, seats_named: seatsNamed, show, time_zone: timeZone }, seats) {
    this.words = words;
    this.seatsNamed = seatsNamed;
    this.seats = seats;
    this.wording = new Wording({ currency: show.currency, timeZone });
    this.moment = momentIn(timeZone);
    this.clock = timeOfDay(timeZone, "medium");
  }

  // What became so, and of what.
  lines({ changes, show }) {
    const alike = new Map();
    for (const [seatNumber, letter, ...until] of changes) {
      const what = [this.words[letter] ?? letter, ...until.map((at) => this.clock(at))].join(" ");
      alike.set(what, [...(alike.get(what) ?? []), seatNumber]);
    }
    const lines = [...alike].map(([what, seatNumbers]) => [what, this.names(seatNumbers)]);
    return show ? [...lines, [this.words.facts, this.factsOf(show)]] : lines;
  }

  // All that a buyer agrees to.
  factsOf({ movie, auditorium, starts_at: start, price, ticket_types: types = [], cancelled, ...others }) {
    const { money } = this.wording;
    const surcharges = Object.keys(others).filter((fact) => fact.endsWith("_surcharge"));
    return [
      movie.title,
      auditorium.name,
      this.wording.dayAndTime(start),
      money.format(price),
      ...surcharges.map((fact) => `${fact.replace("_", " ")} ${money.format(others[fact])}`),
      ...types.map((type) => `${type.name} ${this.priceOf(type)}`),
      ...(cancelled ? ["called off"] : []),
    ].join(", ");
  }

  // What a type of ticket costs, such as "€8.00, premium €10.50".
  priceOf({ price, premium_surcharge: surcharge }) {
    const { money } = this.wording;
    return money.format(price) + (Number(surcharge) > 0 ? `, premium ${money.format(Number(price) + Number(surcharge))}` : "");
  }

  names(seatNumbers) {
    const more = seatNumbers.length - this.seatsNamed;
    const named = this.seats.labels(seatNumbers.slice(0, this.seatsNamed)).join(", ");
    return more > 0 ? `${named} and ${more} more` : named;
  }
}
