# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The leader is lost while a write is under way, at each stage of it, in each way; the other takes over."""

import json
import signal
import threading

import pytest

from harness import wait_until
from network import ETCD, HOSTS
from relay import Cut
from world import CALM_LIMIT, now

LIMIT = 30


class Held:
    """The next request of a kind is held at the relay, on its way there or back, until release()."""

    def __init__(self, world, method, path, stage):
        self.world = world
        self.method, self.path, self.stage = method, path, stage
        self.entry = None
        self.reached = threading.Event()
        self.go_on = threading.Event()
        self.cut = True
        setattr(world.api, stage, self._hold)

    def _hold(self, entry):
        if self.entry is None and entry.method == self.method and self.path in entry.path:
            self.entry = entry
            self.reached.set()
            self.go_on.wait(CALM_LIMIT)
            if self.cut:
                raise Cut

    def wait(self):
        assert self.reached.wait(LIMIT), f"no {self.method} {self.path} came"

    def release(self, cut=True):
        """Ends its connection, or lets it pass."""
        self.cut = cut
        self.go_on.set()


def kill(world, host):
    host.kill()


def stop(world, host):
    host.signal(signal.SIGSTOP)


def part(world, host):
    world.network.cut(host.host, *ETCD)


def unplug(world, host):
    world.network.unplug(host.host)


def leave(world, host):
    host.signal(signal.SIGTERM)


# What is under way, and whether it was done already when the leader is lost.
MOMENTS = {
    "asked to create": ("POST", "/images", "before"),
    "created": ("POST", "/images", "after"),
    "asked to tag": ("PATCH", "/bulk/tags", "before"),
    "tagged": ("PATCH", "/bulk/tags", "after"),
    "deleted": ("DELETE", "/images/", "after"),
}


def provoke(world, method):
    """Makes the leader do what the moment is about."""
    if method == "DELETE":
        world.withdraw("first")
    else:
        world.declare("second", tags={"edition": "2"})


EVERY_WAY = [(way, moment) for way in (kill, stop, part) for moment in MOMENTS]
EVERY_WAY += [(unplug, "created"), (leave, "created"), (leave, "asked to tag")]


@pytest.mark.parametrize(
    "lose, moment", EVERY_WAY, ids=[f"{way.__name__} - {moment}" for way, moment in EVERY_WAY]
)
def test_a_leader_is_lost_while_a_write_is_under_way(world, measured, request, lose, moment):
    world.declare("first", tags={"edition": "1"})
    world.wait_until_settled()
    term = world.observer.wait_for_leader()
    old = world.hosts[term.host]
    held = Held(world, *MOMENTS[moment])
    provoke(world, MOMENTS[moment][0])
    held.wait()
    lost = now()
    lose(world, old)
    try:
        new = world.other(old)
        if lose is leave:  # it waits for the answer, and gives up then
            held.release()
        took = world.wait_for_takeover(new, term, lost, limit=20 if lose is leave else 8)
    finally:
        held.release()
    measured(request.node.callspec.id, took)
    world.declare("third")
    world.wait_until_settled(CALM_LIMIT)
    back(world, old, lose)
    world.end_well()


def back(world, old, lose):
    """The lost one returns, and stands by."""
    if lose is stop:
        old.signal(signal.SIGCONT)
    elif lose in (part, unplug):
        world.network.heal()
    else:
        wait_until(lambda: not old.running)
        old.start()
    old.wait_for_role("standby")


def test_a_creation_that_arrives_after_the_takeover_is_found(make_world):
    """The network holds a dead leader's request until the other has looked for what it may have made."""
    world = make_world(configuration={"ambiguity_window": "6s"}).start()
    term = world.observer.wait_for_leader()
    old = world.hosts[term.host]
    held = Held(world, "POST", "/images", "before")
    world.declare("late")
    held.wait()
    old.kill()
    new = world.other(old)
    world.observer.wait_for_leader(new.host, after=term.revision)
    wait_until(
        lambda: [each for each in world.asked_by(new) if "imageNames=late" in each.path],
        what="the new leader looks for what may have been made",
    )
    held.release(cut=False)
    world.wait_until_settled()
    creations = [each for each in world.api.journal if each.method == "POST" and "late" in str(each.body)]
    assert len(creations) == 1
    old.start()
    world.end_well()


def test_an_answer_that_waits_for_a_stopped_leader_leads_to_nothing(world):
    """Its image was made; the answer is in the socket when it goes on, and the tags are the other's to set."""
    term = world.observer.wait_for_leader()
    old = world.hosts[term.host]
    held = Held(world, "POST", "/images", "after")
    world.declare("answered", tags={"edition": "1"})
    held.wait()
    old.signal(signal.SIGSTOP)
    held.release(cut=False)
    stopped = now()
    world.observer.wait_for_leader(world.other(old).host, after=term.revision)
    world.wait_until_settled()
    world.declare("meanwhile")
    world.wait_until_settled()
    old.signal(signal.SIGCONT)
    old.wait_for_role("standby")
    assert world.asked_by(old, since=stopped) == []
    world.end_well()


def test_a_connection_that_waits_for_a_stopped_leader_carries_nothing(make_world):
    """Its request is ready to be written as soon as TLS stands, which is when it goes on."""
    world = make_world(configuration={"numspot": {"connect_timeout": "60s"}}).start()
    world.declare("before")
    world.wait_until_settled()
    term = world.observer.wait_for_leader()
    old = world.hosts[term.host]
    arrived, go_on = threading.Event(), threading.Event()

    def hold(peer):
        if peer != HOSTS[old.host] or arrived.is_set():
            return
        record = json.loads(world.cluster.keys().get("/imaged/image/connecting", "{}"))
        if record.get("intent") == "create":
            arrived.set()
            go_on.wait(CALM_LIMIT)

    world.api.connected = hold
    world.declare("connecting")
    assert arrived.wait(LIMIT), "no connection came"
    old.signal(signal.SIGSTOP)
    stopped = now()
    world.observer.wait_for_leader(world.other(old).host, after=term.revision)
    world.wait_until_settled()
    go_on.set()
    old.signal(signal.SIGCONT)
    old.wait_for_role("standby")
    assert world.asked_by(old, since=stopped) == []
    world.end_well()
