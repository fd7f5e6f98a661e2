// Asks the server for a change, as one of its own pages.

import { csrfToken } from "./csrf.js";

const PATIENCE_MS = 10_000;
const TOO_OFTEN = 429;

// The server can't answer for now; the same can be asked again after `retryAfter` milliseconds.
class NotNow extends Error {
  constructor(detail, retryAfter) {
    super(detail);
    Object.assign(this, { detail, retryAfter });
  }
}

// Resolves to the answer, a refusal included; throws when there is none.
export async function post(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const answer = await response.json();
  if (response.status < 500 && response.status !== TOO_OFTEN) return answer;
  throw new NotNow(answer.detail, 1_000 * response.headers.get("Retry-After"));
}
