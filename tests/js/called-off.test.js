import assert from "node:assert/strict";
import { test } from "node:test";

import { pageOf, storeOf } from "./pages.js";

const NOW = 1_000_000;
const frame = (show) => ({ type: "changes", from: 2, version: 2, digest: "b", changes: [], show });

function storeWithHold() {
  const states = "aaahaaaa";
  const hold = { seats: [4], expires_at: NOW + 480_000, version: 1 };
  const show = { ...pageOf({ states }).show, bookable: true };
  return storeOf({ states, held: [[4, NOW + 480_000]], hold, max_seats: 3, show }, () => NOW);
}

test("a show that is called off ends in place, and gives its seats up", () => {
  const store = storeWithHold();
  let over = 0;
  store.subscribe((event) => {
    over += Number(event.over ?? false);
    assert.equal(event.facts, undefined);
  });
  store.apply(frame({ cancelled: NOW, terms: "other" }));
  assert.equal(over, 1);
  assert.deepEqual([store.bookable, store.hold, store.selection], [false, null, []]);
  assert.equal(store.take(1), "This show is called off.");
  assert.equal(store.notice.sentence, "This show is called off.");
});

test("facts of an earlier history, in which it was not, are new facts", () => {
  const store = storeWithHold();
  store.apply(frame({ cancelled: NOW, terms: "other" }));
  let facts = 0;
  store.subscribe((event) => event.facts && (facts += 1));
  store.changeShow({ terms: "as before" });
  assert.deepEqual([facts, store.show.cancelled], [1, undefined]);
});
