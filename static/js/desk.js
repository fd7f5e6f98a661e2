// Deals in seats: has them held, counts down their time, offers others, and leads to the booking.
// Loaded when somebody first comes near the seats, or has some.

import { HoldClock } from "./hold-clock.js";
import { Holding } from "./holding.js";
import { sentenceOf } from "./seats.js";
import { post } from "./server.js";

const NO_CONNECTION = "The box office can’t be reached.";
const TRYING_AGAIN = "Your last choice is not held yet; trying again…";
const numbersOf = (seats = []) => seats.map((seat) => seat.seat_number);

export class Desk {
  constructor(office) {
    const { choice, find, root, data } = office;
    Object.assign(this, { office, choice, find, seats: office.seats });
    this.holding = new Holding({
      choice,
      send: async (body) => {
        const answer = await post(`${root.dataset.showUrl}hold/`, body);
        return { ...answer, seats: numbersOf(answer.seats), offer: numbersOf(answer.offer) };
      },
      heard: (answer, wish) => this.heard(answer, wish),
      trouble: (error) => this.trouble(error),
    });
    this.clock = new HoldClock({ office, lapsed: (seatNumbers) => this.lapse(seatNumbers) });
    find("offer").addEventListener("click", () => this.act());
    if (data.waiting.length > 0) this.line().then((line) => line.remind(data.waiting));
    if (data.lapsed.length > 0) this.lapse(data.lapsed);
    else if (data.chosen.length > 0) this.offerSeats(`${this.sentenceOf(data.chosen)} not held for you.`, data.chosen);
  }

  sentenceOf(seatNumbers) {
    return `${sentenceOf(this.seats.labels(seatNumbers))} ${seatNumbers.length > 1 ? "are" : "is"}`;
  }

  // Lets the server follow the choice.
  settle() {
    this.tell("");
    return this.holding.settle();
  }

  // Wishes for these seats instead; `orNearest` takes those offered in their place, should some be gone.
  want(seatNumbers, { orNearest = false } = {}) {
    this.orNearest = orNearest;
    this.choice.want(seatNumbers);
    this.office.redrawChoice();
    this.settle();
  }

  async takeBest(count) {
    this.tell("");
    await this.holding.wantBest({ count, accessible: this.find("accessible")?.checked ?? false });
    if (!this.sentence) this.tell(`Held for you: ${this.seats.block(this.choice.seatNumbers)}.`);
  }

  heard(answer, wish) {
    this.setClock(answer);
    if (answer.code) this.refused(answer, wish);
    this.show();
    if (!this.choice.hold) this.lineOpen?.ask();
  }

  setClock({ server_time: serverTime }) {
    if (serverTime) this.office.offset = serverTime - Date.now();
  }

  // Shows what is held by now, here and in the other tabs.
  show() {
    this.office.redrawChoice();
    this.office.tabs.postMessage(this.choice.hold);
    this.clock.show();
  }

  trouble(error) {
    if (error) this.tell(`${error.detail ?? NO_CONNECTION} ${TRYING_AGAIN}`);
    else if (this.sentence?.endsWith(TRYING_AGAIN)) this.tell("");
  }

  refused({ detail, seats, offer }, wish) {
    if (this.orNearest && offer.length > 0) {
      this.orNearest = false;
      this.choice.want(offer);
      this.tell(`${detail} Held for you instead: ${this.seats.block(offer)}.`);
      return;
    }
    const seatNumber = seats.find((lost) => wish.includes(lost)) ?? this.office.lastTaken;
    if (seatNumber) {
      this.office.refuse(seatNumber, detail);
      this.office.picking.describe(this.seats.get(seatNumber), detail);
    }
    if (offer.length > 0) this.tell(detail, `Take ${this.seats.block(offer)} instead`, () => this.want(offer));
    else this.tell(detail);
  }

  // The lines for seats that others hold.
  line() {
    const options = { desk: this, url: `${this.office.root.dataset.showUrl}line/` };
    this.lineLoading ??= import("./line.js").then(({ Line }) => (this.lineOpen = new Line(options)));
    return this.lineLoading;
  }

  offerLine(seatNumber, sentence) {
    const [label] = this.seats.labels([seatNumber]);
    const join = () => this.line().then((line) => line.join(seatNumber));
    this.tell(`Seat ${label}: ${sentence}`, "Tell me if it frees", join);
  }

  // It is the moviegoer's turn for a seat.
  turn(frame) {
    return this.line().then((line) => line.turn(frame));
  }

  // Takes over a hold in which there is a seat that came without a wish.
  adopt(hold, seatNumber) {
    this.choice.confirm(hold);
    this.choice.chosen.add(seatNumber);
    this.show();
  }

  // The map changed in these seats, and shows that some are no longer held for the moviegoer.
  changed(seatNumbers, lost) {
    if (lost.length > 0) this.lost(lost);
    this.refresh?.();
  }

  lost(seatNumbers) {
    this.tell(`${this.sentenceOf(seatNumbers)} no longer held for you.`);
  }

  // The moviegoer's time for these seats is over.
  lapse(seatNumbers) {
    this.choice.follow(null);
    this.office.redrawChoice();
    this.offerSeats(`Your time for ${this.seats.block(seatNumbers)} ran out.`, seatNumbers);
  }

  // Offers to hold these seats, or where some are gone those nearest to them.
  offerSeats(sentence, seatNumbers) {
    const free = seatNumbers.every((seatNumber) => this.choice.appearance(seatNumber) === "free");
    const label = free ? `Hold ${this.seats.block(seatNumbers)} again` : "Hold the nearest free seats";
    this.tell(sentence, label, () => this.want(seatNumbers, { orNearest: true }));
    this.refresh = () => this.offerSeats(sentence, seatNumbers);
  }

  // Says something beside the seats chosen, with a button if there is something to do.
  tell(sentence, label = "", act = null) {
    if (sentence && sentence !== this.sentence) this.office.announcer.say(sentence);
    Object.assign(this, { sentence, act, refresh: null });
    this.find("notice").hidden = sentence === "";
    this.find("notice-text").textContent = sentence;
    this.find("offer").textContent = label;
    this.find("offer").hidden = act === null;
  }

  async review() {
    const { office, choice, seats } = this;
    const { Review } = await import("./review.js");
    await this.holding.settle();
    this.lastLook ??= new Review({ root: office.root, seats, choice });
    if (choice.hold) this.lastLook.open();
  }
}
