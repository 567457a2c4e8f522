// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
//
// All around the list: where we are, what is wrong, how many of each, what comes next, what was.

const ENTRIES = 40;

const tiles = [
  { kind: null, label: "All images", count: (images) => images.total },
  { kind: "available", label: "Available", count: (images) => images.available },
  { kind: "pending", label: "Pending", count: (images) => images.pending },
  { kind: "failed", label: "Failed", count: (images) => images.failed },
  { kind: "approval", label: "Awaiting approval", count: (images) => images.awaiting_approval },
];

for (const tile of tiles) {
  tile.number = make("b", {}, "–");
  tile.button = make("button", { class: "tile", type: "button", "aria-pressed": "false", onclick: () => press(tile.kind) },
    tile.number, make("span", {}, tile.label));
  byId("tiles").append(tile.button);
}

function press(kind) {
  list.kind = list.kind === kind ? null : kind;
  list.box.scrollTop = 0;
  drawTiles();
  selectRows();
}

function drawTiles() {
  if (!world.status) return;
  for (const tile of tiles) {
    const count = tile.count(world.status.images);
    tile.number.textContent = count.toLocaleString();
    tile.button.className = `tile ${tile.kind || ""}${count ? "" : " zero"}`;
    tile.button.setAttribute("aria-pressed", String(list.kind === tile.kind));
  }
  const { available, pending, failed, awaiting_approval: approval } = world.status.images;
  const counts = { failed, approval, pending: pending - approval, available };
  byId("proportion").replaceChildren(...Object.entries(counts).filter(([, count]) => count).map(([kind, count]) => {
    const part = make("i", { class: `${kind}-bar` });
    part.style.flexGrow = count;
    return part;
  }));
}

function drawWhere() {
  const { installation, api, mode, version } = world.status;
  const observe = mode === "observe" ? make("span", { class: "badge approval", title: "mode: observe" }, "only observes") : null;
  byId("where").replaceChildren(...[`${installation}, ${api.host}, space ${api.space_id}`,
    make("span", { class: "version" }, `, version ${version}`), " ", observe].filter(Boolean));
  const { failed, pending } = world.status.images;
  document.title = `${failed ? `(${failed} failed) ` : pending ? `(${pending} pending) ` : ""}imaged, ${installation}`;
}

function faultsOf(status) {
  const faults = [];
  const add = (title, text, hint, mild) => faults.push({ title, text, hint, mild });
  if (world.lost)
    add("imaged does not answer.", `Shown is what was known at ${world.updated ? clockFormat.format(world.updated) : "no time"}.`,
      `(${world.lost.message})`);
  if (!status) return faults;
  if (status.api.fault) add("API:", status.api.fault, "What is known of the images stands; nothing is changed meanwhile.");
  if (status.declarations.fault) add("Directory:", status.declarations.fault, "Nothing is deleted because of that.");
  if (status.record.fault) add("Record:", status.record.fault, "Without it, nothing is changed in the cloud.");
  const invalid = status.declarations.invalid;
  if (invalid)
    add("Declarations:", `${invalid} cannot be used as ${invalid === 1 ? "it is" : "they are"}; the last good version, if any, stays in force.`,
      "imagectl validate shows all errors.", true);
  return faults;
}

// Replaced only when it changed: a screen reader reads it out each time.
function drawFaults() {
  const faults = faultsOf(world.status);
  const key = JSON.stringify(faults);
  if (drawFaults.key === key) return;
  drawFaults.key = key;
  byId("faults").replaceChildren(...faults.map((fault) =>
    make("p", { class: fault.mild ? "fault mild" : "fault" }, make("b", {}, fault.title), `${fault.text} `,
      make("span", { class: "muted" }, fault.hint))));
  document.body.classList.toggle("stale", Boolean(world.lost));
}

function drawLive() {
  const live = byId("live");
  const state = looking.source ? looking.source.readyState : EventSource.CONNECTING;
  const told = state === EventSource.OPEN;
  const text = world.lost ? "No answer" : told ? "Live" : state === EventSource.CLOSED ? "Asks every 10 s" : "Connecting";
  if (live.textContent !== text) live.textContent = text;
  live.className = `live ${world.lost ? "off" : told ? "on" : ""}`;
}

function nameLink(name) {
  return make("button", { class: "link cut", type: "button", title: name, onclick: () => openDetails(name, true) }, name);
}

// New entries for a panel; who was on one of its names stays there.
function fill(id, entries, empty) {
  const box = byId(id);
  const focused = box.contains(document.activeElement) ? document.activeElement.title : null;
  box.replaceChildren(...(entries.length ? entries : [make("p", { class: "empty" }, empty)]));
  if (focused === null) return;
  const links = [...box.querySelectorAll(".link")];
  (links.find((link) => link.title === focused) || links[0] || list.box).focus({ preventScroll: true });
}

function drawApproval() {
  const waiting = world.images.filter((row) => row.kind === "approval");
  byId("approval").hidden = waiting.length === 0;
  if (!waiting.length) return;
  const entries = waiting.slice(0, ENTRIES).map((row) =>
    make("div", { class: "entry" }, mark("approval"), nameLink(row.name),
      since(row.sinceMs),
      make("div", { class: "small" }, `${row.message} `, make("code", {}, `imagectl approve ${quoted(row.name)}`))));
  const more = waiting.length - ENTRIES;
  if (more > 0) entries.push(make("p", { class: "empty" }, `and ${more} more`));
  fill("approval-rows", entries, "");
}

function drawNext() {
  const coming = world.images.filter((row) => row.nextMs !== null && row.kind !== "approval");
  coming.sort((a, b) => a.nextMs - b.nextMs);
  fill("next-rows", coming.slice(0, ENTRIES).map((row) =>
    make("div", { class: "entry" }, mark(row.kind), nameLink(row.name),
      until(row.nextMs),
      make("div", { class: "small" }, words(row.reason) + (row.attempts ? `, after ${row.attempts} failed` : "")))),
  "Nothing is waiting.");
}

function drawHistory() {
  fill("history-rows", world.history.slice(0, ENTRIES * 2).map((step) =>
    make("div", { class: "entry" }, mark(kindOf(step)), nameLink(step.name),
      make("time", { class: "small right", datetime: step.time }, moment(step.at)),
      make("div", { class: "small" }, `${words(step.reason)}${step.message ? `: ${step.message}` : ""}`))),
  "Nothing has happened yet.");
}

// For those who cannot see the tiles: when the number of failed or waiting images changes.
function say() {
  const { failed, awaiting_approval: approval } = world.status.images;
  const text = `${failed} failed, ${approval} awaiting approval`;
  if (say.text !== undefined && say.text !== text) byId("said").textContent = text;
  say.text = text;
}

function drawAll() {
  drawLive();
  drawFaults();
  if (!world.status) return;
  drawWhere();
  drawTiles();
  selectRows();
  drawApproval();
  drawNext();
  drawHistory();
  say();
}
