// Has acts played on the stage, one at a time, and hears what happens as it happens.

import { csrfToken, post } from "./server.js";

const FULL = "stage_full";
const LOST = "The server can’t be reached. Please try again in a moment.";

// Generates the lines of JSON that a stream of bytes has, as they come.
export async function* linesIn(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) yield JSON.parse(line);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

// Begins an act and generates what its play tells. Throws errors with a `detail` for people.
async function* played(act, options) {
  try {
    const begun = await post("/stage/begin/", { act, ...options });
    if (begun.code === FULL) location.reload();
    if (begun.code) throw Object.assign(new Error(begun.code), begun);
    const stream = await fetch(begun.play, { method: "POST", headers: { "X-CSRFToken": csrfToken() } });
    if (!stream.ok) throw new Error("the act could not be played");
    yield* linesIn(stream.body);
  } catch (/** @type {any} */ error) {
    throw Object.assign(error, { detail: error.detail ?? LOST });
  }
}

// The buttons that begin acts: none of them while one is played, or the stage rests.
export class Acts {
  constructor(buttons) {
    this.buttons = buttons;
    this.isPlaying = false;
    this.enable(true);
  }

  // Plays an act for a card of the page: `hear(line)` is told of each line. Where it returns for how many milliseconds the act
  // goes on, it has heard enough. Resolves to whether the act was played.
  async play(card, act, hear, options = {}) {
    if (this.isPlaying) return false;
    this.isPlaying = true;
    this.enable(false);
    card.say("");
    let freeIn = 0;
    try {
      for await (const line of played(act, options)) {
        freeIn = line.free_in ?? freeIn;
        const goesOn = hear(line);
        if (!goesOn) continue;
        freeIn = goesOn;
        break;
      }
      return true;
    } catch (/** @type {any} */ error) {
      if (!error.detail) throw error;
      card.say(error.detail);
      return false;
    } finally {
      setTimeout(() => this.free(), freeIn);
    }
  }

  free() {
    this.isPlaying = false;
    this.enable(true);
  }

  // A button that is disabled for real would lose the keyboard's focus.
  enable(isFree) {
    for (const button of this.buttons) {
      button.disabled = false;
      button.setAttribute("aria-disabled", String(!isFree));
    }
  }
}
