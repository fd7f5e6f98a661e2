// The live states of one show's seats, as the frames of its socket make them. Pure: no DOM, no clock.

export const AVAILABLE = "a";
export const HELD = "h";
export const BOOKED = "b";
export const BLOCKED = "x";

export class SeatMapState {
  constructor({ version, states, held = [] }) {
    this.version = version;
    this.letters = [...states];
    // Until when each held seat is held, in milliseconds of the server's clock.
    this.heldUntil = new Map(held);
  }

  letter(seatNumber) {
    return this.letters[seatNumber - 1];
  }

  count(letter) {
    return this.letters.filter((other) => other === letter).length;
  }

  // Applies a frame, and tells which seats it changed and whether frames before it are missing.
  apply(frame) {
    if (frame.type === "snapshot") return this.#applySnapshot(frame);
    if (frame.type === "changes") return this.#applyChanges(frame);
    return { changed: [], gap: false };
  }

  // A snapshot is the server's word, even where its version is lower: its database may be a restored one.
  #applySnapshot({ version, states, held = [] }) {
    const untils = new Map(held);
    const changes = [...states].map((letter, index) => [index + 1, letter, untils.get(index + 1)]);
    return { changed: this.#set(changes, version), gap: false };
  }

  // The frame holds the versions `from` to `version`, both included.
  #applyChanges({ from, version, changes }) {
    if (version <= this.version) return { changed: [], gap: false };
    if (from > this.version + 1) return { changed: [], gap: true };
    return { changed: this.#set(changes, version), gap: false };
  }

  #set(changes, version) {
    const changed = new Set();
    for (const [seatNumber, letter, until] of changes) {
      const before = this.letter(seatNumber);
      if (before === undefined || (before === letter && this.heldUntil.get(seatNumber) === until)) continue;
      this.letters[seatNumber - 1] = letter;
      if (until) this.heldUntil.set(seatNumber, until);
      else this.heldUntil.delete(seatNumber);
      changed.add(seatNumber);
    }
    this.version = version;
    return [...changed];
  }
}
