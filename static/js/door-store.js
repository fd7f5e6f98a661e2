// What the door knows: the list of the show, and what it did that the server has not heard of. Knows no page and no network.

const WORDS = {
  already_admitted: "Already in",
  other_show: "Other show",
  other_day: "Other day",
  ticket_cancelled: "Cancelled",
  show_over: "Film over",
  show_cancelled: "Called off",
  ticket_not_found: "Not valid",
  several_tickets: "Which seat?",
  not_authenticated: "Sign in",
  not_at_the_door: "Sign in",
  unpaid: "Unpaid",
  not_due: "Not due",
};

// How a reference or a code may be typed: in any case, with spaces and dashes or without.
export function plain(text) {
  return text.replace(/[\s-]/g, "").toUpperCase();
}

// `kept` is what outlives the page: `list` (tickets, and as of when), `queue` (not sent yet) and `troubles` (what the server
// made of what was sent late). `clock` says a moment in words, and `money` an amount.
export class DoorStore {
  constructor(showId, kept, { now, clock, money }) {
    this.showId = showId;
    this.kept = kept;
    this.now = now;
    this.clock = clock;
    this.money = money;
    this.isOnline = true;
    this.isSignedOut = false;
    /** @type {{ code: string, admission: any, noted: number }[]} */
    this.fresh = [];
  }

  get tickets() {
    return this.kept.list?.tickets ?? [];
  }

  ticketOf(code) {
    return this.tickets.find((one) => one.code === code);
  }

  get unsent() {
    return this.kept.queue.length;
  }

  // Takes the newest list, asked for at a moment; what came after that, or is not sent yet, stays done.
  take(tickets, asked = this.now()) {
    this.kept.list = { tickets, at: this.now() };
    this.fresh = this.fresh.filter(({ noted }) => noted >= asked);
    for (const { code, admission } of this.fresh) {
      const ticket = this.ticketOf(code);
      if (ticket) ticket.admission ??= admission;
    }
    for (const one of this.kept.queue.filter((each) => each.show === this.showId && !each.undone)) {
      const ticket = this.ticketOf(one.code);
      if (ticket && !ticket.admission) ticket.admission = { key: one.key, at: one.at, by: "this door" };
    }
    for (const { code, amount } of this.kept.queue) if (amount) this.#settle(code);
  }

  // Returns the tickets that a code or a reference names.
  named(text) {
    const wanted = plain(text);
    return this.tickets.filter(({ code, reference }) => code === wanted || plain(reference) === wanted);
  }

  // Returns what a refusal of the server means at the door; whoever is named has yet to pay what is `due`, if anything.
  refused({ code, detail, admission = null, due = "" }, /** @type {any} */ named = null) {
    if (code === "unpaid") return { tone: "ask", word: WORDS.unpaid, detail, due, named };
    return { tone: "no", word: WORDS[code] ?? "Not now", detail, admission };
  }

  // Notes that the booking of a ticket is paid.
  #settle(code) {
    const reference = this.ticketOf(code)?.reference;
    for (const ticket of this.tickets) if (ticket.reference === reference) ticket.due = "0.00";
  }

  admitted({ id = null, key, label }, more = "") {
    return { tone: "yes", word: "Admitted", detail: `Seat ${label}.${more}`, admission: id, key };
  }

  // Notes whom the server let in, and that they have paid: without a network from now on, the list must say so.
  note(code, { id, key }) {
    const ticket = this.ticketOf(plain(code));
    if (!ticket) return;
    this.#settle(ticket.code);
    ticket.admission ??= { id, key, at: new Date(this.now()).toISOString(), by: "this door" };
    this.fresh.push({ code: ticket.code, admission: ticket.admission, noted: this.now() });
  }

  // Takes back what the server has undone.
  forget(id) {
    this.fresh = this.fresh.filter(({ admission }) => admission.id !== id);
    for (const ticket of this.tickets) if (ticket.admission?.id === id) ticket.admission = null;
  }

  // Lets in by the list alone, and notes it for later, with what was paid.
  admitOffline(code, key, /** @type {any} */ payment = null) {
    if (!this.kept.list) {
      return { tone: "unknown", word: "No list", detail: "There is no network, and no list of this show on this phone." };
    }
    const ticket = this.ticketOf(plain(code));
    const asOf = `by the list of ${this.clock(this.kept.list.at)}`;
    if (!ticket) return { tone: "no", word: "Not valid", detail: `No ticket of this show has this code, ${asOf}.` };
    if (ticket.admission) {
      const { at, by, id = null } = ticket.admission;
      const detail = `Somebody came in with the ticket for ${ticket.label} at ${this.clock(at)}, let in by ${by}.`;
      return { tone: "no", word: WORDS.already_admitted, detail, admission: id };
    }
    if (Number(ticket.due) > 0 && !payment) {
      return this.refused({ code: "unpaid", detail: `${this.money(ticket.due)} is due, ${asOf}.`, due: ticket.due }, { code: ticket.code });
    }
    const at = new Date(this.now()).toISOString();
    ticket.admission = { key, at, by: "this door" };
    this.kept.queue.push({ show: this.showId, code: ticket.code, key, at, label: ticket.label, ...payment });
    if (payment) this.#settle(ticket.code);
    return this.admitted({ key, label: ticket.label }, ` No network: noted, ${asOf}.`);
  }

  // Takes back what was let in offline. Returns whether it was.
  undoOffline(key) {
    const noted = this.kept.queue.find((one) => one.key === key);
    if (!noted) return false;
    // The server may have heard of it before its answer was lost, so it hears of this as well.
    noted.undone = true;
    const ticket = this.ticketOf(noted.code);
    if (ticket?.admission?.key === key) ticket.admission = null;
    return true;
  }

  // Notes what came of something that was sent late.
  sent(one, answer) {
    this.kept.queue = this.kept.queue.filter(({ key }) => key !== one.key);
    const when = `Seat ${one.label}, let in at ${this.clock(one.at)} without a network`;
    if (answer.conflict === "already_admitted") {
      this.kept.troubles.push(`${when}: somebody had come in with this ticket at another door.`);
    } else if (answer.conflict === "ticket_cancelled") {
      this.kept.troubles.push(`${when}: the ticket had been given back.`);
    } else if (answer.conflict === "show_cancelled") {
      this.kept.troubles.push(`${when}: the show had been called off.`);
    } else if (answer.code) {
      this.kept.troubles.push(`${when}, is not recorded: ${answer.detail}`);
    }
  }

  counts() {
    return { sold: this.tickets.length, inside: this.tickets.filter(({ admission }) => admission).length };
  }
}
