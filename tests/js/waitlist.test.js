import assert from "node:assert/strict";
import { test } from "node:test";

import { Waitlist } from "../../static/js/waitlist.js";
import { storeOf } from "./pages.js";

const NOW = 1_000_000;
const FRAME = { type: "offer", seat_number: 4, until: NOW + 90_000 };

globalThis.document = /** @type {any} */ ({ cookie: "csrftoken=abc" });

// A page whose server gives these answers, each a status and a body.
function pageWith(hold, ...answers) {
  /** @type {any} */
  const told = { asked: [], sentences: [], adopted: [] };
  globalThis.fetch = /** @type {any} */ (async (url, { body }) => {
    told.asked.push([url, JSON.parse(body)]);
    const [status, answer] = answers.shift();
    return { status, headers: new Headers({ "Retry-After": "1" }), json: async () => answer };
  });
  const store = storeOf({ states: "aaaaaaaa", hold }, () => NOW);
  const waitlist = new Waitlist(store, { settle: async () => {} }, "/waitlist/");
  store.subscribe(({ notice, heard }) => {
    if (notice) told.sentences.push(store.notice.sentence);
    if (heard) told.adopted.push(...(store.hold?.seats ?? []));
  });
  return { store, waitlist, told };
}

// Lets the page hear a frame, and ask for what follows from it.
/** @param {any} frame */
async function hear(store, frame = FRAME) {
  store.apply(frame);
  for (let turn = 0; turn < 20; turn += 1) await null;
}

const holdOf = (...seats) => ({ seats, expires_at: NOW + 90_000, version: 1 });
const offer = (hold, isOffered = true) => [200, { hold, is_offered: isOffered, server_time: NOW }];

test("an offer becomes the hold", async () => {
  const { store, told } = pageWith(null, offer(holdOf(4)));
  await hear(store);
  assert.deepEqual(told.asked, [["/waitlist/offer/", { seat: 4 }]]);
  assert.deepEqual(told.adopted, [4]);
  assert.deepEqual(told.sentences, ["Seat A4 is held for you for 1:30."]);
});

test("an offer told again is neither asked for nor told again", async () => {
  const { store, told } = pageWith(null, offer(holdOf(4)));
  await hear(store);
  await hear(store);
  assert.equal(told.asked.length, 1);
  assert.equal(told.sentences.length, 1);
});

test("an offer that another tab took into the hold is told in this one, too", async () => {
  const { store, told } = pageWith(holdOf(4, 7));
  await hear(store);
  assert.deepEqual(told.asked, []);
  assert.deepEqual(told.sentences, ["Seat A4 is held for you, with your other seats, for 1:30."]);
});

test("an offer comes to the seats held so far", async () => {
  const { store, told } = pageWith(holdOf(7), offer(holdOf(4, 7)));
  await hear(store);
  assert.deepEqual(told.sentences, ["Seat A4 is held for you, with your other seats, for 1:30."]);
});

test("an offer that has to wait is asked for again when the other seats are gone", async () => {
  const { store, told } = pageWith(holdOf(7), offer(holdOf(7)), offer(holdOf(4)));
  await hear(store);
  assert.deepEqual(told.sentences, ["Seat A4 is kept for you for 1:30. Book or give back your other seats to get it."]);
  assert.deepEqual(told.adopted, []);
  store.answered([], { hold: null });
  await hear(store, { type: "tick", version: 1, digest: "d1" });
  assert.deepEqual(told.adopted, [4]);
});

test("an offer that went to another browser of hers is left to it", async () => {
  const { store, waitlist, told } = pageWith(null, offer(null, false));
  await hear(store);
  await waitlist.takeOffers();
  assert.equal(told.asked.length, 1);
  assert.deepEqual(told.sentences, []);
});

test("who waits can stop waiting", async () => {
  const { store, waitlist, told } = pageWith(null, [200, {}], [200, {}], [200, {}]);
  await waitlist.join(4);
  await waitlist.leave(store.notice.action?.leave);
  store.tell("");
  waitlist.remind([4, 5]);
  assert.deepEqual(told.sentences.slice(1), [
    "You no longer wait for A4.",
    "",
    "You are on the waitlist for A4 and A5: you are told here when one is offered to you.",
  ]);
  assert.deepEqual(store.notice.action, { label: "Stop waiting", leave: [4, 5] });
  assert.deepEqual(told.asked, [["/waitlist/", { seat: 4 }], ["/waitlist/leave/", { seat: 4 }]]);
});

test("who is refused a place on the waitlist is told why", async () => {
  const { waitlist, told } = pageWith(null, [409, { code: "waitlist_full", detail: "20 people wait." }], [503, { detail: "Away." }]);
  await waitlist.join(4);
  await waitlist.join(4);
  assert.deepEqual(told.sentences, ["20 people wait.", "Away."]);
});
