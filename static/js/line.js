// Next in line: waits for seats that others hold, and gets one when it is the moviegoer's turn.
// Loaded when somebody wants to wait, or does.

import { clock } from "./choice.js";
import { post } from "./server.js";

const RETRY_MS = 1_000;

export class Line {
  constructor({ desk, url }) {
    Object.assign(this, { desk, url });
    // The turns heard of whose seats are not in the moviegoer's hold yet, and those she was told are.
    this.turns = new Map();
    this.told = new Map();
  }

  async join(seatNumber) {
    const { label } = this.desk.seats.get(seatNumber);
    const refusal = await this.refusalOf("", seatNumber);
    if (refusal) this.desk.tell(refusal);
    else this.tellWaiting(`You are told here when seat ${label} becomes free, and it is held for you.`, [seatNumber]);
  }

  tellWaiting(sentence, seatNumbers) {
    this.desk.tell(sentence, "Stop waiting", () => this.leave(seatNumbers));
  }

  async leave(seatNumbers) {
    for (const seatNumber of seatNumbers) {
      const refusal = await this.refusalOf("leave/", seatNumber);
      if (refusal) return this.desk.tell(refusal);
    }
    this.desk.tell(`You no longer wait for ${this.desk.seats.block(seatNumbers)}.`);
  }

  // Asks for a change of the line for this seat; resolves to why it was not made, or null.
  async refusalOf(path, seatNumber) {
    const unreached = { code: "unreached", detail: "The box office can’t be reached. Please try again." };
    const { code, detail } = await post(this.url + path, { seat: seatNumber }).catch((error) => ({ ...unreached, ...error }));
    return code ? detail : null;
  }

  // Says what is waited for, when there is nothing else to say.
  remind(seatNumbers) {
    const waiting = seatNumbers.filter((seatNumber) => !this.turns.has(seatNumber));
    if (this.desk.sentence || waiting.length === 0) return;
    this.tellWaiting(
      `You are in line for ${this.desk.seats.block(waiting)}: you are told here when it is your turn.`,
      waiting,
    );
  }

  // The socket tells of a turn when it comes, and again whenever it connects while the turn lasts.
  turn({ seat_number: seatNumber, until }) {
    if (this.told.get(seatNumber) !== until) this.turns.set(seatNumber, until);
    return this.ask();
  }

  // Lets the seats of all turns into the moviegoer's hold, where another tab has not done so already.
  async ask() {
    for (const [seatNumber, until] of this.turns) {
      const { hold, now } = this.desk.choice;
      if (until <= now()) this.turns.delete(seatNumber);
      else if (hold?.seats.includes(seatNumber)) this.tellHeld(seatNumber, hold);
      else await this.take(seatNumber);
    }
  }

  async take(seatNumber) {
    const { desk } = this;
    const { label } = desk.seats.get(seatNumber);
    let answer;
    try {
      await desk.holding.settle();
      answer = await post(`${this.url}turn/`, { seat: seatNumber });
    } catch (error) {
      setTimeout(() => this.ask(), error.retryAfter || RETRY_MS);
      return;
    }
    desk.setClock(answer);
    const { hold, my_turn: isMyTurn } = answer;
    if (!isMyTurn) {
      this.turns.delete(seatNumber);
    } else if (hold.seats.includes(seatNumber)) {
      desk.adopt(hold, seatNumber);
      this.tellHeld(seatNumber, hold);
    } else {
      const left = clock(this.turns.get(seatNumber) - desk.choice.now());
      desk.tell(`Seat ${label} is kept for you for ${left}. Book or give back your other seats to get it.`);
    }
  }

  tellHeld(seatNumber, hold) {
    const { desk } = this;
    const { label } = desk.seats.get(seatNumber);
    this.told.set(seatNumber, this.turns.get(seatNumber));
    this.turns.delete(seatNumber);
    const others = hold.seats.length > 1 ? ", with your other seats," : "";
    desk.tell(`Seat ${label} is held for you${others} for ${clock(hold.expires_at - desk.choice.now())}.`);
  }
}
