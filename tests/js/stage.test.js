import assert from "node:assert/strict";
import { test } from "node:test";

import { Plug } from "../../static/js/plug.js";
import { linesIn } from "../../static/js/stage-acts.js";
import { middleSeat } from "../../static/js/stage-map.js";
import { outcomeOf, Race } from "../../static/js/stage-race.js";
import { Truth } from "../../static/js/stage-rewrite.js";
import { cameBack, versionsOf } from "../../static/js/stage-unplug.js";
import { verdictInWords } from "../../static/js/stage-verify.js";
import { follow } from "./live-show.js";
import { storeOf } from "./pages.js";

const BOOKED = { status: 201, code: "", ms: 30 };
const TAKEN = { status: 409, code: "seat_taken", ms: 10 };
const BUSY = { status: 503, code: "unavailable", ms: 1_250 };

function streamOf(...chunks) {
  const encoder = new TextEncoder();
  return new Blob(chunks.map((chunk) => encoder.encode(chunk))).stream();
}

async function all(generator) {
  const found = [];
  for await (const one of generator) found.push(one);
  return found;
}

function raceOf(...answers) {
  const race = new Race();
  for (const answer of answers) race.hear(answer);
  return race;
}

test("lines come whole, however they are cut into chunks", async () => {
  assert.deepEqual(await all(linesIn(streamOf('{"a":"é', '"}\n{"b"', ":2}\n", '{"c":3}\n{"unfinished'))), [{ a: "é" }, { b: 2 }, { c: 3 }]);
  assert.deepEqual(await all(linesIn(streamOf())), []);
});

test("a race that is well says that the seat was sold once", () => {
  const race = raceOf(TAKEN, BOOKED, TAKEN);
  assert.deepEqual([race.booked, race.taken, race.others, race.slowest, race.median], [1, 2, 0, 30, 10]);
  assert.equal(race.sentence("D5"), "D5 was sold once. The other 2 were told that it is taken.");
});

test("a race says also what is not well", () => {
  assert.match(raceOf(BOOKED, BOOKED).sentence("D5"), /^D5 was sold 2 times/);
  assert.match(raceOf(BOOKED, BUSY).sentence("D5"), /1 came too late for a busy server, and got nothing\.$/);
  assert.deepEqual([BOOKED, TAKEN, BUSY].map(outcomeOf), ["booked", "taken", "other"]);
});

test("what came back is said by its versions", () => {
  assert.equal(cameBack(16, { type: "changes", from: 17, version: 23 }), "Versions 17–23 came back as one frame.");
  assert.equal(cameBack(16, { type: "changes", from: 17, version: 17 }), "Version 17 came back.");
  assert.match(cameBack(16, { type: "changes", from: 18, version: 19 }), /Others are missing/);
  assert.match(cameBack(16, { type: "snapshot", version: 23 }), /whole map .* version 23/);
  assert.equal(cameBack(16, { type: "tick", version: 16 }), "Nothing had changed.");
  assert.deepEqual(versionsOf({ type: "changes", from: 17, version: 19 }), [17, 18, 19]);
  assert.deepEqual(versionsOf({ type: "snapshot", version: 23 }), []);
});

test("a page whose plug is pulled is offline until it is put back, and then asks for what it missed", () => {
  const heard = [];
  let plug;
  const { environment, told } = follow((browser) => (plug = new Plug(browser, (frame) => heard.push(frame.type))));
  environment.hear({ type: "snapshot", version: 17 });

  plug.pull();

  assert.equal(environment.socket.closed, true);
  environment.hear({ type: "tick", version: 18 });
  environment.wake();
  environment.pass(60_000);
  assert.deepEqual([heard, told.freshness, environment.sockets.length], [["snapshot"], ["live", "offline"], 1]);

  plug.put();
  environment.pass(1_000);
  assert.equal(environment.socket.url, "/ws/shows/1/?since=17.d17");
  environment.hear({ type: "changes", from: 18, version: 19 });
  assert.deepEqual([heard.at(-1), told.freshness.at(-1)], ["changes", "live"]);
});

test("a screen is compared with what the database has after it forgot, and after each sale since", () => {
  let now = 0;
  const truth = new Truth("b", () => now);
  assert.deepEqual(truth.wrong(["b", "b", "a"]), []);
  truth.hear({ sold: 2 });
  truth.hear({ undone: [1, 2], states: "baa" });
  assert.deepEqual(truth.wrong(["b", "b", "a"]), [2]);
  truth.hear({ sold: 3 });
  assert.deepEqual(truth.wrong(["b", "b", "a"]), [2, 3]);
  now = 1_200;
  assert.deepEqual(truth.wrong(["b", "a", "b"]), []);
  now = 2_000;
  truth.hear({ sold: 2 });
  assert.deepEqual(truth.wrong(["b", "a", "b"]), [2]);
  assert.match(truth.sentence, /^2 seats were wrong .* within 1\.2 s/);
});

test("a log that fits may still be another one than before", () => {
  const verdict = { last: { version: 1_200, digest: "08e647a4ffff" }, misfit: null, noted: null };
  const noted = { version: 16, digest: "613b0f60ffff" };
  assert.equal(verdictInWords(verdict, noted, false), "All 1,200 entries fit, from the first to the last.");
  assert.match(verdictInWords(verdict, noted, true), /But history was rewritten: entry 16 had the digest 613b0f60… before/);
  assert.match(verdictInWords({ ...verdict, last: { version: 0, digest: "" } }, null, false), /no entry yet/);
});

test("the race is for a free seat in the middle", () => {
  assert.equal(middleSeat(storeOf({ states: "aaaaa" })), 3);
  assert.equal(middleSeat(storeOf({ states: "aabba" })), 2);
  assert.equal(middleSeat(storeOf({ states: "bb" })), null);
});
