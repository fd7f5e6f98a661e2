// Keeps the times of shows on a page true: seats left, when and where.

import { dayInWords } from "./days.js";
import { LiveShow } from "./connection.js";
import { timeOfDay } from "./terms.js";

/** @type {NodeListOf<any>} */
const nodes = document.querySelectorAll("[data-show-time]");
const showTimes = new Map([...nodes].map((node) => [Number(node.dataset.showTime), node]));

// `count` is null when the show has started.
export function showSeatsLeft(showId, count) {
  const node = showTimes.get(showId);
  if (!node) return;
  node.parentElement.hidden = count === null;
  node.querySelector("[data-seats]").textContent = count === 0 ? "none left" : `${count} left`;
  node.classList.toggle("is-sold-out", count === 0);
}

// Says when and where a show is by now.
function showPlace(node, startsAt, auditorium) {
  const day = node.querySelector("[data-day]");
  const said = day.textContent;
  const start = new Date(startsAt);
  day.dataset.day = start.toISOString();
  day.textContent = dayInWords(start);
  // Where a heading has the day, a show that moves to another says so itself.
  day.hidden &&= day.textContent === said;
  node.querySelector("strong").textContent = timeOfDay(document.documentElement.dataset.timeZone)(start);
  node.querySelector("bdi").textContent = auditorium;
}

// Keeps a show with its film; one that the page does not list is left to a reload.
function showFilm(showId, time, movieId, title) {
  /** @type {any} */
  const film = document.querySelector(`[data-movie="${movieId}"]`);
  if (!film) {
    time.remove();
    return showTimes.delete(showId);
  }
  if (!film.contains(time)) film.querySelector(".show-times").append(time);
  film.querySelector("[data-movie-title]").textContent = title;
}

// Until it starts, the show with a map on the page has its seats left from there.
export function followShows(mapped = null) {
  return new LiveShow({
    socketUrl: "/ws/house/",
    streamUrl: "/api/shows/events/",
    since: () => null,
    freshness: () => {},
    receive({ type, shows }) {
      const told = new Map(shows.map(([showId, ...facts]) => [showId, facts]));
      for (const [showId, node] of showTimes) {
        if (type !== "listing" && !told.has(showId)) continue;
        const [left = null, startsAt, auditorium, movieId, title] = told.get(showId) ?? [];
        if (left === null || showId !== mapped) showSeatsLeft(showId, left);
        if (left === null) continue;
        showPlace(node, startsAt, auditorium);
        showFilm(showId, node.parentElement, movieId, title);
      }
      return false;
    },
  });
}
