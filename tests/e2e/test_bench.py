# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The benchmarks can be run, and yield numbers: what these are is for nobody to judge here."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree

import pytest
import yaml

import harness

sys.path.append(str(harness.TOP / "tests" / "bench"))
import chart
import measure

PARTS = ["requests", "start", "reaction", "rest", "creation", "fairness", "scale", "counts"]


def measurable():
    """Valgrind cannot run a program that was built with sanitizers."""
    sanitized = b"__asan_init" in (harness.BUILDDIR / "tests/bench/scale").read_bytes()
    return [part for part in PARTS if part != "counts" or not sanitized]


def numbers(value):
    """All numbers in a tree."""
    if isinstance(value, dict):
        return [number for each in value.values() for number in numbers(each)]
    return [value] if isinstance(value, (int, float)) else []


@pytest.mark.timeout(180)
def test_each_part_yields_numbers():
    make = ["make", "-s", "-C", harness.BUILDDIR, "bench-programs"]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL, timeout=120)
    parts = measurable()
    bench = [sys.executable, "-B", harness.TOP / "tests/bench/bench.py", "--smoke", "--build", harness.BUILDDIR]
    done = subprocess.run([*bench, *parts], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    figures = json.loads((harness.BUILDDIR / "bench/results.json").read_text())
    assert sorted(figures) == sorted(parts)
    for part in parts:
        found = numbers(figures[part])
        assert found and all(number >= 0 for number in found), f"{part}: {figures[part]}"
        assert re.search(rf"^{part}\n\|.*\n\|( -+:? \|)+\n\|.*\d", done.stdout, re.MULTILINE), done.stdout


def test_a_percentile_is_one_of_the_values():
    values = [float(value) for value in range(100, 0, -1)]
    assert measure.percentile(values, 50) == 50
    assert measure.percentile(values, 99) == 99
    assert measure.percentile([7.0], 99) == 7


def test_a_process_costs_what_it_used():
    spinning = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        before = measure.costs(spinning.pid)
        harness.wait_until(lambda: measure.costs(spinning.pid).since(before).cpu_s >= 0.1)
        spent = measure.costs(spinning.pid).since(before)
        assert spent.cpu_s <= spent.wall_s * 1.2 + 0.02
        assert 0 < spent.rss_kib <= spent.peak_kib
    finally:
        spinning.kill()
        spinning.wait()


def test_a_chart_is_svg_in_which_ten_times_as_much_is_as_far_everywhere():
    text = chart.svg("a < b", "count", "µs", [10, 100, 1000], [("one", [1.0, 10.0, 100.0])])
    tree = xml.etree.ElementTree.fromstring(text)
    curve = tree.find("{http://www.w3.org/2000/svg}polyline").get("points")
    places = [tuple(map(float, point.split(","))) for point in curve.split()]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(places, places[1:])]
    assert steps[0] == pytest.approx(steps[1], abs=0.2) and steps[0][0] > 0 > steps[0][1]


def test_a_declaration_of_the_benchmark_is_a_good_one(tmp_path):
    import worlds

    worlds.declare(tmp_path, 2)
    names = [yaml.safe_load(path.read_text())["name"] for path in sorted(tmp_path.iterdir())]
    assert names == [worlds.name_of(0), worlds.name_of(1)]
    checked = subprocess.run([harness.program("imagectl"), "validate", tmp_path], check=False)
    assert checked.returncode == 0
