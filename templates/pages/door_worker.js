// Keeps the door's page for when there is no network. What people are let in by is the page's own business, not this one's.

const KEPT = "door";
// A network that takes longer is as good as none.
const PATIENCE_MS = 2000;

addEventListener("install", () => self.skipWaiting());
addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

addEventListener("message", (event) => event.waitUntil(keep(event.data)));

async function keep(urls) {
  const cache = await caches.open(KEPT);
  await Promise.allSettled(urls.map((url) => cache.add(new Request(url, { credentials: "same-origin" }))));
  // Files of an earlier release; other shows' pages stay.
  const isPage = (url) => new URL(url).pathname.startsWith("{% url 'doors' %}");
  for (const { url } of await cache.keys()) if (!urls.includes(url) && !isPage(url)) await cache.delete(url);
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const isOurs = new URL(request.url).origin === location.origin && !new URL(request.url).pathname.startsWith("/api/");
  if (request.method === "GET" && isOurs) event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(KEPT);
  const known = await cache.match(request, { ignoreVary: true });
  if (!known) return fetch(request);
  try {
    const fresh = await within(fetch(request));
    return fresh.status < 500 ? fresh : known;
  } catch {
    return known;
  }
}

function within(answered) {
  const late = new Promise((_, reject) => setTimeout(reject, PATIENCE_MS, new Error("late")));
  return Promise.race([answered, late]);
}
