// A booking at the till: the change for what is given, and the receipt on paper.

import { changeOf, centsOf } from "./till-sum.js";

const find = (name) => /** @type {any} */ (document.querySelector(`[data-${name}]`));
const print = find("print");
print.hidden = false;
print.addEventListener("click", () => globalThis.print());

const given = /** @type {any} */ (document.getElementById("till-given"));
const amount = /** @type {any} */ (document.getElementById("till-amount"));

function draw() {
  const change = changeOf(given.value, centsOf(amount.value) ?? 0);
  find("change-line").hidden = change === null || change.isShort;
  find("change").textContent = change === null ? "" : (change.cents / 100).toFixed(2);
}

if (given) {
  find("given-line").hidden = false;
  for (const field of [given, amount]) field.addEventListener("input", draw);
}
