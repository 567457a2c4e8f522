# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Whether images that always fail delay the others: how long those take, with and without them."""

import time

import measure
import worlds

LIMIT = 600  # seconds
LIMITS = {"rate": 200, "burst": 20, "in_flight": 8}
# Ways to fail for ever: what is declared, and what a person reads of it.
FAILURES = {
    "no such source": lambda name: worlds.declaration(name).replace(worlds.SOURCE, "ami-deadbeef"),
    "name taken": worlds.declaration,
}


def _name(number):
    return f"bad-{number:04}"  # before the others, in every order by name


def _measure(bench, good, bad, failure):
    with bench.world("fairness") as world:
        directory = world.directory / "images.d"
        worlds.declare(directory, good)
        for number in range(bad):
            (directory / f"{_name(number)}.yaml").write_text(FAILURES[failure](_name(number)))
        taken = [{"name": _name(number), "id": f"ami-f{number:07x}"} for number in range(bad)]
        scenario = worlds.scenario()
        if failure == "name taken":
            scenario["images"] += taken
        sim = world.sim(scenario)
        imaged = world.imaged(sim, {"limits": LIMITS}, directory)
        begun = time.monotonic()
        imaged.start()
        imaged.wait_until(lambda: imaged.status()["images"]["available"] == good, LIMIT)
        taken_s = time.monotonic() - begun
        return taken_s, len(sim.requests())


def run(bench):
    good = bench.sized(1000, 200, 10)
    rows = []
    for failure in FAILURES:
        base_s = None
        for bad in (0, 1, 100):
            taken_s, requests = _measure(bench, good, bad, failure)
            base_s = base_s or taken_s
            bench.note(fairness={f"{failure}, {bad}": {"taken_s": taken_s, "requests": requests}})
            rows.append(
                [
                    f"{measure.count(good)} and {bad} that fail: {failure}",
                    measure.count(requests),
                    measure.seconds(taken_s),
                    f"{taken_s / base_s:.2f}",
                ]
            )
    bench.table("fairness", ["images", "requests", "until the good are available", "times as long"], rows)
