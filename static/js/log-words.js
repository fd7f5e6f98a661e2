// What an entry of a log says, in the words of booking/pages/log.py. Pure.

import { momentIn, timeOfDay, Wording } from "./terms.js";

export class LogWords {
  constructor({ words, seats_named: seatsNamed, show, time_zone: timeZone }, seats) {
    this.words = words;
    this.seatsNamed = seatsNamed;
    this.seats = seats;
    this.facts = new Wording({ currency: show.currency, timeZone });
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
    return show ? [...lines, [this.words.facts, this.facts.facts(show)]] : lines;
  }

  names(seatNumbers) {
    const more = seatNumbers.length - this.seatsNamed;
    const named = this.seats.labels(seatNumbers.slice(0, this.seatsNamed)).join(", ");
    return more > 0 ? `${named} and ${more} more` : named;
  }
}
