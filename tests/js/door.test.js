// What the door does by its list alone, and what it tells later.

import assert from "node:assert/strict";
import { test } from "node:test";

import { DoorStore, plain } from "../../static/js/door-store.js";

const TICKETS = [
  { code: "AAAA", reference: "K7MQ-4TXP", seat_number: 1, label: "A1", admission: null },
  { code: "BBBB", reference: "K7MQ-4TXP", seat_number: 2, label: "A2", admission: null },
  { code: "CCCC", reference: "X2PW-9RDB", seat_number: 3, label: "A3", admission: { id: 7, at: "T1", by: "ann" } },
];

function door({ list = true, due = "0.00" } = {}) {
  const tools = { now: () => 1_000, clock: String, money: (amount) => `€${amount}` };
  const store = new DoorStore(1, { list: null, queue: [], troubles: [] }, tools);
  if (list) store.take(structuredClone(TICKETS).map((ticket) => ({ ...ticket, due })));
  return store;
}

test("a reference names its tickets however it is typed, and a code its one", () => {
  const labels = (text) => door().named(text).map(({ label }) => label);
  assert.deepEqual(labels("k7mq 4txp"), ["A1", "A2"]);
  assert.deepEqual(labels("cccc"), ["A3"]);
  assert.deepEqual(labels("nothing"), []);
  assert.equal(plain(" k7-m "), "K7M");
});

test("each ticket of the list lets in once, and is noted to be told later", () => {
  const store = door();
  assert.equal(store.admitOffline("aaaa", "key 1").tone, "yes");
  const again = store.admitOffline("AAAA", "key 2");
  assert.deepEqual([again.tone, again.word], ["no", "Already in"]);
  assert.match(again.detail, /A1 .* let in by this door/);
  assert.deepEqual(store.counts(), { sold: 3, inside: 2 });
  const [noted] = store.kept.queue;
  assert.deepEqual([noted.code, noted.key, noted.at, store.unsent], ["AAAA", "key 1", "1970-01-01T00:00:01.000Z", 1]);
});

test("whoever is in by the list is told so, and no other code passes", () => {
  assert.match(door().admitOffline("CCCC", "key").detail, /at T1, let in by ann/);
  for (const code of ["", "DDDD", "K7MQ-4TXP"]) assert.deepEqual(door().admitOffline(code, "key").word, "Not valid");
});

test("without a list nobody is told that a ticket is not valid", () => {
  const store = door({ list: false });
  assert.deepEqual([store.admitOffline("AAAA", "key").tone, store.unsent], ["unknown", 0]);
});

test("a newer list leaves done what is not sent yet", () => {
  const store = door();
  store.admitOffline("AAAA", "key");
  store.take(structuredClone(TICKETS));
  assert.equal(store.counts().inside, 2);
});

test("what is undone offline lets in again, and the server still hears of both", () => {
  const store = door();
  store.admitOffline("AAAA", "key 1");
  assert.equal(store.undoOffline("key 1"), true);
  assert.equal(store.undoOffline("key 9"), false);
  store.take(structuredClone(TICKETS));
  assert.equal(store.counts().inside, 1);
  assert.equal(store.admitOffline("AAAA", "key 2").tone, "yes");
  assert.deepEqual(store.kept.queue.map(({ undone = false }) => undone), [true, false]);
});

test("what could not be known is said when it is sent", () => {
  const store = door();
  store.admitOffline("AAAA", "key 1");
  store.admitOffline("BBBB", "key 2");
  const [first, second] = store.kept.queue;
  store.sent(first, { id: 9, conflict: null });
  assert.deepEqual([store.unsent, store.kept.troubles], [1, []]);
  store.sent(second, { id: 10, conflict: "already_admitted" });
  assert.equal(store.unsent, 0);
  assert.match(store.kept.troubles[0], /^Seat A2, let in at .* another door\.$/);
  store.sent({ key: "key 3", label: "A9", at: "T" }, { code: "other_show", detail: "This ticket is for another film." });
  assert.match(store.kept.troubles[1], /not recorded: This ticket is for another film\.$/);
});

test("whoever has not paid does so first, for all of the booking, and it is told later", () => {
  const store = door({ due: "20.00" });
  const unpaid = store.admitOffline("AAAA", "key 1");
  assert.deepEqual([unpaid.tone, unpaid.word, unpaid.due, unpaid.named, store.unsent], ["ask", "Unpaid", "20.00", { code: "AAAA" }, 0]);
  assert.match(unpaid.detail, /^€20.00 is due, by the list of/);
  assert.equal(store.admitOffline("AAAA", "key 2", { amount: "20.00", method: "cash" }).tone, "yes");
  const [{ code, amount, method }] = store.kept.queue;
  assert.deepEqual([code, amount, method], ["AAAA", "20.00", "cash"]);
  store.take(structuredClone(TICKETS).map((ticket) => ({ ...ticket, due: "20.00" })));
  assert.equal(store.admitOffline("BBBB", "key 3").tone, "yes");
  assert.equal(store.undoOffline("key 2"), true);
  assert.deepEqual([store.ticketOf("AAAA").due, store.ticketOf("CCCC").due], ["0.00", "20.00"]);
});

test("whoever paid at the door with a network has paid without one", () => {
  const store = door({ due: "20.00" });
  const refused = store.refused({ code: "unpaid", detail: "€20.00 is due.", due: "20.00" }, { code: "AAAA" });
  assert.deepEqual([refused.due, refused.named], ["20.00", { code: "AAAA" }]);
  store.note("AAAA", { id: 9, key: "key 1" });
  assert.equal(store.admitOffline("BBBB", "key 2").tone, "yes");
});

test("every refusal has a word, also one of a later release", () => {
  const store = door();
  assert.equal(store.refused({ code: "other_day", detail: "…" }).word, "Other day");
  assert.deepEqual(store.refused({ code: "something new", detail: "…" }).word, "Not now");
});
