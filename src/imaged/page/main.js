// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
//
// Putting it together: keys, the passing of time, and the first look.

function clearFilters() {
  byId("filter").value = "";
  list.text = "";
  list.kind = null;
  drawTiles();
  selectRows();
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    byId("filter").focus();
  } else if (event.key === "Escape") {
    if (details.name !== null) closeDetails();
    else {
      clearFilters();
      list.box.focus();
    }
  } else if (event.target.id === "filter" && event.key === "ArrowDown") {
    event.preventDefault();
    list.box.focus();
    choose(0);
  }
});

listeners.push(drawAll, showHash, loadDetails);
addEventListener("hashchange", showHash);

let ticks = 0;

// Ages and countdowns go on between two looks.
setInterval(() => {
  drawLive();
  if (document.hidden || !world.status || world.lost) return;
  goOn();
  if (++ticks % 10 === 0) drawRows(); // the bars move slowly
}, 1000);

follow();
refresh();
