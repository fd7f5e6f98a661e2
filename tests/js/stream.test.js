import assert from "node:assert/strict";
import { test } from "node:test";

import { follow } from "./live-show.js";

const STREAM = "/api/shows/1/events/?waitlist=x&since=17.d17";

// One whose socket did not open.
function followByStream() {
  const all = follow();
  all.environment.socket.onclose({ code: 1006 });
  all.environment.pass(500);
  assert.equal(all.environment.socket.url, STREAM);
  return all;
}

test("a connection that does not open is given up, and one that opened has the time of two ticks to tell something", () => {
  const { environment, told } = follow();
  environment.pass(6_000);
  assert.deepEqual(told.freshness, ["offline"]);
  assert.equal(environment.sockets[0].closed, true);
  environment.pass(500);
  assert.equal(environment.socket.url, STREAM);
  environment.socket.onopen();
  environment.pass(23_999);
  assert.equal(environment.socket.closed, false);
  environment.pass(1);
  assert.equal(environment.socket.closed, true);
});

test("where no socket opens a stream tells, and a socket is tried again when that ends", () => {
  const { environment, told } = followByStream();
  environment.hear({ type: "tick", version: 17, digest: "d17" });
  assert.deepEqual(told.freshness, ["offline", "live"]);
  environment.socket.onclose({ code: 0 });
  environment.pass(5_000);
  assert.equal(environment.socket.url, "/ws/shows/1/?since=17.d17");
  environment.socket.onclose({ code: 1006 });
  environment.pass(1_000);
  assert.equal(environment.socket.url, STREAM);
});

test("a stream that one bad answer ended is opened again", () => {
  const { environment } = followByStream();
  environment.socket.onclose({ code: 0 });
  environment.pass(1_000);
  environment.socket.onclose({ code: 1006 });
  environment.pass(2_000);
  assert.equal(environment.sockets.length, 4);
  assert.equal(environment.socket.url, STREAM);
});

test("a hidden page has no stream, and opens one when it is seen again", () => {
  const { environment, told } = followByStream();
  environment.hear({ type: "tick", version: 17, digest: "d17" });
  environment.hide();
  assert.equal(environment.socket.closed, true);
  environment.pass(60_000);
  assert.equal(environment.sockets.length, 2);
  environment.show();
  environment.pass(300);
  assert.equal(environment.socket.url, STREAM);
  environment.hear({ type: "tick", version: 17, digest: "d17" });
  assert.deepEqual(told.freshness, ["offline", "live", "offline", "live"]);
});

test("a page that is hidden from the start tries a socket, and opens no stream", () => {
  const { environment } = follow();
  environment.hide();
  environment.socket.onclose({ code: 1006 });
  environment.pass(60_000);
  assert.equal(environment.sockets.length, 1);
  environment.show();
  environment.pass(300);
  assert.equal(environment.socket.url, STREAM);
});

test("a hidden page keeps its socket", () => {
  const { environment } = follow();
  environment.hear({ type: "tick", version: 17, digest: "d17" });
  environment.hide();
  assert.equal(environment.socket.closed, false);
});

test("it hurries by the other way while one has not opened, and at once while it waits", () => {
  const { environment, live } = follow();
  live.hurry();
  assert.equal(environment.sockets[0].closed, true);
  assert.equal(environment.socket.url, STREAM);
  environment.socket.onclose({ code: 0 });
  live.hurry();
  assert.equal(environment.socket.url, "/ws/shows/1/?since=17.d17");
  environment.pass(5_999);
  assert.equal(environment.sockets.length, 3);
});
