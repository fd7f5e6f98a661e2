// A store that heard the frames of a socket knows what a fresh page knows. The frames are a real server's:
// tests/realtime/test_replay.py records them, and runs this file on the recording.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Store } from "../../static/js/store.js";

const recording = process.env.REPLAY ?? new URL("replay.json", import.meta.url);
const { first, fresh, every, resumed, rewritten } = JSON.parse(readFileSync(recording, "utf8"));
const now = () => first.server_time;
const changes = every.filter(({ type }) => type === "changes");

function storeAfter(frames, page = first) {
  const store = new Store(page, { now });
  for (const frame of frames) assert.deepEqual(store.apply(frame), { gap: false });
  return store;
}

// What frames tell of; whose a seat is no frame says.
function known({ version, digest, letters, heldUntil, show: { terms, price, premium_surcharge: surcharge } }) {
  return { version, digest, letters: letters.join(""), heldUntil: [...heldUntil].sort(), terms, price, surcharge };
}

const expected = known(new Store(fresh, { now }));

// Puts frames that follow each other into one, as the server does under load.
function merged(frames) {
  const last = frames.at(-1);
  const seats = new Map(frames.flatMap((frame) => frame.changes).map((change) => [change[0], change]));
  const show = frames.findLast((frame) => frame.show)?.show;
  return { ...last, from: frames[0].from, changes: [...seats.values()], ...(show && { show }) };
}

test("the recording has what there is to lose", () => {
  assert.ok(changes.length >= 8);
  assert.deepEqual(new Set(changes.flatMap((frame) => frame.changes.map(([, letter]) => letter))), new Set("ahb"));
  assert.ok(changes.some(({ show }) => show));
  assert.ok(every.some(({ type }) => type === "offer"));
  assert.ok(resumed.some(({ frames }) => frames.some(({ from, version }) => version > from)));
  assert.ok(resumed.some(({ frames }) => frames.some(({ type }) => type === "snapshot")));
  assert.ok(rewritten.length > 0 && rewritten.every(({ frames }) => frames.some(({ type }) => type === "snapshot")));
  assert.notDeepEqual(known(new Store(first, { now })), expected);
});

test("every frame, one by one", () => assert.deepEqual(known(storeAfter(every)), expected));

test("frames that were merged, wherever the seams are", () => {
  for (let from = 0; from < changes.length; from += 1) {
    for (let to = from + 1; to <= changes.length; to += 1) {
      const frames = [...changes.slice(0, from), merged(changes.slice(from, to)), ...changes.slice(to)];
      assert.deepEqual(known(storeAfter(frames)), expected, `merged from ${from} to ${to}`);
    }
  }
});

test("frames of a socket that resumed, whatever it had", () => {
  for (const { since, frames } of resumed) {
    const before = every.filter((frame) => frame.type === "changes" && frame.version <= Number.parseInt(since));
    assert.deepEqual(known(storeAfter([...before, ...frames])), expected, `since ${since}`);
  }
});

test("frames that come again change nothing", () => {
  assert.deepEqual(known(storeAfter([...every, ...changes])), expected);
});

test("frames of a socket under which the history was rewritten", () => {
  const store = storeAfter(every);
  for (const { frames, fresh: page } of rewritten) {
    for (const frame of frames) store.apply(frame);
    assert.deepEqual(known(store), known(new Store(page, { now })));
  }
});

test("a frame that is missing is noticed", () => {
  for (let missing = 0; missing < changes.length - 1; missing += 1) {
    const store = storeAfter(changes.slice(0, missing));
    assert.deepEqual(store.apply(changes[missing + 1]), { gap: true });
  }
});
