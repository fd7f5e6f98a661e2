// What a buyer agrees to, and how to say what of it has changed, in the words of booking/terms.py. Pure.

const HOUR_MS = 3_600_000;
const isPrice = (fact) => fact === "price" || fact.endsWith("_surcharge");

// The facts of a show as a refusal's `changed` has them, put over those known so far.
export function withChanged(show, { changed, terms }) {
  const facts = Object.fromEntries(changed.map(({ what, now }) => [what, now]));
  const { film: movie = show.movie, starts_at: start, ...others } = facts;
  return { ...show, ...others, movie, starts_at: start ? Date.parse(start) : show.starts_at, terms };
}

// Returns what tells the time of day, with its offset in the hour that clocks show twice: "20:15", "02:30+02:00".
/** @param {"short" | "medium"} timeStyle without seconds, or with them */
export function timeOfDay(timeZone, timeStyle = "short") {
  const time = new Intl.DateTimeFormat("en-GB", { timeZone, timeStyle });
  const offset = new Intl.DateTimeFormat("en-GB", { timeZone, timeZoneName: "longOffset" });
  return (moment) => {
    const text = time.format(moment);
    if (![-HOUR_MS, HOUR_MS].some((hour) => time.format(Number(moment) + hour) === text)) return text;
    const value = offset.formatToParts(moment).find(({ type }) => type === "timeZoneName")?.value ?? "";
    return text + (value.slice("GMT".length) || "+00:00");
  };
}

export class Wording {
  constructor({ currency, timeZone }) {
    this.money = new Intl.NumberFormat("en-IE", { style: "currency", currency, currencyDisplay: "narrowSymbol" });
    this.time = timeOfDay(timeZone);
    this.date = new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "long", day: "numeric", month: "long" });
  }

  // One sentence for all that is another now. What a price list says is left to the bill, unless it is all that is.
  sentence(was, now) {
    const clauses = [...this.clauses(was, now)];
    const last = clauses.pop();
    if (last === undefined) return "The price list has changed.";
    const text = clauses.length > 0 ? `${clauses.join(", ")}, and ${last}` : last;
    return `${text[0].toUpperCase()}${text.slice(1)}.`;
  }

  *clauses(was, now) {
    if (was.movie.id !== now.movie.id || was.movie.title !== now.movie.title) {
      yield `the film is now “${now.movie.title}” instead of “${was.movie.title}”`;
    }
    if (was.auditorium.id !== now.auditorium.id || was.auditorium.name !== now.auditorium.name) {
      yield `the auditorium is now ${now.auditorium.name} instead of ${was.auditorium.name}`;
    }
    if (was.starts_at !== now.starts_at) yield this.start(was.starts_at, now.starts_at);
    for (const fact of Object.keys(now).filter(isPrice)) {
      if (was[fact] !== now[fact]) {
        yield `the ${fact.replace("_", " ")} is now ${this.money.format(now[fact])} instead of ${this.money.format(was[fact])}`;
      }
    }
  }

  start(was, now) {
    const [before, after] = [was, now].map((moment) => this.time(moment));
    if (this.day(was) === this.day(now)) return `the film starts at ${after} instead of ${before}`;
    return `the film starts on ${this.dayAndTime(now)} instead of ${this.dayAndTime(was)}`;
  }

  dayAndTime(moment) {
    return `${this.day(moment)} at ${this.time(moment)}`;
  }

  day(moment) {
    return this.date.format(moment).replace(",", "");
  }
}
