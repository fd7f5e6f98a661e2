import assert from "node:assert/strict";
import { test } from "node:test";

import { applied, storeOf, told } from "./pages.js";

const stateOf = () => storeOf({ version: 17, states: "aahbx" });

test("changes that follow the version shown are applied", () => {
  const state = stateOf();
  const result = applied(state, { type: "changes", from: 18, version: 19, changes: [[1, "b"], [3, "a"]] });
  assert.deepEqual(result, { changed: [1, 3], named: [1, 3], gap: false });
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
  const result = applied(state, { type: "changes", from: 17, version: 17, digest: "d1", changes: [[1, "b"]] });
  assert.deepEqual(result, { changed: [], named: [], gap: false });
  assert.equal(state.letters.join(""), "aahbx");
});

test("a frame with another digest for what is shown is of another history, as if frames were missing", () => {
  const state = stateOf();
  const result = applied(state, { type: "changes", from: 17, version: 17, digest: "d2", changes: [[1, "b"]] });
  assert.deepEqual(result, { changed: [], named: [], gap: true });
  assert.equal(state.letters.join(""), "aahbx");
});

test("a frame that begins earlier but ends later is applied", () => {
  const state = stateOf();
  const result = applied(state, { type: "changes", from: 15, version: 18, changes: [[4, "b"], [1, "b"]] });
  assert.deepEqual(result, { changed: [1], named: [4, 1], gap: false });
  assert.equal(state.version, 18);
});

test("a gap is told and nothing is applied", () => {
  const state = stateOf();
  const result = applied(state, { type: "changes", from: 19, version: 19, changes: [[1, "b"]] });
  assert.deepEqual(result, { changed: [], named: [], gap: true });
  assert.equal(state.version, 17);
});

test("a snapshot replaces everything and names what differs", () => {
  const state = stateOf();
  const result = applied(state, { type: "snapshot", version: 30, digest: "d30", states: "abhbx" });
  assert.deepEqual(result, { changed: [2], named: [1, 2, 3, 4, 5], gap: false });
  assert.deepEqual([state.version, state.digest], [30, "d30"]);
});

test("a snapshot of what is shown names what differs, and of another history under the same version every seat", () => {
  for (const [digest, named] of [["d1", [2]], ["d2", [1, 2, 3, 4, 5]]]) {
    const frame = { type: "snapshot", version: 17, digest, states: "abhbx" };
    assert.deepEqual(applied(stateOf(), frame), { changed: [2], named, gap: false });
  }
});

test("a snapshot of a lower version is believed", () => {
  const state = stateOf();
  state.apply({ type: "snapshot", version: 2, states: "aaaaa" });
  assert.equal(state.version, 2);
});

test("until when a seat is held comes with it and goes with it", () => {
  const state = storeOf({ version: 17, states: "aah", held: [[3, 900]] });
  const apply = (version, changes) => applied(state, { type: "changes", from: version, version, changes }).changed;
  assert.deepEqual(apply(18, [[1, "h", 500], [3, "h", 950]]), [1, 3]);
  assert.deepEqual(apply(19, [[1, "h", 500], [3, "b"]]), [3]);
  assert.deepEqual([...state.heldUntil], [[1, 500]]);
  const { changed } = applied(state, { type: "snapshot", version: 20, states: "hah", held: [[1, 600], [3, 700]] });
  assert.deepEqual(changed, [1, 3]);
  assert.deepEqual([...state.heldUntil], [[1, 600], [3, 700]]);
});

test("unknown seats and frames change nothing", () => {
  const state = stateOf();
  assert.deepEqual(applied(state, { type: "tick", version: 17 }), { changed: [], named: [], gap: false });
  assert.deepEqual(applied(state, { type: "changes", from: 18, version: 18, changes: [[9, "b"]] }).changed, []);
});

test("snapshot and changes give the same as a fresh snapshot", () => {
  const letters = "ahbx";
  let seed = 7;
  const random = (below) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const truth = [..."a".repeat(50)];
  const state = storeOf({ version: 0, states: truth.join("") });
  for (let version = 1; version <= 500; version += 1) {
    const changes = Array.from({ length: 1 + random(6) }, () => /** @type {[number, string]} */ ([1 + random(50), letters[random(4)]]));
    for (const [seatNumber, letter] of changes) truth[seatNumber - 1] = letter;
    state.apply({ type: "changes", from: version, version, changes });
  }
  const fresh = storeOf({ version: 500, states: truth.join("") });
  assert.deepEqual(state.letters, fresh.letters);
});

test("the facts of the show come with a frame that is applied, and with no other", () => {
  const state = storeOf({ version: 5, states: "aa" });
  const frame = (from) => ({ type: "changes", from, version: from, changes: [], at: 1, show: { terms: "new" } });
  assert.equal(told(state, frame(5)).was, undefined);
  assert.equal(told(state, frame(7)).was, undefined);
  assert.equal(state.show.terms, "first");
  assert.equal(told(state, frame(6)).was.terms, "first");
  assert.equal(state.show.terms, "new");
  assert.equal(told(state, { type: "snapshot", version: 6, states: "aa", show: { terms: "x" } }).was.terms, "new");
  assert.equal(state.show.terms, "x");
  assert.equal(told(state, { type: "snapshot", version: 7, states: "aa", show: { terms: "x" } }).was, undefined);
});
