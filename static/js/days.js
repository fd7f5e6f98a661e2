// Keeps "Today" and "Tomorrow" true on a page that stays open past midnight, in the cinema's time zone.

import { serverClock } from "./server.js";

const LOOK_EVERY_MS = 15_000;

const { now: stamp, timeZone } = document.documentElement.dataset;
// The visitor's own clock may be wrong.
serverClock.notePage(Number(stamp));
const dates = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" });
const words = new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "long", day: "numeric", month: "long", year: "numeric" });

const daysOf = (moment) => Date.parse(dates.format(moment)) / 86_400_000;

export function dayInWords(moment) {
  const now = serverClock.now();
  const ahead = daysOf(moment) - daysOf(now);
  if (ahead === 0) return "Today";
  if (ahead === 1) return "Tomorrow";
  return dateInWords(moment, now);
}

export function dateInWords(moment, now) {
  const said = (time) => Object.fromEntries(words.formatToParts(time).map(({ type, value }) => [type, value]));
  const { weekday, day, month, year } = said(moment);
  return `${weekday} ${day} ${month}${year === said(now).year ? "" : ` ${year}`}`;
}

let shownOn = daysOf(serverClock.now());

function look() {
  const today = daysOf(serverClock.now());
  if (today === shownOn) return;
  shownOn = today;
  /** @type {NodeListOf<any>} */
  const days = document.querySelectorAll("[data-day]");
  for (const node of days) node.textContent = dayInWords(new Date(node.dataset.day));
}

setInterval(look, LOOK_EVERY_MS);
document.addEventListener("visibilitychange", look);
