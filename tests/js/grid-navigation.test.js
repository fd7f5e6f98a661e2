import assert from "node:assert/strict";
import { test } from "node:test";

import { seatInDirection } from "../../static/js/grid-navigation.js";

// Two seats, an aisle, two seats; then an empty line; then a longer row.
const front = [0, 1, 3, 4].map((x) => ({ x, y: 0 }));
const back = [0, 1, 2, 3, 4].map((x) => ({ x, y: 2 }));
const rows = [front, back];

test("arrows move over seats and skip aisles and empty lines", () => {
  assert.equal(seatInDirection(rows, front[1], "ArrowRight"), front[2]);
  assert.equal(seatInDirection(rows, front[2], "ArrowLeft"), front[1]);
  assert.equal(seatInDirection(rows, front[2], "ArrowDown"), back[3]);
  assert.equal(seatInDirection(rows, back[4], "ArrowUp"), front[3]);
});

test("home and end stay in the row", () => {
  assert.equal(seatInDirection(rows, back[2], "Home"), back[0]);
  assert.equal(seatInDirection(rows, back[2], "End"), back[4]);
});

test("the edges hold", () => {
  assert.equal(seatInDirection(rows, front[0], "ArrowLeft"), front[0]);
  assert.equal(seatInDirection(rows, front[3], "ArrowRight"), front[3]);
  assert.equal(seatInDirection(rows, front[1], "ArrowUp"), front[1]);
  assert.equal(seatInDirection(rows, back[1], "ArrowDown"), back[1]);
});

test("other keys lead nowhere", () => {
  assert.equal(seatInDirection(rows, front[0], "Enter"), null);
});
