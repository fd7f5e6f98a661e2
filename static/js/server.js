// Asks the server as one of its own pages, and learns from its answers what time it is there.

const PATIENCE_MS = 10_000;
// Who wants seats waits in the server's queue for up to thirty seconds: to ask again would be to queue anew.
export const QUEUE_MS = 35_000;
const TOO_OFTEN = 429;

// The server's clock, as its answers tell it; no time left is ever told longer than it is.
export class ServerClock {
  lead = Infinity;
  now = () => Date.now() + this.lead;

  // The server's clock said `stamp` some time after `sent`, the visitor's: so it leads by that much at most. It would lead
  // by more only if the visitor's clock was set back meanwhile.
  note(stamp, sent, came = Date.now()) {
    this.lead = stamp - came > this.lead ? stamp - sent : Math.min(this.lead, stamp - sent);
  }

  // The page itself came with a stamp: it may have been under way for long, and its scripts longer still.
  notePage(stamp) {
    const [asked] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
    this.note(stamp, asked?.requestStart ? performance.timeOrigin + asked.requestStart : Date.now());
  }
}

// The clock of the server that the page is from.
export const serverClock = new ServerClock();

// The token that proves to the server that a request comes from its own page: a cookie, which no other site can read or set.
// The page of a stranger, which is the same for all, comes without one.
export function csrfToken() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? newToken();
}

function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const token = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `csrftoken=${token}; Path=/; Max-Age=31449600; SameSite=Lax${secure}`;
  return token;
}

// Resolves to the answer, a refusal included; throws when there is none. The error of a server that can't answer for now has
// its `detail`, and after how many milliseconds to ask again in `retryAfter`.
export async function post(url, body, patience = PATIENCE_MS) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
  return ask(url, { method: "POST", headers, body: JSON.stringify(body) }, patience);
}

export async function ask(url, options = {}, patience = PATIENCE_MS) {
  const sent = Date.now();
  const response = await fetch(url, { ...options, signal: AbortSignal.timeout(patience) });
  const answer = await response.json();
  if (answer.server_time) serverClock.note(answer.server_time, sent);
  if (response.status < 500 && response.status !== TOO_OFTEN) return answer;
  const retryAfter = 1_000 * Number(response.headers.get("Retry-After"));
  throw Object.assign(new Error(answer.detail), { detail: answer.detail, retryAfter });
}
