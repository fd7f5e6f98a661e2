// The receipt of a booking: the browser itself checks that the log of the show has it.

import { momentIn } from "./moments.js";
import { allFit, offerCheck } from "./verdict.js";
import { checkReceipt, numeral } from "./verify.js";

/** @type {any} */
const root = document.querySelector("[data-receipt]");
const { show, seats, labels, letter, version, digest } = root.dataset;
const moment = momentIn(document.documentElement.dataset.timeZone);
const receipt = {
  show: Number(show),
  seats: seats === "" ? [] : seats.split(",").map(Number),
  letter,
  version: Number(version),
  digest,
};

offerCheck(root.querySelector("[data-verdict]"), {
  check: (onProgress) => checkReceipt({ ...receipt, onProgress }),
  fits({ last, noted }) {
    const what = labels === "" ? "is there" : `booked ${labels}`;
    return `Entry ${numeral(receipt.version)} ${what}, on ${moment(noted?.at)}, as your receipt says. ${allFit(last.version)}.`;
  },
});
