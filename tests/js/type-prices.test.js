import assert from "node:assert/strict";
import { test } from "node:test";

import { KINDS, pageOf } from "./pages.js";
import { Store } from "../../static/js/store.js";
import { accompanied, priceByType } from "../../static/js/type-prices.js";

const CHILD = { code: "child", name: "Child", price: "7.00", premium_surcharge: "2.00" };
const kinds = { ...KINDS, companion: { name: "companion seat", letter: "C", price: ["price"] } };

function storeOf(plan, more = {}) {
  const page = pageOf({ states: "a".repeat(plan.replaceAll(".", "").length) });
  const show = { ...page.show, price: "10.00", premium_surcharge: "3.00", ticket_types: [CHILD], companions_free: true, ...more };
  const store = new Store({ ...page, show, kinds, layout: { plan: `A:${plan}` } }, { now: () => 0 });
  priceByType(store);
  return store;
}

const prices = (store, ...seats) => seats.map((seat) => store.seats.cents(store.seats.get(seat)) / 100);

test("each seat costs what those pay for whom it is", () => {
  const store = storeOf("SPSP");
  store.types = { 3: "child", 4: "child" };
  assert.deepEqual(prices(store, 1, 2, 3, 4), [10, 13, 7, 9]);
  assert.equal(store.seats.total([1, 2, 3, 4]), "€39.00");
  assert.equal(store.seats.kind(store.seats.get(4)), "premium, Child");
});

// The same is asked of booking/seating/house.py in tests/booking/test_prices.py.
test("a companion is free beside a wheelchair space of its own", () => {
  const cases = {
    WC: [10, 0],
    CW: [0, 10],
    CWC: [0, 10, 10],
    CWCW: [0, 10, 0, 10],
    "W.C": [10, 10],
    SC: [10, 10],
  };
  for (const [plan, paid] of Object.entries(cases)) {
    const store = storeOf(plan);
    const seats = paid.map((_, index) => index + 1);
    store.want(seats);
    assert.deepEqual(prices(store, ...seats), paid, plan);
  }
  const store = storeOf("WC");
  store.want([2]);
  assert.deepEqual(accompanied(store), []);
  assert.deepEqual(prices(store, 2), [10]);
});

test("a companion pays where the list does not say otherwise", () => {
  const store = storeOf("WC", { companions_free: false });
  store.want([1, 2]);
  assert.deepEqual(prices(store, 1, 2), [10, 10]);
});

test("a type that is sold no more is an adult's", () => {
  const store = storeOf("SS");
  store.types = { 1: "child", 2: "senior" };
  store.changeShow({ ...store.show, ticket_types: [{ ...CHILD, price: "6.00" }], terms: "second" });
  assert.deepEqual(store.types, { 1: "child" });
  assert.deepEqual(prices(store, 1, 2), [6, 10]);
  store.changeShow({ ...pageOf({ states: "aa" }).show, price: "10.00", terms: "third" });
  assert.deepEqual(store.types, {});
  assert.deepEqual(prices(store, 1, 2), [10, 10]);
});

test("a selection is settled when the server holds it for the same people", () => {
  const store = storeOf("SS");
  store.want([1, 2]);
  store.types = { 2: "child" };
  const held = (types) => ({ hold: { seats: [1, 2], expires_at: 1, version: 1, ...types } });
  store.answered([1, 2], held());
  assert.equal(store.isSettled, false);
  store.answered([1, 2], held({ types: { 2: "child" } }));
  assert.equal(store.isSettled, true);
  store.types = {};
  assert.equal(store.isSettled, false);
  store.follow(held({ types: { 1: "child" } }).hold);
  assert.deepEqual([store.types, store.isSettled], [{ 1: "child" }, true]);
});

test("a refused type is asked for no more", () => {
  const store = storeOf("SS");
  store.follow({ seats: [1], expires_at: 1, version: 1 });
  store.types = { 1: "child" };
  store.answered([1], { code: "unknown_ticket_type", detail: "", hold: { seats: [1], expires_at: 1, version: 1 } });
  assert.deepEqual([store.types, store.isSettled], [{}, true]);
});
