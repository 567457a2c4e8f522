# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The core alone, from 1,000 declarations to a million (scale.c), as a table and a chart."""

import json
import subprocess

import chart
import measure

QUICK = (1000, 3000, 10000)
WHOLE = (*QUICK, 30000, 100000, 300000, 1000000)
# What scale.c prints, and what it is.
STEPS = [
    ("read_us", "read the file"),
    ("declare_us", "take it in"),
    ("create_us", "make the image"),
    ("resync_us", "compare it"),
    ("touch_us", "follow one change"),
]


def _measure(bench, count):
    command = [bench.builddir / "tests/bench/scale", str(count)]
    found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    bench.progress(found.strip())
    return json.loads(found)


def run(bench):
    found = [_measure(bench, count) for count in bench.sized(WHOLE, QUICK, (200, 300))]
    bench.note(scale={row["count"]: row for row in found})
    bench.table(
        "scale",
        ["declarations", *(name for _, name in STEPS), "memory"],
        [
            [
                measure.count(row["count"]),
                *(f"{row[key]:.1f} µs" for key, _ in STEPS),
                f"{row['bytes']:,} bytes",
            ]
            for row in found
        ],
    )
    bench.chart("performance-scale.svg", _chart(found))


def _chart(found):
    counts = [row["count"] for row in found]
    curves = [(name, [row[key] for row in found]) for key, name in STEPS]
    return chart.svg("Processor time of the core for each declaration", "declarations", "µs", counts, curves)
