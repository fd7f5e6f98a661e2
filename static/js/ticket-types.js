// For whom each seat is, on the page of a show that has a price list. What it costs follows, as booking/prices.py has it.

import { boxOffice } from "./page.js";
import { priceByType } from "./type-prices.js";

const ADULT = { code: "", name: "Adult" };

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
