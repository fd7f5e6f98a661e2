import assert from "node:assert/strict";
import { test } from "node:test";

import { Choice, clock } from "../../static/js/choice.js";
import { SeatMapState } from "../../static/js/seat-map-state.js";

const NOW = 1_000_000;

function choiceOf({ states = "aaaahbbx", held = [[5, NOW + 65_000]], hold = null, bookable = true } = {}) {
  const state = new SeatMapState({ version: 1, states, held });
  return new Choice({ state, mine: [7], hold, maxSeats: 3, bookable, now: () => NOW });
}

const holdOf = (...seats) => ({ seats, expires_at: NOW + 480_000, version: 1 });

test("each state has its own appearance", () => {
  const choice = choiceOf({ hold: holdOf(1) });
  const appearances = [1, 2, 5, 6, 7, 8].map((seatNumber) => choice.appearance(seatNumber));
  assert.deepEqual(appearances, ["chosen", "free", "held", "taken", "mine", "blocked"]);
});

test("a seat whose hold is over is free, whatever the map says", () => {
  assert.equal(choiceOf({ held: [[5, NOW]] }).appearance(5), "free");
});

test("a free seat is taken and given back", () => {
  const choice = choiceOf();
  assert.equal(choice.toggle(2), null);
  assert.deepEqual(choice.seatNumbers, [2]);
  assert.equal(choice.isSettled, false);
  assert.equal(choice.toggle(2), null);
  assert.deepEqual(choice.seatNumbers, []);
  assert.equal(choice.isSettled, true);
});

test("a refusal says why", () => {
  const choice = choiceOf();
  assert.deepEqual(
    [5, 6, 7, 8].map((seatNumber) => choice.toggle(seatNumber)),
    [
      "Someone is holding this seat, for 1:05 more.",
      "This seat is taken.",
      "This seat is already yours.",
      "This seat is not on sale.",
    ],
  );
  assert.deepEqual(choice.seatNumbers, []);
});

test("more seats than allowed are refused", () => {
  const choice = choiceOf({ hold: holdOf(1, 2, 3) });
  assert.equal(choice.toggle(4), "You can choose up to 3 seats.");
  assert.deepEqual(choice.seatNumbers, [1, 2, 3]);
});

test("nothing can be chosen once the show has started", () => {
  assert.equal(choiceOf({ bookable: false }).toggle(1), "This show has started.");
});

test("a seat just given back is free, though the map still shows it held", () => {
  const hold = holdOf(5);
  const choice = choiceOf({ held: [[5, hold.expires_at]], hold });
  choice.toggle(5);
  assert.equal(choice.appearance(5), "free");
  choice.answered([], { hold: null });
  assert.equal(choice.appearance(5), "free");
});

test("of a refused wish what is lost goes, and later wishes stay", () => {
  const choice = choiceOf({ hold: holdOf(1) });
  choice.want([1, 2, 3]);
  choice.answered([1, 2], { hold: holdOf(1), code: "seat_taken", seats: [2] });
  assert.deepEqual(choice.seatNumbers, [1, 3]);
});

test("of a wish refused for another reason what was new in it goes", () => {
  const choice = choiceOf({ hold: holdOf(1) });
  choice.want([1, 2, 3]);
  choice.answered([1, 2], { hold: holdOf(1), code: "leaves_gap", seats: [4] });
  assert.deepEqual(choice.seatNumbers, [1, 3]);
});

test("a seat that could not be given back alone stays", () => {
  const choice = choiceOf({ hold: holdOf(1, 2) });
  choice.toggle(1);
  choice.answered([2], { hold: holdOf(1, 2), code: "companion_alone", seats: [2] });
  assert.deepEqual(choice.seatNumbers, [1, 2]);
  assert.equal(choice.isSettled, true);
});

test("a seat that is no longer held is dropped, once the map has got as far as the hold", () => {
  const choice = choiceOf({ hold: { ...holdOf(1, 2), version: 3 } });
  const apply = (version, changes) =>
    choice.reconcile(choice.state.apply({ type: "changes", from: version, version, changes }).changed);
  assert.deepEqual(apply(2, [[1, "b"]]), []);
  assert.deepEqual(apply(3, [[1, "h", 5], [2, "h", 5]]), []);
  assert.deepEqual(apply(4, [[2, "a"]]), [2]);
  assert.deepEqual(choice.seatNumbers, [1]);
  assert.equal(choice.isSettled, true);
});

test("a seat given back is no longer mine, whoever takes it next", () => {
  const choice = choiceOf();
  for (const [version, letter] of [[2, "a"], [3, "b"]]) {
    const frame = { type: "changes", from: version, version, changes: [[7, letter]] };
    choice.reconcile(choice.state.apply(frame).changed);
  }
  assert.equal(choice.appearance(7), "taken");
});

test("time is shown in minutes and seconds", () => {
  assert.deepEqual([480_000, 65_001, 0, -1].map(clock), ["8:00", "1:06", "0:00", "0:00"]);
});
