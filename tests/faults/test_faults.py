# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The real daemon, struck at each call into the system on its way to one image, one call after the other.

faults.c is preloaded; it counts calls, and kills the daemon or fails the call at a number. Each run has a
record of its own. What ended is started once more, without faults: then there is exactly one image, as
declared, whatever happened. A few numbers of each kind are tried; all of them, in some minutes, with IMAGED_FAULTS=all.
"""

import errno
import os
import struct

import pytest

from harness import BUILDDIR, copy_of, tags_of

LIBRARY = BUILDDIR / "tests/faults/faults.so"
ALL = os.environ.get("IMAGED_FAULTS") == "all"
pytestmark = pytest.mark.timeout(3600 if ALL else 180)

WRITES = ("write", "writev", "pwrite", "sync", "truncate", "rename", "link", "unlink", "send")
ON_DISK = ("write", "pwrite", "sync", "truncate", "rename", "link", "unlink")
QUICK = {
    "poll": {"pending_min": "20ms", "pending_max": "100ms", "resync": "200ms"},
    "ambiguity_window": "400ms",
}
LIMIT = 30  # seconds for a daemon to settle, or to say why it cannot


class World:
    """A cloud, and as many daemons as there are numbers to be tried, one after the other."""

    def __init__(self, sim, make_imaged):
        self.sim = sim
        self.make_imaged = make_imaged
        self.made = 0

    def daemon(self, **configuration):
        """A daemon with a record and a declaration of its own."""
        self.made += 1
        configuration = {**QUICK, "installation": f"tests-{self.made}", **configuration}
        imaged = self.make_imaged(self.sim, configuration)
        imaged.wanted = copy_of(
            f"image-{self.made}", tags={"edition": str(self.made)}, access={"is_public": True}
        )
        imaged.declare("a.yaml", imaged.wanted)
        imaged.counter = imaged.directory / "counter"
        imaged.counter.write_bytes(bytes(8))
        imaged.sound_environment = imaged.environment
        return imaged

    def check(self, imaged):
        """Without faults all ends well, and there is one image, as declared."""
        imaged.environment = imaged.sound_environment
        result = imaged.run("--once", limit=LIMIT)
        assert result.returncode == 0, result.stderr
        image = self.sim.image(imaged.wanted["name"])
        tags = tags_of(image)
        assert tags["edition"] == imaged.wanted["tags"]["edition"]
        assert tags["imaged.owner"] == imaged.configuration["installation"]
        assert image["access"]["isPublic"] is True
        assert not self.sim.requests("DELETE", image["id"])

    def count(self, *calls, path=None):
        """How many of these calls a run without faults makes."""
        imaged = self.daemon()
        arm(imaged, calls, path=path)
        assert imaged.run("--once", limit=LIMIT).returncode == 0
        total = counted(imaged)
        assert total > 0, f"no call of {calls} was seen"
        self.check(imaged)
        return total


@pytest.fixture
def world(sim, make_imaged):
    return World(sim, make_imaged)


def arm(imaged, calls, at=0, error=None, path=None, **flags):
    """Lets the next start of the daemon be struck."""
    imaged.environment = {
        **imaged.sound_environment,
        "LD_PRELOAD": str(LIBRARY),
        "FAULT_CALLS": ",".join(calls),
        "FAULT_AT": str(at),
        "FAULT_COUNTER": str(imaged.counter),
        **({"FAULT_ERROR": str(error)} if error else {}),
        **({"FAULT_PATH": str(path)} if path else {}),
        **{f"FAULT_{flag.upper()}": "1" for flag, value in flags.items() if value},
    }


def counted(imaged):
    return struct.unpack("=Q", imaged.counter.read_bytes())[0]


def some_of(total, count):
    """Of the numbers from 1 to total so many, at even distances, with both ends; or all."""
    if ALL or total <= count:
        return range(1, total + 1)
    return sorted({1 + round(index * (total - 1) / (count - 1)) for index in range(count)})


# ---- Killed


@pytest.mark.parametrize("torn", [False, True], ids=["before", "torn"])
@pytest.mark.parametrize("unique_names", [True, False], ids=["unique", "worse"])
def test_killed_at_any_write_it_makes_the_image_once(
    make_sim, make_imaged, scenario, unique_names, torn
):
    world = World(make_sim({**scenario, "unique_names": unique_names}), make_imaged)
    for number in some_of(world.count(*WRITES), 100):
        imaged = world.daemon()
        arm(imaged, WRITES, number, torn=torn)
        result = imaged.run("--once", limit=LIMIT)
        assert result.returncode in (-9, 0), (number, result.stderr)
        world.check(imaged)


# ---- A disk that is full or broken


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=errno.errorcode.get)
def test_a_write_that_fails_once_is_tried_again_or_told(world, error):
    total = world.count(*ON_DISK, path=world.sim.directory.parent)
    for number in some_of(total, 40):
        imaged = world.daemon()
        arm(imaged, ON_DISK, number, error, path=imaged.directory)
        end_well_or_tell(imaged, number, str(imaged.directory))
        world.check(imaged)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=errno.errorcode.get)
def test_writes_that_fail_for_good_are_told_and_end_a_single_run(world, error):
    total = world.count(*ON_DISK, path=world.sim.directory.parent)
    for number in some_of(total, 12):
        imaged = world.daemon(numspot={"request_timeout": "2s"})  # so long it waits before it gives up
        arm(imaged, ON_DISK, number, error, path=imaged.directory, always=True)
        end_well_or_tell(imaged, number, str(imaged.directory))
        world.check(imaged)


def end_well_or_tell(imaged, number, words):
    """Runs it to its end: success, or not everything was well, and it says what."""
    result = imaged.run("--once", limit=LIMIT)
    assert result.returncode in (0, 1, 2), (number, result.returncode, result.stderr)
    told = [line for line in result.stderr.splitlines() if words in line]
    assert result.returncode == 0 or told, (number, result.stderr)


# ---- No descriptors left


@pytest.mark.parametrize("call", ["open", "socket"])
def test_without_descriptors_it_waits_or_tells(world, call):
    for number in some_of(world.count(call), 24):
        imaged = world.daemon()
        arm(imaged, [call], number, errno.EMFILE)
        end_well_or_tell(imaged, number, "")
        world.check(imaged)


def test_without_descriptors_to_wait_with_it_tells_or_is_aborted_by_libuv(world):
    for number in range(1, world.count("poller") + 1):
        imaged = world.daemon()
        arm(imaged, ["poller"], number, errno.EMFILE)
        result = imaged.run("--once", limit=LIMIT)
        assert result.returncode in (0, 1, -6), (number, result.returncode, result.stderr)
        world.check(imaged)


def test_a_client_that_could_not_be_accepted_is_accepted_later(world):
    imaged = world.daemon()
    arm(imaged, ["accept"], 1, errno.EMFILE)
    imaged.start()
    imaged.wait_for(imaged.wanted["name"])
    assert counted(imaged) > 1
    imaged.stop()
    world.check(imaged)


# ---- No memory


def numbers_of_allocations(total):
    """Every one of the first ones, then ever fewer."""
    number, count = 1, 200 if ALL else 100
    while number <= total:
        yield number
        number = number + 1 if number < count else int(number * (1.02 if ALL else 1.1)) + 1


@pytest.mark.parametrize("always", [False, True], ids=["once", "for-good"])
def test_without_memory_it_stops_with_a_message_or_goes_on(world, always):
    for number in numbers_of_allocations(world.count("malloc")):
        imaged = world.daemon()
        arm(imaged, ["malloc"], number, errno.ENOMEM, always=always)
        result = imaged.run("--once", limit=LIMIT)
        assert result.returncode in (0, 1, -6), (number, result.returncode, result.stderr)
        lines = [line for line in result.stderr.splitlines() if line.strip() and "faults:" not in line]
        assert result.returncode == 0 or lines, f"{number}: nothing was said"
        world.check(imaged)
