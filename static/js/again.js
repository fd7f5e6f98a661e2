// Loads a page again whose other scripts could not be had, as while the server restarts, and says so meanwhile.
{
  const EVERY_MS = 3_000;
  /** @returns {HTMLElement | null} */
  const find = (name) => document.querySelector(`[data-${name}]`);

  // What came of a form has an address that can't be asked for.
  async function again() {
    const url = location.pathname === "/" ? "/" : (find("box-office")?.dataset.showUrl ?? location.pathname);
    const answer = await fetch(url, { method: "HEAD" }).catch(() => null);
    if (answer?.ok) location.replace(url);
    else setTimeout(again, EVERY_MS);
  }

  function failed({ target }) {
    const badge = find("freshness");
    if (target.tagName !== "SCRIPT" || badge?.dataset.freshness !== "catching-up") return;
    badge.dataset.freshness = "offline";
    badge.textContent = "Not loaded yet, trying again…";
    setTimeout(again, EVERY_MS);
  }

  // What fails to load does not bubble.
  addEventListener("error", failed, true);
}
