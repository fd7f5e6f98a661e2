// Keeps a page with what the server tells: it reconnects with backoff and full jitter, resumes with `since`, and judges
// freshness. Where no socket gets through, as behind some proxies, it takes a stream of events.

const TICK_IS_LATE_MS = 12_000;
const BACKOFF_BASE_MS = 500;
const BACKOFF_CAP_MS = 15_000;
const CROWD_BASE_MS = 5_000;
const WAKE_JITTER_MS = 300;
const NO_SUCH_SHOW = 4404;
const GOING_AWAY = 1012;
const OPENS_WITHIN_MS = 6_000;

/** @type {any} */
export const browser = {
  openSocket: (url) => new WebSocket(url),
  // By itself a stream would come back at once, and not at all after an error of a proxy.
  openStream(url) {
    /** @type {any} */
    const stream = new EventSource(url);
    stream.onerror = () => {
      stream.close();
      stream.onclose({ code: 0 });
    };
    return stream;
  },
  setTimeout: (callback, delay) => setTimeout(callback, delay),
  clearTimeout: (timer) => clearTimeout(timer),
  random: () => Math.random(),
  isHidden: () => document.hidden,
  onHidden: (callback) => document.addEventListener("visibilitychange", () => document.hidden && callback()),
  onWake(callback) {
    addEventListener("online", callback);
    addEventListener("pageshow", (event) => event.persisted && callback());
    document.addEventListener("visibilitychange", () => !document.hidden && callback());
  },
  // An open socket keeps a page out of the back/forward cache.
  onSleep: (callback) => addEventListener("pagehide", callback),
  onOffline: (callback) => addEventListener("offline", callback),
};

// AWS Architecture Blog, "Exponential Backoff And Jitter": full jitter spreads a crowd's reconnects best.
export function backoff(attempt, random, base = BACKOFF_BASE_MS) {
  return random() * Math.min(BACKOFF_CAP_MS, base * 2 ** attempt);
}

export class LiveShow {
  // `since()` is VERSION.DIGEST of what is shown, or null; `receive(frame)` applies a frame and returns whether it revealed a gap;
  // `freshness` is told whether the map is live, catching-up, offline or gone.
  constructor({ socketUrl, streamUrl, since, receive, freshness, environment = browser }) {
    this.socketUrl = socketUrl;
    this.streamUrl = streamUrl;
    this.since = since;
    this.receive = receive;
    this.freshness = freshness;
    this.environment = environment;
    this.attempt = 0;
    this.isStream = false;
    this.connection = null;
    this.watchdog = null;
    this.retry = null;
    this.over = false;
    environment.onWake(() => this.wake());
    environment.onSleep(() => this.sleep());
    environment.onHidden(() => this.isStream && this.sleep());
    // A connection that is gone keeps its socket open for long.
    environment.onOffline(() => this.connection && this.closed(0));
    this.connect();
  }

  // A hidden tab has no stream, since a browser opens six to a host for all of its tabs.
  connect() {
    this.retry = null;
    this.hasHeard = false;
    if (this.isStream && this.environment.isHidden()) return;
    const since = this.since();
    const url = this.isStream ? this.streamUrl : this.socketUrl;
    const query = since === null ? "" : `${url.includes("?") ? "&" : "?"}since=${since}`;
    const connection = this.environment[this.isStream ? "openStream" : "openSocket"](url + query);
    this.connection = connection;
    connection.onopen = () => connection === this.connection && this.watch();
    connection.onmessage = (event) => connection === this.connection && this.heard(JSON.parse(event.data));
    connection.onclose = (event) => connection === this.connection && this.closed(event.code);
    this.watch(1, OPENS_WITHIN_MS);
  }

  // Viewers come and go while the map itself stands still: their frames prove nothing about it.
  heard(frame) {
    const isOther = frame.type === "tick" && `${frame.version}.${frame.digest}` !== this.since();
    if (this.receive(frame) || isOther) return this.resume();
    if (frame.type === "viewers") return;
    this.attempt = 0;
    this.hasHeard = true;
    this.watch();
    this.freshness("live");
  }

  closed(code) {
    this.drop();
    if (code === NO_SUCH_SHOW) {
      this.over = true;
      this.freshness("gone");
      return;
    }
    this.freshness("offline");
    // A server that goes away tells all of its watchers at the same moment; a stream just ends.
    const isCrowd = code === GOING_AWAY || (this.isStream && this.hasHeard);
    this.reconnectIn(backoff(this.attempt, this.environment.random, isCrowd ? CROWD_BASE_MS : BACKOFF_BASE_MS));
    this.attempt += 1;
    this.tryOther();
  }

  // Where one way led nowhere the next attempt goes the other; else it is by a socket.
  tryOther() {
    this.isStream = !this.hasHeard && !this.isStream;
  }

  // Frames are missing, or the server has another history: a new connection brings them, or a snapshot.
  resume() {
    this.drop();
    this.freshness("catching-up");
    this.reconnectIn(this.environment.random() * WAKE_JITTER_MS);
  }

  wake() {
    if (this.over || this.connection) return;
    this.environment.clearTimeout(this.retry);
    this.reconnectIn(this.environment.random() * WAKE_JITTER_MS);
  }

  sleep() {
    this.environment.clearTimeout(this.retry);
    if (this.connection) this.drop();
    this.freshness("offline");
  }

  // Connects without waiting any longer: by the other way, if this one has not opened yet.
  hurry() {
    if (this.over) return;
    this.environment.clearTimeout(this.retry);
    if (this.connection) {
      this.drop();
      this.tryOther();
    }
    this.connect();
  }

  reconnectIn(delay) {
    this.retry = this.environment.setTimeout(() => this.connect(), delay);
  }

  drop() {
    const connection = this.connection;
    this.connection = null;
    this.environment.clearTimeout(this.watchdog);
    connection.close();
  }

  // One late tick means catching up; a second one means that the connection is dead without saying so.
  watch(patience = 2, within = TICK_IS_LATE_MS) {
    this.environment.clearTimeout(this.watchdog);
    this.watchdog = this.environment.setTimeout(() => {
      if (patience === 1) return this.closed(0);
      this.freshness("catching-up");
      this.watch(patience - 1);
    }, within);
  }
}

export function connect(store, { socket: socketUrl, events: streamUrl }, environment = browser) {
  const live = new LiveShow({
    environment,
    socketUrl,
    streamUrl,
    since: () => `${store.version}.${store.digest}`,
    receive: (frame) => store.apply(frame).gap,
    freshness: (link) => store.connection({ link }),
  });
  // What was just refused may be older on the map than it is.
  store.subscribe(({ answer }) => answer?.code && !store.isLive && live.hurry());
}

// Keeps a page with what the house tells of all its shows: whatever comes is whole by itself.
export function followHouse(receive) {
  return new LiveShow({
    socketUrl: "/ws/house/",
    streamUrl: "/api/shows/events/",
    since: () => null,
    freshness: () => {},
    receive: (frame) => {
      receive(frame);
      return false;
    },
  });
}
