# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Killed, stopped, started twice, and with a record that cannot be read or written: nothing is doubled or lost."""

import collections
import contextlib
import os
import random
import resource
import signal
import sqlite3
import subprocess
import time

import pytest

from harness import copy_of, program, tags_of

# ---- Killed at any moment

KILLS = 52
KILL_SEEDS = range(1, 3)
HASTY = {
    "poll": {"pending_min": "20ms", "pending_max": "100ms", "resync": "200ms"},
    "deletion": {"grace": "30ms", "max": 10000},
    "ambiguity_window": "500ms",
}
# Answers take their time, so that kills meet requests at every stage; and what a gateway gave up may come late.
SLOW_CLOUD = [
    {"method": "POST", "path": "/images", "times": -1, "probability": 0.1, "action": {"late": "150ms"}},
    {"method": "POST", "path": "/images", "times": -1, "action": {"delay": "30ms"}},
    {"method": "PATCH", "times": -1, "action": {"delay": "20ms"}},
    {"method": "PUT", "times": -1, "action": {"delay": "20ms"}},
    {"method": "DELETE", "times": -1, "action": {"delay": "20ms"}},
]


class Operators:
    """People who drop, edit and remove files, as the seed has it, without waiting for anything."""

    def __init__(self, imaged, seed):
        self.imaged = imaged
        self.random = random.Random(seed)
        self.wanted = {}
        for number in range(3):
            self.put(f"image-{number}")

    def put(self, name):
        self.wanted[name] = {
            "description": f"version {self.random.randrange(3)}",
            "tags": {"edition": str(self.random.randrange(100))},
            "access": {"is_public": self.random.random() < 0.3},
        }
        source = {"vm_id": "i-b121616e"} if self.random.random() < 0.2 else copy_of(name)
        self.imaged.declare(f"{name}.yaml", {"name": name, **source, **self.wanted[name]})

    def act(self):
        name = f"image-{self.random.randrange(8)}"
        if name in self.wanted and len(self.wanted) > 2 and self.random.random() < 0.3:
            del self.wanted[name]
            self.imaged.withdraw(f"{name}.yaml")
        else:
            self.put(name)


def names_of(sim):
    return collections.Counter(
        image["name"] for image in sim.images() if image["name"].startswith("image-")
    )


@pytest.mark.parametrize("seed", KILL_SEEDS)
@pytest.mark.parametrize("unique_names", [True, False], ids=["unique", "worse"])
def test_killed_at_any_moment_it_never_makes_an_image_twice(
    make_sim, make_imaged, scenario, unique_names, seed
):
    sim = make_sim({**scenario, "unique_names": unique_names, "pending": {"vm": "100ms"}}, seed)
    sim.faults(*SLOW_CLOUD)
    imaged = make_imaged(sim, HASTY)
    operators = Operators(imaged, seed)
    for _ in range(KILLS):
        imaged.start(ready=False)
        time.sleep(operators.random.uniform(0, 0.5))  # the moment, not a condition
        operators.act()
        time.sleep(operators.random.uniform(0, 0.3))
        imaged.kill()
        assert max(names_of(sim).values(), default=0) <= 1, names_of(sim)
    sim.faults()
    imaged.start()

    def as_declared():
        unready = [row for row in imaged.images().values() if row["state"] != "available"]
        assert names_of(sim) == dict.fromkeys(operators.wanted, 1) and not unready, unready
        return True

    # An image that was made and deleted within a minute, with nobody there to see either, may only not
    # be visible yet: it is waited for as long, before another one is made.
    imaged.wait_until(as_declared, limit=100)
    for name, wanted in operators.wanted.items():
        image = sim.image(name)
        assert image["description"] == wanted["description"]
        assert tags_of(image).items() >= wanted["tags"].items()
        assert image["access"]["isPublic"] is wanted["access"]["is_public"]


def test_killed_before_it_stored_the_answer_it_finds_its_image_again(imaged, sim):
    sim.fault("POST", "/images", {"delay": "10s"})
    imaged.declare("a.yaml", copy_of("once", tags={"a": "1"}))
    imaged.start()
    sim.wait_for_requests(1, "POST", "/images")
    imaged.kill()
    imaged.start()
    identifier = imaged.wait_for("once")["image_id"]
    assert sim.image("once")["id"] == identifier and tags_of(sim.image("once"))["a"] == "1"
    assert len(sim.requests("POST", "/images")) == 1


def test_the_intent_is_durable_before_its_request_leaves(imaged, sim):
    sim.fault("POST", "/images", {"delay": "10s"})
    imaged.declare("a.yaml", copy_of("intended"))
    imaged.start()
    sim.wait_for_requests(1, "POST", "/images")
    imaged.kill()
    with sqlite3.connect(imaged.record) as record:
        rows = record.execute("SELECT * FROM image WHERE name = 'intended'").fetchall()
    assert len(rows) == 1 and "create" in map(str, rows[0])


# ---- Stopped in good order


def test_sigterm_waits_for_what_is_under_way(imaged, sim):
    sim.fault("POST", "/images", {"delay": "1s"}, times=-1)
    imaged.declare("a.yaml", [copy_of(f"image-{n}") for n in range(4)])
    imaged.start()
    sim.wait_for_requests(4, "POST", "/images")
    imaged.stop(limit=10)
    sim.faults()
    sim.forget_requests()
    imaged.start()
    imaged.wait_for_all(4)
    assert not sim.requests("POST", "/images") and max(names_of(sim).values()) == 1


def test_sigterm_does_not_wait_for_ever(make_imaged, sim):
    imaged = make_imaged(sim, {"numspot": {"request_timeout": "60s"}, "limits": {"in_flight": 50}})
    sim.fault("POST", "/images", {"delay": "60s"}, times=-1)
    imaged.declare("a.yaml", [copy_of(f"image-{n}") for n in range(50)])
    imaged.start()
    sim.wait_for_requests(50, "POST", "/images")
    imaged.stop(limit=10)
    sim.faults()
    sim.forget_requests()
    imaged.start()
    imaged.wait_for_all(50)
    assert not sim.requests("POST", "/images") and max(names_of(sim).values()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_when_nothing_is_under_way(imaged, number):
    imaged.start()
    imaged.signal(number)
    assert imaged.wait_for_end(limit=3) == 0


def test_sigterm_twice_is_as_good_as_once(imaged, sim):
    sim.fault("POST", "/images", {"delay": "1s"})
    imaged.declare("a.yaml", copy_of("once"))
    imaged.start()
    sim.wait_for_requests(1, "POST", "/images")
    imaged.signal(signal.SIGTERM)
    imaged.signal(signal.SIGTERM)
    assert imaged.wait_for_end() == 0


# ---- Two at once


def test_a_second_daemon_on_the_same_record_refuses(imaged, sim):
    imaged.declare("a.yaml", copy_of("once"))
    imaged.start()
    imaged.wait_for("once")
    second = imaged.run("--once", limit=20)
    assert second.returncode == 1
    assert str(imaged.record) in second.stderr and "another" in second.stderr
    assert imaged.status()["ready"] and imaged.image("once")["state"] == "available"
    imaged.kill()  # what a dead daemon held does not keep the next one out
    imaged.start()


def test_a_second_daemon_on_the_same_socket_refuses(make_imaged, sim, tmp_path):
    first = make_imaged(sim).start()
    second = make_imaged(sim, {"control": {"socket": str(first.socket)}})
    result = second.run("--once", limit=20)
    assert result.returncode == 1 and str(first.socket) in result.stderr
    assert first.status()["ready"]


def test_two_installations_leave_each_others_images_alone(make_imaged, sim):
    first = make_imaged(sim, {"installation": "first"})
    second = make_imaged(sim, {"installation": "second"})
    first.declare("a.yaml", copy_of("contended"))
    first.start()
    first.wait_for("contended")
    second.declare("a.yaml", copy_of("contended"))
    second.start()
    second.wait_for("contended", "failed", "NameTaken")
    second.withdraw("a.yaml")
    second.wait_for_gone("contended")
    assert sim.image("contended") and first.image("contended")["state"] == "available"


# ---- A record that is not usable


def made(imaged):
    """Makes one image, so that there is a record, and ends."""
    imaged.declare("a.yaml", copy_of("recorded"))
    imaged.start()
    imaged.wait_for("recorded")
    imaged.stop()


def truncate(path):
    os.truncate(path, path.stat().st_size // 2)


def overwrite(path):
    path.write_text("this is no database\n" * 200)


def make_newer(path):
    with sqlite3.connect(path) as record:
        version = record.execute("PRAGMA user_version").fetchone()[0]
        record.execute(f"PRAGMA user_version = {version + 1}")


def make_foreign(path):
    path.unlink()
    with sqlite3.connect(path) as record:
        record.execute("CREATE TABLE somebody_elses (a)")


@pytest.mark.parametrize("spoil", [truncate, overwrite, make_newer, make_foreign])
def test_an_unusable_record_is_refused_and_left_as_it_is(imaged, sim, spoil):
    made(imaged)
    sim.forget_requests()
    spoil(imaged.record)
    before = imaged.record.read_bytes()
    result = imaged.run("--once", limit=20)
    assert result.returncode == 1 and str(imaged.record) in result.stderr, result.stderr
    assert imaged.record.read_bytes() == before
    assert sim.requests() == []


def test_a_record_in_a_directory_that_is_missing_is_said_so(make_imaged, sim):
    imaged = make_imaged(sim, {"state": {"path": "/nonexistent/imaged/state.db"}})
    result = imaged.run("--once", limit=20)
    assert result.returncode == 1 and "/nonexistent/imaged/state.db" in result.stderr


# ---- A full disk


class SmallDisk:
    """A file system of a few pages of its own."""

    def __init__(self, path):
        self.path = path
        self.filler = path / "filler"
        path.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(path)], check=True)

    def fill(self, imaged):
        with self.filler.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(4096))

    def empty(self, imaged):
        self.filler.unlink()

    def close(self):
        subprocess.run(["umount", "-l", str(self.path)], check=True)


class Quota:
    """A limit to the size of the daemon's files, which needs no rights to set and to lift."""

    def __init__(self, path):
        self.path = path
        path.mkdir()

    def fill(self, imaged):
        _, most = resource.prlimit(imaged.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(imaged.process.pid, resource.RLIMIT_FSIZE, (1, most))

    def empty(self, imaged):
        _, most = resource.prlimit(imaged.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(imaged.process.pid, resource.RLIMIT_FSIZE, (most, most))

    def close(self):
        pass


@pytest.fixture(params=[pytest.param(SmallDisk, marks=pytest.mark.root), Quota])
def disk(request, tmp_path):
    small = request.param(tmp_path / "disk")
    yield small
    small.close()


@pytest.fixture
def imaged_on_disk(disk, make_imaged, sim):
    return make_imaged(sim, {"state": {"path": str(disk.path / "state.db")}})


def test_nothing_is_made_whose_intent_cannot_be_stored(disk, imaged_on_disk, sim):
    imaged = imaged_on_disk
    imaged.declare("a.yaml", copy_of("before"))
    imaged.start()
    imaged.wait_for("before")
    sim.forget_requests()
    disk.fill(imaged)
    imaged.declare("b.yaml", copy_of("meanwhile"))
    fault = imaged.wait_until(lambda: imaged.status()["record"]["fault"], what="the record's fault")
    assert "state.db" in fault
    sim.wait_for_lists(3)
    assert sim.writes() == []
    assert imaged.image("before")["state"] == "available"
    disk.empty(imaged)
    imaged.wait_for_all(2)
    assert imaged.status()["record"]["fault"] is None and len(sim.requests("POST", "/images")) == 1
