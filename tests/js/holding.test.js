import assert from "node:assert/strict";
import { test } from "node:test";

import { Choice } from "../../static/js/choice.js";
import { Holding } from "../../static/js/holding.js";
import { SeatMapState } from "../../static/js/seat-map-state.js";

// A box office whose answers the test gives by hand.
function desk() {
  const state = new SeatMapState({ version: 1, states: "aaaaaa" });
  const choice = new Choice({ state, mine: [], hold: null, maxSeats: 4, bookable: true, now: () => 0 });
  const told = { sent: [], heard: 0, trouble: [], waits: [] };
  const holding = new Holding({
    choice,
    send: (body) => new Promise((answer, fail) => told.sent.push({ body, answer, fail })),
    heard: () => (told.heard += 1),
    trouble: (error) => told.trouble.push(error && error.message),
    wait: async (delay) => told.waits.push(delay),
  });
  const next = async () => {
    for (let turn = 0; turn < 20; turn += 1) await null;
    return told.sent.at(-1);
  };
  return { choice, holding, told, next };
}

const held = (...seats) => ({ hold: { seats, expires_at: 1, version: 1 } });

test("one request is under way at a time, and the latest wish wins", async () => {
  const { choice, holding, told, next } = desk();
  choice.want([1]);
  const settled = holding.settle();
  choice.want([1, 2]);
  holding.settle();
  choice.want([3]);
  holding.settle();
  assert.deepEqual(told.sent.map(({ body }) => body), [{ seats: [1] }]);
  (await next()).answer(held(1));
  (await next()).answer(held(3));
  await settled;
  assert.deepEqual(told.sent.map(({ body }) => body), [{ seats: [1] }, { seats: [3] }]);
  assert.equal(told.heard, 2);
});

test("a refused wish is not sent again", async () => {
  const { choice, holding, told, next } = desk();
  choice.want([1]);
  const settled = holding.settle();
  (await next()).answer({ hold: null, code: "too_many_holds", seats: [] });
  await settled;
  assert.equal(told.sent.length, 1);
  assert.deepEqual(choice.seatNumbers, []);
});

test("without an answer the latest wish is sent until there is one", async () => {
  const { choice, holding, told, next } = desk();
  choice.want([1]);
  const settled = holding.settle();
  for (let failure = 0; failure < 6; failure += 1) (await next()).fail(new Error("no connection"));
  (await next()).answer(held(1));
  await settled;
  assert.deepEqual(told.waits, [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  assert.deepEqual(told.trouble, [...Array(6).fill("no connection"), null]);
  assert.deepEqual(choice.seatNumbers, [1]);
});

test("a server that asks for more time gets it", async () => {
  const { choice, holding, told, next } = desk();
  choice.want([1]);
  const settled = holding.settle();
  (await next()).fail(Object.assign(new Error("not now"), { retryAfter: 5_000 }));
  (await next()).answer(held(1));
  await settled;
  assert.deepEqual(told.waits, [5_000]);
});

test("the best seats become the choice", async () => {
  const { choice, holding, told, next } = desk();
  const settled = holding.wantBest({ count: 2, accessible: false });
  (await next()).answer(held(4, 5));
  await settled;
  assert.deepEqual(told.sent[0].body, { best: { count: 2, accessible: false } });
  assert.deepEqual(choice.seatNumbers, [4, 5]);
});
