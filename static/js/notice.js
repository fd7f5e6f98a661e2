// Says what a store has to say: beside the seats selected, and to those who don't see it.

import { sentenceOf } from "./seats.js";

const GATHER_MS = 3_000;
const NEWS = { free: "free again", held: "held by someone", taken: "taken" };

// Speaks through one polite live region, gathering what comes close together into one message. Returns `say(sentence, topic)`:
// of what is said on one topic only the latest is spoken.
export function announce(region, store) {
  const waiting = new Map();
  /** @type {ReturnType<typeof setTimeout> | null} */
  let timer = null;
  let spokenAt = -GATHER_MS;
  let noticed = "";

  function speak() {
    timer = null;
    spokenAt = performance.now();
    region.textContent = [...waiting.values()].join(" ");
    waiting.clear();
  }

  function say(sentence, topic = sentence) {
    waiting.set(topic, sentence);
    timer ??= setTimeout(speak, spokenAt + GATHER_MS > performance.now() ? GATHER_MS : 50);
  }

  store.subscribe(({ notice, refused, changed = [] }) => {
    if (notice) {
      const { sentence, quiet } = store.notice;
      if (sentence && sentence !== noticed && !quiet) say(sentence);
      noticed = sentence;
    }
    if (refused) say(`Seat ${store.seats.get(refused.seatNumber).label}: ${refused.reason}`);
    for (const sentence of newsNear(store, changed)) say(sentence);
  });
  return say;
}

// What changed near the seats selected.
function newsNear({ seats, selection, appearance }, changed) {
  const near = changed.filter((seatNumber) => seats.isNear(seatNumber, selection));
  return Object.entries(NEWS).flatMap(([look, word]) => {
    const those = near.filter((seatNumber) => appearance(seatNumber) === look);
    return those.length > 0 ? [`${sentenceOf(seats.labels(those))} near your choice: now ${word}.`] : [];
  });
}

// Shows the notice, with a button if there is something to do.
export function showNotice(find, store, waitlist) {
  const button = find("notice-action");

  function draw() {
    const { sentence, action } = store.notice;
    find("notice").hidden = sentence === "";
    find("notice-text").textContent = sentence;
    button.hidden = !action;
    button.textContent = action && (action.label ?? labelOfAgain(action.want));
  }

  // Seats that one had are offered again, or where some are gone those nearest to them.
  function labelOfAgain(want) {
    const free = want.every((seatNumber) => store.appearance(seatNumber) === "free");
    return free ? `Hold ${store.seats.block(want)} again` : "Hold the nearest free seats";
  }

  // The second click of two may fall on what the first one brought.
  button.addEventListener("click", ({ detail }) => {
    if (detail > 1) return;
    const { want, orNearest, join, leave, href } = store.notice.action;
    if (want) store.want(want, { orNearest });
    if (join) waitlist.join(join);
    if (leave) waitlist.leave(leave);
    if (href) location.assign(href);
  });
  store.subscribe(({ notice, changed }) => (notice || changed) && draw());
}
