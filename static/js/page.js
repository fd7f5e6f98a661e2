// Opens the box office of a page: its store, what draws it, and what goes between it and the server.

import { Checkout } from "./checkout.js";
import { connect } from "./connection.js";
import { countDown } from "./countdown.js";
import { showFreshness } from "./freshness.js";
import { announce, showNotice } from "./notice.js";
import { askAnew, Review } from "./review.js";
import { SeatMapView } from "./seat-map-view.js";
import { SeatMapZoom } from "./seat-map-zoom.js";
import { SeatPicking, SeatTip } from "./seat-picking.js";
import { showSections } from "./sections.js";
import { csrfToken, serverClock } from "./server.js";
import { showFacts } from "./show-facts.js";
import { Store } from "./store.js";
import { listSeats, summarize } from "./summary.js";
import { Waitlist } from "./waitlist.js";

/** @type {(store: Store) => void} */
let opened;
// The store of the page's box office, for what only some pages add to it.
export const boxOffice = new Promise((resolve) => (opened = resolve));

// Returns the store, or null on a page without a box office.
export function openBoxOffice() {
  /** @type {any} */
  const root = document.querySelector("[data-box-office]");
  if (!root) return null;
  const find = (name) => root.querySelector(`[data-${name}]`);
  const page = JSON.parse(document.getElementById("seat-map-data")?.textContent ?? "");
  const timeZone = page.time_zone;
  serverClock.notePage(page.server_time);
  const store = new Store(page, { now: serverClock.now });
  const say = announce(find("announcer"), store);
  drawMap(root, find, store, page);
  showFacts(store, timeZone);
  listSeats(find("seat-list"), store);
  summarize(root, find, store);
  showFreshness(find, store, timeZone);
  const checkout = new Checkout(root, find, store, say);
  const { holding } = checkout;
  const waitlist = new Waitlist(store, holding, `${root.dataset.showUrl}waitlist/`);
  showNotice(find, store, waitlist);
  const review = new Review(find, store, holding);
  askAnew(find, store, review, timeZone);
  countDown(find("countdown"), store, say);
  store.tick();
  setInterval(() => store.tick(), 1_000);
  waitlist.remind(page.waiting);
  checkout.begin(page);
  shareHold(store);
  opened(store);
  connect(store, page);
  if (keepAddress(root.dataset.showUrl) === "#review") review.open();
  return store;
}

function drawMap(root, find, store, page) {
  const view = new SeatMapView(find("seat-map"), store, page);
  const zoom = new SeatMapZoom(find("map-frame"), view);
  for (const button of root.querySelectorAll("[data-zoom-by]")) {
    button.addEventListener("click", () => zoom.to(zoom.scale * button.dataset.zoomBy));
  }
  showSections(find("sections"), view, zoom);
  const tip = new SeatTip(find("tip"), zoom.frame);
  new SeatPicking(view, zoom, tip, find("give-back-dialog"));
}

// The other tabs of this browser have the same hold.
function shareHold(store) {
  const tabs = new BroadcastChannel(`hold-${store.show.id}`);
  tabs.onmessage = ({ data: hold }) => store.follow(hold);
  store.subscribe(({ heard }) => heard && tabs.postMessage(store.hold));
}

// Signing in or out in another tab makes the page's own tokens stale, and the page of a stranger has none.
function giveToken(form) {
  if (form.method !== "post") return;
  const field = form.elements.namedItem("csrfmiddlewaretoken") ?? form.appendChild(document.createElement("input"));
  Object.assign(field, { type: "hidden", name: "csrfmiddlewaretoken", value: csrfToken() });
}

// Gives what came of a form an address that can be asked for, and returns the fragment it had. A reload never loses the choice.
function keepAddress(showUrl) {
  const { hash, pathname } = location;
  const path = pathname.startsWith(showUrl) ? showUrl : pathname;
  history.replaceState(null, "", path + (hash === "#review" ? "" : hash));
  addEventListener("submit", ({ target }) => giveToken(/** @type {HTMLFormElement} */ (target)));
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  return hash;
}
