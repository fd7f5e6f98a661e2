// Runs down the time of a hold.

import { clock } from "./seats.js";

const WARN_AT_S = [120, 30];

export function countDown(node, store, say) {
  function draw() {
    const { hold } = store;
    node.hidden = !hold;
    if (!hold) return;
    const left = hold.expires_at - store.now();
    const seconds = Math.ceil(left / 1_000);
    node.lastElementChild.textContent = clock(left);
    node.classList.toggle("is-short", seconds <= WARN_AT_S[0]);
    if (WARN_AT_S.includes(seconds)) say(`Your seats are held for ${seconds} more seconds.`);
  }

  store.subscribe(({ seats, tick }) => (seats || tick) && draw());
}
