// The page of one show.

import { openBoxOffice } from "./page.js";

openBoxOffice();
