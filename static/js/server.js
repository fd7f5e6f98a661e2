// Asks the server for a change, as one of its own pages.

import { csrfToken } from "./csrf.js";

const PATIENCE_MS = 10_000;

// Resolves to the answer, a refusal included; throws when there is none.
export async function post(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  return response.json();
}
