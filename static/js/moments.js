// How to tell a moment. Pure.

import { timeOfDay } from "./terms.js";

// Returns what tells a moment to the second: "1 May 2030, 20:15:00".
export function momentIn(timeZone) {
  const day = new Intl.DateTimeFormat("en-GB", { timeZone, day: "numeric", month: "short", year: "numeric" });
  const clock = timeOfDay(timeZone, "medium");
  return (moment) => `${day.format(moment)}, ${clock(moment)}`;
}
