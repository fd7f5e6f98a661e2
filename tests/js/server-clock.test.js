import assert from "node:assert/strict";
import { test } from "node:test";

import { ServerClock } from "../../static/js/server.js";

const at = (milliseconds) => (Date.now = () => milliseconds);

test("an answer that was long under way makes no time left longer", () => {
  const clock = new ServerClock();
  // The server is 1,000 ahead; it answered at once, and the answer took 37 seconds.
  clock.note(1_000, 0, 37_000);
  at(37_000);
  assert.equal(clock.now(), 38_000);
});

test("a quick answer makes the clock more exact, a slow one not less", () => {
  const clock = new ServerClock();
  clock.note(11_000, 0, 10_500);
  clock.note(21_010, 20_000, 20_020);
  clock.note(39_000, 30_000, 39_000);
  at(40_000);
  assert.equal(clock.now(), 41_010);
});

test("a clock of the visitor that is set back or ahead is noticed at the next answer", () => {
  const clock = new ServerClock();
  clock.note(50_000, 50_000, 50_000);
  clock.note(60_000, 10_000, 10_000);
  at(10_000);
  assert.equal(clock.now(), 60_000);
  clock.note(70_000, 90_000, 90_000);
  at(90_000);
  assert.equal(clock.now(), 70_000);
});
