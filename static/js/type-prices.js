// What seats cost by their types of ticket, as booking/prices.py has it. Pure.

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
    if (!facts) return;
    const known = new Set(store.show.ticket_types?.map(({ code }) => code));
    store.types = Object.fromEntries(Object.entries(store.types).filter(([, code]) => known.has(code)));
  });
}
