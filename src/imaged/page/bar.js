// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
//
// Timelines: from steps to a bar. Where nothing is known, the bar is hatched.

// The parts of an image's time between `from` and `to`: {kind, reason, from, to}, in order.
function partsOf(row, steps, from, to) {
  const known = steps && steps.length ? steps.slice() : [];
  const last = known[known.length - 1];
  if (row && (!last || last.at < row.sinceMs - 5))
    known.push({ state: row.state, reason: row.reason, at: row.sinceMs });
  const parts = [];
  for (let i = 0; i < known.length; i++) {
    const until = i + 1 < known.length ? known[i + 1].at : to;
    const start = Math.max(known[i].at, from);
    if (until <= from || start >= to) continue;
    parts.push({ kind: kindOf(known[i]), reason: known[i].reason, from: start, to: Math.min(until, to) });
  }
  return parts;
}

function describe(parts) {
  return parts.map((part) => `${words(part.reason)} ${duration(part.to - part.from)}`).join(", then ");
}

// Neighbours of one kind are one block unless the bar is tall: a row has little room.
function merged(parts) {
  const result = [];
  for (const part of parts) {
    const before = result[result.length - 1];
    if (before && before.kind === part.kind) before.to = part.to;
    else result.push({ ...part });
  }
  return result;
}

function drawBar(bar, parts, from, to) {
  const blocks = parts.map((part) => {
    const block = make("i", { class: `${part.kind}-bar` });
    block.style.left = `${((part.from - from) / (to - from)) * 100}%`;
    block.style.width = `${((part.to - part.from) / (to - from)) * 100}%`;
    block.title = `${words(part.reason)}: ${duration(part.to - part.from)}, from ${moment(part.from)}`;
    return block;
  });
  bar.replaceChildren(...blocks);
}

// How much time the bars show: by itself an hour, or less as long as there is no more to show.
function spanOf(chosen) {
  if (chosen) return chosen;
  const oldest = world.history[world.history.length - 1];
  const known = oldest ? serverNow() - oldest.at : 0;
  return Math.min(3600000, Math.max(120000, Math.ceil(known / 60000) * 60000));
}

function barOf(row, steps, span) {
  const to = serverNow();
  const bar = make("div", { class: "bar", role: "img" });
  const parts = partsOf(row, steps, to - span, to);
  bar.setAttribute("aria-label", `In the last ${duration(span)}: ${describe(parts) || "not known"}`);
  drawBar(bar, merged(parts), to - span, to);
  return bar;
}

// All that is known of one image, from its first step on.
function wholeBar(row, steps) {
  const to = serverNow();
  const first = steps.length ? steps[0].at : row.sinceMs;
  const from = Math.min(first, to - 1000);
  const parts = partsOf(row, steps, from, to);
  const bar = make("div", { class: "bar tall", role: "img", "aria-label": describe(parts) });
  drawBar(bar, parts, from, to);
  const scale = make("div", { class: "scale" }, make("span", {}, moment(from)), make("span", {}, "now"));
  return [bar, scale];
}
