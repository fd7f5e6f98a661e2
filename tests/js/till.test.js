// The till's arithmetic, what is chosen on its map, and forms that are sent until there is an answer.

import assert from "node:assert/strict";
import { test } from "node:test";

import { TillChoice } from "../../static/js/till-map.js";
import { Sending } from "../../static/js/till-sending.js";
import { centsOf, changeOf } from "../../static/js/till-sum.js";
import { storeOf } from "./pages.js";

test("amounts are read as people type them, or not at all", () => {
  const typed = ["20", "12.5", "12,50", " 0.07 ", "1.234,50", "8.505", "-1", "", "x", "1e3"];
  assert.deepEqual(typed.map(centsOf), [2000, 1250, 1250, 7, null, null, null, null, null, null]);
});

test("change is what is too much, and what is missing is said", () => {
  assert.deepEqual(changeOf("50", 2410), { cents: 2590, isShort: false });
  assert.deepEqual(changeOf("20", 2410), { cents: 410, isShort: true });
  assert.equal(changeOf("", 2410), null);
});

function tillOf({ states = "aabxh", mine = /** @type {number[]} */ ([]), canExchange = false }) {
  const store = storeOf({ states, mine, held: [[5, Infinity]] });
  /** @type {number[]} */
  const opened = [];
  const choice = new TillChoice(store, { canExchange, open: (seatNumber) => opened.push(seatNumber), changed() {} });
  return { store, choice, opened };
}

test("free and blocked seats are chosen, sold ones open their booking, held ones are refused", () => {
  const { store, choice, opened } = tillOf({});
  for (const seatNumber of [1, 2, 3, 4]) choice.take(seatNumber);
  assert.match(String(choice.take(5)), /^Someone is holding this seat/);
  assert.deepEqual([store.selection, opened, [...choice.blocked]], [[1, 2], [3], [4]]);
  choice.take(2);
  choice.take(4);
  assert.deepEqual([store.selection, [...choice.blocked]], [[1], []]);
  choice.clear();
  assert.deepEqual(store.selection, []);
});

test("a seat that somebody else gets leaves the choice, and is named", () => {
  const { store, choice } = tillOf({});
  choice.take(1);
  choice.take(2);
  choice.take(4);
  store.apply({ type: "changes", version: 2, digest: "d2", changes: [[1, "b"], [4, "a"]] });
  assert.deepEqual([store.selection, [...choice.blocked], store.notice.sentence], [[2], [], "Gone meanwhile: A1."]);
});

test("seats of a booking are given for others; its only one is, without asking", () => {
  const several = tillOf({ states: "bba", mine: [1, 2], canExchange: true });
  assert.deepEqual([...several.choice.given], []);
  several.choice.take(2);
  assert.deepEqual([...several.choice.given], [2]);
  assert.deepEqual([...tillOf({ states: "ba", mine: [1], canExchange: true }).choice.given], [1]);
});

test("a seat is for whom the type chosen last is, and another press makes it so", () => {
  const { store, choice } = tillOf({});
  choice.take(1);
  choice.type = "child";
  choice.take(2);
  assert.deepEqual(store.types, { 2: "child" });
  choice.retype(1);
  assert.deepEqual(store.types, { 1: "child", 2: "child" });
  choice.type = "";
  choice.retype(2);
  choice.take(1);
  assert.deepEqual([store.selection, store.types], [[2], {}]);
});

test("a form is sent until there is an answer, always the same, and is named until then", async () => {
  const form = { body: "key=1" };
  const answers = [new Error("away"), new Error("away"), { url: "/till/" }];
  const sent = /** @type {any[]} */ ([]);
  const told = /** @type {any[]} */ ([]);
  const sending = new Sending({
    async send(what) {
      sent.push(what);
      const answer = answers[sent.length - 1];
      if (answer instanceof Error) throw answer;
      return answer;
    },
    tell: (unsent) => told.push(unsent),
    wait: async (delay) => told.push(delay),
  });
  const submitted = sending.submit("Sell seats A1", form);
  assert.equal(sending.unsent, "Sell seats A1");
  assert.deepEqual(await submitted, { url: "/till/" });
  assert.deepEqual(sent, [form, form, form]);
  assert.deepEqual(told, ["Sell seats A1", 1_000, "Sell seats A1", 2_000, ""]);
  assert.equal(sending.unsent, "");
});
