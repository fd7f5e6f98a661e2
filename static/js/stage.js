// The page of the stage: its live map, and what can be tried on it.

import { browser, connect } from "./connection.js";
import { showFreshness } from "./freshness.js";
import { Plug } from "./plug.js";
import { SeatMapView } from "./seat-map-view.js";
import { SeatMapZoom } from "./seat-map-zoom.js";
import { SeatTip } from "./seat-picking.js";
import { serverClock } from "./server.js";
import { Acts } from "./stage-acts.js";
import { GoalPicking, middleSeat } from "./stage-map.js";
import { RaceView } from "./stage-race.js";
import { RewriteView } from "./stage-rewrite.js";
import { UnplugView } from "./stage-unplug.js";
import { VerifyView } from "./stage-verify.js";
import { Store } from "./store.js";

const UNPLUGGED_S = 10;
// Until then the stage rests after what happened meanwhile.
const MEANWHILE_MS = 12_000;

/** @type {any} */
const root = document.querySelector("[data-stage]");
const find = (name) => root.querySelector(`[data-${name}]`);
const page = JSON.parse(document.getElementById("seat-map-data")?.textContent ?? "");
serverClock.notePage(page.server_time);
const store = new Store(page, { now: serverClock.now });
let listen = (frame) => void frame;
const plug = new Plug(browser, (frame) => listen(frame));
const acts = new Acts([...root.querySelectorAll("[data-play]")]);

function cardOf(name) {
  const card = find(`act="${name}"`);
  return {
    find: (part) => card.querySelector(`[data-${part}]`),
    say: (sentence) => (card.querySelector("[data-said]").textContent = sentence),
    onPlay: (play) => card.querySelector("[data-play]").addEventListener("click", () => acts.isPlaying || play()),
  };
}

function showMap(view) {
  const zoom = new SeatMapZoom(find("map-frame"), view);
  new GoalPicking(view, zoom, new SeatTip(find("tip"), zoom.frame));
  showFreshness(find, store, page.time_zone);
  store.subscribe(({ changed, freshness }) => {
    if (changed) find("version").textContent = `Version ${store.version}`;
    // Another show has taken the stage.
    if (freshness && store.freshness === "gone") location.reload();
  });
}

function race() {
  const card = cardOf("race");
  const view = new RaceView(card);
  const showGoal = () => {
    const [goal] = store.selection;
    if (goal) card.find("play").textContent = `Race for ${store.seats.get(goal).label}`;
  };
  const chooseGoal = () => store.want([middleSeat(store)].filter(Boolean));
  store.subscribe(({ selected, changed = [] }) => {
    if (selected) showGoal();
    const isGone = changed.some((seatNumber) => store.wanted.has(seatNumber));
    if (isGone && acts.isPlaying) store.want([]);
    else if (isGone) chooseGoal();
  });
  chooseGoal();
  card.onPlay(async () => {
    const [seat] = store.selection;
    if (!seat) return;
    const hear = (line) => {
      if (line.racers) view.start(line.racers);
      if (line.status) view.hear(line);
      if (line.played) card.say(view.race.sentence(store.seats.get(seat).label));
    };
    if (await acts.play(card, "race", hear, { seat })) chooseGoal();
  });
}

function unplug() {
  const card = cardOf("meanwhile");
  const view = new UnplugView(card, store);
  const tick = (left) => {
    view.cut(left);
    if (left > 0) setTimeout(() => tick(left - 1), 1_000);
    else plug.put();
  };
  card.onPlay(async () => {
    const isPlayed = await acts.play(card, "meanwhile", ({ changes }) => changes && MEANWHILE_MS);
    if (!isPlayed) return;
    const shown = store.version;
    plug.pull();
    find("map").classList.add("is-cut");
    listen = (frame) => {
      if (frame.type === "viewers") return;
      listen = () => {};
      find("map").classList.remove("is-cut");
      view.back(shown, frame);
    };
    tick(UNPLUGGED_S);
  });
}

function rewrite(map, verifying) {
  const card = cardOf("rewrite");
  const view = new RewriteView(card, map, store);
  card.onPlay(() => {
    view.start();
    let isUndone = false;
    acts.play(card, "rewrite", (line) => {
      isUndone ||= Boolean(line.undone);
      if (line.sold && !isUndone) verifying.note(line);
      view.hear(line);
    });
  });
}

const map = new SeatMapView(find("seat-map"), store, page);
showMap(map);
race();
unplug();
rewrite(map, new VerifyView(cardOf("verify"), store));
connect(store, page, plug);
setInterval(() => store.tick(), 1_000);
