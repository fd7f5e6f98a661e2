import assert from "node:assert/strict";
import { test } from "node:test";

import { History, PastMap } from "../../static/js/history.js";
import { LogWords } from "../../static/js/log-words.js";
import { countsOf } from "../../static/js/seat-states.js";
import { pageOf } from "./pages.js";

const CHANGES = [[[1, "b"]], [[2, "h", 5_000], [3, "h", 5_000]], [[1, "a"]], [[2, "b"], [3, "b"]], [[4, "x"]]];
const MAPS = ["aaaa", "baaa", "bhha", "ahha", "abba", "abbx"];
const entries = CHANGES.map((changes, index) => ({ version: index + 1, digest: `d${index + 1}`, at: 1_000 * (index + 1), changes, show: null }));

// A server with this log of four seats, in blocks of two; it notes what it is asked for.
function serve(fails = () => Boolean(false)) {
  const asked = [];
  const read = async (url) => {
    asked.push(url);
    if (fails()) throw new Error("no network");
    const [, at, after] = url.match(/\?(?:at=(\d+)|after=(\d+)&limit=2)$/);
    if (after) return { entries: entries.filter(({ version }) => version > after && version <= Number(after) + 2) };
    const held = ["2", "3"].includes(at) ? [[2, 5_000], [3, 5_000]] : [];
    return { states: MAPS[at], held, digest: at === "0" ? "genesis" : `d${at}` };
  };
  return { history: new History({ seats_url: "/seats/", log_url: "/log/", block: 2 }, read), asked };
}

test("each version of the map is as the log has it, from whatever side one comes", async () => {
  const { history, asked } = serve();
  for (const version of [5, 0, 1, 2, 3, 4, 3, 2, 5]) {
    const { letters, heldUntil, entry } = await history.at(version);
    assert.equal(letters.join(""), MAPS[version]);
    assert.deepEqual([...heldUntil], version === 2 || version === 3 ? [[2, 5_000], [3, 5_000]] : []);
    assert.deepEqual(entry, version === 0 ? null : entries[version - 1]);
  }
  assert.deepEqual(asked, ["4", "0", "2"].flatMap((start) => [`/seats/?at=${start}`, `/log/?after=${start}&limit=2`]));
  assert.equal((await history.at(0)).digest, "genesis");
});

test("a block that could not be had is asked for again", async () => {
  let isDown = true;
  const { history } = serve(() => isDown);
  await assert.rejects(history.at(1), /no network/);
  isDown = false;
  assert.equal((await history.at(1)).letters.join(""), "baaa");
});

test("an entry that is missing is none", async () => {
  const read = async (url) => (url.startsWith("/seats/") ? { states: "aaaa", held: [], digest: "genesis" } : { entries: [entries[1]] });
  const history = new History({ seats_url: "/seats/", log_url: "/log/", block: 2 }, read);
  assert.equal((await history.at(1)).entry, null);
  assert.equal((await history.at(2)).entry, entries[1]);
});

test("a refusal says why", async () => {
  const history = new History({ seats_url: "/", log_url: "/", block: 2 }, async () => ({ detail: "There is no such show." }));
  await assert.rejects(history.at(1), /no such show/);
});

test("a view is told of the seats that look different, and a held one is free when its time is over", async () => {
  const { history } = serve();
  const map = new PastMap(pageOf({ states: "aaaa" }));
  const told = [];
  map.subscribe(({ seats }) => told.push(seats));
  for (const version of [0, 1, 2, 3]) map.show(await history.at(version), []);
  assert.deepEqual(told, [[1, 2, 3, 4], [1], [2, 3], [1, 2, 3]]);
  assert.deepEqual([countsOf(map), map.timeLeft(2)], [{ free: 2, held: 2 }, 2_000]);

  const late = { ...entries[2], at: 5_000 };
  map.show({ ...(await history.at(3)), entry: late }, []);

  assert.deepEqual(countsOf(map), { free: 4 });
});

// The same lines are asked of booking/pages/log.py in tests/booking/pages/test_log.py.
test("an entry says what became so, and of what", () => {
  const page = pageOf({ states: "a".repeat(15) });
  const words = new LogWords(
    {
      words: { a: "Free", h: "Held until", b: "Booked", x: "Not on sale", facts: "The show is now" },
      seats_named: 12,
      show: page.show,
      time_zone: "Europe/Berlin",
    },
    new PastMap(page).seats,
  );
  const noon = Date.UTC(2031, 5, 1, 10, 0, 1);
  const until = noon + 480_000;
  assert.equal(words.moment(noon), "1 Jun 2031, 12:00:01");
  assert.equal(words.moment(Date.UTC(2029, 9, 28, 0, 30)), "28 Oct 2029, 02:30:00+02:00");
  assert.deepEqual(words.lines({ changes: [[2, "h", until], [3, "h", until], [4, "b"]], show: null }), [
    ["Held until 12:08:01", "A2, A3"],
    ["Booked", "A4"],
  ]);
  const many = Array.from({ length: 15 }, (_, index) => [index + 1, "b"]);
  assert.deepEqual(words.lines({ changes: many, show: null }), [
    ["Booked", "A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12 and 3 more"],
  ]);
  const movie = { id: 1, title: "Salt" };
  const facts = { auditorium: { id: 1, name: "Hall" }, movie, premium_surcharge: "3.00", price: "12.00", starts_at: Date.UTC(2031, 5, 6, 18), terms: "0a" };
  assert.deepEqual(words.lines({ changes: [], show: facts }), [
    ["The show is now", "Salt, Hall, Friday 6 June at 20:00, €12.00, premium surcharge €3.00"],
  ]);
});
