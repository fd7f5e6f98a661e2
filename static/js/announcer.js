// Speaks through one polite live region, gathering what comes close together into one message.

const GATHER_MS = 3_000;

export class Announcer {
  constructor(region) {
    this.region = region;
    this.waiting = [];
    this.timer = null;
    this.spokenAt = -GATHER_MS;
  }

  say(sentence) {
    if (!this.waiting.includes(sentence)) this.waiting.push(sentence);
    this.timer ??= setTimeout(() => this.speak(), this.spokenAt + GATHER_MS > performance.now() ? GATHER_MS : 50);
  }

  speak() {
    this.timer = null;
    this.spokenAt = performance.now();
    this.region.textContent = this.waiting.join(" ");
    this.waiting = [];
  }
}
