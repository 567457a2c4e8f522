# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Starting with many declarations: time to ready, processor time and memory, beside the physical floor."""

import json
import subprocess
import time

import measure
import worlds

LIMIT = 600  # seconds


def floor(builddir, what, directory, times=3):
    """The cheapest of some runs of tests/bench/floor.c."""
    command = [builddir / "tests/bench/floor", what, directory]
    runs = [
        json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        for _ in range(times)
    ]
    return min(runs, key=lambda run: run["cpu_s"])


def _start(imaged, count):
    """One start, until all is settled: what it cost until ready, and until settled."""
    notices = measure.Notices()
    try:
        imaged.environment["NOTIFY_SOCKET"] = notices.path
        imaged.configure()
        begun = time.monotonic()
        imaged.launch("--config", imaged.configuration_path)
        ready_s = notices.wait_for("READY=1", LIMIT) - begun
        ready = measure.costs(imaged.process.pid)
        imaged.wait_settled(count, LIMIT)
        settled = measure.costs(imaged.process.pid)
        return {"ready_s": ready_s, "ready": ready, "settled_s": settled.wall_s - begun, "settled": settled}
    finally:
        notices.close()


def _list_s(sim):
    """How long the simulator itself takes for one list of all: as curl sees it."""
    token = worlds.token(sim)
    begun = time.monotonic()
    subprocess.run(
        ["curl", "-fsS", "-o", "/dev/null", "-H", f"Authorization: Bearer {token}", worlds.images_url(sim)],
        check=True,
    )
    return time.monotonic() - begun


def _measure(bench, count):
    with bench.world(f"start-{count}") as world:
        directory = world.directory / "images.d"
        size = worlds.declare(directory, count)
        files = floor(bench.builddir, "files", directory)
        yaml = floor(bench.builddir, "yaml", directory)
        sim = world.sim(worlds.scenario(count))
        list_s = _list_s(sim)
        imaged = world.imaged(sim, declarations=directory)
        first = _start(imaged, count)  # without a record: ownership tags rebuild it
        imaged.stop(60)
        again = _start(imaged, count)
        return {
            "count": count,
            "bytes": size,
            "files_s": files["cpu_s"],
            "yaml_s": yaml["cpu_s"],
            "list_s": list_s,
            "first": first,
            "again": again,
        }


def run(bench):
    rows = [_measure(bench, count) for count in (bench.sized((1000, 10000, 100000), (1000, 10000), (100,)))]
    for row in rows:
        bench.note(
            start={
                row["count"]: {
                    "ready_s": row["again"]["ready_s"],
                    "cpu_s": row["again"]["ready"].cpu_s,
                    "yaml_s": row["yaml_s"],
                    "files_s": row["files_s"],
                    "peak_kib": row["again"]["settled"].peak_kib,
                }
            }
        )
    bench.table(
        "start",
        ["declarations", "to ready", "CPU to ready", "to all settled", "CPU to settled", "one list", "peak RSS"],
        [
            [
                f"{measure.count(row['count'])}, {name}",
                measure.seconds(row[kind]["ready_s"]),
                measure.seconds(row[kind]["ready"].cpu_s),
                measure.seconds(row[kind]["settled_s"]),
                measure.seconds(row[kind]["settled"].cpu_s),
                measure.seconds(row["list_s"]),
                f"{row[kind]['settled'].peak_kib / 1024:.1f} MiB",
            ]
            for row in rows
            for kind, name in (("first", "no record"), ("again", "with a record"))
        ],
    )
    idle_kib = _idle_kib(bench)
    bench.table(
        "floor",
        [
            "declarations",
            "open/read/close",
            "libyaml",
            "imaged's CPU to ready",
            "times libyaml",
            "RSS at rest",
            "beyond text",
        ],
        [_per_declaration(row, idle_kib) for row in rows],
    )


def _idle_kib(bench):
    """The memory of a daemon that has nothing declared."""
    with bench.world("start-0") as world:
        imaged = world.imaged(world.sim())
        imaged.start()
        return measure.costs(imaged.process.pid).rss_kib


def _per_declaration(row, idle_kib):
    count, again = row["count"], row["again"]
    rest_bytes = (again["settled"].rss_kib - idle_kib) * 1024
    return [
        f"{measure.count(count)} of {row['bytes'] // count} bytes",
        f"{row['files_s'] / count * 1e6:.1f} µs",
        f"{row['yaml_s'] / count * 1e6:.1f} µs",
        f"{again['ready'].cpu_s / count * 1e6:.1f} µs",
        f"{again['ready'].cpu_s / row['yaml_s']:.1f}",
        f"{again['settled'].rss_kib / 1024:.1f} MiB",
        f"{(rest_bytes - row['bytes']) / count:,.0f} bytes",
    ]
