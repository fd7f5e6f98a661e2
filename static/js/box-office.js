// One show's box office: its live map, the list, the seats held, and the way to a booking.

import { Announcer } from "./announcer.js";
import { Choice } from "./choice.js";
import { csrfToken } from "./csrf.js";
import { FreshnessBadge } from "./freshness.js";
import { LiveShow } from "./live.js";
import { AVAILABLE, SeatMapState } from "./seat-map-state.js";
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
    this.endWhenTheShowStarts();
    this.showCounts();
    this.follow();
    this.openDesk();
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
    const giveBack = this.find("give-back-dialog");
    giveBack.addEventListener("close", () => {
      if (giveBack.returnValue === "all") this.desk().then((desk) => desk.want([]));
      giveBack.returnValue = "";
    });
    // Signing in or out in another tab makes the page's own tokens stale.
    addEventListener("submit", ({ target: { elements } }) => {
      if (elements.csrfmiddlewaretoken) elements.csrfmiddlewaretoken.value = csrfToken();
    });
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  // The other tabs of this browser have the same hold; they and a reload never lose the choice.
  openDesk() {
    const { data, root, choice } = this;
    this.tabs = new BroadcastChannel(`hold-${data.show.id}`);
    this.tabs.onmessage = (event) => {
      choice.follow(event.data);
      this.redrawChoice();
      this.desk();
    };
    const { showUrl } = root.dataset;
    const toReview = location.hash === "#review";
    const path = location.pathname.startsWith(showUrl) ? showUrl : location.pathname;
    history.replaceState(null, "", path + (toReview ? "" : location.hash));
    this.find("continue").addEventListener("click", () => this.desk().then((desk) => desk.review()));
    for (const button of root.querySelectorAll("[data-best]")) {
      button.addEventListener("click", () => this.desk().then((desk) => desk.takeBest(Number(button.dataset.best))));
    }
    for (const near of ["pointerover", "focusin"]) root.addEventListener(near, () => this.desk(), { once: true });
    if (data.hold || data.lapsed.length + data.chosen.length + data.waiting.length > 0) {
      this.desk().then((desk) => toReview && desk.review());
    }
  }

  desk() {
    this.loading ??= import("./desk.js").then(({ Desk }) => (this.deskOpen = new Desk(this)));
    return this.loading;
  }

  // Takes a seat or gives it back; returns why that can't be, or null.
  take(seatNumber) {
    const refusal = this.choice.refusal(seatNumber);
    if (refusal && !this.choice.chosen.has(seatNumber)) {
      this.refuse(seatNumber, refusal);
      const canWait = this.choice.appearance(seatNumber) === "held" && !this.find("account-dialog");
      if (canWait) this.desk().then((desk) => desk.offerLine(seatNumber, refusal));
      return refusal;
    }
    this.lastTaken = seatNumber;
    this.choice.toggle(seatNumber);
    this.redrawChoice();
    this.desk().then((desk) => desk.settle());
    return null;
  }

  refuse(seatNumber, reason) {
    this.view.animate(seatNumber, "shake");
    this.announcer.say(`Seat ${this.seats.get(seatNumber).label}: ${reason}`);
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
    if (frame.type === "turn") this.desk().then((desk) => desk.turn(frame));
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
    this.deskOpen?.changed(seatNumbers, lost);
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
