// Has the seats selected held, says how that went, and offers what else can be done.

import { Holding } from "./holding.js";
import { clock, sentenceOf } from "./seats.js";
import { ask, post, QUEUE_MS } from "./server.js";

/** @import { StoreEvent } from "./store.js" */

const NO_CONNECTION = "The box office can’t be reached.";
const ASK_AGAIN_MS = 2_000;
const numbersOf = (seats = []) => seats.map((seat) => seat.seat_number);

export class Checkout {
  constructor(root, find, store, say) {
    this.url = root.dataset.showUrl;
    this.find = find;
    this.store = store;
    this.say = say;
    this.holding = new Holding({
      store,
      send: async (body) => {
        const answer = await post(`${this.url}hold/`, { ...body, types: store.types, terms: store.show.terms }, QUEUE_MS);
        return { ...answer, seats: numbersOf(answer.seats), alternative: numbersOf(answer.alternative) };
      },
      trouble: (error) => this.trouble(error),
    });
    store.subscribe((event) => this.follow(event));
    addEventListener("online", () => this.holding.wake());
    for (const button of root.querySelectorAll("[data-best]")) {
      button.addEventListener("click", ({ detail }) => detail < 2 && this.takeBest(Number(button.dataset.best)));
    }
  }

  // Offers what the page came with: the seats of a hold that expired, or those chosen on another page.
  begin({ lapsed, chosen }) {
    if (lapsed.length > 0) this.lapsed(lapsed);
    else if (chosen.length > 0) this.offerAgain(`${this.sentenceOf(chosen)} not held for you.`, chosen);
  }

  /** @param {StoreEvent} event */
  follow({ selected, answer, selection, lapsed, lost = [], isUnsure, isBack }) {
    if (isBack) this.holding.wake();
    if (selected) this.holding.settle();
    if (answer) this.answered(answer, selection);
    if (lapsed) this.lapsed(lapsed);
    if (isUnsure) this.learnMine(lost);
    else if (lost.length > 0 && !this.holding.isReplacing) this.lost(lost);
  }

  sentenceOf(seatNumbers) {
    return `${sentenceOf(this.store.seats.labels(seatNumbers))} ${seatNumbers.length > 1 ? "are" : "is"}`;
  }

  async takeBest(count) {
    this.store.clear();
    await this.holding.selectBest({ count, accessible: this.find("accessible")?.checked ?? false });
    if (!this.store.notice.sentence) this.store.tell(this.sentenceOfHeld(), { quiet: true });
  }

  answered(answer, selection) {
    if (answer.code && answer.code !== "terms_changed") this.refused(answer, selection);
    const { hold } = this.store;
    if (hold) this.say(`${this.sentenceOfHeld()} ${this.sentenceOfBill(hold)}`, "held");
  }

  sentenceOfHeld() {
    return `Held for you: ${this.store.seats.block(this.store.hold?.seats ?? [])}.`;
  }

  sentenceOfBill({ seats, expires_at: expiresAt }) {
    const left = clock(expiresAt - this.store.now()).replace(":", " minutes ");
    return `${seats.length > 1 ? `${seats.length} seats` : "1 seat"}, ${this.store.seats.total(seats)}, ${left} seconds left.`;
  }

  trouble(error) {
    const { store } = this;
    store.connection({ isUnreached: error !== null });
    if (error) {
      const pending = store.selection.filter((seatNumber) => !store.isHeld(seatNumber));
      const what = pending.length > 0 ? `${this.sentenceOf(pending)} not held yet` : "Your last choice did not get through yet";
      const sentence = `${error.detail ?? NO_CONNECTION} ${what}; ${error.isLate ? "still trying" : "trying again"}…`;
      store.tell(sentence, { isTrying: true });
    } else if (store.notice.isTrying) store.tell("");
  }

  refused({ detail, seats, alternative }, selection) {
    const { store } = this;
    const block = store.seats.block(alternative);
    if (store.orNearest && alternative.length > 0) {
      store.want(alternative);
      return store.tell(`${detail} Held for you instead: ${block}.`);
    }
    const seatNumber = seats.find((lost) => selection.includes(lost)) ?? store.lastTaken;
    if (seatNumber) store.refuse(seatNumber, detail);
    store.tell(detail, { action: alternative.length > 0 ? { label: `Take ${block} instead`, want: alternative } : null });
  }

  // Asks which seats the moviegoer has booked, here or elsewhere, and says so of those just lost.
  async learnMine(lost) {
    const answer = await ask(`${this.url}mine/`).catch(() => null);
    if (!answer) return setTimeout(() => this.learnMine(lost), ASK_AGAIN_MS);
    this.store.setMine(answer.mine);
    if (lost.length > 0) this.lost(lost);
  }

  lost(seatNumbers) {
    const { mine } = this.store;
    const booked = seatNumbers.filter((seatNumber) => mine.has(seatNumber));
    const others = seatNumbers.filter((seatNumber) => !mine.has(seatNumber));
    const sentences = [];
    if (others.length > 0) sentences.push(`${this.sentenceOf(others)} no longer held for you.`);
    if (booked.length > 0) sentences.push(`${this.sentenceOf(booked)} booked by you.`);
    this.store.tell(sentences.join(" "), { action: booked.length > 0 ? { label: "See my bookings", href: "/bookings/" } : null });
  }

  // The moviegoer's time for these seats is over.
  lapsed(seatNumbers) {
    this.offerAgain(`Your time for ${this.store.seats.block(seatNumbers)} ran out.`, seatNumbers);
  }

  offerAgain(sentence, seatNumbers) {
    this.store.tell(sentence, { action: { want: seatNumbers, orNearest: true } });
  }
}
