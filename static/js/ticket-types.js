// For whom each seat is, on the page of a show that has a price list. What it costs follows, as booking/prices.py has it.

import { boxOffice } from "./page.js";

const ADULT = { code: "", name: "Adult" };
const FREE = { price: 0, premium_surcharge: 0 };

// The companion seats among those wanted that are beside a wheelchair space of their own.
export function accompanied({ seats, wanted }) {
  const inOrder = [...wanted].map((seatNumber) => seats.get(seatNumber)).sort((one, other) => one.y - other.y || one.x - other.x);
  const spaces = new Set(inOrder.filter(({ kind }) => kind === "wheelchair"));
  const isBeside = (seat) => (space) => space.y === seat.y && Math.abs(space.x - seat.x) === 1;
  return inOrder.filter((seat) => {
    const space = seat.kind === "companion" && [...spaces].find(isBeside(seat));
    return space && spaces.delete(space);
  });
}

// Lets seats cost what those pay for whom they are.
export function priceByType(store) {
  const { seats } = store;
  const kindOf = seats.kind.bind(seats);
  const typeOf = (seat) => store.show.ticket_types?.find(({ code }) => code === store.types[seat.seat_number]);
  const isFree = (seat) => seat.kind === "companion" && store.show.companions_free && accompanied(store).includes(seat);
  seats.factsOf = (seat) => (isFree(seat) ? FREE : (typeOf(seat) ?? store.show));
  seats.kind = (seat) => [kindOf(seat), typeOf(seat)?.name ?? []].flat().join(", ");
  // What is sold no more is wanted no more.
  store.subscribe(({ facts }) => {
    const known = new Set(store.show.ticket_types.map(({ code }) => code));
    if (facts) store.types = Object.fromEntries(Object.entries(store.types).filter(([, code]) => known.has(code)));
  });
}

// Asks beside each seat for whom it is.
export function offerTypes(chosen, store) {
  function update() {
    for (const chip of chosen.children) {
      const seat = store.seats.get(Number(chip.children[3].value));
      if (store.show.ticket_types?.length > 0) (chip.querySelector("select") ?? addSelect(chip, seat)).value = store.types[seat.seat_number] ?? "";
      chip.children[1].textContent = `${store.seats.kind(seat)}, ${store.seats.price(seat)}`;
    }
  }

  function addSelect(chip, { seat_number: seatNumber, label }) {
    const options = [ADULT, ...store.show.ticket_types].map(({ code, name }) => new Option(name, code));
    const select = Object.assign(document.createElement("select"), { ariaLabel: `Seat ${label} is for` });
    select.append(...options);
    select.addEventListener("change", () => {
      const types = Object.entries({ ...store.types, [seatNumber]: select.value });
      store.types = Object.fromEntries(types.filter(([, code]) => code));
      store.want(store.selection);
    });
    chip.append(select);
    return select;
  }

  store.subscribe(({ seats }) => seats && update());
  update();
}

boxOffice.then((store) => {
  priceByType(store);
  offerTypes(document.querySelector("[data-chosen]"), store);
  // What was drawn before has the prices of adults.
  store.want(store.selection);
});
