// Sends a form of the till until there is an answer: its key makes sending it again harmless. Pure: no DOM, no network.

const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 8_000;
const sleep = (delay) => new Promise((resolve) => setTimeout(resolve, delay));

export class Sending {
  // `send(form)` resolves to the answer, a refusal included, and throws where there is none. `tell(unsent)` is told in words what
  // has not got through, and "" once it has.
  constructor({ send, tell, wait = sleep }) {
    this.send = send;
    this.tell = tell;
    this.wait = wait;
    this.unsent = "";
  }

  async submit(what, form) {
    this.unsent = what;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await this.send(form);
        this.#note("");
        return answer;
      } catch {
        this.#note(what);
        await this.wait(Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** attempt));
      }
    }
  }

  #note(what) {
    this.unsent = what;
    this.tell(what);
  }
}
