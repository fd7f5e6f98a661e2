import assert from "node:assert/strict";
import { test } from "node:test";

import { Line } from "../../static/js/line.js";

const NOW = 1_000_000;
const FRAME = { type: "turn", seat_number: 4, until: NOW + 90_000 };

globalThis.document = { cookie: "" };

// A desk whose server gives these answers, each a status and a body.
function desk(hold, ...answers) {
  const told = { asked: [], sentences: [], adopted: [] };
  globalThis.fetch = async (url, { body }) => {
    told.asked.push([url, JSON.parse(body)]);
    const [status, answer] = answers.shift();
    return { status, headers: new Headers({ "Retry-After": "1" }), json: async () => answer };
  };
  const choice = { hold, now: () => NOW };
  const line = new Line({
    url: "/line/",
    desk: {
      choice,
      holding: { settle: async () => {} },
      seats: { get: (seatNumber) => ({ label: `A${seatNumber}` }), block: (seatNumbers) => `A${seatNumbers}` },
      tell: (sentence, label, act) => {
        told.sentences.push(sentence);
        told.act = act;
      },
      setClock: () => {},
      adopt: (given, seatNumber) => {
        choice.hold = given;
        told.adopted.push(seatNumber);
      },
    },
  });
  return { line, choice, told };
}

const holdOf = (...seats) => ({ seats, expires_at: NOW + 90_000 });
const turn = (hold, isMine = true) => [200, { hold, my_turn: isMine, server_time: NOW }];

test("a turn becomes the hold", async () => {
  const { line, told } = desk(null, turn(holdOf(4)));
  await line.turn(FRAME);
  assert.deepEqual(told.asked, [["/line/turn/", { seat: 4 }]]);
  assert.deepEqual(told.adopted, [4]);
  assert.deepEqual(told.sentences, ["Seat A4 is held for you for 1:30."]);
});

test("a turn told again is neither asked for nor told again", async () => {
  const { line, told } = desk(null, turn(holdOf(4)));
  await line.turn(FRAME);
  await line.turn(FRAME);
  assert.equal(told.asked.length, 1);
  assert.equal(told.sentences.length, 1);
});

test("a turn that another tab took into the hold is told in this one, too", async () => {
  const { line, told } = desk(holdOf(4, 7));
  await line.turn(FRAME);
  assert.deepEqual(told.asked, []);
  assert.deepEqual(told.sentences, ["Seat A4 is held for you, with your other seats, for 1:30."]);
});

test("a turn comes to the seats held so far", async () => {
  const { line, told } = desk(holdOf(7), turn(holdOf(4, 7)));
  await line.turn(FRAME);
  assert.deepEqual(told.sentences, ["Seat A4 is held for you, with your other seats, for 1:30."]);
});

test("a turn that has to wait is asked for again when the other seats are gone", async () => {
  const { line, choice, told } = desk(holdOf(7), turn(holdOf(7)), turn(holdOf(4)));
  await line.turn(FRAME);
  assert.deepEqual(told.sentences, ["Seat A4 is kept for you for 1:30. Book or give back your other seats to get it."]);
  assert.deepEqual(told.adopted, []);
  choice.hold = null;
  await line.ask();
  assert.deepEqual(told.adopted, [4]);
});

test("a turn that went to another browser of hers is left to it", async () => {
  const { line, told } = desk(null, turn(null, false));
  await line.turn(FRAME);
  await line.ask();
  assert.equal(told.asked.length, 1);
  assert.deepEqual(told.sentences, []);
});

test("who waits can stop waiting", async () => {
  const { line, told } = desk(null, [200, {}], [200, {}], [200, {}]);
  await line.join(4);
  await told.act();
  line.remind([4, 5]);
  assert.deepEqual(told.sentences.slice(1), [
    "You no longer wait for A4.",
    "You are in line for A4,5: you are told here when it is your turn.",
  ]);
  assert.deepEqual(told.asked, [["/line/", { seat: 4 }], ["/line/leave/", { seat: 4 }]]);
});

test("who is refused a place in line is told why", async () => {
  const { line, told } = desk(null, [409, { code: "line_full", detail: "20 people wait." }], [503, { detail: "Away." }]);
  await line.join(4);
  await line.join(4);
  assert.deepEqual(told.sentences, ["20 people wait.", "Away."]);
});
