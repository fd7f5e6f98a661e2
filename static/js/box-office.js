// One show's box office: its live map, the list, the seats held, and the way to a booking.

import { Announcer } from "./announcer.js";
import { Choice } from "./choice.js";
import { FreshnessBadge } from "./freshness.js";
import { HoldClock } from "./hold-clock.js";
import { Holding } from "./holding.js";
import { LiveShow } from "./live.js";
import { AVAILABLE, SeatMapState } from "./seat-map-state.js";
import { SeatMapView } from "./seat-map-view.js";
import { SeatMapZoom } from "./seat-map-zoom.js";
import { SeatPicking } from "./seat-picking.js";
import { SeatTip } from "./seat-tip.js";
import { Seats, sentenceOf } from "./seats.js";
import { csrfToken, post } from "./server.js";
import { Summary } from "./summary.js";

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const NO_CONNECTION = "The box office can’t be reached. Your last choice is not held yet; trying again…";

export class BoxOffice {
  // `data` is what the page came with; `seatsLeft(count)` is told how many seats are free, now and from now on.
  constructor({ root, data, seatsLeft = () => {} }) {
    Object.assign(this, { root, data, seatsLeft });
    this.offset = data.server_time - Date.now();
    this.serverNow = () => Date.now() + this.offset;
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.state = new SeatMapState(data);
    this.seats = new Seats(data);
    this.choice = new Choice({
      state: this.state,
      mine: data.mine,
      hold: data.hold,
      maxSeats: data.max_seats,
      bookable: data.show.bookable,
      now: this.serverNow,
    });
    this.announcer = new Announcer(this.find("announcer"));
    this.buildMap();
    this.buildSummary();
    this.buildHolding();
    this.endWhenTheShowStarts();
    this.showCounts();
    this.follow();
    this.welcome();
  }

  buildMap() {
    const { seats, choice } = this;
    const frame = this.find("map-frame");
    const view = new SeatMapView({ root: this.find("seat-map"), layout: this.data.layout, seats, choice });
    const zoom = new SeatMapZoom({ frame, root: view.root, cellsAcross: view.cellsAcross });
    const tip = new SeatTip({ node: this.find("tip"), frame });
    const take = (seat) => this.picking.describe(seat, this.take(seat.seat_number));
    const giveBackAll = () => choice.chosen.size && this.find("give-back-dialog").showModal();
    this.view = view;
    this.picking = new SeatPicking({ view, zoom, tip, seats, choice, take, giveBackAll });
    for (const button of this.root.querySelectorAll("[data-zoom-by]")) {
      button.addEventListener("click", () => zoom.to(zoom.scale * button.dataset.zoomBy));
    }
  }

  buildSummary() {
    const { root, seats, choice } = this;
    const take = (seatNumber) => this.take(seatNumber);
    const list = this.find("seat-list");
    list.addEventListener("toggle", async () => {
      const { SeatList } = await import("./seat-list.js");
      this.list ??= new SeatList({ node: list, seats, choice, toggle: take });
    });
    this.summary = new Summary({ root, seats, choice, give: take });
    this.summary.update();
    this.find("continue").addEventListener("click", () => this.proceed());
    this.find("offer").addEventListener("click", () => this.act());
    const giveBack = this.find("give-back-dialog");
    giveBack.addEventListener("close", () => {
      if (giveBack.returnValue === "all") this.want([]);
      giveBack.returnValue = "";
      this.view.focus(this.view.tabStop);
    });
    // Signing in or out in another tab makes the page's own tokens stale.
    addEventListener("submit", ({ target: { elements } }) => {
      if (elements.csrfmiddlewaretoken) elements.csrfmiddlewaretoken.value = csrfToken();
    });
    // A second click would book the seats a second time, and be refused.
    this.find("book-form").addEventListener("submit", (event) => {
      event.submitter.disabled = true;
      event.submitter.textContent = "Booking…";
    });
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  buildHolding() {
    const { choice, state, view, root } = this;
    this.holding = new Holding({
      choice,
      send: (body) => post(`${root.dataset.showUrl}hold/`, body),
      heard: (answer, wish) => this.heard(answer, wish),
      trouble: (is) => (is ? this.tell(NO_CONNECTION) : this.notice === NO_CONNECTION && this.tell("")),
    });
    const say = (sentence) => this.announcer.say(sentence);
    this.clock = new HoldClock({ node: this.find("countdown"), choice, state, view, say, lapsed: (seats) => this.lapse(seats) });
    for (const button of root.querySelectorAll("[data-best]")) {
      button.addEventListener("click", () => this.takeBest(Number(button.dataset.best)));
    }
    // The other tabs of this browser have the same hold.
    this.tabs = new BroadcastChannel(`hold-${this.data.show.id}`);
    this.tabs.onmessage = ({ data }) => {
      choice.follow(data);
      this.redrawChoice();
    };
  }

  welcome() {
    const { data, root } = this;
    const { showUrl } = root.dataset;
    const toReview = location.hash === "#review";
    const path = location.pathname.startsWith(showUrl) ? showUrl : location.pathname;
    history.replaceState(null, "", path + (toReview ? "" : location.hash));
    if (data.lapsed.length > 0) this.lapse(data.lapsed);
    else if (data.chosen.length > 0) this.offerSeats("Nothing is held for you yet.", data.chosen);
    if (toReview && data.hold) this.proceed();
  }

  async proceed() {
    await this.holding.settle();
    if (this.choice.chosen.size > 0) (this.find("account-dialog") ?? this.find("review-dialog")).showModal();
  }

  // Takes a seat or gives it back; returns why that can't be, or null.
  take(seatNumber) {
    const refusal = this.choice.refusal(seatNumber);
    if (refusal && !this.choice.chosen.has(seatNumber)) {
      this.refuse(seatNumber, refusal);
      return refusal;
    }
    this.lastTaken = seatNumber;
    this.choice.toggle(seatNumber);
    this.wish();
    return null;
  }

  // Wishes for these seats instead; `orNearest` takes those offered in their place, should some be gone.
  want(seatNumbers, { orNearest = false } = {}) {
    this.orNearest = orNearest;
    this.choice.want(seatNumbers);
    this.wish();
  }

  wish() {
    this.tell("");
    this.redrawChoice();
    this.holding.settle();
  }

  async takeBest(count) {
    this.tell("");
    await this.holding.wantBest({ count, accessible: this.find("accessible")?.checked ?? false });
    if (!this.notice) this.tell(`Held for you: ${this.seats.block(this.choice.seatNumbers)}.`);
  }

  heard(answer, wish) {
    this.offset = answer.server_time - Date.now();
    if (answer.code) this.refused(answer, wish);
    this.redrawChoice();
    this.tabs.postMessage(this.choice.hold);
  }

  refused({ detail, seats, offer }, wish) {
    if (this.orNearest && offer.length > 0) {
      this.orNearest = false;
      this.choice.want(offer);
      this.tell(`${detail} Held for you instead: ${this.seats.block(offer)}.`);
      return;
    }
    const seatNumber = seats.find((lost) => wish.includes(lost)) ?? this.lastTaken;
    if (seatNumber) {
      this.refuse(seatNumber, detail);
      this.picking.describe(this.seats.get(seatNumber), detail);
    }
    if (offer.length > 0) this.tell(detail, `Take ${this.seats.block(offer)} instead`, () => this.want(offer));
    else this.tell(detail);
  }

  refuse(seatNumber, reason) {
    this.view.animate(seatNumber, "shake");
    this.announcer.say(`Seat ${this.seats.get(seatNumber).label}: ${reason}`);
  }

  // The moviegoer's time for these seats is over.
  lapse(seatNumbers) {
    this.choice.follow(null);
    this.redrawChoice();
    this.offerSeats(`Your time for ${this.seats.block(seatNumbers)} ran out.`, seatNumbers);
  }

  // Offers to hold these seats, or where some are gone those nearest to them.
  offerSeats(sentence, seatNumbers) {
    this.offered = () => this.offerSeats(sentence, seatNumbers);
    const free = seatNumbers.every((seatNumber) => this.choice.appearance(seatNumber) === "free");
    const label = free ? `Hold ${this.seats.block(seatNumbers)}` : "Hold the nearest free seats";
    this.tell(sentence, label, () => this.want(seatNumbers, { orNearest: true }));
  }

  // Says something beside the seats chosen, with a button if there is something to do.
  tell(sentence, label = "", act = null) {
    if (!act) this.offered = null;
    if (sentence && sentence !== this.notice) this.announcer.say(sentence);
    Object.assign(this, { notice: sentence, act });
    this.find("notice").hidden = sentence === "";
    this.find("notice-text").textContent = sentence;
    this.find("offer").textContent = label;
    this.find("offer").hidden = act === null;
  }

  redrawChoice() {
    const before = this.drawn ?? [];
    this.drawn = [...this.choice.chosen];
    this.redraw(new Set([...before, ...this.drawn]));
  }

  redraw(seatNumbers) {
    for (const seatNumber of seatNumbers) {
      this.view.update(seatNumber);
      this.list?.update(seatNumber);
    }
    this.summary.update();
    this.clock?.show();
  }

  follow() {
    const { serverNow, data } = this;
    const badge = new FreshnessBadge({ node: this.find("freshness"), serverNow, timeZone: data.time_zone });
    new LiveShow({
      url: data.socket,
      version: () => this.state.version,
      receive: (frame) => this.receive(frame),
      freshness: (freshness) => badge.show(freshness),
    });
  }

  receive(frame) {
    if (frame.type === "viewers") this.find("viewers").textContent = `${frame.count} watching`;
    const { changed, gap } = this.state.apply(frame);
    if (changed.length > 0) this.changed(changed);
    return gap;
  }

  changed(seatNumbers) {
    const lost = this.choice.reconcile(seatNumbers);
    this.redraw(seatNumbers);
    for (const seatNumber of seatNumbers) {
      if (!this.choice.chosen.has(seatNumber)) this.view.animate(seatNumber, "pulse");
    }
    this.picking.redescribe(seatNumbers);
    this.showCounts();
    if (lost.length > 0) this.tell(`${sentenceOf(this.seats.labels(lost))} no longer held for you.`);
    this.offered?.();
    this.tellNear(seatNumbers);
  }

  tellNear(seatNumbers) {
    const chosen = this.choice.seatNumbers;
    const near = seatNumbers.filter((seatNumber) => this.seats.isNear(seatNumber, chosen));
    for (const [appearance, word] of [["free", "free again"], ["held", "held by someone"], ["taken", "taken"]]) {
      const those = near.filter((seatNumber) => this.choice.appearance(seatNumber) === appearance);
      if (those.length > 0) this.announcer.say(`${sentenceOf(this.seats.labels(those))} near your choice: now ${word}.`);
    }
  }

  showCounts() {
    const count = this.state.count(AVAILABLE);
    this.find("seats-left").textContent = count === 0 ? "Sold out" : `${count} of ${this.state.letters.length} seats left`;
    this.find("sold-out").hidden = count > 0;
    this.seatsLeft(count);
  }

  endWhenTheShowStarts() {
    const delay = Date.parse(this.data.show.starts_at) - this.serverNow();
    if (!this.choice.bookable || delay > LONGEST_TIMER_MS) return;
    setTimeout(() => {
      this.choice.bookable = false;
      this.choice.follow(null);
      this.redrawChoice();
      this.root.classList.add("is-over");
      this.find("over").hidden = false;
    }, delay);
  }
}
