# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The record moves between a file and etcd while creations are under way: none is lost, none is done twice."""

import subprocess

import pytest

from cluster import LEADER, PREFIX
from harness import program, wait_until
from relay import Cut
from test_members import is_commit
from test_moments import Held
from world import CALM_LIMIT, relayed_etcd

MOVED = ("/setting/", "/image/", "/history/")
IMAGES = 200  # more than one transaction's worth of records


@pytest.fixture
def idle(make_world):
    """A World whose daemons are not started."""
    world = make_world()
    world.start(daemons=False)
    return world


def on_a_file(host):
    """The host's configuration with a record of its own, beside that with etcd."""
    return {
        "state": {
            "backend": "sqlite",
            "path": str(host.record),
            "endpoints": None,
            "host": None,
            "ttl": None,
            "ca_file": None,
        }
    }


def stop_amid_a_creation(world, host, stage):
    """Kills a daemon whose request for an image was held on its way there, or back when it was done."""
    held = Held(world, "POST", "/images", stage)
    world.declare("under-way", tags={"edition": "1"})
    held.wait()
    host.kill()
    held.release()


def wait_until_as_declared(world, host):
    def as_declared():
        counts = host.status()["images"]
        assert counts["total"] == counts["available"] == len(world.wanted), counts
        return world.as_declared()

    wait_until(as_declared, CALM_LIMIT, "the cloud equals the directory")
    world.assert_once()


def creations(world, name):
    return [each for each in world.api.journal if each.method == "POST" and name in str(each.body)]


@pytest.mark.parametrize("stage, asked", [("before", 2), ("after", 1)])
def test_a_creation_under_way_moves_to_etcd(idle, stage, asked):
    world = idle
    host = world.hosts["host-a"]
    shared = dict(host.configuration["state"])
    host.configure(on_a_file(host))
    host.start(ready=False)
    world.declare("settled", tags={"edition": "1"})
    wait_until_as_declared(world, host)
    stop_amid_a_creation(world, host, stage)

    host.configure({"state": {**shared, "path": None}})
    result = host.run("--migrate-state", f"sqlite:{host.record}", "etcd:")
    assert result.returncode == 0, result.stderr
    for each in world.hosts.values():
        each.start()
    world.wait_until_settled(CALM_LIMIT)
    world.assert_once()
    assert len(creations(world, "under-way")) == asked
    assert len(creations(world, "settled")) == 1


@pytest.mark.parametrize("stage, asked", [("before", 2), ("after", 1)])
def test_a_creation_under_way_moves_to_a_file(world, stage, asked):
    world.declare("settled", tags={"edition": "1"})
    world.wait_until_settled()
    leader = world.leader()
    world.other(leader).stop()
    stop_amid_a_creation(world, leader, stage)
    wait_until(lambda: world.observer.leader() is None, what="the lease has ended")

    result = leader.run("--migrate-state", "etcd:", f"sqlite:{leader.record}")
    assert result.returncode == 0, result.stderr
    leader.configure(on_a_file(leader))
    leader.start(ready=False)
    wait_until_as_declared(world, leader)
    assert len(creations(world, "under-way")) == asked
    assert len(creations(world, "settled")) == 1


def test_a_record_in_use_does_not_move(world):
    standby = world.other(world.leader())
    result = standby.run("--migrate-state", "etcd:", f"sqlite:{standby.record}")
    assert result.returncode == 1 and world.leader().host in result.stderr
    world.end_well()


def test_half_a_record_is_not_worked_from(idle):
    """The move is killed at each of its transactions in turn; the one that nothing interrupts is whole."""
    world = idle
    host = world.hosts["host-a"]
    shared = {**host.configuration["state"], "path": None}
    relay = relayed_etcd(world, "host-a", "etcd1")
    host.configure(on_a_file(host))
    host.start(ready=False)
    for number in range(IMAGES):
        world.declare(f"image-{number:03}")
    wait_until_as_declared(world, host)
    stop_amid_a_creation(world, host, "after")
    through = {"endpoints": ["http://127.0.0.1:2379"], "ca_file": None}
    host.configure({"state": {**shared, **through}})
    moved = False
    refused = 0
    while not moved:
        refused += 1
        moved = move_until(host, relay, refused)
        if not moved:
            world.cluster.delete(LEADER)
            if any(part in key for key in world.cluster.keys() for part in MOVED):
                started = host.run()
                assert started.returncode == 1 and "--migrate-state" in started.stderr, started.stderr
            world.cluster.etcdctl("del", "--prefix", PREFIX)
    assert refused > 3
    relay.before = lambda entry: None
    host.start()
    world.wait_until_settled(CALM_LIMIT)
    world.assert_once()
    assert len(creations(world, "under-way")) == 1
    host.stop()
    relay.stop()


def move_until(host, relay, count):
    """Moves the record; whether that was done before etcd was asked for a transaction the count-th time."""
    arrived = []

    def hold(entry):
        if is_commit(entry):
            arrived.append(entry)
            if len(arrived) == count:
                process.kill()
                raise Cut

    process = None
    relay.before = hold
    command = [*host.behind, program("imaged"), "--config", host.configuration_path]
    command += ["--migrate-state", f"sqlite:{host.record}", "etcd:"]
    process = subprocess.Popen(list(map(str, command)), env=host.environment, stderr=subprocess.DEVNULL)
    return process.wait(60) == 0
