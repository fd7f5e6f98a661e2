// Lets a visitor check a log: a button, a bar while it runs, and in words what came of it.

import { numeral, obstacle } from "./verify.js";

/** @import { Verdict } from "./verify.js" */

/**
 * `check` is told how to report up to which version all fits, and resolves to a verdict; `fits` says it in words when all does.
 * @param {HTMLElement} root
 * @param {{ check: (onProgress: (version: number) => void) => Promise<Verdict>, fits: (verdict: Verdict) => string,
 *   onVerdict?: (verdict: Verdict) => void }} what
 */
export function offerCheck(root, { check, fits, onVerdict = () => {} }) {
  /** @type {(name: string) => any} */
  const find = (name) => root.querySelector(`[data-${name}]`);
  const [button, bar, text] = [find("verify"), find("verdict-progress"), find("verdict-text")];
  const why = obstacle();
  button.hidden = why !== "";
  text.textContent = why;
  button.addEventListener("click", async () => {
    root.dataset.verdict = "";
    text.textContent = "Checking…";
    bar.value = 0;
    bar.hidden = false;
    button.disabled = true;
    try {
      const verdict = await check((version) => (bar.value = version));
      root.dataset.verdict = verdict.misfit ? "misfit" : "fits";
      text.textContent = verdict.misfit ? verdict.misfit.message : fits(verdict);
      onVerdict(verdict);
    } catch (/** @type {any} */ error) {
      text.textContent = `The log can’t be read now. ${error.detail ?? "Is there a network?"}`;
    }
    bar.hidden = true;
    button.disabled = false;
  });
}

export function allFit(entries) {
  if (entries === 0) return "The log has no entry yet";
  return entries === 1 ? "The one entry of the log fits" : `All ${numeral(entries)} entries of the log fit`;
}
