// The landing page: the next show's box office, the seats left of the others, and commands to copy.

import { openBoxOffice } from "./page.js";
import { followShows, showSeatsLeft } from "./whats-on.js";

const store = openBoxOffice();
const showNextLeft = () => store?.bookable && showSeatsLeft(store.show.id, store.counts.free);
showNextLeft();
store?.subscribe(({ seats }) => seats && showNextLeft());
followShows(store?.show.id);

/** @type {NodeListOf<any>} */
const buttons = document.querySelectorAll("[data-copy]");
for (const button of buttons) {
  button.onclick = async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy)?.textContent.trim() ?? "");
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2_000);
  };
}
