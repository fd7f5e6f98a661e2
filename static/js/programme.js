// A page of films and their times, which stay true while it is open.

import { followShows } from "./whats-on.js";

followShows();
