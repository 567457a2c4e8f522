// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
//
// The list of images: however many there are, the page holds only the rows that are seen.

const OVERSCAN = 4;

const list = {
  box: byId("list"),
  space: make("div"),
  rows: [], // that pass the filters, in order
  kind: null, // of the tile that is pressed
  text: "",
  order: "attention",
  span: 0, // of the bars, ms; 0: by itself
  chosen: null, // a name
};
list.box.append(list.space);

const attention = { failed: 0, approval: 1, pending: 2, available: 3 };

const orders = {
  attention: (a, b) => attention[a.kind] - attention[b.kind],
  name: () => 0,
  change: (a, b) => b.sinceMs - a.sinceMs,
};

function passes(row) {
  if (list.kind === "pending" ? row.state !== "pending" : list.kind && row.kind !== list.kind) return false;
  if (!list.text) return true;
  return [row.name, row.reason, words(row.reason), row.message, row.image_id, row.cloud_name, row.file].some(
    (field) => field && field.toLowerCase().includes(list.text));
}

function rowHeight() {
  return parseInt(getComputedStyle(document.documentElement).getPropertyValue("--row"), 10);
}

// The images come ordered by name, and sorting is stable.
function selectRows() {
  list.rows = world.images.filter(passes);
  if (list.order !== "name") list.rows.sort(orders[list.order]);
  const filtered = list.kind || list.text;
  const all = world.images.length.toLocaleString();
  byId("shown").textContent = filtered ? `${list.rows.length.toLocaleString()} of ${all}` : all;
  const nothing = byId("nothing");
  nothing.hidden = list.rows.length > 0;
  list.box.hidden = list.rows.length === 0;
  nothing.textContent = filtered
    ? "No image passes the filters. Esc clears them."
    : "Nothing is declared yet: drop a file into the declarations directory, and its image appears here.";
  list.space.style.height = `${list.rows.length * rowHeight()}px`;
  drawRows();
}

function whenOf(row) {
  return row.nextMs && (row.kind === "pending" || row.kind === "failed") ? until(row.nextMs) : since(row.sinceMs);
}

function rowElement(row, index, span) {
  const element = make("div", {
    class: "row", role: "option", id: `row-${index}`, "aria-selected": String(row.name === list.chosen),
    "aria-posinset": index + 1, "aria-setsize": list.rows.length,
    onclick: () => { choose(index); openDetails(row.name); },
  },
  mark(row.kind),
  make("div", { class: "cut" },
    make("div", { class: "name cut", title: row.name }, row.name),
    make("div", { class: "small mono cut id" }, row.image_id || "no image yet")),
  make("div", { class: "cut what" },
    make("div", { class: `words ${row.kind}` }, words(row.reason), make("span", { class: "hidden" }, `, ${kinds[row.kind].label}`)),
    make("div", { class: "small cut", title: row.message }, row.message)),
  barOf(row, world.steps.get(row.name), span),
  whenOf(row));
  element.style.top = `${index * rowHeight()}px`;
  return element;
}

function drawRows() {
  const height = rowHeight();
  const first = Math.max(0, Math.floor(list.box.scrollTop / height) - OVERSCAN);
  const last = Math.min(list.rows.length, Math.ceil((list.box.scrollTop + list.box.clientHeight) / height) + OVERSCAN);
  const elements = [];
  const span = spanOf(list.span);
  byId("spanned").textContent = `Last ${duration(span)}`;
  for (let i = first; i < last; i++) elements.push(rowElement(list.rows[i], i, span));
  list.space.replaceChildren(...elements);
  const index = list.rows.findIndex((row) => row.name === list.chosen);
  if (index >= first && index < last) list.box.setAttribute("aria-activedescendant", `row-${index}`);
  else list.box.removeAttribute("aria-activedescendant");
}

// Makes a row the chosen one, and seen.
function choose(index) {
  if (!list.rows.length) return;
  const height = rowHeight();
  index = Math.max(0, Math.min(list.rows.length - 1, index));
  list.chosen = list.rows[index].name;
  const top = index * height;
  if (top < list.box.scrollTop) list.box.scrollTop = top;
  else if (top + height > list.box.scrollTop + list.box.clientHeight)
    list.box.scrollTop = top + height - list.box.clientHeight;
  drawRows();
}

function moveBy(key) {
  const index = list.rows.findIndex((row) => row.name === list.chosen);
  const page = Math.max(1, Math.floor(list.box.clientHeight / rowHeight()) - 1);
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
  if (!(key in steps)) return false;
  choose(index < 0 ? (key === "End" ? Infinity : 0) : index + steps[key]);
  return true;
}

list.box.addEventListener("scroll", () => requestAnimationFrame(drawRows), { passive: true });
list.box.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Enter" && list.chosen !== null) openDetails(list.chosen, true);
  else if (!moveBy(event.key)) return;
  event.preventDefault();
});
list.box.addEventListener("focus", () => {
  if (list.chosen === null && list.box.matches(":focus-visible")) choose(0);
});
byId("filter").addEventListener("input", (event) => {
  list.text = event.target.value.trim().toLowerCase();
  list.box.scrollTop = 0;
  selectRows();
});
byId("order").addEventListener("change", (event) => { list.order = event.target.value; selectRows(); });
byId("span").addEventListener("change", (event) => { list.span = Number(event.target.value); drawRows(); });
addEventListener("resize", selectRows);
