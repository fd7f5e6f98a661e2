// Runs down the time of holds, on the server's clock.

import { clock } from "./choice.js";

const RINGS_EVERY_S = 5;
const WARN_AT_S = [120, 30];

export class HoldClock {
  // `lapsed(seatNumbers)` is told when the moviegoer's own hold is over.
  constructor({ office, lapsed }) {
    const { find, choice, state, view, announcer } = office;
    Object.assign(this, { node: find("countdown"), choice, state, view, announcer, lapsed });
    this.seconds = 0;
    setInterval(() => this.tick(), 1_000);
    this.show();
  }

  tick() {
    this.seconds += 1;
    if (this.seconds % RINGS_EVERY_S === 0) {
      for (const seatNumber of this.state.heldUntil.keys()) this.view.update(seatNumber);
    }
    this.show();
  }

  show() {
    const { hold, now } = this.choice;
    this.node.hidden = !hold;
    if (!hold) return;
    const left = hold.expires_at - now();
    if (left <= 0) return this.lapsed(hold.seats);
    const seconds = Math.ceil(left / 1_000);
    this.node.lastElementChild.textContent = clock(left);
    this.node.classList.toggle("is-short", seconds <= WARN_AT_S[0]);
    if (WARN_AT_S.includes(seconds)) this.announcer.say(`Your seats are held for ${seconds} more seconds.`);
  }
}
