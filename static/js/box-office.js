// One show's box office: its live map, the list, the choice, and the way to a booking.

import { Announcer } from "./announcer.js";
import { Choice } from "./choice.js";
import { FreshnessBadge } from "./freshness.js";
import { LiveShow } from "./live.js";
import { SeatList } from "./seat-list.js";
import { AVAILABLE, BOOKED, SeatMapState } from "./seat-map-state.js";
import { SeatMapView } from "./seat-map-view.js";
import { SeatMapZoom } from "./seat-map-zoom.js";
import { SeatPicking } from "./seat-picking.js";
import { SeatTip } from "./seat-tip.js";
import { Seats, sentenceOf } from "./seats.js";
import { Summary } from "./summary.js";

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class BoxOffice {
  // `data` is what the page came with; `seatsLeft(count)` is told how many seats are free, now and from now on.
  constructor({ root, data, seatsLeft = () => {} }) {
    const loadedAt = performance.now();
    const toReview = location.hash === "#review";
    Object.assign(this, { root, data, seatsLeft });
    this.serverNow = () => data.server_time + performance.now() - loadedAt;
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.state = new SeatMapState(data);
    this.seats = new Seats(data);
    this.choice = new Choice({
      state: this.state,
      mine: data.mine,
      chosen: data.chosen,
      maxSeats: data.max_seats,
      bookable: data.show.bookable,
    });
    this.announcer = new Announcer(this.find("announcer"));
    this.buildMap();
    this.buildSummary();
    this.endWhenTheShowStarts();
    this.showCounts();
    this.follow();
    if (toReview && this.choice.chosen.size > 0) this.proceed();
  }

  buildMap() {
    const { seats, choice } = this;
    const frame = this.find("map-frame");
    const appearance = (seatNumber) => choice.appearance(seatNumber);
    const view = new SeatMapView({ root: this.find("seat-map"), layout: this.data.layout, seats, appearance });
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
    this.list = new SeatList({ node: this.find("seat-list"), seats, choice, toggle: take });
    this.summary = new Summary({ root, seats, choice, showUrl: root.dataset.showUrl, give: take });
    this.summary.update();
    this.find("continue").addEventListener("click", () => this.proceed());
    const giveBack = this.find("give-back-dialog");
    giveBack.addEventListener("close", () => {
      if (giveBack.returnValue === "all") this.redraw(choice.clear());
      giveBack.returnValue = "";
      this.view.focus(this.view.tabStop);
    });
    // A second click would book the seats a second time, and be refused.
    this.find("book-form").addEventListener("submit", (event) => {
      event.submitter.disabled = true;
      event.submitter.textContent = "Booking…";
    });
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  proceed() {
    (this.find("account-dialog") ?? this.find("review-dialog")).showModal();
  }

  // Takes a seat or gives it back; returns why that can't be, or null.
  take(seatNumber) {
    const refusal = this.choice.toggle(seatNumber);
    this.redraw([seatNumber]);
    if (refusal) {
      this.view.animate(seatNumber, "shake");
      this.announcer.say(`Seat ${this.seats.get(seatNumber).label}: ${refusal}`);
    }
    return refusal;
  }

  redraw(seatNumbers) {
    for (const seatNumber of seatNumbers) {
      this.view.update(seatNumber);
      this.list.update(seatNumber);
    }
    this.summary.update();
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
    for (const seatNumber of seatNumbers) this.view.animate(seatNumber, "pulse");
    this.picking.redescribe(seatNumbers);
    this.showCounts();
    if (lost.length > 0) this.tellLost(lost);
    this.tellNear(seatNumbers);
  }

  tellLost(seatNumbers) {
    const verb = seatNumbers.length > 1 ? "were" : "was";
    const sentence = `${sentenceOf(this.seats.labels(seatNumbers))} ${verb} just taken by someone else and left your choice.`;
    this.find("notice").textContent = sentence;
    this.announcer.say(sentence);
  }

  tellNear(seatNumbers) {
    const chosen = this.choice.seatNumbers;
    const near = seatNumbers.filter((seatNumber) => this.seats.isNear(seatNumber, chosen));
    for (const [letter, word] of [[AVAILABLE, "free again"], [BOOKED, "taken"]]) {
      const those = near.filter((seatNumber) => this.state.letter(seatNumber) === letter);
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
      this.redraw(this.choice.clear());
      this.root.classList.add("is-over");
      this.find("over").hidden = false;
    }, delay);
  }
}
