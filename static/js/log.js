// The page of a show's log: its seat map after any entry, what that says, and whether the chain of all of them holds.

import { History, PastMap } from "./history.js";
import { LogWords } from "./log-words.js";
import { SeatMapView } from "./seat-map-view.js";
import { countsOf } from "./seat-states.js";
import { allFit, offerCheck } from "./verdict.js";
import { numeral, verify } from "./verify.js";

const page = JSON.parse(document.getElementById("log-data")?.textContent ?? "");
/** @type {(name: string) => any} */
const find = (name) => document.querySelector(`[data-${name}]`);

class LogView {
  constructor() {
    this.map = new PastMap(page);
    this.words = new LogWords(page, this.map.seats);
    this.view = new SeatMapView(find("seat-map"), this.map, page);
    // It is a picture here: what it shows is said in words beside it.
    this.view.leaveTabOrder();
  }

  show(past) {
    const { version, digest, entry } = past;
    const told = (entry?.changes ?? []).map(([seatNumber]) => seatNumber);
    this.map.show(past, told);
    this.view.mark(told, "is-told");
    for (const [appearance, count] of Object.entries({ held: 0, taken: 0, blocked: 0, ...countsOf(this.map) })) {
      find(`count="${appearance}"`).textContent = numeral(count);
    }
    find("log-version").textContent = numeral(version);
    find("log-digest").textContent = entry?.digest ?? (version === 0 ? digest : "");
    find("log-at").textContent = entry ? this.words.moment(entry.at) : "before the first change";
    const lines = entry ? this.words.lines(entry) : [[version === 0 ? "Every seat was free." : "This entry is missing.", ""]];
    find("log-lines").replaceChildren(...lines.map(([what, which]) => lineOf(what, which)));
  }
}

function lineOf(what, which) {
  const [line, word, rest] = ["li", "b", "span"].map((name) => document.createElement(name));
  word.textContent = what;
  rest.textContent = which;
  rest.dir = "auto";
  line.append(word, " ", rest);
  return line;
}

class Slider {
  #isMoving = false;
  #shown = -1;

  constructor(view) {
    this.view = view;
    this.history = new History(page);
    this.input = find("log-slider");
    this.input.addEventListener("input", () => this.to(this.input.valueAsNumber));
    this.input.addEventListener("change", () => history.replaceState(null, "", `?at=${this.input.value}`));
    for (const button of document.querySelectorAll("[data-log-step]")) {
      const { logStep } = /** @type {HTMLElement} */ (button).dataset;
      button.addEventListener("click", () => this.stepTo(this.input.valueAsNumber + Number(logStep)));
    }
  }

  stepTo(version) {
    this.input.value = version;
    this.input.dispatchEvent(new Event("input"));
    this.input.dispatchEvent(new Event("change"));
  }

  // Shows a version, or if another is wanted meanwhile, that one.
  async to(version) {
    this.wanted = version;
    this.input.value = version;
    if (this.#isMoving) return;
    this.#isMoving = true;
    try {
      while (this.#shown !== this.wanted) await this.move(this.wanted);
      find("log-problem").textContent = "";
    } catch (/** @type {any} */ error) {
      find("log-problem").textContent = `Entry ${numeral(this.wanted)} can’t be read now. ${error.detail ?? "Is there a network?"}`;
      if (error.retryAfter) setTimeout(() => this.to(this.wanted), error.retryAfter);
    }
    this.#isMoving = false;
  }

  async move(version) {
    const past = await this.history.at(version);
    this.view.show(past);
    this.#shown = version;
    const at = past.entry?.at;
    this.input.setAttribute("aria-valuetext", at ? `${numeral(version)}, ${this.view.words.moment(at)}` : numeral(version));
  }
}

const slider = new Slider(new LogView());
slider.to(page.version);
for (const link of document.querySelectorAll("[data-log-at-version]")) {
  link.addEventListener("click", (/** @type {any} */ event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    slider.stepTo(Number(/** @type {HTMLElement} */ (link).dataset.logAtVersion));
    find("log").scrollIntoView();
  });
}
offerCheck(find("verdict"), {
  check: (onProgress) => verify({ show: page.show.id, onProgress }),
  fits: ({ last }) => `${allFit(last.version)}. The last digest is ${last.digest.slice(0, 16)}…`,
  onVerdict({ misfit }) {
    const button = find("log-misfit");
    button.hidden = !misfit || misfit.version > page.head;
    button.onclick = () => misfit && slider.stepTo(misfit.version);
  },
});
