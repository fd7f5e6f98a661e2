// Says how fresh a store's map is, and how many people watch it.

const LABELS = {
  live: ["Live", "Every change shows here the moment it happens."],
  "catching-up": ["Catching up…", "Waiting for the latest changes. The map may be a few seconds old."],
  offline: ["Offline, showing the map as of ", "The connection is gone. It is being restored by itself."],
  unreached: ["Trying again…", "Your last choice has not reached the box office. It is being sent again."],
  gone: ["This show is gone", "This show is no longer offered."],
};

export function showFreshness(find, store, timeZone) {
  const badge = find("freshness");
  const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone });
  store.subscribe(({ viewers }) => {
    if (viewers !== undefined) find("viewers").textContent = `${viewers} watching`;
    const { freshness, freshAt } = store;
    if (badge.dataset.freshness === freshness) return;
    badge.dataset.freshness = freshness;
    [badge.textContent, badge.title] = LABELS[freshness];
    if (freshness === "offline") badge.textContent += clock.format(freshAt);
  });
}
