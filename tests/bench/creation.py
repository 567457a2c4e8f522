# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Many images made at an API that takes 10 ms for each request, beside the bound of rate and concurrency."""

import time

import measure
import worlds

API_S = 0.010
LIMIT = 900  # seconds
# Limits, and what then is to be the bound.
CASES = [
    ("rate 1000, 8 at a time", {"rate": 1000, "burst": 20, "in_flight": 8}),
    ("rate 1000, 32 at a time", {"rate": 1000, "burst": 20, "in_flight": 32}),
]


def _measure(bench, count, limits):
    with bench.world("creation") as world:
        directory = world.directory / "images.d"
        worlds.declare(directory, count)
        sim = world.sim()
        delay = {"delay": f"{round(API_S * 1000)}ms"}
        sim.faults({"times": -1, "action": delay})
        imaged = world.imaged(sim, {"limits": limits}, directory)
        begun = time.monotonic()
        imaged.start()
        imaged.wait_settled(count, LIMIT)
        taken_s = time.monotonic() - begun
        requests = sim.requests()
        return taken_s, len(requests), measure.costs(imaged.process.pid)


def run(bench):
    count = bench.sized(10000, 500, 20)
    rows = []
    for name, limits in CASES:
        taken_s, requests, costs = _measure(bench, count, limits)
        by_rate_s = max(0, requests - limits["burst"]) / limits["rate"]
        by_concurrency_s = requests * API_S / limits["in_flight"]
        bound_s = max(by_rate_s, by_concurrency_s)
        bench.note(creation={name: {"taken_s": taken_s, "bound_s": bound_s, "requests": requests}})
        rows.append(
            [
                f"{measure.count(count)}, {name}",
                measure.count(requests),
                measure.seconds(by_rate_s),
                measure.seconds(by_concurrency_s),
                measure.seconds(taken_s),
                f"{taken_s / bound_s:.2f}",
                measure.seconds(costs.cpu_s),
            ]
        )
    bench.table(
        "creation",
        ["images", "requests", "bound by rate", "by concurrency", "taken", "times the bound", "CPU"],
        rows,
    )
