// Checks the log of a show, as docs/verify.md tells anyone to: recomputes its chain of digests from the first entry to the last.

import { ask } from "./server.js";

const UTF8 = new TextEncoder();

/** @typedef {{ version: number, digest: string }} Checkpoint */
/** @typedef {Checkpoint & { at: number, changes: any[][], show: any }} Entry */
/**
 * What came of a check: up to where all fits, the first entry after that, if it does not fit and why, and the one that was noted.
 * @typedef {{ last: Checkpoint, misfit: Misfit | null, noted: Entry | null }} Verdict
 */

export class Misfit extends Error {
  constructor(version, why) {
    super(`Entry ${numeral(version)} does not fit: ${why}.`);
    this.version = version;
  }
}

// Why this browser can't check anything, or "".
export function obstacle() {
  if (globalThis.crypto?.subtle) return "";
  return "Browsers compute digests only on pages that come by https, and this one did not.";
}

/**
 * Recomputes the chain of a show's log. `noted` is a version with its digest, or how that begins, that the log must have.
 * `onProgress` is told up to which version all fits. Rejects where the log can't be read.
 * @param {{ show: number, noted?: Checkpoint | null, onProgress?: (version: number) => void, read?: (url: string) => Promise<any> }} what
 * @returns {Promise<Verdict>}
 */
export async function verify({ show, noted = null, onProgress = () => {}, read = readPage }) {
  /** @type {Verdict} */
  const verdict = { last: { version: 0, digest: "" }, misfit: null, noted: null };
  try {
    for await (const entry of entriesThatFit(`/api/shows/${show}/changes/`, read)) {
      if (noted && entry.version === noted.version) {
        if (!entry.digest.startsWith(noted.digest)) throw new Misfit(entry.version, "it had another digest before");
        verdict.noted = entry;
      }
      verdict.last = { version: entry.version, digest: entry.digest };
      onProgress(entry.version);
    }
    if (noted && !verdict.noted) throw new Misfit(noted.version, "the log ends before it");
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    verdict.misfit = error;
  }
  return verdict;
}

/**
 * Recomputes the chain, and checks that it says what a receipt does: that these seats got this letter at that version.
 * @param {{ show: number, seats: number[], letter: string, version: number, digest: string,
 *   onProgress?: (version: number) => void, read?: (url: string) => Promise<any> }} what
 * @returns {Promise<Verdict>}
 */
export async function checkReceipt({ show, seats, letter, version, digest, onProgress, read }) {
  const verdict = await verify({ show, noted: { version, digest }, onProgress, read });
  const says = new Map(verdict.noted?.changes.map(([seat, became]) => [seat, became]));
  if (!verdict.misfit && !seats.every((seat) => says.get(seat) === letter)) {
    verdict.misfit = new Misfit(version, "it says something else of these seats");
  }
  return verdict;
}

// Yields the entry of each version in turn, the genesis as version 0, and throws a Misfit at the first that doesn't fit.
async function* entriesThatFit(url, read) {
  /** @type {any} */
  let last = null;
  for (;;) {
    const { genesis, entries, head } = await read(`${url}?after=${last?.version ?? 0}`);
    if (last === null) yield (last = await first(genesis));
    const before = [last, ...entries];
    const digests = await Promise.all(entries.map((entry, index) => digestOfEntry(before[index].digest, entry)));
    for (const [index, entry] of entries.entries()) {
      if (entry.version !== last.version + 1) throw missing(last.version + 1);
      if (entry.digest !== digests[index]) throw new Misfit(entry.version, "its digest is not that of what it says");
      yield (last = entry);
    }
    if (head ? head.version > last.version : entries.length === 0) throw missing(last.version + 1);
    if (head && head.digest !== last.digest) throw new Misfit(last.version, "the seat map has another digest for it");
    if (head) return;
  }
}

function missing(version) {
  return new Misfit(version, "it is missing");
}

async function first({ show, layout_hash: layout, nonce, digest }) {
  if (digest !== (await digestOf(show, layout, nonce))) throw new Misfit(0, "its digest is not that of what it says");
  return { version: 0, digest };
}

// The server sends all objects with their members sorted, which JSON.stringify keeps: so this is canonical (RFC 8785).
function digestOfEntry(before, { version, at, changes, show }) {
  return digestOf(before, version, JSON.stringify({ at, changes, show }));
}

async function digestOf(...lines) {
  const hash = await crypto.subtle.digest("SHA-256", UTF8.encode(lines.join("\n")));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// What was kept of an answer before must not hide what the log says now.
async function readPage(url) {
  const page = await ask(url, { cache: "no-store" });
  if (!page.entries) throw new Error(page.detail);
  return page;
}

export function numeral(number) {
  return number.toLocaleString("en-GB");
}
