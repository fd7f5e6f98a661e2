// Follows one show over its socket: reconnects with backoff and full jitter, resumes with `since`, and judges freshness.

export const LIVE = "live";
export const CATCHING_UP = "catching-up";
export const OFFLINE = "offline";
export const GONE = "gone";

const TICK_IS_LATE_MS = 12_000;
const BACKOFF_BASE_MS = 500;
const BACKOFF_CAP_MS = 15_000;
const CROWD_BASE_MS = 5_000;
const WAKE_JITTER_MS = 300;
const NO_SUCH_SHOW = 4404;
const GOING_AWAY = 1012;

export const browser = {
  connect: (url) => new WebSocket(url),
  setTimeout: (callback, delay) => setTimeout(callback, delay),
  clearTimeout: (timer) => clearTimeout(timer),
  random: () => Math.random(),
  onWake(callback) {
    addEventListener("online", callback);
    addEventListener("pageshow", (event) => event.persisted && callback());
    document.addEventListener("visibilitychange", () => !document.hidden && callback());
  },
  // An open socket keeps a page out of the back/forward cache.
  onSleep: (callback) => addEventListener("pagehide", callback),
};

// AWS Architecture Blog, "Exponential Backoff And Jitter": full jitter spreads a crowd's reconnects best.
export function backoff(attempt, random, base = BACKOFF_BASE_MS) {
  return random() * Math.min(BACKOFF_CAP_MS, base * 2 ** attempt);
}

export class LiveShow {
  // `version()` is the version shown, or null; `receive(frame)` applies a frame and returns whether it revealed a gap.
  constructor({ url, version, receive, freshness, environment = browser }) {
    Object.assign(this, { url, version, receive, freshness, environment });
    this.attempt = 0;
    this.socket = null;
    this.watchdog = null;
    this.retry = null;
    this.over = false;
    environment.onWake(() => this.wake());
    environment.onSleep(() => this.sleep());
    this.connect();
  }

  connect() {
    this.retry = null;
    const since = this.version();
    const query = since === null ? "" : `${this.url.includes("?") ? "&" : "?"}since=${since}`;
    const socket = this.environment.connect(this.url + query);
    this.socket = socket;
    socket.onmessage = (event) => socket === this.socket && this.heard(JSON.parse(event.data));
    socket.onclose = (event) => socket === this.socket && this.closed(event.code);
    this.watch();
  }

  // Viewers come and go while the map itself stands still: their frames prove nothing about it.
  heard(frame) {
    if (this.receive(frame) || (frame.type === "tick" && frame.version !== this.version())) return this.resume();
    if (frame.type === "viewers") return;
    this.attempt = 0;
    this.watch();
    this.freshness(LIVE);
  }

  closed(code) {
    this.drop();
    if (code === NO_SUCH_SHOW) {
      this.over = true;
      this.freshness(GONE);
      return;
    }
    this.freshness(OFFLINE);
    // A server that goes away tells all of its watchers at the same moment.
    const base = code === GOING_AWAY ? CROWD_BASE_MS : BACKOFF_BASE_MS;
    this.reconnectIn(backoff(this.attempt, this.environment.random, base));
    this.attempt += 1;
  }

  // Frames are missing: a new connection brings them, or a snapshot.
  resume() {
    this.drop();
    this.freshness(CATCHING_UP);
    this.reconnectIn(this.environment.random() * WAKE_JITTER_MS);
  }

  wake() {
    if (this.over || this.socket) return;
    this.environment.clearTimeout(this.retry);
    this.reconnectIn(this.environment.random() * WAKE_JITTER_MS);
  }

  sleep() {
    this.environment.clearTimeout(this.retry);
    if (this.socket) this.drop();
    this.freshness(OFFLINE);
  }

  reconnectIn(delay) {
    this.retry = this.environment.setTimeout(() => this.connect(), delay);
  }

  drop() {
    const socket = this.socket;
    this.socket = null;
    this.environment.clearTimeout(this.watchdog);
    socket.close();
  }

  // One late tick means catching up; a second one means that the connection is dead without saying so.
  watch(patience = 2) {
    this.environment.clearTimeout(this.watchdog);
    this.watchdog = this.environment.setTimeout(() => {
      if (patience === 1) return this.closed(0);
      this.freshness(CATCHING_UP);
      this.watch(patience - 1);
    }, TICK_IS_LATE_MS);
  }
}
