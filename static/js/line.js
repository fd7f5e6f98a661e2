// Next in line: waits for seats that others hold, and tells when one is held for the moviegoer.
// Loaded when somebody wants to wait, or does.

import { clock } from "./choice.js";
import { post } from "./server.js";

export class Line {
  constructor({ desk, url, waiting }) {
    Object.assign(this, { desk, url });
    this.waiting = new Set(waiting);
    this.changed(waiting);
  }

  async join(seatNumber) {
    const { label } = this.desk.seats.get(seatNumber);
    const { code, detail } = await post(this.url, { seat: seatNumber });
    if (!code || code === "already_in_line") this.waiting.add(seatNumber);
    this.desk.tell(code ? detail : `You are told here when seat ${label} becomes free, and it is held for you.`);
  }

  // Asks of seats waited for that are held anew whether they are held for the moviegoer.
  changed(seatNumbers) {
    for (const seatNumber of seatNumbers) {
      if (this.waiting.has(seatNumber) && this.desk.choice.timeLeft(seatNumber) > 0) this.ask(seatNumber);
    }
  }

  async ask(seatNumber) {
    const { desk } = this;
    const { hold, my_turn: isMyTurn } = await post(`${this.url}turn/`, { seat: seatNumber });
    if (!isMyTurn) return;
    this.waiting.delete(seatNumber);
    const { label } = desk.seats.get(seatNumber);
    if (!hold.seats.includes(seatNumber)) {
      desk.tell(`Seat ${label} is kept for you for 90 seconds. Book or give back your other seats, then reload.`);
      return;
    }
    desk.adopt(hold);
    desk.tell(`Seat ${label} is held for you for ${clock(hold.expires_at - desk.choice.now())}.`);
  }
}
