// The map of the stage: choosing the seat that is raced for.

import { SeatPicking } from "./seat-picking.js";

const NO_DIALOG = { addEventListener() {}, showModal() {} };

// A seat that is chosen here is a goal, not a hold: the store wants it, and nothing asks the server for it.
export class GoalPicking extends SeatPicking {
  constructor(view, zoom, tip) {
    super(view, zoom, tip, NO_DIALOG);
  }

  take(seat) {
    const { store } = this;
    const reason = store.wanted.has(seat.seat_number) ? null : store.reason(seat.seat_number);
    if (reason) store.refuse(seat.seat_number, reason);
    else store.want([seat.seat_number]);
  }

  hint(seat) {
    const { store } = this;
    if (store.wanted.has(seat.seat_number)) return "The race is for this seat.";
    return store.reason(seat.seat_number) ?? "Free. Press to race for it.";
  }
}

// The free seat nearest to the middle of the hall, or null.
export function middleSeat(store) {
  const seats = store.seats.all;
  const middle = (axis) => (Math.max(...seats.map((seat) => seat[axis])) + Math.min(...seats.map((seat) => seat[axis]))) / 2;
  const [x, y] = [middle("x"), middle("y")];
  const distance = (seat) => Math.hypot(seat.x - x, seat.y - y);
  const free = seats.filter(({ seat_number: number }) => store.letters[number - 1] === store.page.state_letters.available);
  return free.sort((one, other) => distance(one) - distance(other))[0]?.seat_number ?? null;
}
