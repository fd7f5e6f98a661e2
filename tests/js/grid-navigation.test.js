import assert from "node:assert/strict";
import { test } from "node:test";

import { Seats } from "../../static/js/seats.js";
import { KINDS } from "./pages.js";

// Two seats, an aisle, two seats; then an empty line; then a longer row.
const seats = new Seats({ layout: { plan: "A:2S.2S\n\nB:5S" }, show: { currency: "EUR" }, kinds: KINDS });
const [front, back] = seats.rows;

test("arrows move over seats and skip aisles and empty lines", () => {
  assert.equal(seats.inDirection(front[1], "ArrowRight"), front[2]);
  assert.equal(seats.inDirection(front[2], "ArrowLeft"), front[1]);
  assert.equal(seats.inDirection(front[2], "ArrowDown"), back[3]);
  assert.equal(seats.inDirection(back[4], "ArrowUp"), front[3]);
});

test("home and end stay in the row", () => {
  assert.equal(seats.inDirection(back[2], "Home"), back[0]);
  assert.equal(seats.inDirection(back[2], "End"), back[4]);
});

test("the edges hold", () => {
  assert.equal(seats.inDirection(front[0], "ArrowLeft"), front[0]);
  assert.equal(seats.inDirection(front[3], "ArrowRight"), front[3]);
  assert.equal(seats.inDirection(front[1], "ArrowUp"), front[1]);
  assert.equal(seats.inDirection(back[1], "ArrowDown"), back[1]);
});

test("other keys lead nowhere", () => {
  assert.equal(seats.inDirection(front[0], "Enter"), null);
});
