// Turns pointers and keys on the seat map into seats taken and given back, and says what is under them.

const TOUCH_TIP_MS = 2_500;
const DOUBLE_TAP_MS = 400;

export class SeatPicking {
  constructor(view, zoom, tip, dialog) {
    const { root, store } = view;
    this.view = view;
    this.zoom = zoom;
    this.tip = tip;
    this.store = store;
    this.dialog = dialog;
    this.zoomedAt = -DOUBLE_TAP_MS;
    this.pointerType = "";
    root.addEventListener("pointerdown", (event) => (this.pointerType = event.pointerType));
    root.addEventListener("click", (event) => this.onClick(event));
    root.addEventListener("keydown", (event) => this.onKeyDown(event));
    root.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.point(view.seatAt(event)));
    root.addEventListener("pointerleave", () => this.point(null));
    // On the drawing itself these would make it a stop of the Tab key, and one without a name.
    zoom.frame.addEventListener("focusin", (event) => this.onFocus(event));
    zoom.frame.addEventListener("focusout", () => this.onBlur());
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "all") store.want([]);
      dialog.returnValue = "";
    });
    store.subscribe(({ seats, refused }) => {
      if (seats) this.redescribe();
      if (refused) this.describe(store.seats.get(refused.seatNumber), refused.reason);
    });
  }

  onClick(event) {
    if (this.zoom.dragged || this.zoomsToRow(event)) return;
    const seat = this.view.seatAt(event);
    // The second click of two on a seat would give back at once what the first one took.
    if (!seat || (event.detail > 1 && seat === this.clicked)) return;
    this.clicked = seat;
    this.view.focus(seat.seat_number, { preventScroll: true });
    this.take(seat);
  }

  take(seat) {
    if (!this.store.take(seat.seat_number)) this.describe(seat);
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
    const seat = this.view.seatAt(event);
    if (!seat || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = this.store.seats.inDirection(seat, event.key);
    if (next) this.view.focus(next.seat_number);
    else if (event.key === "Enter" || event.key === " ") event.repeat || this.take(seat);
    else if (event.key === "Escape") event.repeat || this.store.wanted.size === 0 || this.dialog.showModal();
    else return;
    event.preventDefault();
  }

  point(seat) {
    if (seat === this.view.pointed) return;
    this.view.point(seat);
    if (seat) this.describe(seat);
    else this.tip.hide();
  }

  onFocus(event) {
    const seat = this.view.seatAt(event);
    if (!seat || !event.target.matches(":focus-visible")) return;
    this.view.showFocus(seat);
    this.describe(seat);
  }

  onBlur() {
    this.view.showFocus(null);
    this.tip.hide();
  }

  // Says anew what the label beside a seat says, unless that is why it was refused.
  redescribe() {
    if (!this.tip.node.hidden && !this.tip.isRefusal) this.describe(this.described);
  }

  describe(seat, refusal = null) {
    this.described = seat;
    const box = this.view.boxOf(seat);
    const title = `${seat.label} · ${this.store.seats.kind(seat)} · ${this.store.seats.price(seat)}`;
    this.tip.show(box, title, refusal ?? this.hint(seat), refusal !== null);
    if (this.pointerType === "touch") setTimeout(() => this.tip.hide(), TOUCH_TIP_MS);
  }

  hint(seat) {
    const appearance = this.store.appearance(seat.seat_number);
    if (appearance === "chosen") return "Held for you. Press again to give it back.";
    if (appearance === "choosing") return "Not held yet: the box office has not answered.";
    const free = this.store.isLive ? "Free. Press to hold it." : "Free when last heard of. Press to try for it.";
    return this.store.reason(seat.seat_number) ?? free;
  }
}

// The small label beside a seat: what it is, what it costs, and why it can't be had.
export class SeatTip {
  constructor(node, frame) {
    this.node = node;
    this.isRefusal = false;
    frame.addEventListener("scroll", () => this.hide());
  }

  show(box, title, text, refused = false) {
    const [heading, line] = this.node.children;
    heading.textContent = title;
    line.textContent = text;
    this.isRefusal = refused;
    this.node.classList.toggle("is-refusal", refused);
    this.node.hidden = false;
    this.place(box);
  }

  hide() {
    this.node.hidden = true;
  }

  place(box) {
    const panel = this.node.offsetParent.getBoundingClientRect();
    const half = this.node.offsetWidth / 2;
    const left = box.left + box.width / 2 - panel.left;
    const above = box.top - panel.top - this.node.offsetHeight - 8;
    this.node.style.left = `${Math.min(Math.max(left, half + 4), panel.width - half - 4)}px`;
    this.node.style.top = `${above > 0 ? above : box.bottom - panel.top + 8}px`;
  }
}
