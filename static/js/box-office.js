// One show's box office: its live map, the list, the choice, and the way to a booking.

import { Announcer } from "./announcer.js";
import { Choice } from "./choice.js";
import { prepareDialog, submitOnce } from "./dialogs.js";
import { FreshnessBadge } from "./freshness.js";
import { LiveShow } from "./live.js";
import { SeatList } from "./seat-list.js";
import { SeatMapState } from "./seat-map-state.js";
import { SeatMapView } from "./seat-map-view.js";
import { SeatMapZoom } from "./seat-map-zoom.js";
import { SeatPicking } from "./seat-picking.js";
import { SeatTip } from "./seat-tip.js";
import { Seats, sentenceOf } from "./seats.js";
import { Summary } from "./summary.js";

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class BoxOffice {
  // `seatsLeft(count)` is told how many seats are free, now and after each change.
  constructor({ root, data, seatsLeft = () => {} }) {
    const loadedAt = performance.now();
    const toReview = location.hash === "#review";
    this.root = root;
    this.data = data;
    this.seatsLeft = seatsLeft;
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
    const take = (seat) => this.take(seat);
    const giveBackAll = () => choice.chosen.size > 0 && this.find("give-back-dialog").showModal();
    this.view = view;
    this.list = new SeatList({ node: this.find("seat-list"), seats, choice, toggle: (number) => take(seats.get(number)) });
    this.picking = new SeatPicking({ view, zoom, tip, seats, choice, take, giveBackAll });
    this.find("zoom-in").addEventListener("click", () => zoom.in());
    this.find("zoom-out").addEventListener("click", () => zoom.out());
    this.find("zoom-reset").addEventListener("click", () => zoom.reset());
    for (const button of this.root.querySelectorAll("[data-view]")) {
      button.addEventListener("click", () => this.switchTo(button.dataset.view));
    }
  }

  buildSummary() {
    const review = prepareDialog(this.find("review-dialog"));
    const { seats, choice } = this;
    const give = (seatNumber) => this.take(seats.get(seatNumber));
    this.summary = new Summary({ root: this.root, review, seats, choice, showUrl: this.root.dataset.showUrl, give });
    submitOnce(review.querySelector("form"));
    this.find("continue").addEventListener("click", () => this.proceed());
    const giveBack = prepareDialog(this.find("give-back-dialog"));
    this.find("give-back").addEventListener("click", () => this.redraw(choice.clear()));
    giveBack.addEventListener("close", () => this.view.focus(this.view.tabStop));
    const account = this.find("account-dialog");
    if (account) prepareDialog(account);
    this.summary.update();
  }

  proceed() {
    (this.find("account-dialog") ?? this.find("review-dialog")).showModal();
  }

  switchTo(name) {
    const isList = name === "list";
    for (const button of this.root.querySelectorAll("[data-view]")) {
      button.setAttribute("aria-pressed", String(button.dataset.view === name));
    }
    this.find("map-frame").hidden = isList;
    this.find("zoom").hidden = isList;
    if (isList) this.list.show();
    else this.list.hide();
  }

  take(seat) {
    const refusal = this.choice.toggle(seat.seat_number);
    this.redraw([seat.seat_number]);
    if (refusal) {
      this.view.refuse(seat.seat_number);
      this.announcer.say(`Seat ${seat.label}: ${refusal}`);
    }
    if (!this.find("map-frame").hidden) this.picking.describe(seat, refusal);
  }

  redraw(seatNumbers) {
    for (const seatNumber of seatNumbers) {
      this.view.update(seatNumber);
      this.list.update(seatNumber);
    }
    this.summary.update();
  }

  follow() {
    const badge = new FreshnessBadge({
      node: this.find("freshness"),
      serverNow: this.serverNow,
      timeZone: this.data.time_zone,
    });
    this.live = new LiveShow({
      url: this.data.socket,
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
    this.view.change(seatNumbers);
    this.redraw(seatNumbers);
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
    const { seatNumbers: chosen } = this.choice;
    const near = seatNumbers.filter((seatNumber) => this.seats.isNear(seatNumber, chosen));
    for (const [letter, word] of [["a", "free again"], ["b", "taken"]]) {
      const those = near.filter((seatNumber) => this.state.letter(seatNumber) === letter);
      if (those.length > 0) this.announcer.say(`${sentenceOf(this.seats.labels(those))} near your choice: now ${word}.`);
    }
  }

  showCounts() {
    const count = this.state.count("a");
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
