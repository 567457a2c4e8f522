# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""A record that was damaged, or that somebody else has open: refused with a reason, and left as it is."""

import os
import sqlite3
import struct
import subprocess
import sys

import pytest

from harness import copy_of, tags_of

PAGE = 4096
FRAME = PAGE + 24
WAL_HEADER = 32
HOLD = """
import sqlite3, sys
record = sqlite3.connect(sys.argv[1], isolation_level=None)
record.execute("PRAGMA locking_mode = EXCLUSIVE")
record.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def imaged(make_imaged, sim):
    """A daemon that has made one image, and ended."""
    imaged = make_imaged(sim, {"ambiguity_window": "400ms"})
    imaged.declare("a.yaml", copy_of("recorded", tags={"edition": "1"}))
    assert imaged.run("--once").returncode == 0
    return imaged


def refused(imaged):
    """Runs it, expects it to refuse with a word on the file, and returns what it said."""
    before = imaged.record.read_bytes()
    result = imaged.run("--once", limit=20)
    assert result.returncode == 1 and str(imaged.record) in result.stderr, result.stderr
    assert imaged.record.read_bytes() == before
    return result.stderr


def test_a_record_cut_at_any_page_is_refused_and_left_as_it_is(imaged, sim):
    whole = imaged.record.read_bytes()
    assert len(whole) % PAGE == 0 and len(whole) > 4 * PAGE
    sim.forget_requests()
    for size in range(0, len(whole), PAGE):
        imaged.record.write_bytes(whole[:size])
        refused(imaged)
    assert sim.requests() == []
    imaged.record.write_bytes(whole)
    assert imaged.run("--once").returncode == 0 and sim.writes() == []


def test_a_page_of_rubbish_is_refused_or_does_no_harm(imaged, sim):
    whole = imaged.record.read_bytes()
    sim.forget_requests()
    for start in range(0, len(whole), PAGE):
        imaged.record.write_bytes(whole[:start] + bytes([0xA5]) * PAGE + whole[start + PAGE :])
        result = imaged.run("--once", limit=20)
        assert result.returncode in (0, 1), result.stderr
        assert result.returncode == 0 or str(imaged.record) in result.stderr
    assert sim.writes() == []


def test_a_record_of_a_newer_version_is_refused_with_both_numbers(imaged):
    with sqlite3.connect(imaged.record) as record:
        version = record.execute("PRAGMA user_version").fetchone()[0]
        record.execute(f"PRAGMA user_version = {version + 7}")
    record.close()
    said = refused(imaged)
    assert str(version) in said and str(version + 7) in said


def test_a_record_that_somebody_has_locked_is_refused(imaged):
    # By another process: whatever this one closes drops the locks that it has.
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, imaged.record], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        assert f"process {holder.pid}" in refused(imaged)
    finally:
        holder.communicate()
    assert imaged.run("--once").returncode == 0


def test_a_log_whose_end_the_disk_lost_makes_no_second_image(make_sim, make_imaged, scenario):
    """Commits that a disk said it had, and had not: the worst that a power cut can do."""
    sim = make_sim({**scenario, "unique_names": False})
    imaged = make_imaged(sim, {"ambiguity_window": "400ms"})
    imaged.declare("a.yaml", copy_of("logged", tags={"edition": "1"}))
    imaged.start()
    imaged.wait_for("logged")
    imaged.kill()
    log = imaged.record.with_name(f"{imaged.record.name}-wal")
    record, whole = imaged.record.read_bytes(), log.read_bytes()
    assert struct.unpack(">I", whole[8:12])[0] == PAGE
    for size in [0, *range(WAL_HEADER, len(whole), FRAME)]:
        imaged.record.write_bytes(record)
        log.write_bytes(whole)
        os.truncate(log, size)
        log.with_name(f"{imaged.record.name}-shm").unlink(missing_ok=True)
        result = imaged.run("--once")
        assert result.returncode == 0, (size, result.stderr)
        assert tags_of(sim.image("logged"))["edition"] == "1"
