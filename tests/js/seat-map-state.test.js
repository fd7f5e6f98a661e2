import assert from "node:assert/strict";
import { test } from "node:test";

import { SeatMapState } from "../../static/js/seat-map-state.js";

const stateOf = () => new SeatMapState({ version: 17, states: "aahbx" });

test("changes that follow the version shown are applied", () => {
  const state = stateOf();
  const result = state.apply({ type: "changes", from: 18, version: 19, changes: [[1, "b"], [3, "a"]] });
  assert.deepEqual(result, { changed: [1, 3], gap: false });
  assert.equal(state.letters.join(""), "baabx");
  assert.equal(state.version, 19);
});

test("of several changes of one seat the last one counts", () => {
  const state = stateOf();
  const changes = [[1, "b"], [1, "a"], [2, "b"], [2, "a"], [2, "h"]];
  state.apply({ type: "changes", from: 18, version: 22, changes });
  assert.equal(state.letters.join(""), "ahhbx");
});

test("a frame that is already shown changes nothing", () => {
  const state = stateOf();
  const result = state.apply({ type: "changes", from: 17, version: 17, changes: [[1, "b"]] });
  assert.deepEqual(result, { changed: [], gap: false });
  assert.equal(state.letters.join(""), "aahbx");
});

test("a frame that begins earlier but ends later is applied", () => {
  const state = stateOf();
  const result = state.apply({ type: "changes", from: 15, version: 18, changes: [[4, "b"], [1, "b"]] });
  assert.deepEqual(result, { changed: [1], gap: false });
  assert.equal(state.version, 18);
});

test("a gap is told and nothing is applied", () => {
  const state = stateOf();
  const result = state.apply({ type: "changes", from: 19, version: 19, changes: [[1, "b"]] });
  assert.deepEqual(result, { changed: [], gap: true });
  assert.equal(state.version, 17);
});

test("a snapshot replaces everything and names what differs", () => {
  const state = stateOf();
  const result = state.apply({ type: "snapshot", version: 30, states: "abhbx" });
  assert.deepEqual(result, { changed: [2], gap: false });
  assert.equal(state.version, 30);
});

test("a snapshot of a lower version is believed", () => {
  const state = stateOf();
  state.apply({ type: "snapshot", version: 2, states: "aaaaa" });
  assert.equal(state.version, 2);
});

test("until when a seat is held comes with it and goes with it", () => {
  const state = new SeatMapState({ version: 17, states: "aah", held: [[3, 900]] });
  const apply = (version, changes) => state.apply({ type: "changes", from: version, version, changes }).changed;
  assert.deepEqual(apply(18, [[1, "h", 500], [3, "h", 950]]), [1, 3]);
  assert.deepEqual(apply(19, [[1, "h", 500], [3, "b"]]), [3]);
  assert.deepEqual([...state.heldUntil], [[1, 500]]);
  const { changed } = state.apply({ type: "snapshot", version: 20, states: "hah", held: [[1, 600], [3, 700]] });
  assert.deepEqual(changed, [1, 3]);
  assert.deepEqual([...state.heldUntil], [[1, 600], [3, 700]]);
});

test("unknown seats and frames change nothing", () => {
  const state = stateOf();
  assert.deepEqual(state.apply({ type: "tick", version: 17 }), { changed: [], gap: false });
  assert.deepEqual(state.apply({ type: "changes", from: 18, version: 18, changes: [[9, "b"]] }).changed, []);
});

test("snapshot and changes give the same as a fresh snapshot", () => {
  const letters = "ahbx";
  let seed = 7;
  const random = (below) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const truth = [..."a".repeat(50)];
  const state = new SeatMapState({ version: 0, states: truth.join("") });
  for (let version = 1; version <= 500; version += 1) {
    const changes = Array.from({ length: 1 + random(6) }, () => [1 + random(50), letters[random(4)]]);
    for (const [seatNumber, letter] of changes) truth[seatNumber - 1] = letter;
    state.apply({ type: "changes", from: version, version, changes });
  }
  const fresh = new SeatMapState({ version: 500, states: truth.join("") });
  assert.deepEqual(state.letters, fresh.letters);
  for (const letter of letters) assert.equal(state.count(letter), fresh.count(letter));
});
