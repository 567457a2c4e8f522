# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Requests for an image over its life, beside those of a straightforward client (conventional.py)."""

import conventional
import measure
import worlds

PENDING_S = 12  # what the cloud takes to build an image, for both
RESYNCS_PER_HOUR = 12  # poll.resync: 5m
LIMIT = 900  # seconds

# Quick enough that the rates do not decide how often is polled; what is asked for does not depend on them.
CONFIGURATION = {"limits": {"rate": 5000, "burst": 5000, "in_flight": 8}, "deletion": {"grace": "1s"}}


def _taken(sim):
    """How many requests there were since the last time, tokens included."""
    count = len(sim.requests())
    sim.forget_requests()
    return count


def _imaged(bench, count, pending):
    with bench.world(f"requests-{count}") as world:
        directory = world.directory / "images.d"
        worlds.declare(directory, count)
        (directory / "zz-last.yaml").write_text("# keeps the directory from being empty\n")
        sim = world.sim(worlds.scenario(pending={"copy": pending}))
        maximum = {"deletion": {"max": count + 1}}
        configuration = worlds.harness.merged(CONFIGURATION, maximum)
        imaged = world.imaged(sim, configuration, directory)
        imaged.start()
        imaged.wait_settled(count, LIMIT)
        made = _taken(sim)
        imaged.command("refresh")
        sim.wait_for_requests(1, "GET", "/images", limit=LIMIT)
        imaged.wait_settled(count, LIMIT)
        refreshed = _taken(sim)
        for number in range(count):
            imaged.withdraw(f"{worlds.name_of(number)}.yaml")
        imaged.wait_until(lambda: imaged.status()["images"]["total"] == 0, LIMIT)
        return {"made": made, "refreshed": refreshed, "deleted": _taken(sim)}


def _conventional(bench, count, pending):
    with bench.world(f"conventional-{count}") as world:
        return conventional.life(world.sim(worlds.scenario(pending={"copy": pending})), count)


def _row(count, name, found):
    whole = found["made"] + found["deleted"]
    return [
        f"{measure.count(count)}, {name}",
        f"{found['made'] / count:.2f}",
        f"{found['deleted'] / count:.2f}",
        f"{whole / count:.2f}",
        measure.count(found["refreshed"]),
        measure.count(RESYNCS_PER_HOUR * found["refreshed"]),
    ]


def run(bench):
    pending = f"{bench.sized(PENDING_S, PENDING_S, 1)}s"
    rows = []
    for count in bench.sized((1, 100, 10000), (1, 100), (1,)):
        ours = _imaged(bench, count, pending)
        theirs = _conventional(bench, count, pending)
        bench.note(requests={count: {"imaged": ours, "conventional": theirs}})
        rows += [_row(count, "imaged", ours), _row(count, "one by one", theirs)]
        ratio = (theirs["made"] + theirs["deleted"]) / (ours["made"] + ours["deleted"])
        rest = theirs["refreshed"] / ours["refreshed"]
        rows.append([f"{measure.count(count)}, ratio", "", "", f"{ratio:.1f}", f"{rest:,.0f}", f"{rest:,.0f}"])
    bench.table(
        "requests",
        ["images", "to available", "to delete", "whole life", "one look at all", "an hour at rest"],
        rows,
    )
