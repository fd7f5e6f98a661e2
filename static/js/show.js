// The page of one show.

import { BoxOffice } from "./box-office.js";

const data = JSON.parse(document.getElementById("seat-map-data").textContent);
new BoxOffice({ root: document.querySelector("[data-box-office]"), data });
