// The landing page: the next show's box office, the seats left of the others, and commands to copy.

import { BoxOffice } from "./box-office.js";
import { LiveShow } from "./live.js";
import { AVAILABLE, SeatMapState } from "./seat-map-state.js";

const MAX_SOCKETS = 8;

const showTimes = new Map(
  [...document.querySelectorAll("[data-show-time]")].map((node) => [Number(node.dataset.showTime), node]),
);

function showSeatsLeft(showId, count) {
  const node = showTimes.get(showId);
  if (!node) return;
  node.querySelector("[data-seats]").textContent = count === 0 ? "sold out" : `${count} left`;
  node.classList.toggle("is-sold-out", count === 0);
}

function followSeatsLeft(showId, url) {
  let state = null;
  new LiveShow({
    url,
    version: () => state && state.version,
    freshness: () => {},
    receive(frame) {
      if (!state && frame.type !== "snapshot") return frame.type === "changes";
      state ??= new SeatMapState(frame);
      const { gap } = state.apply(frame);
      showSeatsLeft(showId, state.count(AVAILABLE));
      return gap;
    },
  });
}

function startBoxOffice() {
  const root = document.querySelector("[data-box-office]");
  if (!root) return null;
  const data = JSON.parse(document.getElementById("seat-map-data").textContent);
  new BoxOffice({ root, data, seatsLeft: (count) => showSeatsLeft(data.show.id, count) });
  return data.show.id;
}

const nextShow = startBoxOffice();
const others = [...showTimes].filter(([showId]) => showId !== nextShow).slice(0, MAX_SOCKETS - 1);
for (const [showId, node] of others) followSeatsLeft(showId, node.dataset.socket);

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2_000);
  });
}
