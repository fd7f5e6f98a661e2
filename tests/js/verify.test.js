import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { checkReceipt, obstacle, verify } from "../../static/js/verify.js";

const PAGE = 3;
const FACTS = { auditorium: { id: 1, name: "Grand “Hall”\t☃" }, movie: { id: 2, title: "𝄞\u0001\u2028/" }, price: "12.50" };

const digestOf = (...lines) => createHash("sha256").update(lines.join("\n")).digest("hex");

// A log in which each of the seats is booked by an entry of its own, after the show's facts have changed.
function logOf(seats) {
  const genesis = { show: 7, layout_hash: "9f86d081884c7d65", nonce: "00ff", digest: digestOf(7, "9f86d081884c7d65", "00ff") };
  const said = [{ at: 999, changes: [], show: FACTS }, ...seats.map((seat) => ({ at: 1000 + seat, changes: [[seat, "b"]], show: null }))];
  const log = { genesis, entries: said.map((each, index) => ({ version: index + 1, digest: "", ...each })), head: null };
  return chained(log);
}

// Gives each entry the digest that it should have, from a version on.
function chained(log, from = 1) {
  let before = log.entries[from - 2]?.digest ?? log.genesis.digest;
  for (const entry of log.entries.slice(from - 1)) {
    const { version, at, changes, show } = entry;
    before = entry.digest = digestOf(before, version, JSON.stringify({ at, changes, show }));
  }
  log.head = { version: log.entries.length, digest: before };
  return log;
}

// Reads it as the server gives it, in pages.
const readerOf = (log) => async (url) => {
  const after = Number(url.match(/^\/api\/shows\/7\/changes\/\?after=(\d+)$/)[1]);
  const end = Math.min(after + PAGE, log.head.version);
  const entries = log.entries.filter(({ version }) => after < version && version <= end);
  return { genesis: log.genesis, entries, head: end === log.head.version ? log.head : null };
};

/** @param {any} noted */
async function checked(log, noted = null) {
  const progress = [];
  const { last, misfit } = await verify({ show: 7, noted, read: readerOf(log), onProgress: (version) => progress.push(version) });
  assert.deepEqual(progress, misfit?.version === 0 ? [] : Array.from({ length: last.version + 1 }, (_, version) => version));
  return { last: last.version, digest: last.digest, misfit: misfit && `${misfit.version}: ${misfit.message}` };
}

test("a log that nobody touched fits, however many pages it has", async () => {
  for (const count of [0, 1, 2, 3, 5, 6, 7]) {
    const log = logOf(Array.from({ length: count }, (_, index) => index + 1));
    assert.deepEqual(await checked(log), { last: count + 1, digest: log.head.digest, misfit: null });
  }
});

test("the first entry that doesn't fit is named", async () => {
  const says = "its digest is not that of what it says";
  /** @type {Record<string, [tamper: (log: any) => unknown, version: number, why: string]>} */
  const cases = {
    "a flipped letter": [(log) => (log.entries[4].changes[0][1] = "a"), 5, says],
    "another time": [(log) => (log.entries[3].at += 1), 4, says],
    "other facts": [(log) => (log.entries[0].show = { ...FACTS, price: "1.00" }), 1, says],
    "another genesis": [(log) => (log.genesis.nonce = "ff00"), 0, says],
    "a dropped entry": [(log) => log.entries.splice(4, 1), 5, "it is missing"],
    "a dropped page": [(log) => log.entries.splice(3, 3), 4, "it is missing"],
    "a dropped end": [(log) => log.entries.splice(6), 7, "it is missing"],
    "a swapped pair": [swap, 5, says],
    "another head": [(log) => (log.head.digest = log.genesis.digest), 8, "the seat map has another digest for it"],
  };
  for (const [name, [tamper, version, why]] of Object.entries(cases)) {
    const log = logOf([1, 2, 3, 4, 5, 6, 7]);
    tamper(log);
    const verdict = await checked(log);
    assert.equal(verdict.misfit, `${version}: Entry ${version} does not fit: ${why}.`, name);
    assert.equal(verdict.last, name === "another head" ? 8 : Math.max(0, version - 1), name);
  }
});

function swap({ entries }) {
  const [one, other] = entries.slice(4, 6);
  [one.version, other.version] = [other.version, one.version];
  entries.splice(4, 2, other, one);
}

test("a rewritten suffix fits, but not to what was noted before", async () => {
  const log = logOf([1, 2, 3, 4, 5, 6, 7]);
  const noted = { version: 6, digest: log.entries[5].digest.slice(0, 16) };
  assert.equal((await checked(log, noted)).misfit, null);

  log.entries[4].changes[0][1] = "a";
  chained(log, 5);

  assert.equal((await checked(log)).misfit, null);
  assert.equal((await checked(log, noted)).misfit, "6: Entry 6 does not fit: it had another digest before.");
  assert.equal((await checked(log, { ...noted, version: 9 })).misfit, "9: Entry 9 does not fit: the log ends before it.");
});

test("a receipt says which seats became what", async () => {
  const log = logOf([4, 5, 6, 7]);
  const { version, digest } = log.entries[2];
  /** @type {(receipt: any) => Promise<any>} */
  const check = (receipt) => checkReceipt({ show: 7, seats: [5], letter: "b", version, digest, read: readerOf(log), ...receipt });

  const { misfit, noted, last } = await check({});

  assert.deepEqual([misfit, noted.at, last.version], [null, 1005, 5]);
  const other = "Entry 3 does not fit: it says something else of these seats.";
  for (const receipt of [{ seats: [5, 6] }, { letter: "x" }]) assert.equal((await check(receipt)).misfit.message, other);
});

test("a log that can't be read is no misfit", async () => {
  const read = () => Promise.reject(new Error("no network"));
  await assert.rejects(verify({ show: 7, read }), /no network/);
});

test("a browser without digests says so", () => {
  assert.equal(obstacle(), "");
  const { crypto } = globalThis;
  Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
  assert.match(obstacle(), /https/);
  Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true });
});
