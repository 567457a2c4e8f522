# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Who leads, and what becomes of work, when hosts stop, leave and return, and networks part."""

import random
import signal

import pytest

from cluster import LEADER
from harness import wait_until
from network import ETCD
from world import HOST_NAMES, SLACK, now

ROUNDS = 3


def test_one_leads_and_the_other_stands_by(world):
    leader = world.leader()
    standby = world.other(leader)
    world.declare("one", tags={"edition": "1"})
    world.wait_until_settled()
    assert leader.role() == "leader"
    assert standby.leadership() == {
        **standby.leadership(), "role": "standby", "host": standby.host, "leader": leader.host,
        "fault": None,
    }  # fmt: skip
    assert world.asked_by(standby) == []
    shown = standby.imagectl("status")
    assert leader.host in shown.stdout + shown.stderr
    for host in (leader, standby):
        host.wait_until(lambda host=host: host.status()["ready"], what=f"{host.host} is ready")
    status, problem = standby.call("POST", "/v1/images/one/retry")
    assert status == 503 and leader.host in str(problem)
    world.end_well()


def test_a_stopped_leader_that_goes_on_writes_nothing(world, measured):
    """Again and again, each time with work in its directory that it would have set about."""
    for number in range(ROUNDS):
        term = world.observer.wait_for_leader()
        old = world.hosts[term.host]
        world.declare(f"before-{number}")
        world.wait_until_settled()
        stopped = now()
        old.signal(signal.SIGSTOP)
        world.declare(f"during-{number}", tags={"round": str(number)})
        took = world.wait_for_takeover(world.other(old), term, stopped)
        measured(f"leader stopped, round {number + 1}", took)
        after = world.observer.history()[-1].begin
        old.signal(signal.SIGCONT)
        world.declare(f"after-{number}")
        old.wait_for_role("standby")
        world.wait_until_settled()
        assert world.asked_by(old, since=after) == []
    world.end_well()


def test_a_leader_that_is_continued_within_its_time_goes_on(world):
    term = world.observer.wait_for_leader()
    leader = world.hosts[term.host]
    leader.signal(signal.SIGSTOP)
    world.declare("patience")
    leader.signal(signal.SIGCONT)
    world.wait_until_settled()
    assert world.observer.history()[-1].revision == term.revision
    world.end_well()


def test_a_clean_stop_hands_over_at_once(make_world, measured):
    world = make_world(configuration={"state": {"ttl": "20s"}}).start()
    for number in range(ROUNDS):
        world.declare(f"image-{number}")
        world.wait_until_settled()
        term = world.observer.wait_for_leader()
        old = world.hosts[term.host]
        asked = now()
        old.stop()
        took = world.wait_for_takeover(world.other(old), term, asked, limit=1 + SLACK)
        measured(f"clean stop, round {number + 1}", took)
        old.start()
        old.wait_for_role("standby")
    world.end_well()


def test_a_leader_that_cannot_reach_etcd_writes_no_more(world, measured):
    term = world.observer.wait_for_leader()
    old = world.hosts[term.host]
    parted = now()
    world.network.cut(old.host, *ETCD)
    world.declare("while-apart")
    measured("leader parted from etcd", world.wait_for_takeover(world.other(old), term, parted))
    world.wait_until_settled()
    begin = world.observer.history()[-1].begin
    assert world.asked_by(old, since=begin) == []
    assert old.role() != "leader" and old.leadership()["fault"]
    world.network.heal()
    old.wait_for_role("standby")
    world.end_well()


def test_what_the_leader_sends_to_etcd_arrives_and_no_answer_comes_back(world, measured):
    """A network that passes one way only: the lease is kept alive, and its holder cannot know."""
    term = world.observer.wait_for_leader()
    old = world.hosts[term.host]
    parted = now()
    world.network.cut(old.host, *ETCD, ways=("in",))
    world.declare("one-way")
    measured("leader hears nothing of etcd", world.wait_for_takeover(world.other(old), term, parted, 12))
    world.wait_until_settled()
    world.network.heal()
    old.wait_for_role("standby")
    world.end_well()


def test_a_standby_that_was_apart_takes_over_later(world, measured):
    term = world.observer.wait_for_leader()
    leader = world.hosts[term.host]
    standby = world.other(leader)
    world.network.cut(standby.host, *ETCD)
    wait_until(lambda: standby.leadership()["fault"], what="the standby misses etcd")
    world.declare("without-it")
    world.wait_until_settled()
    assert world.observer.history()[-1].revision == term.revision
    world.network.heal()
    standby.wait_for_role("standby")
    wait_until(lambda: standby.leadership()["fault"] is None, what="the standby has etcd again")
    killed = now()
    leader.kill()
    measured("leader killed, standby was apart before", world.wait_for_takeover(standby, term, killed))
    leader.start()
    world.end_well()


def test_nobody_writes_while_both_are_apart_from_etcd(world):
    term = world.observer.wait_for_leader()
    for host in HOST_NAMES:
        world.network.cut(host, *ETCD)
    world.declare("nobody")
    wait_until(lambda: world.observer.leader() is None, what="the lease has ended")
    ended = world.observer.history()[-1].end
    for host in world.hosts.values():
        wait_until(lambda host=host: host.role() != "leader", what=f"{host.host} does not lead")
    world.network.heal()
    world.observer.wait_for_leader(after=term.revision)
    begin = world.observer.history()[-1].begin
    assert not [each for each in world.api.journal if ended < each.time < begin - 1]
    world.wait_until_settled()
    world.end_well()


def test_a_leader_without_the_api_keeps_leading_and_goes_on_later(world):
    term = world.observer.wait_for_leader()
    leader = world.hosts[term.host]
    world.declare("before")
    world.wait_until_settled()
    world.network.cut(leader.host, "cloud")
    world.declare("meanwhile", tags={"edition": "1"})
    leader.wait_until(lambda: leader.status()["api"]["fault"], what="the leader misses the API")
    assert world.observer.history()[-1].revision == term.revision
    assert world.asked_by(world.other(leader)) == []
    world.end_well()


def test_a_leader_without_anybody_is_replaced(world, measured):
    term = world.observer.wait_for_leader()
    old = world.hosts[term.host]
    unplugged = now()
    world.network.unplug(old.host)
    world.declare("alone")
    measured("leader unplugged", world.wait_for_takeover(world.other(old), term, unplugged))
    world.wait_until_settled()
    world.network.heal()
    old.wait_for_role("standby")
    world.end_well()


def test_a_leader_whose_key_is_deleted_stops(world):
    """By an operator's hand, or by the end of a lease that nobody told it of."""
    term = world.observer.wait_for_leader()
    world.cluster.etcdctl("del", LEADER)
    world.declare("somebody")
    world.observer.wait_for_leader(after=term.revision)
    world.wait_until_settled()
    roles = lambda: sorted(host.role() for host in world.hosts.values())
    wait_until(lambda: roles() == ["leader", "standby"], what="one leads and one stands by")
    world.end_well()


def test_one_after_the_other_is_started_anew(world):
    """Daemons and members of etcd, each in good order, while declarations come and go."""
    for number, name in enumerate([*ETCD, *HOST_NAMES, *reversed(HOST_NAMES)]):
        world.declare(f"image-{number}", tags={"edition": str(number)})
        if number % 3 == 2:
            world.withdraw(f"image-{number - 1}")
        if name in ETCD:
            member = world.cluster.members[name]
            member.stop()
            member.start()
            wait_until(lambda: len(world.cluster.healthy()) == 3, what="etcd is whole again")
        else:
            world.hosts[name].stop()
            world.hosts[name].start()
        world.wait_until_settled()
    world.end_well()


@pytest.mark.parametrize("seed", range(2))
def test_leaders_killed_at_any_moment(world, seed):
    """Whoever leads is killed again and again, while the cloud is slow and loses answers."""
    source = random.Random(seed)
    world.sim.faults(
        {"method": "POST", "path": "/images", "times": -1, "probability": 0.1, "action": "close_after"},
        {"method": "POST", "path": "/images", "times": -1, "action": {"delay": "50ms"}},
        {"method": "PATCH", "times": -1, "action": {"delay": "50ms"}},
        {"method": "DELETE", "times": -1, "action": {"delay": "50ms"}},
    )
    for number in range(6):
        term = world.observer.wait_for_leader()
        old = world.hosts[term.host]
        seen = len(world.api.journal)
        world.declare(f"image-{number % 4}", description=f"edition {source.randrange(1000)}")
        if number % 2:
            world.declare(f"more-{number}")
        wanted = source.randrange(1, 8)
        wait_until(lambda: len(world.api.journal) >= seen + wanted, what="some requests")
        old.kill()
        world.assert_once()
        world.observer.wait_for_leader(world.other(old).host, after=term.revision)
        old.start()
    world.end_well()
