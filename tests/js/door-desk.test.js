// What goes between the door and the server, and what a phone may lack.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { DoorCamera } from "../../static/js/door-camera.js";
import { DoorDesk } from "../../static/js/door-desk.js";
import { DoorKeeping } from "../../static/js/door-keeping.js";
import { DoorStore } from "../../static/js/door-store.js";
import { DoorSound } from "../../static/js/door-view.js";

const URLS = { listUrl: "/list/", admitUrl: "/admit/", undoUrl: "/undo/0/" };
const TICKETS = ["A1", "A2", "A3", "A4", "A5"].map((label, n) => ({
  code: `CODE${n}`,
  reference: "K7MQ-4TXP",
  seat_number: n + 1,
  label,
  admission: null,
}));

/** @type {any} */
const browser = globalThis;
let stored;
let asked;

beforeEach(() => {
  stored = {};
  asked = [];
  Object.defineProperty(browser, "navigator", { value: {}, configurable: true });
  browser.document = { cookie: "csrftoken=x" };
  // Patience ends at once.
  AbortSignal.timeout = () => {
    const patience = new AbortController();
    setTimeout(() => patience.abort());
    return patience.signal;
  };
  browser.localStorage = {
    getItem: (name) => stored[name] ?? null,
    setItem(name, value) {
      stored[name] = value;
    },
  };
});

function json(body, status = 200, headers = {}) {
  return new Response(status === 304 ? null : JSON.stringify(body), { status, headers });
}

// Answers in the place of the server; `admit` may refuse, hang or be somebody else.
function serve(admit) {
  browser.fetch = async (url, options) => {
    asked.push(url);
    if (url === "/list/") return json({ tickets: structuredClone(TICKETS) }, 200, { ETag: '"1"', Date: new Date(0).toUTCString() });
    return url === "/admit/" ? admit(JSON.parse(options.body), options) : json({});
  };
}

function desk() {
  const keeping = new DoorKeeping(1, Infinity);
  const store = new DoorStore(1, keeping.open(), { now: () => keeping.now(), clock: String, money: String });
  return new DoorDesk(store, keeping, () => {}, URLS);
}

const admitted = ({ code }) => json({ id: 7, label: code, conflict: null }, 201);
const away = () => Promise.reject(new TypeError("no network"));

for (const [name, failing] of Object.entries({
  "no network": away,
  "a server that fails": () => json({ detail: "away" }, 503),
  "the page of a hotel": () => new Response("<h1>Welcome</h1>"),
  "silence": (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
})) {
  test(`with ${name} the list decides, and what it let in is sent when that is over`, async () => {
    serve(failing);
    const door = desk();
    await door.look();
    const shown = await door.admit({ code: "CODE0" });
    assert.deepEqual([shown.tone, door.store.unsent, door.store.isOnline], ["yes", 1, false]);
    serve(admitted);
    await door.look();
    assert.deepEqual([door.store.unsent, door.store.isOnline, door.store.kept.troubles], [0, true, []]);
  });
}

test("of five that wait one is refused: it keeps none back, after a reload and for whoever is signed in by then", async () => {
  serve(away);
  const before = desk();
  before.store.take(structuredClone(TICKETS));
  for (const { code } of TICKETS) await before.admit({ code });
  const door = desk();
  assert.equal(door.store.unsent, 5);
  serve(() => json({ code: "not_authenticated", detail: "…" }, 401));
  await door.look();
  assert.deepEqual([door.store.unsent, door.store.isSignedOut], [5, true]);
  serve((body) => (body.code === "CODE2" ? json({ code: "ticket_not_found", detail: "No such ticket." }, 404) : admitted(body)));
  await door.look();
  assert.equal(door.store.unsent, 0);
  assert.match(door.store.kept.troubles.join(), /^Seat A3, let in at .*, is not recorded: No such ticket\.$/);
  assert.equal(asked.at(-1), "/list/");
});

test("money that whoever is signed in by then may not take waits, and keeps nothing else back", async () => {
  serve(away);
  const door = desk();
  door.store.take(structuredClone(TICKETS));
  await door.admit({ code: "CODE0" }, { amount: "20.00", method: "cash" });
  await door.admit({ code: "CODE1" });
  const bodies = /** @type {any[]} */ ([]);
  serve((body) => {
    bodies.push(body);
    return body.amount ? json({ code: "not_at_the_till", detail: "…" }, 403) : admitted(body);
  });
  await door.look();
  assert.deepEqual([door.store.unsent, door.store.isSignedOut, door.store.kept.queue[0].amount], [1, false, "20.00"]);
  assert.deepEqual(bodies.map(({ code, amount, method }) => [code, amount, method]), [["CODE0", "20.00", "cash"], ["CODE1", undefined, undefined]]);
});

test("what was undone offline is told as well, under the id that the server gives it", async () => {
  serve(away);
  const door = desk();
  door.store.take(structuredClone(TICKETS));
  const { key } = await door.admit({ code: "CODE0" });
  assert.equal(await door.undo({ admission: null, key }), true);
  await door.look();
  serve(admitted);
  await door.look();
  assert.ok(asked.includes("/undo/7/"));
  assert.equal(door.store.unsent, 0);
});

test("what was told late is undone by the id that it got, while its answer is still on the screen", async () => {
  serve(away);
  const door = desk();
  door.store.take(structuredClone(TICKETS));
  const { key } = await door.admit({ code: "CODE0" });
  serve((body) => (body.code ? admitted(body) : json({})));
  await door.look();
  assert.equal(await door.undo({ admission: null, key }), true);
  assert.ok(asked.includes("/undo/7/"));
});

test("whom the server let in is in, should the network go before the next list is here", async () => {
  serve(admitted);
  const door = desk();
  await door.look();
  const list = browser.fetch;
  browser.fetch = (url, options) => (url === "/list/" ? away() : list(url, options));
  const first = await door.admit({ code: "CODE0" });
  await door.look();
  assert.deepEqual([first.word, door.store.isOnline], ["Admitted", false]);
  assert.equal((await door.admit({ code: "CODE0" })).word, "Already in");
});

test("a list asked for before an admission takes nothing back, and an undo does", async () => {
  serve(admitted);
  const door = desk();
  await door.look();
  const asked = door.store.now() - 1;
  await door.admit({ code: "CODE0" });
  door.store.take(structuredClone(TICKETS), asked);
  assert.equal(door.store.counts().inside, 1);
  await door.undo({ admission: 7, key: "" });
  door.store.take(structuredClone(TICKETS), asked);
  assert.equal(door.store.counts().inside, 0);
});

test("two tabs of one phone keep what both have noted", async () => {
  serve(away);
  const [one, other] = [desk(), desk()];
  for (const door of [one, other]) door.store.take(structuredClone(TICKETS));
  await one.admit({ code: "CODE0" });
  await other.admit({ code: "CODE1" });
  await one.admit({ code: "CODE2" });
  assert.equal(desk().store.unsent, 3);
});

test("the server's clock decides, however wrong the phone's is", async () => {
  serve(admitted);
  const door = desk();
  await door.look();
  assert.ok(Math.abs(door.store.now()) < 60_000, "the server said 1970");
});

test("a phone that keeps nothing goes on without", async () => {
  delete browser.localStorage;
  serve(admitted);
  const door = desk();
  await door.look();
  assert.equal((await door.admit({ code: "CODE0" })).tone, "yes");
});

test("a phone without sound and vibration goes on without", () => {
  const sound = new DoorSound();
  sound.start();
  sound.play("yes");
});

test("a code that stays in view is read once, and again when it comes back", () => {
  /** @type {string[]} */
  const read = [];
  const camera = new DoorCamera(null, new EventTarget(), (code) => read.push(code), "");
  for (const at of [0, 500, 1_000, 2_000, 3_000, 4_000]) camera.see("A", at);
  assert.deepEqual(read, ["A"]);
  camera.see("B", 4_100);
  camera.see("A", 4_200);
  camera.see("A", 9_000);
  assert.deepEqual(read, ["A", "B", "A", "A"]);
});
