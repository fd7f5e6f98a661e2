// What frames make of the seats of a show, and how a moviegoer sees them. Pure functions of a store.

import { clock } from "./seats.js";

const NOTHING = { changed: [], named: [], gap: false, show: null };
const REASONS = {
  mine: "This seat is already yours.",
  taken: "This seat is taken.",
  blocked: "This seat is not on sale.",
};

// Free, choosing (wanted, and not held yet), chosen (held for them), mine, held, taken, blocked, or closed where it would be
// free but the show has started.
export function appearanceOf(store, seatNumber) {
  if (!store.wanted.has(seatNumber)) return unwanted(store, seatNumber);
  return store.isHeld(seatNumber) ? "chosen" : "choosing";
}

function unwanted(store, seatNumber) {
  const letter = store.letters[seatNumber - 1];
  const { booked, blocked, held } = store.page.state_letters;
  if (letter === booked) return store.mine.has(seatNumber) ? "mine" : "taken";
  if (letter === blocked) return "blocked";
  if (letter === held && isHeldByOthers(store, seatNumber)) return "held";
  return store.bookable ? "free" : "closed";
}

// A seat that was just given back is still held until the map says so; one whose time is over is free.
function isHeldByOthers({ heldUntil, ownTimes, now }, seatNumber) {
  const until = heldUntil.get(seatNumber);
  return !ownTimes.has(until) && !(until <= now());
}

// How many seats there are of each appearance; one that is not held yet counts as what it is to others.
export function countsOf(store) {
  const counts = { free: 0 };
  for (let seatNumber = 1; seatNumber <= store.letters.length; seatNumber += 1) {
    const appearance = appearanceOf(store, seatNumber);
    const counted = appearance === "choosing" ? unwanted(store, seatNumber) : appearance;
    counts[counted] = (counts[counted] ?? 0) + 1;
  }
  return counts;
}

// Why the seat can't be had, or null.
export function reasonOf(store, seatNumber) {
  if (!store.bookable) return `${store.end}.`;
  const appearance = appearanceOf(store, seatNumber);
  if (appearance === "held") return `Someone is holding this seat, for ${clock(store.timeLeft(seatNumber))} more.`;
  if (appearance === "free" && store.wanted.size >= store.page.max_seats) {
    return `You can choose up to ${store.page.max_seats} seats.`;
  }
  return REASONS[appearance] ?? null;
}

// Applies a frame to a map of `version`, `digest`, `letters` and `heldUntil`. Tells which seats it `changed`, which it `named` and so may
// have changed more than once, the facts of the `show` if they came with it, and whether frames before it are missing.
export function applyFrame(map, frame) {
  if (frame.type === "snapshot") return applySnapshot(map, frame);
  if (frame.type === "changes") return applyChanges(map, frame);
  return NOTHING;
}

// A snapshot is the server's word, even where its version is lower: its database may be a restored one.
function applySnapshot(map, { version, digest, states, held = [], show }) {
  const untils = new Map(held);
  const changes = [...states].map((letter, index) => [index + 1, letter, untils.get(index + 1)]);
  return { ...set(map, changes, version, digest), show };
}

// The frame holds the versions `from` to `version`, both included. What is shown under another digest is of another history.
function applyChanges(map, { from, version, digest, changes, show }) {
  const gap = from > map.version + 1 || (version === map.version && digest !== map.digest);
  if (gap || version <= map.version) return { ...NOTHING, gap };
  return { ...set(map, changes, version, digest), show };
}

function set(map, changes, version, digest) {
  const changed = new Set();
  for (const [seatNumber, letter, until] of changes) {
    const before = map.letters[seatNumber - 1];
    if (before === undefined || (before === letter && map.heldUntil.get(seatNumber) === until)) continue;
    map.letters[seatNumber - 1] = letter;
    if (until) map.heldUntil.set(seatNumber, until);
    else map.heldUntil.delete(seatNumber);
    changed.add(seatNumber);
  }
  const isSame = version === map.version && digest === map.digest;
  const named = isSame ? [...changed] : changes.map(([seatNumber]) => seatNumber);
  map.version = version;
  map.digest = digest;
  return { changed: [...changed], named, gap: false };
}
