// The landing page: the next show's box office, the seats left of the others, and commands to copy.

import { dayInWords } from "./days.js";
import { LiveShow } from "./connection.js";
import { openBoxOffice } from "./page.js";
import { timeOfDay } from "./terms.js";

/** @returns {any[]} */
const all = (name) => [...document.querySelectorAll(`[data-${name}]`)];
const showTimes = new Map(all("show-time").map((node) => [Number(node.dataset.showTime), node]));

// `count` is null when the show has started.
function showSeatsLeft(showId, count) {
  const node = showTimes.get(showId);
  if (!node) return;
  node.parentElement.hidden = count === null;
  node.querySelector("[data-seats]").textContent = count === 0 ? "none left" : `${count} left`;
  node.classList.toggle("is-sold-out", count === 0);
}

// Says when and where a show is by now.
function showPlace(showId, startsAt, auditorium) {
  const node = showTimes.get(showId);
  if (startsAt === undefined || !node) return;
  const day = node.querySelector("[data-day]");
  const start = new Date(startsAt);
  day.dataset.day = start.toISOString();
  day.textContent = dayInWords(start);
  node.querySelector("strong").textContent = timeOfDay(document.documentElement.dataset.timeZone)(start);
  node.querySelector("bdi").textContent = auditorium;
}

// Keeps a show with its film; one that the page does not list is left to a reload.
function showFilm(showId, movieId, title) {
  const time = showTimes.get(showId)?.parentElement;
  if (movieId === undefined || !time) return;
  /** @type {any} */
  const film = document.querySelector(`[data-movie="${movieId}"]`);
  if (!film) {
    time.remove();
    return showTimes.delete(showId);
  }
  const times = film.querySelector(".show-times");
  if (!times.contains(time)) times.append(time);
  film.querySelector("h3").textContent = title;
  times.ariaLabel = `Shows of ${title}`;
}

const store = openBoxOffice();
const nextShow = store?.show.id;
const showNextLeft = () => store?.bookable && showSeatsLeft(nextShow, store.counts.free);
if (store) {
  showNextLeft();
  store.subscribe(({ seats }) => seats && showNextLeft());
}

new LiveShow({
  socketUrl: "/ws/listing/",
  streamUrl: "/api/shows/events/",
  since: () => null,
  freshness: () => {},
  receive({ type, shows }) {
    const counts = new Map(shows);
    for (const [showId, , startsAt, auditorium, movieId, title] of shows) {
      showPlace(showId, startsAt, auditorium);
      showFilm(showId, movieId, title);
    }
    for (const showId of showTimes.keys()) {
      if (type !== "listing" && !counts.has(showId)) continue;
      const left = counts.get(showId) ?? null;
      // Until it starts, the next show's map has its seats left.
      if (left === null || showId !== nextShow) showSeatsLeft(showId, left);
    }
    return false;
  },
});

for (const button of all("copy")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy)?.textContent.trim() ?? "");
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2_000);
  });
}
