// Shows the facts of a show wherever its page names them.

import { dateInWords, dayInWords } from "./days.js";
import { timeOfDay } from "./terms.js";

export function showFacts(store, timeZone) {
  const clock = timeOfDay(timeZone);
  let shown = store.show;

  function update() {
    const { show, seats, bookable } = store;
    const now = store.now();
    // A page whose show is over has nothing left to sell it with.
    if (!bookable && !show.cancelled && show.starts_at > now) return location.reload();
    // Nor has it what asks for whom each seat is, while its show is for adults alone.
    if (show.ticket_types && !shown.ticket_types) return location.reload();
    const start = new Date(show.starts_at);
    set("title", show.movie.title);
    set("hall", show.auditorium.name);
    set("date", dateInWords(start, now));
    set("clock", clock(start));
    for (const node of nodes("price-of")) {
      const kind = node.dataset.priceOf;
      node.textContent = seats.price({ kind });
      node.closest("li").hidden = kind !== "standard" && seats.cents({ kind }) === seats.cents({ kind: "standard" });
    }
    for (const node of nodes("show-start")) {
      node.dateTime = start.toISOString();
      const day = node.querySelector("[data-day]");
      day.dataset.day = start.toISOString();
      day.textContent = dayInWords(start);
    }
    // What else the page says of a film is not known of another one.
    if (show.movie.id !== shown.movie.id) for (const node of nodes("movie-detail")) node.remove();
    if (document.title.startsWith(shown.movie.title)) {
      document.title = `${show.movie.title}, ${dateInWords(start, now)} ${clock(start)} · Front Row`;
    }
    shown = show;
  }

  store.subscribe(({ facts }) => facts && update());
}

function set(name, text) {
  for (const node of nodes(`show-${name}`)) node.textContent = text;
}

/** @returns {NodeListOf<any>} */
function nodes(name) {
  return document.querySelectorAll(`[data-${name}]`);
}
