// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
//
// What the daemon says: asked for when it tells of a change, never more often than it can bear.

const world = {
  status: null,
  images: [],
  byName: new Map(),
  history: [], // newest first
  steps: new Map(), // of history, by name, oldest first
  offset: 0, // the daemon's clock ahead of ours, ms
  updated: 0, // when we last heard all, by our clock
  lost: null, // why the daemon does not answer
};

const HISTORY = 1000;
const GAP_MS = 1000; // between two looks
const GAP_TIMES = 15; // or so many times what a look took: many images cost the daemon time
const IDLE_MS = 30000; // look although nothing was told: attempts move without a change
const POLL_MS = 10000; // without events

const looking = { busy: false, again: false, timer: 0, took: 0, source: null };
const listeners = [];

function serverNow() {
  return Date.now() + world.offset;
}

async function ask(path) {
  const answer = await fetch(path, { cache: "no-cache", credentials: "omit" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${answer.statusText}`);
  return answer.json();
}

function take(status, images, history) {
  world.status = status;
  world.images = images.items;
  world.byName = new Map(images.items.map((row) => [row.name, row]));
  world.history = history ? history.items : world.history;
  world.steps = new Map();
  for (let i = world.history.length - 1; i >= 0; i--) {
    const step = world.history[i];
    step.at = step.at || Date.parse(step.time);
    const steps = world.steps.get(step.name);
    if (steps) steps.push(step);
    else world.steps.set(step.name, [step]);
  }
  for (const row of images.items) {
    row.kind = kindOf(row);
    row.sinceMs = Date.parse(row.since);
    row.nextMs = row.next_attempt ? Date.parse(row.next_attempt) : null;
  }
}

// The daemon's clock, from an image that tells both a moment and its age. An answer out of the
// browser's cache is old.
function setClock(images, asked) {
  const row = images.items.find((each) => each.since);
  if (row && images.revision !== setClock.revision)
    world.offset = Date.parse(row.since) + row.age_ms - (asked + Date.now()) / 2;
  setClock.revision = images.revision;
}

async function look() {
  const asked = Date.now();
  try {
    const history = ask(`/v1/history?limit=${HISTORY}`).catch(() => null); // the record may be at fault
    const [status, images] = await Promise.all([ask("/v1/status"), ask("/v1/images")]);
    setClock(images, asked);
    take(status, images, await history);
    world.updated = Date.now();
    world.lost = null;
  } catch (error) {
    world.lost = error;
  }
  looking.took = Date.now() - asked;
  for (const listener of listeners) listener();
}

// Looks soon; of many wishes, one look comes.
async function refresh() {
  if (looking.busy || document.hidden) {
    looking.again = true;
    return;
  }
  looking.busy = true;
  looking.again = false;
  clearTimeout(looking.timer);
  await look();
  setTimeout(() => {
    looking.busy = false;
    if (looking.again) refresh();
    else arm();
  }, Math.max(GAP_MS, looking.took * GAP_TIMES));
}

function arm() {
  const told = looking.source && looking.source.readyState === EventSource.OPEN;
  clearTimeout(looking.timer);
  looking.timer = setTimeout(refresh, told && !world.lost ? IDLE_MS : world.lost ? 3000 : POLL_MS);
}

// The browser connects again by itself, unless it was told to come later.
function follow() {
  const source = new EventSource("/events");
  looking.source = source;
  source.addEventListener("open", drawLive);
  source.addEventListener("revision", refresh);
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, IDLE_MS);
    refresh();
  });
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && looking.again) refresh();
});
