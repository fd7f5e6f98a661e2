// A race for one seat: what came of each request, drawn as it comes.

const BOOKED = 201;
const TAKEN = "seat_taken";

// What came of the requests so far.
export class Race {
  answers = [];

  hear(line) {
    this.answers.push(line);
  }

  get booked() {
    return this.answers.filter(({ status }) => status === BOOKED).length;
  }

  get taken() {
    return this.answers.filter(({ code }) => code === TAKEN).length;
  }

  // Neither: as where too many waited for a busy machine.
  get others() {
    return this.answers.length - this.booked - this.taken;
  }

  get slowest() {
    return Math.max(0, ...this.answers.map(({ ms }) => ms));
  }

  get median() {
    const times = this.answers.map(({ ms }) => ms).sort((one, other) => one - other);
    return times[Math.floor(times.length / 2)] ?? 0;
  }

  sentence(label) {
    const others = this.others ? ` ${this.others} came too late for a busy server, and got nothing.` : "";
    if (this.booked === 1) return `${label} was sold once. The other ${this.taken} were told that it is taken.${others}`;
    return `${label} was sold ${this.booked} times; ${this.taken} were told that it is taken.${others}`;
  }
}

export function seconds(ms) {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

export function outcomeOf({ status, code }) {
  if (status === BOOKED) return "booked";
  return code === TAKEN ? "taken" : "other";
}

// Draws a race in a card: a bar for each racer, as high as its answer took long.
export class RaceView {
  constructor(card) {
    this.field = card.find("racers");
    this.card = card;
    this.race = new Race();
  }

  start(count) {
    this.race = new Race();
    this.field.replaceChildren(...Array.from({ length: count }, () => document.createElement("span")));
    this.card.find("race-result").hidden = false;
    this.count();
  }

  hear(line) {
    this.race.hear(line);
    const bar = this.field.children[line.racer];
    bar.dataset.outcome = outcomeOf(line);
    bar.style.setProperty("--ms", String(line.ms));
    this.field.style.setProperty("--slowest", String(this.race.slowest));
    this.count();
  }

  count() {
    for (const name of ["booked", "taken", "others"]) this.card.find(`race-${name}`).textContent = this.race[name];
    this.card.find("race-other").hidden = this.race.others === 0;
    this.card.find("race-half").textContent = seconds(this.race.median);
    this.card.find("race-all").textContent = seconds(this.race.slowest);
  }
}
