#!/usr/bin/env python3
# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Measures imaged, and prints tables: ./run bench.

bench.py [--quick|--smoke] [--build DIR] [--document FILE] [PART...]

Works in DIR/bench (default build/bench), where results.json keeps the figures. --document puts each table
between its two marks in that file, and each chart beside it. Ends with 1 when a part could not be measured; it judges no figure.
"""

import argparse
import contextlib
import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path

import counts
import creation
import fairness
import machine
import measure
import reaction
import requests_sent
import rest
import scale
import start
import worlds

TOP = Path(__file__).resolve().parents[2]
PARTS = {
    "requests": requests_sent,
    "start": start,
    "reaction": reaction,
    "rest": rest,
    "creation": creation,
    "fairness": fairness,
    "scale": scale,
    "counts": counts,
}


class Bench:
    """What a part is given: where to work, how much to measure, and where its figures go."""

    def __init__(self, builddir, size):
        self.builddir = builddir
        self._size = size
        self.work = builddir / "bench"
        self.work.mkdir(exist_ok=True)
        self.figures = {}
        self.tables = {}
        self.charts = {}

    def sized(self, whole, quick, smoke):
        """Which of these it is for the size of this run."""
        return {"whole": whole, "quick": quick, "smoke": smoke}[self._size]

    def world(self, name):
        return worlds.World(self.work, name)

    def note(self, **figures):
        """Keeps figures by name; a mapping joins the one that is there."""
        for name, value in figures.items():
            if isinstance(value, dict):
                self.figures.setdefault(name, {}).update(value)
            else:
                self.figures[name] = value

    def progress(self, text):
        print(text, flush=True)

    def table(self, name, heads, rows):
        self.tables[name] = measure.table(heads, rows)
        print(f"\n{name}\n{self.tables[name]}", flush=True)

    def chart(self, name, svg):
        self.charts[name] = svg
        (self.work / name).write_text(svg, encoding="utf-8")


def put_into(path, tables):
    """Puts each table between its marks."""
    text = path.read_text(encoding="utf-8")
    for name, content in tables.items():
        begin, end = f"<!-- bench {name}: begin -->\n", f"<!-- bench {name}: end -->\n"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise SystemExit(f"{path}: no marks for the table {name}")
        text = f"{before}{begin}{content}\n{end}{after}"
    path.write_text(text, encoding="utf-8")


def measured(bench, names):
    """Measures the parts, and returns those that could not be."""
    failed = []
    for name in names:
        print(f"\n== {name}", flush=True)
        begun = time.monotonic()
        try:
            PARTS[name].run(bench)
        except Exception:  # the other parts are worth having
            traceback.print_exc()
            failed.append(name)
        print(f"\n({name}: {time.monotonic() - begun:.0f} s)", flush=True)
    return failed


def main():
    parser = argparse.ArgumentParser(description="Measures imaged, and prints tables.")
    size = parser.add_mutually_exclusive_group()
    size.set_defaults(size="whole")
    size.add_argument(
        "--quick", dest="size", action="store_const", const="quick", help="smaller numbers: some minutes"
    )
    size.add_argument(
        "--smoke", dest="size", action="store_const", const="smoke", help="only whether all can be measured"
    )
    parser.add_argument("--build", type=Path, default=TOP / "build", help="directory of the build")
    parser.add_argument("--document", type=Path, help="put the tables between their marks in this file")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all")
    arguments = parser.parse_args()
    unknown = [part for part in arguments.parts if part not in PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    # What was started ends with this, however this ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    builddir = arguments.build.resolve()
    os.environ["BUILDDIR"] = str(builddir)
    worlds.harness.BUILDDIR = builddir
    bench = Bench(builddir, arguments.size)
    bench.table("machine", ["", ""], machine.describe(bench.work, builddir))
    failed = measured(bench, arguments.parts or PARTS)
    (bench.work / "results.json").write_text(json.dumps(bench.figures, indent=1), encoding="utf-8")
    if arguments.document:
        put_into(arguments.document, bench.tables)
        for name, svg in bench.charts.items():
            arguments.document.with_name(name).write_text(svg, encoding="utf-8")
    with contextlib.suppress(OSError):
        print(f"\nload at the end: {os.getloadavg()[0]:.2f}")
    if failed:
        sys.exit(f"could not be measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
