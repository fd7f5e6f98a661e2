import assert from "node:assert/strict";
import test from "node:test";

import { withChanged, Wording } from "../../static/js/terms.js";

const EVENING = Date.UTC(2030, 5, 7, 18, 0); // 20:00 in the cinema's time zone
const show = {
  movie: { id: 1, title: "Salt" },
  auditorium: { id: 2, name: "Hall" },
  starts_at: EVENING,
  price: "10.00",
  premium_surcharge: "3.00",
  terms: "before",
};
const wording = new Wording({ currency: "EUR", timeZone: "Europe/Berlin" });
const told = (changed) => wording.sentence(show, { ...show, ...changed });

// The same sentences are asked of booking/terms.py in tests/booking/test_terms.py.
test("what changed is said in one sentence", () => {
  assert.equal(told({ price: "12.00" }), "The price is now €12.00 instead of €10.00.");
  assert.equal(told({ premium_surcharge: "0.00" }), "The premium surcharge is now €0.00 instead of €3.00.");
  assert.equal(told({ starts_at: EVENING + 3_600_000 }), "The film starts at 21:00 instead of 20:00.");
  assert.equal(
    told({ starts_at: EVENING + 24 * 3_600_000 }),
    "The film starts on Saturday 8 June at 20:00 instead of Friday 7 June at 20:00.",
  );
  assert.equal(told({ movie: { id: 3, title: "Pepper" } }), "The film is now “Pepper” instead of “Salt”.");
  assert.equal(
    told({ auditorium: { id: 2, name: "Room" }, price: "9.00", starts_at: EVENING - 300_000 }),
    "The auditorium is now Room instead of Hall, the film starts at 19:55 instead of 20:00, and the price is now €9.00 " +
      "instead of €10.00.",
  );
});

test("the hour that clocks show twice is told apart", () => {
  const first = { ...show, starts_at: Date.UTC(2030, 9, 27, 0, 30) };
  const second = { ...show, starts_at: Date.UTC(2030, 9, 27, 1, 30) };
  assert.equal(wording.sentence(first, second), "The film starts at 02:30+01:00 instead of 02:30+02:00.");
});

test("a show with all else as it was has another price list", () => assert.equal(told({}), "The price list has changed."));

test("what a refusal says has changed is put over what was known", () => {
  const changed = [
    { what: "film", was: show.movie, now: { id: 3, title: "Pepper" } },
    { what: "starts_at", was: "2030-06-07T20:00:00+02:00", now: "2030-06-07T21:00:00+02:00" },
    { what: "price", was: "10.00", now: "12.00" },
  ];
  assert.deepEqual(withChanged(show, { changed, terms: "after" }), {
    ...show,
    movie: { id: 3, title: "Pepper" },
    starts_at: EVENING + 3_600_000,
    price: "12.00",
    terms: "after",
  });
});
