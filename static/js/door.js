// The door of a show, on the phone of whoever lets people in.

import { DoorCamera } from "./door-camera.js";
import { DoorDesk } from "./door-desk.js";
import { DoorKeeping } from "./door-keeping.js";
import { DoorStore, plain } from "./door-store.js";
import { DoorAnswer, DoorMap, DoorSound, drawState } from "./door-view.js";

/** @type {any} */
const root = document.querySelector("[data-door]");
const find = (name) => root.querySelector(`[data-${name}]`);
const page = JSON.parse(document.getElementById("door-data")?.textContent ?? "");
const keeping = new DoorKeeping(page.show, page.until);
const amounts = new Intl.NumberFormat("en-IE", { style: "currency", currency: page.currency, currencyDisplay: "narrowSymbol" });
const money = (amount) => amounts.format(amount);
const time = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: page.time_zone });
const store = new DoorStore(page.show, keeping.open(), {
  now: () => keeping.now(),
  clock: (moment) => time.format(new Date(moment)),
  money,
});
const map = new DoorMap(find("map"), page);
const sound = new DoorSound();
const desk = new DoorDesk(store, keeping, draw, { listUrl: page.list_url, admitUrl: page.admit_url, undoUrl: page.undo_url });
const answer = new DoorAnswer(find, sound, { undo, pay, money });

function draw() {
  drawState(find, store);
  map.draw(store.tickets);
}

async function undo(shown) {
  const undone = await desk.undo(shown);
  const detail = undone ? "The ticket can be admitted again." : "It could not be undone just now.";
  answer.show({ tone: "ask", word: undone ? "Undone" : "Not undone", detail });
}

async function admit(named) {
  find("seats").hidden = true;
  answer.show(await desk.admit(named));
}

async function pay({ named, due }, method) {
  answer.show(await desk.admit(named, { amount: due, method }));
}

// A code names one ticket. A reference may name several, of which those not in yet can be chosen.
function read(text) {
  sound.start();
  const tickets = store.named(text);
  const waiting = tickets.filter(({ admission }) => !admission);
  if (waiting.length > 1) return choose(waiting);
  if (tickets.length > 0) return admit({ code: (waiting[0] ?? tickets[0]).code });
  return admit(plain(text).length > 8 ? { code: plain(text) } : { reference: text });
}

function choose(tickets) {
  const buttons = tickets.map(({ code, label }) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: label });
    button.addEventListener("click", () => admit({ code }));
    return button;
  });
  find("seat-list").replaceChildren(...buttons);
  find("seats").hidden = false;
  answer.close();
  buttons[0].focus();
}

const camera = new DoorCamera(find("video"), find("lenses"), read, page.wasm_url);
find("start").addEventListener("click", async () => {
  sound.start();
  try {
    await camera.start();
    find("start").hidden = true;
    find("video").hidden = false;
  } catch (error) {
    find("camera-says").textContent = `No camera here (${/** @type {Error} */ (error).message}). Type the reference instead.`;
  }
});
find("typed").addEventListener("submit", (event) => {
  event.preventDefault();
  const { value } = find("text");
  find("text").value = "";
  if (value.trim()) read(value.trim());
});
find("forget-troubles").addEventListener("click", () => {
  store.kept.troubles = [];
  keeping.keep(store.kept);
  draw();
});

// Keeps the page itself for when there is no network.
async function keepPage() {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register(page.worker_url);
  const { active } = await navigator.serviceWorker.ready;
  const files = performance.getEntriesByType("resource").map(({ name }) => name);
  const own = [location.href, new URL(page.wasm_url, location.href).href, ...files.filter((name) => new URL(name).pathname.startsWith(page.static_url))];
  active?.postMessage([...new Set(own)]);
}

// Until now a form would have been sent as an address, with the code in it.
for (const button of root.querySelectorAll("[data-start], [data-typed] button")) button.disabled = false;
draw();
desk.watch();
keepPage().catch(() => {});
