import assert from "node:assert/strict";
import { test } from "node:test";

import { csrfToken } from "../../static/js/server.js";

// A browser's cookies: what is set is added to what is there, without its attributes.
function withCookies(known, protocol = "https:") {
  const set = [];
  globalThis.location = /** @type {any} */ ({ protocol });
  globalThis.document = /** @type {any} */ ({
    get cookie() {
      return [...known, ...set.map((cookie) => cookie.split(";")[0])].join("; ");
    },
    set cookie(cookie) {
      set.push(cookie);
    },
  });
  return set;
}

test("the token that the server gave is the one that is sent", () => {
  const set = withCookies(["a=b", "csrftoken=abc"]);
  assert.equal(csrfToken(), "abc");
  assert.deepEqual(set, []);
});

test("a stranger's page makes a token once, as long as Django's", () => {
  const set = withCookies(["xcsrftoken=abc"]);
  const token = csrfToken();
  assert.match(token, /^[0-9a-f]{32}$/);
  assert.equal(csrfToken(), token);
  assert.deepEqual(set, [`csrftoken=${token}; Path=/; Max-Age=31449600; SameSite=Lax; Secure`]);
});

test("no two tokens are the same, and on plain http they are sent all the same", () => {
  withCookies([], "http:");
  const first = csrfToken();
  const set = withCookies([], "http:");
  assert.notEqual(csrfToken(), first);
  assert.doesNotMatch(set[0], /Secure/);
});
