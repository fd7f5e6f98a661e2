// Has the server hold what is selected: one request at a time, and the latest selection wins. Pure: no DOM.

const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;
const LATE_MS = 3_000;
const LATE = { detail: "The box office is slow to answer.", isLate: true };
const sleep = (delay) => new Promise((resolve) => setTimeout(resolve, delay));

function unlessInTime(tell) {
  const timer = setTimeout(tell, LATE_MS);
  return () => clearTimeout(timer);
}

export class Holding {
  // `send(body)` resolves to the server's answer, or throws when there is none: sending it again does no harm.
  // `trouble(error)` is told why there is no answer, and null when there is one again.
  constructor({ store, send, trouble, wait = sleep, late = unlessInTime }) {
    this.store = store;
    this.send = send;
    this.trouble = trouble;
    this.wait = wait;
    this.late = late;
    this.best = null;
    // Whether other seats are being asked for than those that are held.
    this.isReplacing = false;
    this.running = null;
    /** @type {(value?: unknown) => void} */
    this.wake = () => {};
  }

  // Resolves when the server has answered the latest selection.
  settle() {
    this.running ??= this.run().finally(() => (this.running = null));
    return this.running;
  }

  // Selects the best seats together instead: {count, accessible}.
  selectBest(best) {
    this.best = best;
    return this.settle();
  }

  async run() {
    while (this.best || !this.store.isSettled) {
      const { best, selection, answer } = await this.answerToLatest();
      this.isReplacing = false;
      this.store.answered(selection, answer, { isBest: best !== null });
    }
  }

  async answerToLatest() {
    for (let attempt = 0; ; attempt += 1) {
      const { selection } = this.store;
      const { best } = this;
      this.best = null;
      this.isReplacing ||= best !== null;
      const came = this.late(() => this.trouble(LATE));
      try {
        const answer = await this.send(best ? { best } : { seats: selection }).finally(came);
        this.trouble(null);
        return { best, selection, answer };
      } catch (/** @type {any} */ error) {
        this.best ??= best;
        this.trouble(error);
        await this.pause(Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** attempt), error.retryAfter);
      }
    }
  }

  // `wake` ends the pause, unless the server asked for it.
  async pause(delay, asked = 0) {
    if (asked > 0) return this.wait(Math.max(delay, asked));
    const woken = new Promise((resolve) => (this.wake = resolve));
    return Promise.race([this.wait(delay), woken]);
  }
}
