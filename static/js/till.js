// The till of a show: its live map, and the forms that sell, block and exchange what is chosen on it.

import { connect } from "./connection.js";
import { showFreshness } from "./freshness.js";
import { SeatMapView } from "./seat-map-view.js";
import { SeatMapZoom } from "./seat-map-zoom.js";
import { SeatTip } from "./seat-picking.js";
import { showSections } from "./sections.js";
import { csrfToken, serverClock } from "./server.js";
import { Store } from "./store.js";
import { TillChoice, TillPicking } from "./till-map.js";
import { Sending } from "./till-sending.js";
import { changeOf } from "./till-sum.js";
import { priceByType } from "./type-prices.js";

const PATIENCE_MS = 8_000;
const KEYS = { c: "cash", k: "card", l: "later" };

/** @type {any} */
const root = document.querySelector("[data-till]");
const find = (name) => root.querySelector(`[data-${name}]`);
const formOf = (name) => find(`till-form="${name}"`);
const page = JSON.parse(document.getElementById("seat-map-data")?.textContent ?? "");
const exchange = formOf("exchange");
const main = formOf("sell") ?? exchange;
serverClock.notePage(page.server_time);
const store = new Store(page, { now: serverClock.now });
if (page.show.ticket_types) priceByType(store);
const choice = new TillChoice(store, {
  canExchange: exchange !== null,
  open: (seatNumber) => location.assign(root.dataset.seatUrl.replace("/1/", `/${seatNumber}/`)),
  changed: draw,
});

function showMap() {
  const view = new SeatMapView(find("seat-map"), store, page);
  const zoom = new SeatMapZoom(find("map-frame"), view);
  for (const button of root.querySelectorAll("[data-zoom-by]")) {
    button.addEventListener("click", () => zoom.to(zoom.scale * button.dataset.zoomBy));
  }
  showSections(find("sections"), view, zoom);
  new TillPicking(view, zoom, new SeatTip(find("tip"), zoom.frame), choice);
  showFreshness(find, store, page.time_zone);
}

const cents = (seatNumber) => store.seats.cents(store.seats.get(seatNumber));
const sumOf = (numbers) => numbers.reduce((sum, one) => sum + one, 0);
const money = (amount) => store.seats.money.format(amount / 100);
const nameOf = (seatNumber) => [store.seats.get(seatNumber).label, store.types[seatNumber] ?? []].flat().join(":");

// What is to be paid: less than 0 is given back.
function due() {
  const had = exchange ? [...choice.given].map((seatNumber) => Math.round(page.had[seatNumber].price * 100)) : [];
  return sumOf(store.selection.map(cents)) - sumOf(had);
}

function fill(name, names) {
  const form = formOf(name);
  if (!form) return;
  form.elements.namedItem(`${name}-seats`).value = names.join(" ");
  form.querySelector("[data-till-go]").disabled = names.length === 0;
}

function draw() {
  fill("sell", store.selection.map(nameOf));
  fill("block", store.seats.labels(store.selection));
  fill("unblock", store.seats.labels([...choice.blocked]));
  if (exchange) drawExchange();
  if (find("till-types")) drawTypes();
  const sum = find("till-sum");
  if (!sum) return;
  sum.hidden = false;
  find("sum").textContent = money(Math.abs(due()));
  find("sum-word").textContent = due() < 0 ? "To give back" : exchange ? "To pay" : "Total";
  drawChange();
}

// The new seats are for whom the old ones were, in their order.
function drawExchange() {
  const given = [...choice.given].sort((one, other) => one - other);
  store.types = Object.fromEntries(store.selection.map((seatNumber, index) => [seatNumber, page.had[given[index]]?.type ?? ""]));
  fill("exchange", store.seats.labels(store.selection));
  for (const box of exchange.querySelectorAll("[name=exchange-give]")) box.checked = choice.given.has(Number(box.value));
  exchange.querySelector("[data-till-go]").disabled = store.selection.length === 0 || store.selection.length !== choice.given.size;
}

// For whom the next seats are; a press on a chosen one makes it such a one.
function drawTypes() {
  find("till-types").hidden = false;
  for (const button of root.querySelectorAll("[data-type]")) button.setAttribute("aria-pressed", String(button.dataset.type === choice.type));
  const chips = store.selection.map((seatNumber) => {
    const seat = store.seats.get(seatNumber);
    const text = `${seat.label} ${store.seats.kind(seat)} ${store.seats.price(seat)}`;
    const chip = Object.assign(document.createElement("button"), { type: "button", className: "button button-small", textContent: text });
    chip.addEventListener("click", () => choice.retype(seatNumber));
    return chip;
  });
  find("till-chosen").replaceChildren(...chips);
}

function chooseType(code) {
  choice.type = code;
  drawTypes();
}

function drawChange() {
  const given = main.elements.namedItem("sell-given");
  const change = given && store.selection.length > 0 ? changeOf(given.value, due()) : null;
  find("change-line").hidden = change === null;
  find("change-word").textContent = change?.isShort ? "Missing" : "Change";
  find("change").textContent = change === null ? "" : money(change.cents);
}

function showNotice(sentence) {
  find("till-notice").textContent = sentence;
  find("till-notice").hidden = sentence === "";
}

// Seats can be typed as well, by label.
function type({ target }) {
  const words = target.value.split(/[\s,]+/).map((word) => word.split(":"));
  const types = new Map(words.map(([label, code = ""]) => [label.toUpperCase(), code.toLowerCase()]));
  const named = store.seats.all.filter(({ label }) => types.has(label)).map((seat) => seat.seat_number);
  const are = (appearance) => named.filter((seatNumber) => store.appearance(seatNumber) === appearance);
  if (target.name === "unblock-seats") choice.blocked = new Set(are("blocked"));
  else choice.want([...are("free"), ...are("choosing")], Object.fromEntries(named.map((each) => [each, types.get(store.seats.get(each).label)])));
  draw();
}

const sending = new Sending({
  async send({ url, body }) {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    // Who signed in again meanwhile has another one.
    body.set("csrfmiddlewaretoken", csrfToken());
    const response = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" }, signal });
    if (response.status >= 500) throw new Error(String(response.status));
    if (response.url.includes(root.dataset.loginUrl)) return { detail: "Nothing is done: you are signed out. Sign in in another tab, and press again." };
    return response.json();
  },
  tell(unsent) {
    find("till-unsent").textContent = unsent && `Not sent yet: ${unsent}. Trying again…`;
    find("till-unsent").hidden = unsent === "";
  },
});

async function submit(event) {
  const form = event.target;
  event.preventDefault();
  if (sending.unsent) return;
  const seats = form.elements.namedItem(`${form.dataset.tillForm}-seats`).value;
  const answer = await sending.submit(`${form.dataset.title} ${seats}`, { url: form.action, body: new FormData(form, event.submitter) });
  if (answer.url) {
    choice.clear();
    return location.assign(answer.url);
  }
  if (answer.terms) form.elements.namedItem(`${form.dataset.tillForm}-terms`).value = answer.terms;
  showNotice(answer.detail ?? "This was refused.");
}

// Keys for all that is pressed often, unless somebody is typing.
function press(event) {
  if (event.target.closest("input, select, textarea") || event.altKey || event.ctrlKey || event.metaKey) return;
  const key = event.key.toLowerCase();
  const button = (KEYS[key] && main?.querySelector(`[data-pay="${KEYS[key]}"]`)) || root.querySelectorAll("[data-type]")[Number(key) - 1];
  if (button) button.click();
  else if (key === "g") main?.elements.namedItem("sell-given")?.focus();
  else if (key === "f") root.querySelector("[role=gridcell][tabindex='0']")?.focus();
  else if (key === "escape") choice.clear();
  else return;
  event.preventDefault();
}

function leave(event) {
  if (!sending.unsent && store.wanted.size === 0) return;
  showNotice(sending.unsent ? "" : `Not sold yet: ${store.seats.labels(store.selection).join(", ")}.`);
  event.preventDefault();
}

showMap();
store.subscribe(({ seats, notice, facts }) => {
  if (facts && main) main.elements.namedItem(`${main.dataset.tillForm}-terms`).value = store.show.terms;
  if (seats) draw();
  if (notice && store.notice.sentence) showNotice(store.notice.sentence);
});
for (const form of root.querySelectorAll("[data-till-form]")) form.addEventListener("submit", submit);
for (const box of exchange?.querySelectorAll("[name=exchange-give]") ?? []) {
  box.addEventListener("change", () => choice.take(Number(box.value)));
}
for (const field of root.querySelectorAll("[name$='-seats']")) field.addEventListener("change", type);
for (const button of root.querySelectorAll("[data-type]")) button.addEventListener("click", () => chooseType(button.dataset.type));
main?.elements.namedItem("sell-given")?.addEventListener("input", drawChange);
addEventListener("keydown", press);
addEventListener("beforeunload", leave);
root.classList.add("is-live");
draw();
setInterval(() => store.tick(), 1_000);
connect(store, page);
