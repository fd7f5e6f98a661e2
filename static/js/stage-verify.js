// Recomputes the log of the stage, and finds out whether it was rewritten since.

import { offerCheck } from "./verdict.js";
import { numeral, verify } from "./verify.js";

/** @import { Checkpoint } from "./verify.js" */

const MOST_LINKS = 200;
const DIGEST_LENGTH = 8;

// Says what came of a check. `noted` is a version and its digest from before, and `isRewritten` whether the log has it no more.
export function verdictInWords({ last }, noted, isRewritten) {
  if (last.version === 0) return "The log has no entry yet.";
  const fits = `All ${numeral(last.version)} entries fit, from the first to the last.`;
  if (!isRewritten) return fits;
  const before = noted.digest.slice(0, DIGEST_LENGTH);
  return `${fits} But history was rewritten: entry ${numeral(noted.version)} had the digest ${before}… before, and whoever kept that can prove it.`;
}

export class VerifyView {
  /** @type {Checkpoint | null} */
  noted = null;

  constructor(card, store) {
    this.links = card.find("links");
    this.store = store;
    offerCheck(card.find("verdict"), {
      check: (onProgress) => this.check(onProgress),
      fits: (verdict) => verdictInWords(verdict, this.noted, this.isRewritten),
    });
  }

  // Remembers a version and its digest, as a buyer keeps a receipt.
  note({ version, digest }) {
    this.noted = { version, digest };
  }

  async check(onProgress) {
    const { version } = this.store;
    const show = this.store.show.id;
    this.draw(version);
    this.isRewritten = Boolean(this.noted && (await verify({ show, noted: this.noted })).misfit);
    return verify({
      show,
      onProgress: (upTo) => {
        onProgress(upTo / Math.max(version, 1));
        this.light(upTo / Math.max(version, 1));
      },
    });
  }

  draw(version) {
    const count = Math.min(version, MOST_LINKS);
    this.links.replaceChildren(...Array.from({ length: count }, () => document.createElement("span")));
  }

  // The chain holds up to this share of it.
  light(share) {
    const upTo = Math.floor(share * this.links.children.length);
    for (const link of [...this.links.children].slice(0, upTo)) link.classList.add("is-right");
  }
}
