// Lets the server hold what is wished for: one request at a time, and the latest wish wins. Pure: no DOM.

const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;
const sleep = (delay) => new Promise((resolve) => setTimeout(resolve, delay));

export class Holding {
  // `send(body)` resolves to the server's answer, or throws when there is none: sending it again does no harm.
  // `heard(answer, wish)` is told each answer, `trouble(error)` why there is none, and null when there is one again.
  constructor({ choice, send, heard, trouble, wait = sleep }) {
    Object.assign(this, { choice, send, heard, trouble, wait });
    this.best = null;
    this.running = null;
  }

  // Resolves when the server has answered the latest wish.
  settle() {
    this.running ??= this.run().finally(() => (this.running = null));
    return this.running;
  }

  // Wishes for the best seats together instead: {count, accessible}.
  wantBest(best) {
    this.best = best;
    return this.settle();
  }

  async run() {
    while (this.best || !this.choice.isSettled) {
      const wish = this.choice.seatNumbers;
      const { best } = this;
      this.best = null;
      const answer = await this.answerTo(best ? { best } : { seats: wish });
      if (best && !answer.code) this.choice.follow(answer.hold);
      else this.choice.answered(wish, answer);
      this.heard(answer, wish);
    }
  }

  async answerTo(body) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await this.send(body);
        this.trouble(null);
        return answer;
      } catch (error) {
        this.trouble(error);
        const wait = Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** attempt);
        await this.wait(Math.max(wait, error.retryAfter ?? 0));
      }
    }
  }
}
