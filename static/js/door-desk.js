// Goes between the door and the server: asks it, does without it, and tells it later.

import { csrfToken } from "./server.js";

// Nobody at the door waits for longer; then the list decides.
const PATIENCE_MS = 2_000;
const LOOK_EVERY_MS = 3_000;
// Of the time, so much at most goes into reading the list.
const SHARE = 10;
const SIGN_IN = [401, 403];

class Away extends Error {}
class SignedOut extends Away {}

export class DoorDesk {
  constructor(store, keeping, changed, { listUrl, admitUrl, undoUrl }) {
    this.store = store;
    this.keeping = keeping;
    this.changed = changed;
    this.listUrl = listUrl;
    this.admitUrl = admitUrl;
    this.undoUrl = undoUrl;
    /** @type {Promise<void> | null} */
    this.looking = null;
    this.etag = "";
    // The ids of admissions that were told late, by the keys that they were noted under.
    this.toldLate = new Map();
  }

  // Returns what to show for a code, or for a reference and a seat; a payment has its `amount` and its `method`.
  async admit(named, /** @type {any} */ payment = null) {
    const key = newKey();
    const shown = await this.#admit(named, key, payment);
    this.keeping.keep(this.store.kept);
    this.changed();
    return shown;
  }

  async #admit(named, key, payment) {
    if (this.store.isOnline) {
      try {
        const { status, answer } = await this.#ask(this.admitUrl, { show: this.store.showId, key, ...named, ...payment });
        if (status !== 201) return this.store.refused(answer, named);
        this.store.note(named.code ?? this.#codeOf(named), answer);
        this.look();
        return this.store.admitted(answer);
      } catch (error) {
        if (!(error instanceof Away)) throw error;
        this.store.isOnline = false;
      }
    }
    return this.store.admitOffline(named.code ?? this.#codeOf(named), key, payment);
  }

  #codeOf({ reference, seat_number }) {
    const one = this.store.named(reference).find((ticket) => ticket.seat_number === seat_number);
    return one?.code ?? reference;
  }

  // Returns whether the admission, by its id or by the key that it was noted under, is undone.
  async undo({ admission: id, key }) {
    let undone = this.store.undoOffline(key);
    const admission = id ?? this.toldLate.get(key);
    if (!undone && admission) {
      try {
        undone = (await this.#ask(this.undoUrl.replace("/0/", `/${admission}/`), {})).status === 200;
        if (undone) this.store.forget(admission);
      } catch (error) {
        if (!(error instanceof Away)) throw error;
      }
    }
    this.keeping.keep(this.store.kept);
    this.changed();
    this.look();
    return undone;
  }

  // Sends what waits and reads the list, again and again.
  async watch() {
    const began = Date.now();
    await this.look();
    setTimeout(() => this.watch(), Math.max(LOOK_EVERY_MS, SHARE * (Date.now() - began)));
  }

  look() {
    this.looking ??= this.#look().finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  async #look() {
    try {
      await this.#catchUp();
      await this.#readList();
      this.store.isOnline = true;
      this.store.isSignedOut = false;
    } catch (error) {
      if (!(error instanceof Away)) throw error;
      this.store.isOnline = false;
      this.store.isSignedOut = error instanceof SignedOut;
    }
    this.changed();
  }

  // Whoever is signed in now tells it; one that is refused keeps no other back.
  async #catchUp() {
    for (const one of [...this.store.kept.queue]) {
      const { show, code, key, at, amount, method } = one;
      const { status, answer } = await this.#ask(this.admitUrl, { show, code, key, at, amount, method });
      // Money is told by somebody who may take it.
      if (answer.code === "not_at_the_till") continue;
      if (SIGN_IN.includes(status)) throw new SignedOut(answer.detail);
      if (one.undone && status === 201) {
        await this.#ask(this.undoUrl.replace("/0/", `/${answer.id}/`), {});
        this.store.sent(one, {});
      } else {
        this.store.sent(one, answer);
        if (status === 201) this.toldLate.set(key, answer.id);
      }
      this.keeping.keep(this.store.kept);
    }
  }

  async #readList() {
    const asked = this.store.now();
    const { status, answer, headers } = await this.#ask(this.listUrl, null, { "If-None-Match": this.etag });
    if (SIGN_IN.includes(status)) throw new SignedOut(answer.detail);
    if (status !== 200 && status !== 304) throw new Away(answer?.detail);
    this.keeping.noteTime(headers.get("Date"));
    if (status === 200) {
      this.etag = headers.get("ETag") ?? "";
      this.store.take(answer.tickets, asked);
    } else {
      this.store.kept.list.at = this.store.now();
    }
    this.keeping.keep(this.store.kept);
  }

  // A network that answers for somebody else, as those of hotels do, is none.
  async #ask(url, body, headers = {}) {
    const options = body && {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify(body),
    };
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const response = await fetch(url, { ...(options ?? { headers }), signal, cache: "no-store", redirect: "error" });
      const answer = response.status === 304 ? null : await response.json();
      if (response.status >= 500 || response.status === 429) throw new Away(answer.detail);
      return { status: response.status, answer, headers: response.headers };
    } catch (error) {
      throw error instanceof Away ? error : new Away(String(error));
    }
  }
}

// A random UUID; the browser's own way to make one is only there over https.
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
