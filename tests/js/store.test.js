import assert from "node:assert/strict";
import { test } from "node:test";

import { pageOf, storeOf, told } from "./pages.js";

const NOW = 1_000_000;

/** @param {any} page */
function storeWith({ states = "aaaahbbx", held = [[5, NOW + 65_000]], hold = null, bookable = true } = {}) {
  const show = { ...pageOf({ states }).show, bookable };
  return storeOf({ states, held, mine: [7], hold, max_seats: 3, show }, () => NOW);
}

const holdOf = (...seats) => ({ seats, expires_at: NOW + 480_000, version: 1 });

test("each state has its own appearance", () => {
  const store = storeWith({ hold: holdOf(1) });
  const appearances = [1, 2, 5, 6, 7, 8].map((seatNumber) => store.appearance(seatNumber));
  assert.deepEqual(appearances, ["chosen", "free", "held", "taken", "mine", "blocked"]);
});

test("a seat whose hold is over is free, whatever the map says", () => {
  assert.equal(storeWith({ held: [[5, NOW]] }).appearance(5), "free");
});

test("a free seat is taken and given back", () => {
  const store = storeWith();
  assert.equal(store.take(2), null);
  assert.deepEqual(store.selection, [2]);
  assert.equal(store.isSettled, false);
  assert.equal(store.take(2), null);
  assert.deepEqual(store.selection, []);
  assert.equal(store.isSettled, true);
});

test("a refusal says why", () => {
  const store = storeWith();
  assert.deepEqual(
    [5, 6, 7, 8].map((seatNumber) => store.take(seatNumber)),
    [
      "Someone is holding this seat, for 1:05 more.",
      "This seat is taken.",
      "This seat is already yours.",
      "This seat is not on sale.",
    ],
  );
  assert.deepEqual(store.selection, []);
});

test("more seats than allowed are refused", () => {
  const store = storeWith({ hold: holdOf(1, 2, 3) });
  assert.equal(store.take(4), "You can choose up to 3 seats.");
  assert.deepEqual(store.selection, [1, 2, 3]);
});

test("nothing can be chosen once the show has started", () => {
  assert.equal(storeWith({ bookable: false }).take(1), "This show has started.");
});

test("a seat just given back is free, though the map still shows it held", () => {
  const hold = holdOf(5);
  const store = storeWith({ held: [[5, hold.expires_at]], hold });
  store.take(5);
  assert.equal(store.appearance(5), "free");
  store.answered([], { hold: null });
  assert.equal(store.appearance(5), "free");
});

test("of a refused selection what is lost goes, and later selections stay", () => {
  const store = storeWith({ hold: holdOf(1) });
  store.want([1, 2, 3]);
  store.answered([1, 2], { hold: holdOf(1), code: "seat_taken", seats: [2] });
  assert.deepEqual(store.selection, [1, 3]);
});

test("of a selection refused for another reason what was new in it goes", () => {
  const store = storeWith({ hold: holdOf(1) });
  store.want([1, 2, 3]);
  store.answered([1, 2], { hold: holdOf(1), code: "leaves_gap", seats: [4] });
  assert.deepEqual(store.selection, [1, 3]);
});

test("a seat that could not be given back alone stays", () => {
  const store = storeWith({ hold: holdOf(1, 2) });
  store.take(1);
  store.answered([2], { hold: holdOf(1, 2), code: "companion_alone", seats: [2] });
  assert.deepEqual(store.selection, [1, 2]);
  assert.equal(store.isSettled, true);
});

test("a seat that is no longer held is dropped, once the map has got as far as the hold", () => {
  const store = storeWith({ hold: { ...holdOf(1, 2), version: 3 } });
  const apply = (version, changes) =>
    told(store, { type: "changes", from: version, version, changes }).lost;
  assert.deepEqual(apply(2, [[1, "b"]]), []);
  assert.deepEqual(apply(3, [[1, "h", 5], [2, "h", 5]]), []);
  assert.deepEqual(apply(4, [[2, "a"]]), [2]);
  assert.deepEqual(store.selection, [1]);
  assert.equal(store.isSettled, true);
});

test("a whole map from before the hold has the server asked for the seats held, and says nothing against them", () => {
  const store = storeWith({ hold: { ...holdOf(1, 2), version: 3 } });
  const { selected, lost } = told(store, { type: "snapshot", version: 2, states: "aaaahbbx" });
  assert.deepEqual([selected, lost, store.selection, store.isSettled], [true, [], [1, 2], false]);
  store.answered([1, 2], { hold: { ...holdOf(1), version: 3 }, code: "seat_taken", seats: [2] });
  assert.deepEqual([store.selection, store.isSettled], [[1], true]);
  assert.equal(told(store, { type: "snapshot", version: 3, states: "haaahbbx", held: [[1, 5]] }).selected, undefined);
});

test("a seat given back is no longer mine, whoever takes it next", () => {
  const store = storeWith();
  for (const [version, letter] of [[2, "a"], [3, "b"]]) {
    const frame = { type: "changes", from: version, version, changes: [[7, letter]] };
    store.apply(frame);
  }
  assert.equal(store.appearance(7), "taken");
});

test("a seat given back that goes to somebody else in the same change is not mine", () => {
  const store = storeWith();
  const frame = { type: "changes", from: 2, version: 2, changes: [[7, "h", NOW + 90_000]] };
  const { isUnsure } = told(store, frame);
  assert.equal(store.appearance(7), "held");
  assert.equal(isUnsure, false);
  const booked = { type: "changes", from: 3, version: 3, changes: [[7, "b"]] };
  store.apply(booked);
  assert.equal(store.appearance(7), "taken");
});

test("whose a seat is that was mine and is booked anew only the server knows", () => {
  for (const frame of [
    { type: "changes", from: 2, version: 4, changes: [[7, "b"]] },
    { type: "snapshot", version: 9, states: "aaaaabba" },
  ]) {
    const store = storeWith();
    assert.equal(told(store, frame).isUnsure, true);
  }
  const store = storeWith();
  const frame = { type: "changes", from: 2, version: 2, changes: [[6, "b"]] };
  assert.equal(told(store, frame).isUnsure, false);
});

test("a held seat that is booked is lost, and only the server knows to whom", () => {
  const store = storeWith({ hold: holdOf(1) });
  const frame = { type: "changes", from: 2, version: 2, changes: [[1, "b"]] };
  const { lost, isUnsure } = told(store, frame);
  assert.deepEqual({ lost, isUnsure }, { lost: [1], isUnsure: true });
});

test("a seat that the server does not hold yet is being chosen, and counts as free", () => {
  const store = storeWith({ states: "aaaa", held: [] });
  store.take(2);
  assert.equal(store.appearance(2), "choosing");
  assert.deepEqual(store.counts, { free: 4 });
  store.answered([2], { hold: holdOf(2) });
  assert.equal(store.appearance(2), "chosen");
  assert.deepEqual(store.counts, { free: 3, chosen: 1 });
});

test("counts follow the clock", () => {
  assert.equal(storeWith({ states: "aahh", held: [[3, NOW], [4, NOW + 1]] }).counts.free, 3);
});

test("no seat of a show that has started is free", () => {
  const store = storeWith({ bookable: false });
  assert.deepEqual([1, 5, 6, 7, 8].map((number) => store.appearance(number)), ["closed", "held", "taken", "mine", "blocked"]);
});

test("a held seat is refused, and who is signed in can wait for it", () => {
  const store = storeWith();
  const refused = [];
  store.subscribe((event) => event.refused && refused.push(event.refused));
  const reason = store.take(5);
  assert.deepEqual(refused, [{ seatNumber: 5, reason }]);
  assert.deepEqual(store.notice.action, { label: "Join the waitlist", join: 5 });
});

test("what is being tried is said until it is done, whatever else is selected", () => {
  const store = storeWith();
  store.tell("Trying again…", { isTrying: true });
  store.take(1);
  assert.equal(store.notice.sentence, "Trying again…");
  store.tell("Held.");
  store.take(2);
  assert.equal(store.notice.sentence, "");
});

test("when the time of the hold is over its seats are free, and nothing is selected", () => {
  let now = NOW;
  const hold = holdOf(1, 2);
  const store = storeOf({ states: "hha", held: [[1, hold.expires_at], [2, hold.expires_at]], hold }, () => now);
  const lapsed = [];
  store.subscribe((event) => event.lapsed && lapsed.push(event.lapsed));
  now = hold.expires_at - 1;
  store.tick();
  assert.deepEqual(lapsed, []);
  now += 1;
  store.tick();
  store.tick();
  assert.deepEqual(lapsed, [[1, 2]]);
  assert.deepEqual([store.selection, store.counts], [[], { free: 3 }]);
});

test("seats instead of those wanted are good for what was wanted, and for no later seat", () => {
  const store = storeWith();
  store.want([1, 2], { orNearest: true });
  assert.equal(store.orNearest, true);
  store.answered([1, 2], { hold: holdOf(1, 2) });
  store.take(3);
  assert.equal(store.orNearest, false);
});

test("a show that starts closes, once", () => {
  let now = NOW;
  const show = { ...pageOf({ states: "" }).show, starts_at: NOW + 1 };
  const store = storeOf({ states: "aab", hold: holdOf(1), show }, () => now);
  let over = 0;
  store.subscribe((event) => event.over && (over += 1));
  store.tick();
  now += 1;
  store.tick();
  store.tick();
  assert.equal(over, 1);
  assert.deepEqual([store.bookable, store.hold, store.counts], [false, null, { free: 0, closed: 2, taken: 1 }]);
});

test("seats are drawn anew from time to time, for holds by others end without a word", () => {
  const store = storeWith();
  const drawn = [];
  store.subscribe(({ seats }) => seats && drawn.push([...seats]));
  for (let second = 0; second < 10; second += 1) store.tick();
  assert.deepEqual(drawn, [[5], [5]]);
});

test("a map is live only while all is well", () => {
  const store = storeWith();
  const backs = [];
  store.subscribe(({ isBack }) => backs.push(isBack));
  const shown = [
    {},
    { link: "live" },
    { link: "live" },
    { isUnreached: true },
    { isUnreached: false },
    { link: "offline" },
    { isUnreached: true },
    { link: "live" },
    { isUnreached: false },
    { link: "gone" },
  ].map((word) => {
    store.connection(word);
    return store.freshness;
  });
  assert.deepEqual(shown, [
    "catching-up", "live", "live", "unreached", "live", "offline", "offline", "unreached", "live", "gone",
  ]);
  assert.equal(backs.filter(Boolean).length, 2);
});

test("a map is as old as the last word of it", () => {
  let now = NOW;
  const store = storeOf({ states: "a" }, () => now);
  const at = (moment, word) => {
    now = moment;
    store.connection(word);
    return store.freshAt;
  };
  assert.equal(at(NOW + 1, { link: "live" }), NOW + 1);
  assert.equal(at(NOW + 2, { isUnreached: true }), NOW + 1);
  assert.equal(at(NOW + 3, { link: "offline" }), NOW + 1);
  assert.equal(at(NOW + 4, { link: "live" }), NOW + 4);
});

test("a refusal that tells of other terms is of a show that is known from then on", () => {
  const store = storeWith();
  store.want([1]);
  const changed = [{ what: "price", was: "12.10", now: "14.00" }];
  store.answered([1], { hold: null, code: "terms_changed", seats: [], changed, terms: "second" });
  assert.deepEqual(store.selection, []);
  assert.deepEqual([store.show.terms, store.seats.total([1])], ["second", "€14.00"]);
});

test("the hold of another tab is the selection of this one", () => {
  const store = storeWith({ hold: holdOf(1) });
  const drawn = [];
  store.subscribe(({ seats = [] }) => drawn.push(...seats));
  store.follow(holdOf(2));
  assert.deepEqual([store.selection, drawn.sort()], [[2], [1, 2]]);
});

test("who no longer listens is told nothing", () => {
  const store = storeWith();
  let told = 0;
  const unsubscribe = store.subscribe(() => (told += 1));
  store.tell("");
  unsubscribe();
  store.tell("");
  assert.equal(told, 1);
});
