import assert from "node:assert/strict";
import { test } from "node:test";

import { Choice } from "../../static/js/choice.js";
import { SeatMapState } from "../../static/js/seat-map-state.js";

function choiceOf({ states = "aaaahbbx", mine = [7], chosen = [], maxSeats = 3, bookable = true } = {}) {
  return new Choice({ state: new SeatMapState({ version: 1, states }), mine, chosen, maxSeats, bookable });
}

test("each state has its own appearance", () => {
  const choice = choiceOf({ chosen: [1] });
  const appearances = [1, 2, 5, 6, 7, 8].map((seatNumber) => choice.appearance(seatNumber));
  assert.deepEqual(appearances, ["chosen", "free", "held", "taken", "mine", "blocked"]);
});

test("seats of the address are chosen only where they are free", () => {
  assert.deepEqual(choiceOf({ chosen: [6, 2, 99, 1] }).seatNumbers, [1, 2]);
});

test("a free seat is taken and given back", () => {
  const choice = choiceOf();
  assert.equal(choice.toggle(2), null);
  assert.deepEqual(choice.seatNumbers, [2]);
  assert.equal(choice.toggle(2), null);
  assert.deepEqual(choice.seatNumbers, []);
});

test("a refusal says why", () => {
  const choice = choiceOf();
  assert.deepEqual(
    [5, 6, 7, 8].map((seatNumber) => choice.toggle(seatNumber)),
    [
      "Someone is holding this seat.",
      "This seat is taken.",
      "This seat is already yours.",
      "This seat is not on sale.",
    ],
  );
  assert.deepEqual(choice.seatNumbers, []);
});

test("more seats than allowed are refused", () => {
  const choice = choiceOf({ chosen: [1, 2, 3] });
  assert.equal(choice.toggle(4), "You can choose up to 3 seats.");
  assert.deepEqual(choice.seatNumbers, [1, 2, 3]);
});

test("nothing can be chosen once the show has started", () => {
  assert.equal(choiceOf({ bookable: false }).toggle(1), "This show has started.");
});

test("a chosen seat that someone else takes is dropped", () => {
  const choice = choiceOf({ chosen: [1, 2] });
  const { changed } = choice.state.apply({ type: "changes", from: 2, version: 2, changes: [[1, "b"], [3, "b"]] });
  assert.deepEqual(choice.reconcile(changed), [1]);
  assert.deepEqual(choice.seatNumbers, [2]);
});

test("a seat given back is no longer mine, whoever takes it next", () => {
  const choice = choiceOf();
  for (const [version, letter] of [[2, "a"], [3, "b"]]) {
    const frame = { type: "changes", from: version, version, changes: [[7, letter]] };
    choice.reconcile(choice.state.apply(frame).changed);
  }
  assert.equal(choice.appearance(7), "taken");
});
