// Shows the door: one colour, one word and one sound for each ticket, who is in, and what is not sent yet.

import { svg } from "./seat-shapes.js";

const METHODS = ["cash", "card"];
const WORDS = { cash: "Cash", card: "Card" };
const TONES = { yes: [880, 0.15], no: [220, 0.5], unknown: [330, 0.3], ask: [660, 0.1] };

// Sounds need a tap first; a browser without them only looks.
export class DoorSound {
  start() {
    try {
      this.context ??= new AudioContext();
      this.context.resume();
    } catch {
      this.context = null;
    }
  }

  play(tone) {
    const [pitch, seconds] = TONES[tone];
    navigator.vibrate?.(tone === "yes" ? 80 : [120, 80, 120]);
    if (!this.context) return;
    const sound = new OscillatorNode(this.context, { frequency: pitch });
    sound.connect(this.context.destination);
    sound.start();
    sound.stop(this.context.currentTime + seconds);
  }
}

export class DoorAnswer {
  constructor(find, sound, { undo, pay, money }) {
    this.find = find;
    this.sound = sound;
    this.money = money;
    find("answer-close").addEventListener("click", () => this.close());
    find("answer-undo").addEventListener("click", () => undo(this.shown));
    for (const method of METHODS) this.#payment(method)?.addEventListener("click", () => pay(this.shown, method));
  }

  show(shown) {
    this.shown = shown;
    const { tone, word, detail, admission, key, due } = shown;
    this.find("answer").dataset.tone = tone;
    this.find("answer").hidden = false;
    this.find("answer-word").textContent = word;
    this.find("answer-detail").textContent = due && !this.#payment(METHODS[0]) ? `${detail} The till takes it.` : detail;
    this.find("answer-undo").hidden = !(admission || (key && tone === "yes"));
    for (const method of METHODS) {
      const button = this.#payment(method);
      if (!button) continue;
      button.hidden = !due;
      button.textContent = due && `${WORDS[method]} ${this.money(due)}`;
    }
    this.sound.play(tone);
    this.find("answer-close").focus();
  }

  // Returns the button that takes the money, which is there for those who may.
  #payment(method) {
    return this.find(`pay-${method}`);
  }

  close() {
    this.find("answer").hidden = true;
    this.find("text").focus({ preventScroll: true });
  }
}

// Draws who is in: a seat is not sold, expected, or in.
export class DoorMap {
  constructor(map, { seats, width, height }) {
    map.setAttribute("viewBox", `-0.5 -0.5 ${width} ${height}`);
    this.seats = new Map();
    for (const [number, x, y, label] of seats) {
      const place = { x: x - 0.4, y: y - 0.4, width: 0.8, height: 0.8, rx: 0.2 };
      const seat = svg("rect", place, [svg("title", {}, [label])]);
      this.seats.set(number, map.appendChild(seat));
    }
  }

  draw(tickets) {
    const sold = new Map(tickets.map(({ seat_number, admission }) => [seat_number, admission ? "in" : "expected"]));
    for (const [number, seat] of this.seats) {
      const state = sold.get(number) ?? "free";
      if (seat.dataset.state !== state) seat.dataset.state = state;
    }
  }
}

// Says how many are in, whether the list is live, and what waits.
export function drawState(find, store) {
  const { inside, sold } = store.counts();
  const { list, troubles } = store.kept;
  find("counts").textContent = list ? `${inside} of ${sold} in` : "No list yet";
  find("state").dataset.online = String(store.isOnline);
  find("state").textContent = store.isOnline ? "Live" : offline(store);
  find("unsent").hidden = store.unsent === 0;
  find("unsent").textContent = `${store.unsent} not sent yet`;
  find("troubles").hidden = troubles.length === 0;
  find("trouble-list").replaceChildren(...troubles.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })));
}

function offline({ isSignedOut, kept, clock }) {
  if (isSignedOut) return "Not signed in: sign in again";
  return kept.list ? `Offline, list of ${clock(kept.list.at)}` : "Offline";
}
