// Keeps the times of shows on a page true: seats left, when and where, and whether there are new ones.

import { dayInWords } from "./days.js";
import { followHouse } from "./connection.js";
import { serverClock } from "./server.js";
import { timeOfDay } from "./terms.js";

/** @type {NodeListOf<any>} */
const nodes = document.querySelectorAll("[data-show-time]");
const showTimes = new Map([...nodes].map((node) => [Number(node.dataset.showTime), node]));

function say(node, words, looks) {
  node.querySelector("[data-seats]").textContent = words;
  for (const look of ["is-sold-out", "is-over"]) node.classList.toggle(look, look === looks);
}

export function showSeatsLeft(showId, left) {
  const node = showTimes.get(showId);
  if (!node) return;
  say(node, left === 0 ? "none left" : `${left} left`, left === 0 && "is-sold-out");
  const picture = node.querySelector("[data-fullness]");
  const capacity = Number(picture.dataset.fullness);
  // As `width_taken` in booking/templatetags/box_office.py.
  const width = left === 0 ? 31 : Math.min(30, Math.ceil((31 * (capacity - left)) / capacity));
  picture.lastElementChild.setAttribute("d", `M0 2h${width}M0 7h${width}`);
}

// A show that started, or is called off, stays a link: its page leads on to other times. One that is off sale may have no page.
function showOver(node, why = Date.parse(node.querySelector("[data-day]").dataset.day) <= serverClock.now() ? "started" : "off_sale") {
  say(node, why.replace("_", " "), "is-over");
  if (why === "off_sale") node.removeAttribute("href");
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
  let known;
  const fresh = new Set();
  /** @type {any} */
  const note = document.querySelector("[data-new-times] a");

  return followHouse(({ type, shows }) => {
    const told = new Map(shows.map(([showId, ...facts]) => [showId, facts]));
    for (const [showId, node] of showTimes) {
      if (type !== "listing" && !told.has(showId)) continue;
      const [left = null, ...facts] = told.get(showId) ?? [];
      if (left === null) {
        showOver(node, facts[0]);
        continue;
      }
      const [startsAt, auditorium, movieId, title] = facts;
      node.href ||= `/shows/${showId}/`; // on sale again
      if (showId !== mapped) showSeatsLeft(showId, left);
      showPlace(node, startsAt, auditorium);
      showFilm(showId, node.parentElement, movieId, title);
    }
    known ??= new Set(told.keys());
    if (type === "listing") for (const showId of fresh) if (!told.has(showId)) fresh.delete(showId);
    for (const [showId, [left]] of told) if (!known.has(showId)) fresh[left === null ? "delete" : "add"](showId);
    if (note) {
      note.hidden = fresh.size === 0;
      note.textContent = fresh.size === 1 ? "1 new time: show it" : `${fresh.size} new times: show them`;
    }
  });
}
