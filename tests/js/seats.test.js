import assert from "node:assert/strict";
import { test } from "node:test";

import { clock, Seats, sentenceOf } from "../../static/js/seats.js";
import { KINDS } from "./pages.js";

const layout = { plan: "A:2S2.S\nB:PW" };
const show = { price: "12.10", premium_surcharge: "3.10", currency: "EUR" };
const seats = new Seats({ layout, show, kinds: KINDS });

test("a plan is read row by row, aisles and cross-aisles too", () => {
  const places = new Seats({ layout: { plan: "A:S.2P\n\nAB:12.W" }, show, kinds: KINDS }).rows;
  assert.deepEqual(
    places.map((row) => row.map(({ seat_number: number, label, kind, x, y }) => [number, label, kind, x, y])),
    [
      [[1, "A1", "standard", 0, 0], [2, "A2", "premium", 2, 0], [3, "A3", "premium", 3, 0]],
      [[4, "AB1", "wheelchair", 12, 2]],
    ],
  );
});

test("a total is exact", () => {
  assert.equal(seats.total([1, 2, 4]), "€39.40");
  assert.equal(seats.total([]), "€0.00");
});

test("a seat is described for those who do not see it", () => {
  assert.equal(seats.describe(seats.get(4), "free"), "Row B, seat 1, premium, €15.20, free");
  assert.equal(seats.describe(seats.get(5), "taken"), "Row B, seat 2, wheelchair space, €12.10, taken");
});

test("near means the same row and at most two places away", () => {
  assert.deepEqual(
    [2, 3, 4].map((seatNumber) => seats.isNear(seatNumber, [1])),
    [true, false, false],
  );
});

test("seats are named in a sentence", () => {
  assert.equal(sentenceOf(["A1"]), "Seat A1");
  assert.equal(sentenceOf(["A1", "A2", "B1"]), "Seats A1, A2 and B1");
});

test("neighbours are named by their ends, others one by one", () => {
  assert.equal(seats.block([1]), "A1");
  assert.equal(seats.block([1, 2]), "A1 and A2");
  assert.equal(seats.block([1, 2, 3]), "A1, A2 and A3");
  assert.equal(new Seats({ layout: { plan: "C:4S" }, show, kinds: KINDS }).block([2, 3, 4]), "C2–C4");
});

test("time is shown in minutes and seconds", () => {
  assert.deepEqual([480_000, 65_001, 0, -1].map(clock), ["8:00", "1:06", "0:00", "0:00"]);
});

test("amounts are in the currency of the house, by its sign", () => {
  const dollars = new Seats({ layout, show: { ...show, currency: "USD" }, kinds: KINDS });
  assert.equal(dollars.price(dollars.get(1)), "$12.10");
});
