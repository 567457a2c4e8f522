# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""What a soak measures, sample by sample, and whether it grows: pure, but for /proc and the record read.

A quantity grows when the least-squares line through its samples after warm-up rises, beyond doubt (three
standard errors of the slope) and by more over the measured span than a healthy program's noise: an
allocator's fragments take minutes to settle, and do so in steps.
"""

import contextlib
import dataclasses
import math
import os
import re
import shutil
import sqlite3
import tempfile
from pathlib import Path

KIB = 1024
WARM_UP = 1 / 2  # of the whole, during which caches and the allocator's arenas fill
BUCKETS = 40  # samples next to each other resemble each other: their means do much less


@dataclasses.dataclass(frozen=True)
class Quantity:
    """A row of the table: what is measured, and how much more of it at the end is still no growth."""

    name: str
    unit: str
    scale: float  # of one unit
    tolerance: float  # a share of the level
    allowance: float  # and as much beside, unscaled


QUANTITIES = (
    Quantity("resident memory", "KiB", KIB, 0.04, 256 * KIB),
    Quantity("proportional memory", "KiB", KIB, 0.04, 256 * KIB),
    Quantity("memory of its own", "KiB", KIB, 0.04, 256 * KIB),
    Quantity("descriptors", "", 1, 0, 2),
    Quantity("threads", "", 1, 0, 0.5),
    Quantity("record without history", "KiB", KIB, 0.05, 64 * KIB),
    Quantity("a row of history", "bytes", 1, 0.05, 8),
    Quantity("write-ahead log", "KiB", KIB, 0.02, 256 * KIB),
)


@dataclasses.dataclass(frozen=True)
class Verdict:
    quantity: Quantity
    first: float  # after warm-up
    last: float
    least: float
    most: float
    per_hour: float
    error_per_hour: float  # standard error of that
    growth: float  # over the measured span, as the line has it
    grows: bool


def memory_of(pid):
    """Resident, proportional and private memory of a process, in bytes."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    sizes = {key: int(value) * KIB for key, value in re.findall(r"^(\w+): +(\d+) kB", text, re.M)}
    return sizes["Rss"], sizes["Pss"], sizes["Private_Clean"] + sizes["Private_Dirty"]


def stamps(*paths):
    """What changes when one of these files does."""
    return [(each.st_size, each.st_mtime_ns) for each in map(os.stat, paths)]


def copy_record(path, to):
    """Copies a record that is in use (the daemon's lock lets nobody read it) as it was at one moment."""
    files = (path, Path(f"{path}-wal"))
    for _ in range(100):
        before = stamps(*files)
        for each in files:
            shutil.copyfile(each, to / each.name)
        if stamps(*files) == before:
            return to / path.name
    raise AssertionError(f"{path} changes faster than it can be copied")


def record_of(path):
    """The record's bytes but for history, bytes a row of history, and bytes of its write-ahead log.

    History grows by design, to a bound that is months away: its rows are counted, not its bytes.
    """
    log = Path(f"{path}-wal").stat().st_size
    with tempfile.TemporaryDirectory(prefix="imaged-soak-") as directory:
        database = sqlite3.connect(copy_record(path, Path(directory)))
        with contextlib.closing(database):
            rows = database.execute("SELECT count(*) FROM history").fetchone()[0]
            sizes = dict(database.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
    history = sum(size for name, size in sizes.items() if name.startswith("history"))
    return sum(sizes.values()) - history, history / max(rows, 1), log


def sample(pid, record):
    """One value of each of QUANTITIES, in their order."""
    process = Path(f"/proc/{pid}")
    descriptors = len(list((process / "fd").iterdir()))
    threads = len(list((process / "task").iterdir()))
    return (*memory_of(pid), descriptors, threads, *record_of(record))


def line(points):
    """The least-squares line through (x, y): its slope, and the slope's standard error."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    residue = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    return slope, math.sqrt(residue / (count - 2) / spread)


def condensed(points):
    """At most BUCKETS points: means of neighbours."""
    size = max(1, len(points) // BUCKETS)
    groups = [points[at : at + size] for at in range(0, len(points) - size + 1, size)]
    return [(sum(x for x, _ in g) / size, sum(y for _, y in g) / size) for g in groups]


def judge(samples):
    """A Verdict for each of QUANTITIES. samples: (seconds, values), in order, from the start on."""
    span = samples[-1][0] - samples[0][0]
    begin = samples[0][0] + span * WARM_UP
    measured = [each for each in samples if each[0] >= begin]
    return [
        verdict(quantity, [(seconds, values[column]) for seconds, values in measured])
        for column, quantity in enumerate(QUANTITIES)
    ]


def verdict(quantity, points):
    slope, error = line(condensed(points))
    values = [value for _, value in points]
    span = points[-1][0] - points[0][0]
    level = sum(values) / len(values)
    limit = quantity.tolerance * level + quantity.allowance
    return Verdict(
        quantity=quantity,
        first=values[0],
        last=values[-1],
        least=min(values),
        most=max(values),
        per_hour=slope * 3600,
        error_per_hour=error * 3600,
        growth=slope * span,
        grows=slope > 3 * error and slope * span > limit,
    )


def table(verdicts):
    """The verdicts as a table in Markdown."""
    lines = [
        "| | after warm-up | at the end | least | most | slope an hour | |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for each in verdicts:
        quantity = each.quantity
        values = (each.first, each.last, each.least, each.most)
        shown = " | ".join(f"{value / quantity.scale:,.0f}" for value in values)
        slope = f"{each.per_hour / quantity.scale:+,.1f} ± {each.error_per_hour / quantity.scale:,.1f}"
        name = f"{quantity.name}, {quantity.unit}".removesuffix(", ")
        lines.append(f"| {name} | {shown} | {slope} | {'GROWS' if each.grows else 'flat'} |")
    return "\n".join(lines)
