// A show's seat map at any of its versions: read in blocks of the log, each with the map before it, when one is asked for.

import { ask } from "./server.js";
import { appearanceOf } from "./seat-states.js";
import { Seats } from "./seats.js";

export class History {
  /** @type {Map<number, Promise<{ map: any, entries: any[] }>>} */
  #blocks = new Map();

  constructor({ seats_url: seatsUrl, log_url: logUrl, block: size }, read = ask) {
    this.urls = (start) => [`${seatsUrl}?at=${start}`, `${logUrl}?after=${start}&limit=${size}`];
    this.size = size;
    this.read = read;
  }

  // The map after an entry, and the entry itself: null for version 0, and where it is missing.
  async at(version) {
    const start = Math.floor(Math.max(0, version - 1) / this.size) * this.size;
    const { map, entries } = await this.block(start);
    const letters = [...map.states];
    const heldUntil = new Map(map.held);
    /** @type {any} */
    let entry = null;
    for (const each of entries.filter((one) => one.version <= version)) {
      for (const [seatNumber, letter, until] of each.changes) {
        letters[seatNumber - 1] = letter;
        if (until) heldUntil.set(seatNumber, until);
        else heldUntil.delete(seatNumber);
      }
      entry = each;
    }
    return { version, letters, heldUntil, digest: map.digest, entry: entry?.version === version ? entry : null };
  }

  block(start) {
    const known = this.#blocks.get(start);
    if (known) return known;
    const block = this.readBlock(start);
    this.#blocks.set(start, block);
    block.catch(() => this.#blocks.delete(start));
    return block;
  }

  async readBlock(start) {
    const [map, page] = await Promise.all(this.urls(start).map((url) => this.read(url)));
    if (!map.states || !page.entries) throw new Error(map.detail ?? page.detail);
    return { map, entries: page.entries };
  }
}

// A map of the past, in the place of the store that a view of the seats draws from: nothing on it is anybody's own.
export class PastMap {
  wanted = new Set();
  mine = new Set();
  ownTimes = new Set();
  bookable = true;
  letters = [];
  heldUntil = new Map();
  at = 0;
  /** @type {string[]} */
  #drawn = [];
  #listener = /** @type {(event: any) => void} */ (() => {});

  constructor(page) {
    this.page = page;
    this.seats = new Seats(page);
    this.letters = this.seats.all.map(() => page.state_letters.available);
  }

  now = () => this.at;

  subscribe(listener) {
    this.#listener = listener;
  }

  appearance(seatNumber) {
    return appearanceOf(this, seatNumber);
  }

  timeLeft(seatNumber) {
    return this.heldUntil.get(seatNumber) - this.at;
  }

  // Shows another moment, and `changed` seats as those that just changed.
  show({ letters, heldUntil, entry }, changed) {
    Object.assign(this, { letters, heldUntil, at: entry?.at ?? 0 });
    const seats = letters.map((_, index) => index + 1);
    const appearances = seats.map((seatNumber) => this.appearance(seatNumber));
    // The ring of a held seat says how much of its time is left.
    const others = seats.filter((_, index) => appearances[index] === "held" || appearances[index] !== this.#drawn[index]);
    this.#drawn = appearances;
    this.#listener({ seats: others, changed });
  }
}
