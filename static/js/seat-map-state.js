// The live states of one show's seats, as the frames of its socket make them. Pure: no DOM, no clock.

export const AVAILABLE = "a";
export const HELD = "h";
export const BOOKED = "b";
export const BLOCKED = "x";

export class SeatMapState {
  constructor({ version, states }) {
    this.version = version;
    this.letters = [...states];
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
  #applySnapshot({ version, states }) {
    const changed = [];
    [...states].forEach((letter, index) => {
      if (this.#set(index + 1, letter)) changed.push(index + 1);
    });
    this.version = version;
    return { changed, gap: false };
  }

  // The frame holds the versions `from` to `version`, both included.
  #applyChanges({ from, version, changes }) {
    if (version <= this.version) return { changed: [], gap: false };
    if (from > this.version + 1) return { changed: [], gap: true };
    const changed = new Set();
    for (const [seatNumber, letter] of changes) {
      if (this.#set(seatNumber, letter)) changed.add(seatNumber);
    }
    this.version = version;
    return { changed: [...changed], gap: false };
  }

  #set(seatNumber, letter) {
    const before = this.letter(seatNumber);
    if (before === undefined || before === letter) return false;
    this.letters[seatNumber - 1] = letter;
    return true;
  }
}
