// The client that docs/live-protocol.md gives follows its own rules.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const page = readFileSync(new URL("../../docs/live-protocol.md", import.meta.url), "utf8");
const client = page.match(/^## A client\n\n```js\n(.*?)^watch\(1, \{\}\);\n```/ms)?.[1];
const SNAPSHOT = { type: "snapshot", version: 17, digest: "d17", states: "aab" };

// Runs the client; it connects again at once.
function follow() {
  const sockets = [];
  class Socket {
    /** @type {any} */
    onclose = null;

    constructor(url) {
      sockets.push(Object.assign(this, { url, closed: false }));
    }
    close() {
      this.closed = true;
      this.onclose({ code: 1000 });
    }
  }
  const names = ["WebSocket", "location", "setTimeout", "clearTimeout"];
  const later = (callback, delay) => delay < 24_000 && callback();
  const watch = new Function(...names, `${client}\nreturn watch;`)(Socket, { origin: "http://here" }, later, () => {});
  const map = {};
  watch(1, map);
  const hear = (...frames) => frames.forEach((frame) => sockets.at(-1).onmessage({ data: JSON.stringify(frame) }));
  return { sockets, map, hear };
}

test("it follows changes, and comes back with version and digest", () => {
  const { sockets, map, hear } = follow();
  assert.equal(sockets[0].url, "ws://here/ws/shows/1/");
  const changes = { type: "changes", from: 18, version: 19, digest: "d19", changes: [[1, "b"], [3, "h", 9]] };
  hear(SNAPSHOT, { type: "viewers", count: 1 }, changes, { type: "tick", version: 19, digest: "d19" });
  assert.deepEqual(map, { version: 19, digest: "d19", states: ["b", "a", "h"] });
  sockets[0].close();
  assert.equal(sockets[1].url, "ws://here/ws/shows/1/?since=19.d19");
});

test("it comes back where something is missing, or of another history", () => {
  for (const frame of [
    { type: "changes", from: 19, version: 19, digest: "d19", changes: [[1, "b"]] },
    { type: "tick", version: 18, digest: "d18" },
    { type: "tick", version: 17, digest: "other" },
  ]) {
    const { sockets, map, hear } = follow();
    hear(SNAPSHOT, frame);
    assert.equal(sockets[0].closed, true);
    assert.equal(sockets[1].url, "ws://here/ws/shows/1/?since=17.d17");
    hear({ type: "snapshot", version: 16, digest: "d16", states: "bbb" });
    assert.deepEqual(map, { version: 16, digest: "d16", states: ["b", "b", "b"] });
  }
});
