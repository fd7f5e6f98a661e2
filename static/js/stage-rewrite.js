// What a screen shows while history is rewritten, beside what the database has by now.

import { seconds } from "./stage-race.js";

const DIGEST_LENGTH = 4;

// Compares a map with the truth, as the lines of the act tell it; `letters` are those that the screen shows.
export class Truth {
  /** @type {string[] | null} */
  letters = null;
  most = 0;
  undoneAt = 0;
  healedAt = 0;

  constructor(booked, now) {
    this.booked = booked;
    this.now = now;
  }

  /** @param {{ undone?: number[], states?: string, sold?: number }} line */
  hear({ undone, states = "", sold }) {
    if (undone) {
      this.letters = [...states];
      this.undoneAt = this.now();
    } else if (sold && this.letters) this.letters[sold - 1] = this.booked;
  }

  // The numbers of the seats that the screen shows wrongly.
  wrong(letters) {
    const truth = this.letters;
    if (!truth) return [];
    const wrong = letters.flatMap((letter, index) => (letter === truth[index] ? [] : [index + 1]));
    if (wrong.length === 0) this.healedAt ||= this.now();
    this.most = Math.max(this.most, wrong.length);
    return wrong;
  }

  get sentence() {
    const after = seconds(this.healedAt - this.undoneAt);
    const seats = this.most === 1 ? "One seat was" : `${this.most} seats were`;
    return `${seats} wrong on this screen. It noticed by itself within ${after}, and all are right again.`;
  }
}

export class RewriteView {
  constructor(card, view, store) {
    this.card = card;
    this.view = view;
    this.store = store;
    store.subscribe(({ changed }) => changed && this.compare());
  }

  start() {
    this.truth = new Truth(this.store.page.state_letters.booked, () => performance.now());
    this.isOver = false;
    this.card.find("histories").hidden = false;
    for (const name of ["before", "after"]) this.card.find(name).replaceChildren();
  }

  hear(line) {
    if (!this.truth) return;
    this.truth.hear(line);
    if (line.sold) this.card.find(this.truth.letters ? "after" : "before").append(this.chip(line));
    if (line.undone) for (const chip of this.card.find("before").children) chip.classList.add("is-undone");
    this.isOver ||= Boolean(line.played);
    this.compare();
  }

  chip({ sold, version, digest }) {
    const item = document.createElement("li");
    const [number, seat, hash] = ["b", "span", "code"].map((name) => document.createElement(name));
    number.textContent = version;
    seat.textContent = this.store.seats.get(sold).label;
    hash.textContent = digest.slice(0, DIGEST_LENGTH);
    item.append(number, seat, hash);
    return item;
  }

  compare() {
    if (!this.truth?.letters) return;
    const wrong = this.truth.wrong(this.store.letters);
    this.view.mark(wrong, "is-wrong");
    this.card.find("wrong").textContent = String(wrong.length);
    if (!this.isOver || wrong.length > 0) return;
    this.card.say(this.truth.sentence);
    this.truth = null;
  }
}
