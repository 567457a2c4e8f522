# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Reaction: from a file that appears to the request that makes its image, with many declarations there already."""

import json
import random
import time

import measure
import worlds

SETTLE_MS = 200  # the default of declarations.settle


def _created(sim, name):
    """When the simulator got the request that makes the image; None: it did not yet. Wall clock."""
    for request in sim.requests("POST", "/images"):
        body = request["body"]
        if (json.loads(body) if isinstance(body, str) else body)["name"] == name:
            return request["time"]
    return None


def _reaction_s(sim, imaged, number):
    """Drops one file, and waits for its image; the time from the one to the request for the other."""
    name = worlds.name_of(number)
    sim.forget_requests()
    temporary = imaged.declarations / f".{name}.new"
    temporary.write_text(worlds.declaration(name))
    temporary.rename(imaged.declarations / f"{name}.yaml")
    dropped = time.time()
    created = worlds.harness.wait_until(lambda: _created(sim, name), 60, f"{name} is made")
    imaged.wait_until(lambda: imaged.image(name)["state"] == "available", 60)
    return created - dropped


def _measure(bench, present, drops):
    chance = random.Random(1)
    with bench.world(f"reaction-{present}") as world:
        directory = world.directory / "images.d"
        worlds.declare(directory, present)
        sim = world.sim(worlds.scenario(present))
        imaged = world.imaged(sim, declarations=directory)
        imaged.start()
        imaged.wait_settled(present)
        times = []
        for number in range(present, present + drops):
            time.sleep(chance.random() * 0.1)  # at any phase of what the daemon does on its own
            times.append(_reaction_s(sim, imaged, number))
        return times


def run(bench):
    drops = bench.sized(100, 20, 2)
    rows = []
    for present in bench.sized((0, 10000, 100000), (0, 10000), (0, 100)):
        times = [each * 1000 for each in _measure(bench, present, drops)]
        median, last = measure.percentile(times, 50), measure.percentile(times, 99)
        bench.progress(f"{present} present: median {median:.0f} ms, p99 {last:.0f} ms")
        bench.note(reaction={present: {"median_ms": median, "p99_ms": last}})
        rows.append(
            [
                measure.count(present),
                drops,
                f"{SETTLE_MS} ms",
                f"{median:.0f} ms",
                f"{last:.0f} ms",
                f"{last - SETTLE_MS:.0f} ms",
            ]
        )
    bench.table(
        "reaction",
        ["declarations present", "drops", "settle", "median", "p99", "p99 beyond settle"],
        rows,
    )
