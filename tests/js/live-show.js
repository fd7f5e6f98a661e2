// A browser for LiveShow.

import { LiveShow } from "../../static/js/connection.js";

// A browser whose connections and clock the test moves by hand.
class FakeBrowser {
  // Of either kind; their URLs tell which.
  sockets = [];
  hidden = false;
  hide = () => {};
  timers = new Map();
  clock = 0;
  serial = 0;

  openSocket(url) {
    /** @type {any} */
    const socket = Object.assign(new EventTarget(), { url, closed: false, close: () => (socket.closed = true), onmessage: null });
    socket.addEventListener("message", (event) => socket.onmessage(event));
    this.sockets.push(socket);
    return socket;
  }

  openStream(url) {
    return this.openSocket(url);
  }

  isHidden() {
    return this.hidden;
  }

  onHidden(callback) {
    this.hide = () => {
      this.hidden = true;
      callback();
    };
  }

  show() {
    this.hidden = false;
    this.wake();
  }

  setTimeout(callback, delay) {
    this.timers.set((this.serial += 1), { callback, at: this.clock + delay });
    return this.serial;
  }

  clearTimeout(timer) {
    this.timers.delete(timer);
  }

  random() {
    return 1;
  }

  onWake(callback) {
    this.wake = callback;
  }

  onSleep(callback) {
    this.sleep = callback;
  }

  onOffline(callback) {
    this.goOffline = callback;
  }

  get socket() {
    return this.sockets.at(-1);
  }

  hear(frame) {
    this.socket.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(frame) }));
  }

  pass(milliseconds) {
    const end = this.clock + milliseconds;
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= end).sort((one, other) => one[1].at - other[1].at)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.clock = due[1].at;
      due[1].callback();
    }
    this.clock = end;
  }
}

// `plugged(browser)` is what the show is connected by.
export function follow(plugged = (browser) => browser) {
  const environment = new FakeBrowser();
  /** @type {any} */
  const told = { version: 17, digest: "d17", gap: false, freshness: [] };
  const live = new LiveShow({
    socketUrl: "/ws/shows/1/",
    streamUrl: "/api/shows/1/events/?waitlist=x",
    since: () => `${told.version}.${told.digest}`,
    receive: () => told.gap,
    freshness: (name) => told.freshness.at(-1) !== name && told.freshness.push(name),
    environment: plugged(environment),
  });
  return { environment, told, live };
}
