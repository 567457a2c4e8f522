# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""At rest: what many available images cost while nothing happens."""

import time

import measure
import worlds

RESYNCS_PER_HOUR = 12  # poll.resync: 5m
TOKENS_PER_HOUR = 1
LOOKS = 3


def _look(imaged, sim, count):
    """One look at all images, as a resync is one: its requests, and processor time."""
    before = measure.costs(imaged.process.pid)
    sim.forget_requests()
    imaged.command("refresh")
    sim.wait_for_requests(1, "GET", "/images", limit=300)
    imaged.wait_settled(count)
    return len(sim.requests()), measure.costs(imaged.process.pid).since(before)


def _measure(bench, count, idle_s):
    with bench.world("rest") as world:
        directory = world.directory / "images.d"
        worlds.declare(directory, count)
        sim = world.sim(worlds.scenario(count))
        imaged = world.imaged(sim, declarations=directory)
        imaged.start()
        imaged.wait_settled(count)
        looks = [_look(imaged, sim, count) for _ in range(LOOKS)]
        sim.forget_requests()
        before = measure.costs(imaged.process.pid)
        time.sleep(idle_s)  # this is what is measured
        idle = measure.costs(imaged.process.pid).since(before)
        return looks, idle, len(sim.requests())


def run(bench):
    count, idle_s = bench.sized((100000, 125), (10000, 65), (100, 1))
    looks, idle, requests = _measure(bench, count, idle_s)
    look_s = min(costs.cpu_s for _, costs in looks)
    look_requests = max(number for number, _ in looks)
    hourly_idle_s = idle.cpu_s * 3600 / idle.wall_s
    hourly_s = hourly_idle_s + RESYNCS_PER_HOUR * look_s
    wakeups = idle.wakeups * 60 / idle.wall_s
    bench.note(
        rest={
            "count": count,
            "hourly_cpu_s": hourly_s,
            "look_cpu_s": look_s,
            "idle_cpu_s": hourly_idle_s,
            "wakeups_a_minute": wakeups,
            "requests_while_idle": requests,
        }
    )
    bench.table(
        "rest",
        [f"{measure.count(count)} available images", "measured", "an hour"],
        [
            ["requests of a resync, and an hour with its token", look_requests,
             RESYNCS_PER_HOUR * look_requests + TOKENS_PER_HOUR],
            ["CPU of a resync", measure.seconds(look_s), measure.seconds(RESYNCS_PER_HOUR * look_s)],
            [f"CPU between resyncs, directory rescans included, in {idle.wall_s:.0f} s",
             measure.seconds(idle.cpu_s), measure.seconds(hourly_idle_s)],
            ["CPU altogether, of one core", f"{hourly_s / 36:.3f} %", measure.seconds(hourly_s)],
            ["wake-ups between resyncs, a minute", f"{wakeups:.1f}", ""],
            ["RSS", f"{idle.rss_kib / 1024:.1f} MiB", ""],
        ],
    )  # fmt: skip
