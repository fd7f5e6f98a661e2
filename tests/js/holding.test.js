import assert from "node:assert/strict";
import { test } from "node:test";

import { Holding } from "../../static/js/holding.js";
import { storeOf } from "./pages.js";

// A box office whose answers the test gives by hand.
function boxOffice() {
  const store = storeOf({ states: "aaaaaa" });
  /** @type {any} */
  const told = { sent: [], heard: 0, trouble: [], waits: [], late: [] };
  const holding = new Holding({
    store,
    send: (body) => new Promise((answer, fail) => told.sent.push({ body, answer, fail })),
    trouble: (error) => told.trouble.push(error && (error.message ?? error.detail)),
    wait: async (delay) => told.waits.push(delay),
    late(tell) {
      told.late.push(tell);
      return () => told.late.splice(told.late.indexOf(tell), 1);
    },
  });
  store.subscribe(({ answer }) => answer && (told.heard += 1));
  const next = async () => {
    for (let turn = 0; turn < 20; turn += 1) await null;
    return told.sent.at(-1);
  };
  return { store, holding, told, next };
}

const held = (...seats) => ({ hold: { seats, expires_at: 1, version: 1 } });

test("one request is under way at a time, and the latest selection wins", async () => {
  const { store, holding, told, next } = boxOffice();
  store.want([1]);
  const settled = holding.settle();
  store.want([1, 2]);
  holding.settle();
  store.want([3]);
  holding.settle();
  assert.deepEqual(told.sent.map(({ body }) => body), [{ seats: [1] }]);
  (await next()).answer(held(1));
  (await next()).answer(held(3));
  await settled;
  assert.deepEqual(told.sent.map(({ body }) => body), [{ seats: [1] }, { seats: [3] }]);
  assert.equal(told.heard, 2);
});

test("a refused selection is not sent again", async () => {
  const { store, holding, told, next } = boxOffice();
  store.want([1]);
  const settled = holding.settle();
  (await next()).answer({ hold: null, code: "too_many_holds", seats: [] });
  await settled;
  assert.equal(told.sent.length, 1);
  assert.deepEqual(store.selection, []);
});

test("without an answer the latest selection is sent until there is one", async () => {
  const { store, holding, told, next } = boxOffice();
  store.want([1]);
  const settled = holding.settle();
  for (let failure = 0; failure < 6; failure += 1) (await next()).fail(new Error("no connection"));
  (await next()).answer(held(1));
  await settled;
  assert.deepEqual(told.waits, [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  assert.deepEqual(told.trouble, [...Array(6).fill("no connection"), null]);
  assert.deepEqual(store.selection, [1]);
});

test("after a failure the latest selection is sent, not the one that failed", async () => {
  const { store, holding, told, next } = boxOffice();
  store.want([1]);
  const settled = holding.settle();
  const first = await next();
  store.want([2]);
  first.fail(new Error("no connection"));
  (await next()).answer(held(2));
  await settled;
  assert.deepEqual(told.sent.map(({ body }) => body), [{ seats: [1] }, { seats: [2] }]);
});

test("the best seats are asked for until there is an answer", async () => {
  const { store, holding, told, next } = boxOffice();
  store.follow(held(1).hold);
  const settled = holding.selectBest({ count: 2, accessible: false });
  (await next()).fail(new Error("no connection"));
  await next();
  assert.equal(holding.isReplacing, true);
  (await next()).answer(held(4, 5));
  await settled;
  assert.deepEqual(told.sent.map(({ body }) => body), Array(2).fill({ best: { count: 2, accessible: false } }));
  assert.deepEqual([store.selection, holding.isReplacing], [[4, 5], false]);
});

test("an answer that is late is told, until it is there", async () => {
  const { store, holding, told, next } = boxOffice();
  store.want([1]);
  const settled = holding.settle();
  await next();
  told.late[0]();
  assert.deepEqual(told.trouble, ["The box office is slow to answer."]);
  (await next()).answer(held(1));
  await settled;
  assert.deepEqual([told.trouble.at(-1), told.late], [null, []]);
});

test("a server that asks for more time gets it", async () => {
  const { store, holding, told, next } = boxOffice();
  store.want([1]);
  const settled = holding.settle();
  (await next()).fail(Object.assign(new Error("not now"), { retryAfter: 5_000 }));
  (await next()).answer(held(1));
  await settled;
  assert.deepEqual(told.waits, [5_000]);
});

test("the best seats become the choice", async () => {
  const { store, holding, told, next } = boxOffice();
  const settled = holding.selectBest({ count: 2, accessible: false });
  (await next()).answer(held(4, 5));
  await settled;
  assert.deepEqual(told.sent[0].body, { best: { count: 2, accessible: false } });
  assert.deepEqual(store.selection, [4, 5]);
});

test("a pause between two tries ends when the browser is online again, but not one that the server asked for", async () => {
  const { store, holding, told, next } = boxOffice();
  holding.wait = (delay) => {
    told.waits.push(delay);
    return new Promise(() => {});
  };
  store.want([1]);
  holding.settle();
  (await next()).fail(new Error("no connection"));
  await next();
  holding.wake();
  assert.equal((await next(), told.sent.length), 2);
  (await next()).fail(Object.assign(new Error("too often"), { retryAfter: 30_000 }));
  await next();
  holding.wake();
  assert.equal((await next(), told.sent.length), 2);
  assert.deepEqual(told.waits, [1_000, 30_000]);
});
