// What a page knows of one show: its map, the seats held and wanted, the offers, and what to say. Pure: no DOM, no network.

import { appearanceOf, applyFrame, countsOf, reasonOf } from "./seat-states.js";
import { Seats } from "./seats.js";
import { withChanged } from "./terms.js";

const RINGS_EVERY_S = 5;
const NAMES_WHAT_IS_LOST = ["seat_taken", "show_full"];

/** @typedef {{ seats: number[], expires_at: number, version: number, types?: Record<number, string> }} Hold */
/** @typedef {{ label?: string, want?: number[], orNearest?: boolean, join?: number, leave?: number[], href?: string }} Action */
/**
 * What listeners are told, of which each event has some. `seats` look different, and the server `changed` some of them. Seats
 * are `lost`, and `isUnsure` says that only the server knows whose they are. The server is to hold what is `selected`, or was
 * `heard` of what it holds, maybe in an `answer` to a `selection`. The show `was` another one, so that its `facts` are new.
 * @typedef {{ seats?: Iterable<number>, changed?: number[], named?: number[], lost?: number[], isUnsure?: boolean,
 *   selected?: boolean, heard?: boolean, answer?: any, selection?: number[], lapsed?: number[], was?: any, facts?: boolean,
 *   refused?: { seatNumber: number, reason: string }, over?: boolean, offers?: boolean, notice?: boolean, tick?: boolean,
 *   freshness?: boolean, isBack?: boolean, viewers?: number }} StoreEvent
 */

export class Store {
  /** @type {Set<(event: StoreEvent) => void>} */
  #listeners = new Set();
  /** @type {Record<string, number> | null} */ #counts = null;
  #drawn = [];
  #ticks = 0;
  /** By seat, the type of ticket that is not an adult's. @type {Record<number, string>} */ types = {};

  // `page` is what booking/pages/seat_map.py gives, `now()` the server's clock in milliseconds.
  constructor(page, { now }) {
    this.now = now;
    this.page = page;
    this.show = page.show;
    this.bookable = page.show.bookable;
    this.seats = new Seats(page);
    this.version = page.version;
    this.digest = page.digest;
    this.letters = [...page.states];
    // Until when each held seat is held.
    /** @type {Map<number, number>} */
    this.heldUntil = new Map(page.held);
    this.mine = new Set(page.mine);
    this.waiting = new Set(page.waiting);
    // Seats offered to the moviegoer that are not in the hold yet, and until when.
    this.offers = new Map();
    this.lastTaken = null;
    this.orNearest = false;
    /** @type {{ sentence: string, action: Action | null, quiet: boolean, isTrying: boolean }} */
    this.notice = { sentence: "", action: null, quiet: false, isTrying: false };
    this.link = "catching-up";
    this.isUnreached = false;
    this.freshAt = now();
    // The ends of holds that were the moviegoer's own.
    this.ownTimes = new Set();
    /** @type {Hold | null} */
    this.hold = null;
    /** @type {Set<number>} */
    this.wanted = new Set();
    this.follow(page.hold);
  }

  /** Returns what ends the subscription. @param {(event: StoreEvent) => void} listener */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param {StoreEvent} event */
  #emit(event) {
    if (event.seats) this.#counts = null;
    for (const listener of this.#listeners) listener(event);
  }

  /** Emits an event in which the seats wanted, or some `others`, look different. @param {StoreEvent} event */
  #redraw(event, others = []) {
    const seats = new Set([...others, ...this.#drawn, ...this.wanted]);
    this.#drawn = [...this.wanted];
    this.#emit({ ...event, seats });
  }

  get #all() {
    return this.letters.map((_, index) => index + 1);
  }

  // The seats wanted, in order.
  get selection() {
    return [...this.wanted].sort((one, other) => one - other);
  }

  // Whether the server holds just what is wanted.
  get isSettled() {
    const { seats = [], types } = this.hold ?? {};
    return seats.length === this.wanted.size && seats.every((seat) => this.wanted.has(seat) && types?.[seat] === this.types[seat]);
  }

  // How the moviegoer sees a seat, why it can't be had, or null, whether it is held for them, and for how long for somebody.
  appearance = (seatNumber) => appearanceOf(this, seatNumber);
  reason = (seatNumber) => reasonOf(this, seatNumber);
  isHeld = (seatNumber) => this.hold?.seats.includes(seatNumber) ?? false;
  timeLeft = (seatNumber) => (this.heldUntil.get(seatNumber) ?? Infinity) - this.now();

  // How many seats there are of each appearance, as of the last event.
  get counts() {
    return (this.#counts ??= countsOf(this));
  }

  // Takes the seat or gives it back; returns why that can't be, or null.
  take(seatNumber) {
    const reason = this.wanted.has(seatNumber) ? null : this.reason(seatNumber);
    if (reason) {
      this.refuse(seatNumber, reason);
      const canWait = this.page.signed_in && this.appearance(seatNumber) === "held";
      const sentence = `Seat ${this.seats.get(seatNumber).label}: ${reason}`;
      if (canWait) this.tell(sentence, { action: { label: "Join the waitlist", join: seatNumber } });
      return reason;
    }
    this.lastTaken = seatNumber;
    this.orNearest = false;
    if (!this.wanted.delete(seatNumber)) this.wanted.add(seatNumber);
    this.#select();
    return null;
  }

  // Wants these seats instead; `orNearest` takes those that could be had in their place, should some be gone.
  want(seatNumbers, { orNearest = false } = {}) {
    this.orNearest = orNearest;
    this.wanted = new Set(seatNumbers);
    this.#select();
  }

  #select() {
    this.clear();
    this.#redraw({ selected: true });
  }

  refuse(seatNumber, reason) {
    this.#emit({ refused: { seatNumber, reason } });
  }

  /** Wants just what is held, as another tab of this browser says. @param {Hold | null} hold */
  follow(hold) {
    this.#confirm(hold);
    this.wanted = new Set(hold?.seats);
    this.types = { ...hold?.types };
    this.#redraw({});
  }

  /** Takes over a hold in which there is a seat that came without being selected. @param {Hold} hold */
  adopt(hold, seatNumber) {
    this.#confirm(hold);
    this.wanted.add(seatNumber);
    this.#redraw({ heard: true });
  }

  // Takes the server's word on a selection. Of a refused one goes what is lost, or else what was new in it.
  answered(selection, answer, { isBest = false } = {}) {
    this.#confirm(answer.hold);
    const held = answer.hold?.seats ?? [];
    if (answer.code) this.#giveUp(selection, held, answer);
    else if (isBest) this.wanted = new Set(held);
    const facts = answer.code === "terms_changed";
    if (facts) this.#setShow(withChanged(this.show, answer));
    this.#redraw({ heard: true, answer, selection, facts }, facts ? this.#all : []);
  }

  #giveUp(selection, held, { code, seats = [] }) {
    const lost = NAMES_WHAT_IS_LOST.includes(code)
      ? seats.filter((seatNumber) => this.wanted.has(seatNumber))
      : selection.filter((seatNumber) => !held.includes(seatNumber));
    for (const seatNumber of lost) this.wanted.delete(seatNumber);
    if (lost.length === 0) this.wanted = new Set(held);
    this.types = { ...this.hold?.types };
  }

  #confirm(hold) {
    this.hold = hold;
    if (hold) this.ownTimes.add(hold.expires_at);
  }

  // The server's word on which seats the moviegoer has booked.
  setMine(seatNumbers) {
    const seats = [...this.mine, ...seatNumbers];
    this.mine = new Set(seatNumbers);
    this.#emit({ seats });
  }

  // Applies a frame, and tells whether frames before it are missing.
  apply(frame) {
    if (frame.type === "viewers") this.#emit({ viewers: frame.count });
    if (frame.type === "offer") this.offer(frame.seat_number, frame.until);
    const { gap, changed, named, show } = applyFrame(this, frame);
    // A whole map from before the hold may be of a history without it: then the server is asked for its seats again.
    if (frame.type === "snapshot" && this.hold && this.version < this.hold.version) {
      this.hold = null;
      this.#redraw({ selected: true });
    }
    if (named.length > 0) this.#redraw({ changed, named, ...this.#reconcile(named) }, changed);
    if (show && show.terms !== this.show.terms) this.changeShow(show);
    return { gap };
  }

  // Drops seats that the map, in a version with the hold in it, shows as no longer held, and returns them as `lost`;
  // forgets bookings given back. `isUnsure` tells whether only the server knows whose some seats are by now: those lost
  // that are booked, and the moviegoer's own that a frame has `named`: others may have booked them in between.
  #reconcile(named) {
    const isBooked = (seatNumber) => this.letters[seatNumber - 1] === this.page.state_letters.booked;
    const own = named.filter((seatNumber) => this.mine.has(seatNumber));
    for (const seatNumber of own) if (!isBooked(seatNumber)) this.mine.delete(seatNumber);
    const lost = this.#dropLost();
    return { lost, isUnsure: [...lost, ...own].some(isBooked) };
  }

  #dropLost() {
    if (!this.hold || this.version < this.hold.version) return [];
    const lost = this.hold.seats.filter((seatNumber) => this.letters[seatNumber - 1] !== this.page.state_letters.held);
    const seats = this.hold.seats.filter((seatNumber) => !lost.includes(seatNumber));
    this.hold = seats.length > 0 ? { ...this.hold, seats } : null;
    return lost.filter((seatNumber) => this.wanted.delete(seatNumber));
  }

  // The show itself has changed.
  changeShow(show) {
    const was = this.show;
    this.#setShow(show);
    if (show.cancelled) return this.#end();
    this.#emit({ seats: this.#all, facts: true, was });
  }

  #setShow(show) {
    this.show = { id: this.show.id, ...show };
    this.seats.show = this.show;
  }

  // The socket tells of an offer when it comes, and again whenever it connects while the offer lasts.
  offer(seatNumber, until) {
    this.offers.set(seatNumber, until);
    this.#emit({ offers: true });
  }

  // Why its seats can't be had any more.
  get end() {
    return `This show ${this.show.cancelled ? "is called off" : "has started"}`;
  }

  // Called each second: the time of the hold may be over, and the show start.
  tick() {
    this.#ticks += 1;
    if (this.bookable && this.show.starts_at <= this.now()) this.#end();
    if (this.hold && this.hold.expires_at <= this.now()) this.#lapse();
    // The time of a hold by somebody else may be over, which no frame has told yet.
    const rings = this.#ticks % RINGS_EVERY_S === 0 && this.heldUntil.size > 0;
    this.#emit({ tick: true, ...(rings && { seats: [...this.heldUntil.keys()] }) });
  }

  #lapse() {
    const lapsed = this.hold?.seats;
    this.hold = null;
    this.wanted.clear();
    this.#redraw({ lapsed });
  }

  #end() {
    this.bookable = false;
    this.hold = null;
    this.wanted.clear();
    this.tell(this.show.cancelled ? `${this.end}.` : "");
    this.#redraw({ over: true }, this.#all);
  }

  // Says something beside the seats selected, with a button if there is something to do.
  /** @param {string} sentence @param {{ action?: Action | null, quiet?: boolean, isTrying?: boolean }} how */
  tell(sentence, { action = null, quiet = false, isTrying = false } = {}) {
    this.notice = { sentence, action, quiet, isTrying };
    this.#emit({ notice: true });
  }

  // Has nothing more to say, but for what is being tried.
  clear() {
    if (!this.notice.isTrying) this.tell("");
  }

  // Notes how the `link` is that keeps the map up to date, or that a selection does not get through.
  /** @param {{ link?: string, isUnreached?: boolean }} word */
  connection(word) {
    const isBack = word.link === "live" && !this.isLive;
    if (word.link === "live") this.freshAt = this.now();
    Object.assign(this, word);
    this.#emit({ freshness: true, isBack });
  }

  get isLive() {
    return this.link === "live";
  }

  // "Live" is said only while all is well.
  get freshness() {
    return this.isUnreached && this.isLive ? "unreached" : this.link;
  }
}
