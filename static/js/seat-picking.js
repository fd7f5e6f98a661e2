// Turns pointers and keys on the seat map into choices.

import { seatInDirection } from "./grid-navigation.js";

const TOUCH_TIP_MS = 2_500;
const DOUBLE_TAP_MS = 400;

export class SeatPicking {
  // `take(seat)` takes a seat or gives it back; `giveBackAll()` asks first.
  constructor({ view, zoom, tip, seats, choice, take, giveBackAll }) {
    Object.assign(this, { view, zoom, tip, seats, choice, take, giveBackAll, zoomedAt: -DOUBLE_TAP_MS });
    const { root } = view;
    root.addEventListener("pointerdown", (event) => (this.pointerType = event.pointerType));
    root.addEventListener("click", (event) => this.onClick(event));
    root.addEventListener("keydown", (event) => this.onKeyDown(event));
    root.addEventListener("pointerover", (event) => event.pointerType === "mouse" && this.point(event.target));
    root.addEventListener("pointerleave", () => tip.hide());
    root.addEventListener("focusin", (event) => this.onFocus(event));
    root.addEventListener("focusout", () => this.onBlur());
  }

  onClick(event) {
    if (this.zoom.dragged || this.zoomsToRow(event)) return;
    const seat = this.view.seatAt(event.target);
    if (!seat) return;
    this.view.makeTabStop(seat.seat_number);
    this.take(seat);
  }

  // Where seats are too small for a finger a tap zooms to the row; the second tap of two must not take a seat there.
  zoomsToRow(tap) {
    if (this.pointerType !== "touch") return false;
    if (tap.timeStamp - this.zoomedAt < DOUBLE_TAP_MS) return true;
    if (!this.zoom.tooSmallToPick) return false;
    this.zoomedAt = tap.timeStamp;
    this.zoom.toRow(tap);
    return true;
  }

  onKeyDown(event) {
    const seat = this.view.seatAt(event.target);
    if (!seat || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = seatInDirection(this.seats.rows, seat, event.key);
    if (next) this.view.focus(next.seat_number);
    else if (event.key === "Enter" || event.key === " ") this.take(seat);
    else if (event.key === "Escape") this.giveBackAll();
    else return;
    event.preventDefault();
  }

  point(target) {
    const seat = this.view.seatAt(target);
    if (seat) this.describe(seat);
    else this.tip.hide();
  }

  onFocus(event) {
    const seat = this.view.seatAt(event.target);
    if (!seat || !event.target.matches(":focus-visible")) return;
    this.view.showFocus(seat);
    this.describe(seat);
  }

  onBlur() {
    this.view.showFocus(null);
    this.tip.hide();
  }

  // Says anew what the label beside a seat says, if that seat is one of these.
  redescribe(seatNumbers) {
    if (!this.tip.node.hidden && seatNumbers.includes(this.described.seat_number)) this.describe(this.described);
  }

  describe(seat, refusal = null) {
    this.described = seat;
    const box = this.view.nodeOf(seat.seat_number).getBoundingClientRect();
    const title = `${seat.label} · ${this.seats.kind(seat)} · ${this.seats.price(seat)}`;
    this.tip.show(box, title, refusal ?? this.hint(seat), refusal !== null);
    if (this.pointerType === "touch") setTimeout(() => this.tip.hide(), TOUCH_TIP_MS);
  }

  hint(seat) {
    if (this.choice.chosen.has(seat.seat_number)) return "Held for you. Press again to give it back.";
    return this.choice.refusal(seat.seat_number) ?? "Free. Press to hold it.";
  }
}
