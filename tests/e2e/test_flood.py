# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Thousands of images in trouble at once: few entries in the log, each image in the history, and no error of the
daemon's own among those that a summary stands for."""

import os
import re

import pytest

import harness
from harness import wait_until
from test_metrics import number

COUNT = 2500
BURST = 50  # of each kind and reason within WINDOW, as src/core/report.c has it
SUMMARY = re.compile(r'msg="and (\d+) more images failed within 30 s: ([^;]*); from (\S+) to (\S+); the last one: ')

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def crowded(make_imaged, sim):
    """A daemon with many images of machines that do not exist, not started."""
    imaged = make_imaged(
        sim,
        {
            "limits": {"rate": 5000, "burst": 5000, "in_flight": 32},
            "poll": {"resync": "1h", "pending_min": "1s", "pending_max": "60s"},
            "log": {"level": "info"},
            "status": {"listen": f"127.0.0.1:{harness.free_port()}"},
        },
    )
    machines = [{"name": f"web-{i:05}", "vm_id": "i-b121616f", "no_reboot": True} for i in range(1, COUNT + 1)]
    for start in range(0, COUNT, 500):
        imaged.declare(f"machines-{start}.yaml", machines[start : start + 500])
    return imaged


def failures(imaged):
    """The log's own lines of failures, and what the summaries stand for."""
    lines = imaged.log.splitlines()
    own = [line for line in lines if "message_id=2e7abed5658e430d856980bb0977e471" in line]
    summaries = [found for found in map(SUMMARY.search, lines) if found]
    return own, summaries


def test_all_fail_and_few_entries_tell(crowded):
    crowded.start()
    counts = crowded.wait_until(
        lambda: (seen := crowded.status()["images"])["failed"] == COUNT and seen, 120, "all have failed"
    )
    assert counts["total"] == COUNT
    rejected = {name for name, row in crowded.images().items() if row["reason"] == "Rejected"}
    assert len(rejected) == COUNT
    assert number(crowded, "imaged_events_total", event="image-failed") == COUNT
    left_out = number(crowded, "imaged_events_summarised_total", event="image-failed")
    crowded.stop()  # what was gathered is told before the end
    own, summaries = failures(crowded)
    assert 0 < len(own) <= BURST * (len(summaries) + 1)
    assert len(own) + sum(int(found.group(1)) for found in summaries) == COUNT
    assert sum(int(found.group(1)) for found in summaries) == left_out
    for found in summaries:
        assert found.group(2) == f"{found.group(1)} Rejected"
        assert {found.group(3), found.group(4)} <= rejected
    summary_lines = [line for line in crowded.log.splitlines() if SUMMARY.search(line)]
    assert all("level=error" in line and "i-b121616f" in line for line in summary_lines)


def test_the_history_has_each(crowded):
    crowded.start()
    crowded.wait_until(lambda: crowded.status()["images"]["failed"] == COUNT, 120, "all have failed")
    for name in ("web-00001", f"web-{COUNT // 2:05}", f"web-{COUNT:05}"):
        wait_until(lambda name=name: ("failed", "Rejected") in crowded.history(name))


def test_an_api_that_goes_away_is_told_at_once(crowded, sim):
    crowded.start()
    sim.fault("GET", "/images", {"status": 503}, times=-1)
    crowded.command("retry")
    crowded.wait_for_log("message_id=cf9e4f4204fb485693c70a70c92c2150", limit=60)  # api-fault
    sim.faults()
    crowded.command("retry")
    crowded.wait_for_log("message_id=a3d1165a531a4dec81f03b05c05c6f96", limit=60)  # api-recovered
    crowded.wait_until(lambda: crowded.status()["images"]["failed"] == COUNT, 120, "all have failed")
    crowded.stop()
    asked = re.findall(r'msg="(.*) asked to retry"', crowded.log)
    assert asked == [f"all images: an operator (uid {os.getuid()})"] * 2
    entries = [line for line in crowded.log.splitlines() if "message_id=" in line]
    assert len(entries) < COUNT / 2, "not one for each image"
