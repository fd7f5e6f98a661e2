// The page of a booking follows its show: once that is called off, or at another time or place, the page is loaded anew.

import { followHouse } from "./connection.js";

/** @type {any} */
const root = document.querySelector("[data-follows]");
const { follows } = root.dataset;
/** @type {string | null} */
let known = null;

followHouse(({ type, shows }) => {
  const told = shows.find(([showId]) => showId === Number(follows));
  if (!told && type !== "listing") return;
  // Without the seats left. A show that starts is no news to who has its tickets.
  const [left, ...facts] = told?.slice(1) ?? [null, "off_sale"];
  if (facts[0] === "started") return;
  const said = JSON.stringify([left === null, ...facts]);
  known ??= said;
  if (said !== known) location.reload();
});
