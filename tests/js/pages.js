// Data of pages, as booking/pages/seat_map.py gives it.

import { Store } from "../../static/js/store.js";

export const KINDS = {
  standard: { name: "standard", letter: "S", price: ["price"] },
  premium: { name: "premium", letter: "P", price: ["price", "premium_surcharge"] },
  wheelchair: { name: "wheelchair space", letter: "W", price: ["price"] },
};

// A page of one row, A1 and on, in these states; and what else it has.
export function pageOf({ states, ...more }) {
  return {
    show: { id: 1, price: "12.10", premium_surcharge: "3.10", currency: "EUR", terms: "first", bookable: true, starts_at: Infinity },
    layout: { plan: `A:${states.length}S` },
    kinds: KINDS,
    version: 1,
    digest: "d1",
    states,
    state_letters: { available: "a", held: "h", booked: "b", blocked: "x" },
    held: [],
    hold: null,
    mine: [],
    waiting: [],
    max_seats: 4,
    signed_in: true,
    ...more,
  };
}

export const storeOf = (page, now = () => 0) => new Store(pageOf(page), { now });

// Applies a frame, and returns all that listeners were told of it.
export function told(store, frame) {
  const all = /** @type {import("../../static/js/store.js").StoreEvent} */ ({});
  const unsubscribe = store.subscribe((event) => Object.assign(all, event));
  const { gap } = store.apply(frame);
  unsubscribe();
  return { changed: [], named: [], ...all, gap };
}

// Applies a frame, and returns which seats it changed and named, and whether frames before it are missing.
export function applied(store, frame) {
  const { changed, named, gap } = told(store, frame);
  return { changed, named, gap };
}
