import assert from "node:assert/strict";
import { test } from "node:test";

import { backoff } from "../../static/js/connection.js";
import { follow } from "./live-show.js";

test("it asks for what came after the version shown", () => {
  const { environment } = follow();
  assert.equal(environment.socket.url, "/ws/shows/1/?since=17.d17");
});

test("it is live from the first frame on", () => {
  const { environment, told } = follow();
  environment.hear({ type: "snapshot", version: 17, states: "a" });
  assert.deepEqual(told.freshness, ["live"]);
});

test("a late tick means catching up, a second one a new connection", () => {
  const { environment, told } = follow();
  environment.hear({ type: "tick", version: 17, digest: "d17" });
  environment.pass(12_000);
  assert.deepEqual(told.freshness, ["live", "catching-up"]);
  environment.pass(12_000);
  assert.deepEqual(told.freshness, ["live", "catching-up", "offline"]);
  assert.equal(environment.sockets[0].closed, true);
  environment.pass(500);
  assert.equal(environment.sockets.length, 2);
});

test("viewers coming and going do not make a silent map a live one", () => {
  const { environment, told } = follow();
  environment.hear({ type: "tick", version: 17, digest: "d17" });
  for (let second = 0; second < 12; second += 1) {
    environment.pass(1_000);
    environment.hear({ type: "viewers", count: second });
  }
  assert.deepEqual(told.freshness, ["live", "catching-up"]);
});

test("a lost connection is resumed from the version shown by then", () => {
  const { environment, told } = follow();
  environment.hear({ type: "snapshot", version: 17, states: "a" });
  Object.assign(told, { version: 23, digest: "d23" });
  environment.socket.onclose({ code: 1006 });
  assert.deepEqual(told.freshness, ["live", "offline"]);
  environment.pass(500);
  assert.equal(environment.socket.url, "/ws/shows/1/?since=23.d23");
  environment.hear({ type: "tick", version: 23, digest: "d23" });
  assert.deepEqual(told.freshness, ["live", "offline", "live"]);
});

test("it waits longer after each failure, and anew after a success", () => {
  const { environment } = follow();
  const waits = [];
  for (let failure = 0; failure < 6; failure += 1) {
    const before = environment.clock;
    environment.socket.onclose({ code: 1006 });
    const connected = environment.sockets.length;
    while (environment.sockets.length === connected) environment.pass(100);
    waits.push(environment.clock - before);
  }
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 15_000]);
  environment.hear({ type: "tick", version: 17, digest: "d17" });
  environment.socket.onclose({ code: 1006 });
  const connected = environment.sockets.length;
  environment.pass(500);
  assert.equal(environment.sockets.length, connected + 1);
});

test("the wait is anywhere between nothing and the whole", () => {
  assert.equal(backoff(3, () => 0), 0);
  assert.equal(backoff(3, () => 0.5), 2_000);
  assert.equal(backoff(30, () => 1), 15_000);
});

test("those whom a server sends away at once come back within five seconds of it", () => {
  const { environment } = follow();
  environment.socket.onclose({ code: 1012 });
  environment.pass(4_999);
  assert.equal(environment.sockets.length, 1);
  environment.pass(1);
  assert.equal(environment.sockets.length, 2);
});

test("a show that does not exist is not asked for again", () => {
  const { environment, told } = follow();
  environment.socket.onclose({ code: 4404 });
  environment.wake();
  environment.pass(60_000);
  assert.deepEqual(told.freshness, ["gone"]);
  assert.equal(environment.sockets.length, 1);
});

test("a gap is closed by a new connection", () => {
  const { environment, told } = follow();
  told.gap = true;
  environment.hear({ type: "changes", from: 19, version: 20, changes: [] });
  assert.deepEqual(told.freshness, ["catching-up"]);
  assert.equal(environment.sockets[0].closed, true);
  told.gap = false;
  environment.pass(300);
  assert.equal(environment.sockets.length, 2);
});

test("a tick of another version means that a frame was lost, and one of another digest that there is another history", () => {
  for (const [version, digest] of [[16, "d16"], [18, "d18"], [17, "other"]]) {
    const { environment, told } = follow();
    environment.hear({ type: "tick", version, digest });
    assert.deepEqual(told.freshness, ["catching-up"]);
    environment.pass(300);
    assert.equal(environment.socket.url, "/ws/shows/1/?since=17.d17");
    assert.equal(environment.sockets.length, 2);
  }
});

test("waking up shortens the wait, and does not double the connection", () => {
  const { environment } = follow();
  environment.wake();
  assert.equal(environment.sockets.length, 1);
  for (let failure = 0; failure < 6; failure += 1) {
    environment.socket.onclose({ code: 1006 });
    const connected = environment.sockets.length;
    while (failure < 5 && environment.sockets.length === connected) environment.pass(100);
  }
  environment.wake();
  environment.pass(300);
  assert.equal(environment.sockets.length, 7);
  environment.pass(5_000);
  assert.equal(environment.sockets.length, 7);
});

test("a page put to sleep lets go of its socket and takes it up again", () => {
  const { environment } = follow();
  environment.sleep();
  assert.equal(environment.sockets[0].closed, true);
  environment.wake();
  environment.pass(300);
  assert.equal(environment.sockets.length, 2);
});

test("a browser that goes offline is offline at once, though its socket does not know", () => {
  const { environment, told } = follow();
  environment.hear({ type: "tick", version: 17, digest: "d17" });
  environment.goOffline();
  assert.deepEqual(told.freshness, ["live", "offline"]);
  environment.goOffline();
  environment.wake();
  environment.pass(300);
  assert.equal(environment.sockets.length, 2);
});

test("frames of a connection that was given up are ignored", () => {
  const { environment, told } = follow();
  const [first] = environment.sockets;
  first.onclose({ code: 1006 });
  first.onmessage({ data: JSON.stringify({ type: "tick", version: 17, digest: "d17" }) });
  first.onclose({ code: 1006 });
  assert.deepEqual(told.freshness, ["offline"]);
});
