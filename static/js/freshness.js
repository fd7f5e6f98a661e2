// Says in a badge how fresh a map is.

import { CATCHING_UP, GONE, LIVE, OFFLINE } from "./live.js";

const TITLES = {
  [LIVE]: "Every change shows here the moment it happens.",
  [CATCHING_UP]: "Waiting for the latest changes. The map may be a few seconds old.",
  [OFFLINE]: "The connection is gone. It is being restored by itself.",
  [GONE]: "This show is no longer offered.",
};

export class FreshnessBadge {
  // `serverNow()` is the server's clock in milliseconds.
  constructor({ node, serverNow, timeZone }) {
    this.node = node;
    this.serverNow = serverNow;
    this.clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone });
    this.freshAt = serverNow();
  }

  show(freshness) {
    if (freshness === LIVE) this.freshAt = this.serverNow();
    if (this.node.dataset.freshness === freshness) return;
    this.node.dataset.freshness = freshness;
    this.node.title = TITLES[freshness];
    this.node.textContent = this.text(freshness);
  }

  text(freshness) {
    if (freshness === LIVE) return "Live";
    if (freshness === CATCHING_UP) return "Catching up…";
    if (freshness === GONE) return "This show is gone";
    return `Offline, showing the map as of ${this.clock.format(this.freshAt)}`;
  }
}
