"use strict";
// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
//
// Elements and words. Text only ever gets into the page as text.

const byId = (id) => document.getElementById(id);

// make("p", {class: "x", onclick: f}, "text", child, …): an element.
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {}))
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(key, value === true ? "" : value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// 3 s, 5 min, 2 h 10 min, 4 d
function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 && hours < 10 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} d`;
}

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayFormat = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

// A moment: the time of day when it is less than half a day away, else with the day.
function moment(ms) {
  return (Math.abs(serverNow() - ms) < 43200000 ? clockFormat : dayFormat).format(ms);
}

// Times that go on by themselves: "for 3 s", "next in 5 min".
function since(ms, attributes) {
  return make("span", { class: "small right", ...attributes, "data-since": ms }, `for ${duration(serverNow() - ms)}`);
}

function until(ms, attributes) {
  const left = ms - serverNow();
  return make("span", { class: "small right", ...attributes, "data-until": ms }, left > 0 ? `next in ${duration(left)}` : "now");
}

function goOn() {
  const now = serverNow();
  for (const element of document.querySelectorAll("[data-since]"))
    element.textContent = `for ${duration(now - element.dataset.since)}`;
  for (const element of document.querySelectorAll("[data-until]"))
    element.textContent = element.dataset.until > now ? `next in ${duration(element.dataset.until - now)}` : "now";
}

// What a person sees of a state: awaiting approval is a thing of its own.
const kinds = {
  available: { mark: "✓", label: "available" },
  pending: { mark: "…", label: "pending" },
  failed: { mark: "✕", label: "failed" },
  approval: { mark: "?", label: "awaiting approval" },
};

function kindOf(row) {
  return row.state === "pending" && row.reason === "AwaitingApproval" ? "approval" : row.state;
}

// "ImagePending" in words: "Image pending".
function words(reason) {
  const spaced = reason.replace(/([a-z])([A-Z])/g, "$1 $2");
  return spaced[0] + spaced.slice(1).toLowerCase();
}

function mark(kind) {
  return make("span", { class: `mark ${kind}`, "aria-hidden": "true" }, kinds[kind].mark);
}

// A word as a shell takes it.
function quoted(word) {
  return /^[\w.,:@%+\/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
