// Waits for seats that others hold, and takes those that are offered into the moviegoer's hold.

import { clock } from "./seats.js";
import { post } from "./server.js";

const RETRY_MS = 1_000;

export class Waitlist {
  constructor(store, holding, url) {
    this.store = store;
    this.holding = holding;
    this.url = url;
    // Until when the offers last of whose seats the moviegoer was told that they are held.
    this.told = new Map();
    store.subscribe(({ offers, heard, lapsed }) => (offers || ((heard || lapsed) && !store.hold)) && this.takeOffers());
  }

  async join(seatNumber) {
    const refusal = await this.refusalOf("", seatNumber);
    if (refusal) return this.store.tell(refusal);
    this.store.waiting.add(seatNumber);
    this.tellWaiting(`You are told here when seat ${this.store.seats.block([seatNumber])} becomes free, and it is held for you.`, [seatNumber]);
  }

  tellWaiting(sentence, seatNumbers) {
    this.store.tell(sentence, { action: { label: "Stop waiting", leave: seatNumbers } });
  }

  async leave(seatNumbers) {
    for (const seatNumber of seatNumbers) {
      const refusal = await this.refusalOf("leave/", seatNumber);
      if (refusal) return this.store.tell(refusal);
      this.store.waiting.delete(seatNumber);
    }
    this.store.tell(`You no longer wait for ${this.store.seats.block(seatNumbers)}.`);
  }

  // Asks for a change of the waitlist for this seat; resolves to why it was not made, or null.
  async refusalOf(path, seatNumber) {
    const unreached = { code: "unreached", detail: "The box office can’t be reached. Please try again." };
    const { code, detail } = await post(this.url + path, { seat: seatNumber }).catch((error) => ({ ...unreached, ...error }));
    return code ? detail : null;
  }

  // Says what is waited for, when there is nothing else to say.
  remind(seatNumbers) {
    const waiting = seatNumbers.filter((seatNumber) => !this.store.offers.has(seatNumber));
    if (this.store.notice.sentence || waiting.length === 0) return;
    this.tellWaiting(
      `You are on the waitlist for ${this.store.seats.block(waiting)}: you are told here when one is offered to you.`,
      waiting,
    );
  }

  // Takes the seats of all offers into the moviegoer's hold, where another tab has not done so already.
  async takeOffers() {
    const { offers, now } = this.store;
    for (const [seatNumber, until] of offers) {
      if (until <= now() || this.told.get(seatNumber) === until) offers.delete(seatNumber);
      else if (this.store.isHeld(seatNumber)) this.tellHeld(seatNumber);
      else await this.take(seatNumber);
    }
  }

  async take(seatNumber) {
    const { store } = this;
    await this.holding.settle();
    const answer = await post(`${this.url}offer/`, { seat: seatNumber }).catch((error) => ({ error }));
    if (answer.error) return setTimeout(() => this.takeOffers(), answer.error.retryAfter || RETRY_MS);
    const { hold, is_offered: isOffered } = answer;
    if (!isOffered) {
      store.offers.delete(seatNumber);
    } else if (hold.seats.includes(seatNumber)) {
      store.adopt(hold, seatNumber);
      this.tellHeld(seatNumber);
    } else {
      const left = clock(store.offers.get(seatNumber) - store.now());
      store.tell(`Seat ${store.seats.block([seatNumber])} is kept for you for ${left}. Book or give back your other seats to get it.`);
    }
  }

  tellHeld(seatNumber) {
    const { hold, offers, seats, now } = this.store;
    this.told.set(seatNumber, offers.get(seatNumber));
    offers.delete(seatNumber);
    const others = hold.seats.length > 1 ? ", with your other seats," : "";
    this.store.tell(`Seat ${seats.block([seatNumber])} is held for you${others} for ${clock(hold.expires_at - now())}.`);
  }
}
