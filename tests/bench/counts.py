# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The instructions that the core needs for each declaration (scale.c under valgrind's callgrind), as a table.

Unlike time they are the same on a machine that is busy, and one that is another: what changes them is the code.
"""

import json
import re
import subprocess

import measure
from scale import STEPS

TOUCHES = 200  # scale.c's

# Counted are the functions that scale.c takes the time of; each step ends with print_per.
CALLGRIND = [
    "valgrind",
    "--quiet",
    "--tool=callgrind",
    "--collect-atstart=no",
    "--toggle-collect=declaration_file_read",
    "--toggle-collect=engine_handle",
    "--dump-before=print_per",
]


def _instructions(path):
    return int(re.search(r"^(?:totals|summary):\s+(\d+)", path.read_text(), re.MULTILINE).group(1))


def _count(bench, count):
    """Instructions for one declaration in each step, and for one change in the last."""
    out = bench.work / "callgrind.out"
    for old in bench.work.glob("callgrind.out*"):
        old.unlink()
    command = [*CALLGRIND, f"--callgrind-out-file={out}", bench.builddir / "tests/bench/scale", str(count)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    row = {"count": count}
    for number, (key, _) in enumerate(STEPS, 1):
        times = TOUCHES if key == "touch_us" else count
        row[key.replace("_us", "_instructions")] = _instructions(out.with_name(f"{out.name}.{number}")) / times
    bench.progress(json.dumps(row))
    return row


def run(bench):
    found = [_count(bench, count) for count in bench.sized((1000, 10000, 30000), (1000,), (200,))]
    bench.note(counts={row["count"]: row for row in found})
    bench.table(
        "counts",
        ["declarations", *(name for _, name in STEPS)],
        [
            [
                measure.count(row["count"]),
                *(f"{row[key.replace('_us', '_instructions')]:,.0f}" for key, _ in STEPS),
            ]
            for row in found
        ],
    )
