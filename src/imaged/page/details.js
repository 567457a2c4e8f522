// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
//
// One image: all that is known of it, with its whole timeline. Its name is the page's fragment, so that
// it can be linked to.

const details = { name: null, box: byId("details"), shown: null, asked: 0 };

function showHash() {
  let name = null;
  try {
    name = decodeURIComponent(location.hash.slice(1)) || null;
  } catch {
    // a fragment that is no name of ours
  }
  if (name && world.byName.has(name) && name !== details.name) openDetails(name);
}

function openDetails(name, withFocus) {
  details.name = name;
  details.shown = null;
  list.chosen = name;
  history.replaceState(null, "", `#${encodeURIComponent(name)}`);
  document.body.classList.add("open");
  details.box.hidden = false;
  details.box.replaceChildren(headOf(name, world.byName.get(name)));
  drawRows();
  loadDetails();
  if (withFocus) details.box.querySelector(".close").focus();
}

function closeDetails() {
  if (details.name === null) return;
  details.name = null;
  history.replaceState(null, "", location.pathname);
  document.body.classList.remove("open");
  details.box.hidden = true;
  list.box.focus();
}

// Asks again only when something happened to the image.
async function loadDetails() {
  const name = details.name;
  const row = world.byName.get(name);
  const key = row && JSON.stringify([row.since, row.message, row.attempts, row.image_id, row.invalid, row.in_flight]);
  if (name === null || (row && details.shown === key)) return;
  const path = `/v1/images/${encodeURIComponent(name)}`;
  const turn = ++details.asked;
  try {
    const [whole, past] = await Promise.all([ask(path), ask(`${path}/history`).catch(() => ({ items: [] }))]);
    if (turn !== details.asked || details.name !== name) return;
    details.shown = key;
    whole.kind = kindOf(whole);
    whole.sinceMs = Date.parse(whole.since);
    whole.nextMs = whole.next_attempt ? Date.parse(whole.next_attempt) : null;
    drawDetails(whole, past.items);
  } catch (error) {
    if (turn !== details.asked || details.name !== name) return;
    details.box.replaceChildren(headOf(name, null), make("p", { class: "message" },
      world.byName.has(name) ? error.message : "imaged does not know an image of this name any more."));
  }
}

function headOf(name, row) {
  return make("div", { class: "top" }, row ? mark(row.kind) : null,
    make("h2", { id: "details-title" }, name),
    make("button", { class: "close", type: "button", "aria-label": "Close details", onclick: closeDetails }, "✕"));
}

function factsOf(whole) {
  const next = whole.nextMs && whole.kind !== "available" ? until(whole.nextMs, { class: null }) : null;
  const file = whole.file && (whole.line ? `${whole.file}:${whole.line}` : whole.file);
  const facts = [
    ["Image", whole.image_id], ["Name in the cloud", whole.cloud_name !== whole.name ? whole.cloud_name : null],
    ["State in the cloud", whole.cloud_state], ["So since", moment(whole.sinceMs)],
    ["Next attempt", next], ["Failed attempts", whole.attempts || null],
    ["Under way", whole.in_flight ? whole.intent : null],
    ["Made", whole.made && moment(Date.parse(whole.made))], ["Source", whole.source_id],
    ["File", file || null], ["File gone since", whole.removed_since && moment(Date.parse(whole.removed_since))],
    ["Suspended", whole.suspended ? "yes" : null],
  ];
  const box = make("dl");
  for (const [term, value] of facts)
    if (value) box.append(make("dt", {}, term), make("dd", {}, value));
  return box;
}

function differencesOf(whole) {
  if (!whole.differences.length) return [];
  const lines = whole.differences.map((each) => make("tr", {}, make("td", { class: "mono" }, each.field),
    make("td", {}, each.from ?? "–"), make("td", {}, each.to ?? "–"), make("td", {}, each.change)));
  const head = make("tr", {}, ...["Field", "Live", "Declared", "Change"].map((title) => make("th", { scope: "col" }, title)));
  return [make("h3", {}, "Differences"), make("table", {}, make("thead", {}, head), make("tbody", {}, ...lines))];
}

function stepsOf(items) {
  const steps = items.map((step) => make("li", {}, mark(kindOf(step)),
    make("span", { class: `words ${kindOf(step)}` }, words(step.reason)),
    make("time", { class: "small right", datetime: step.time }, moment(Date.parse(step.time))),
    step.message ? make("div", { class: "small" }, step.message) : null));
  return make("ul", { class: "steps" }, ...steps);
}

// What one would type next.
function commandsOf(whole) {
  if (whole.kind === "approval") return `imagectl approve ${quoted(whole.name)}`;
  if (whole.reason === "InvalidDeclaration") return `imagectl validate ${quoted(whole.file)}`;
  if (whole.kind === "failed") return `imagectl retry ${quoted(whole.name)}`;
  return `imagectl show ${quoted(whole.name)}`;
}

function drawDetails(whole, past) {
  const steps = past.slice().reverse().map((step) => ({ ...step, at: Date.parse(step.time) }));
  const scroll = details.box.scrollTop;
  const focused = details.box.contains(document.activeElement);
  details.box.replaceChildren(headOf(whole.name, whole),
    make("p", { class: "message" }, make("span", { class: `words ${whole.kind}` }, words(whole.reason)), ` ${whole.message}`),
    ...(whole.invalid && whole.reason !== "InvalidDeclaration" ? [make("p", { class: "fault mild" }, make("b", {}, "The file cannot be used:"), whole.invalid)] : []),
    ...wholeBar(whole, steps), make("h3", {}, "Facts"), factsOf(whole), ...differencesOf(whole),
    make("h3", {}, "History"), past.length ? stepsOf(past) : make("p", { class: "muted" }, "None is known."),
    ...(whole.declaration ? [make("h3", {}, "Declaration in force"), make("pre", {}, JSON.stringify(whole.declaration, null, 2))] : []),
    make("h3", {}, "On the command line"), make("pre", {}, commandsOf(whole)));
  details.box.scrollTop = scroll;
  if (focused) details.box.querySelector(".close").focus();
}
