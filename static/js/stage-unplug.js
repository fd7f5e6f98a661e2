// What a page that was cut off gets when it is back.

// Says in one sentence what the first frame after the version that was shown brought.
export function cameBack(shown, frame) {
  if (frame.type === "snapshot") return `The whole map came back, as it is at version ${frame.version}.`;
  if (frame.type !== "changes") return "Nothing had changed.";
  const { from, version } = frame;
  const gap = from > shown + 1 ? " Others are missing, so the page asks again." : "";
  return from === version
    ? `Version ${version} came back.${gap}`
    : `Versions ${from}–${version} came back as one frame.${gap}`;
}

// The versions that a frame brings.
export function versionsOf(frame) {
  if (frame.type !== "changes") return [];
  return Array.from({ length: frame.version - frame.from + 1 }, (_, index) => frame.from + index);
}

export class UnplugView {
  constructor(card, store) {
    this.card = card;
    this.store = store;
    this.find = (name) => card.find(name);
  }

  cut(secondsLeft) {
    this.find("cut").hidden = false;
    this.find("cut-left").textContent = String(secondsLeft);
    this.find("back").hidden = true;
  }

  back(shown, frame) {
    const { seats } = this.store;
    const labels = [...new Set((frame.changes ?? []).map(([seatNumber]) => seats.get(seatNumber).label))];
    this.find("cut").hidden = true;
    this.find("back").hidden = false;
    this.find("versions").replaceChildren(...versionsOf(frame).map(chip));
    this.find("back-seats").textContent = labels.length ? `Seats ${labels.join(", ")}, all right again.` : "";
    this.card.say(cameBack(shown, frame));
  }
}

function chip(version) {
  const item = document.createElement("li");
  item.textContent = String(version);
  return item;
}
