# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The harness itself, and that the programs which it starts are those of this version."""

import re
import subprocess

import pytest

import harness


def test_wait_until_returns_what_became_true():
    answers = iter([None, 0, "there"])
    assert harness.wait_until(lambda: next(answers), limit=5, every=0) == "there"


def test_wait_until_gives_up_and_says_why():
    def never():
        assert 1 == 2, "one is not two"

    with pytest.raises(AssertionError, match="never: not within 0 s; .*one is not two"):
        harness.wait_until(never, limit=0)


def test_merged_lays_mappings_upon_each_other():
    base = {"a": {"b": 1, "c": 2}, "d": 3}
    assert harness.merged(base, {"a": {"b": 9}, "d": None}) == {"a": {"b": 9, "c": 2}}
    assert base == {"a": {"b": 1, "c": 2}, "d": 3}


@pytest.mark.parametrize("name", ["imaged", "imagectl", "numspot-sim"])
def test_each_program_says_its_version(name):
    wanted = re.search(r"AC_INIT\(\[imaged\], \[(.*)\]\)", (harness.TOP / "configure.ac").read_text())
    result = subprocess.run(
        [harness.program(name), "--version"], stdout=subprocess.PIPE, text=True, timeout=10, check=True
    )
    assert result.stdout.splitlines()[0] == f"{name} {wanted.group(1)}"
