# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The tests' own parts: partitions part, the observer sees terms, and the relay sees who asks."""

import http.client
import json
import socket

import pytest

from cluster import LEADER
from harness import wait_until
from network import HOSTS
from relay import Connection, Cut, End, Relay
from world import now


@pytest.fixture
def cluster(make_world):
    return make_world().cluster.start()


def reachable(network, host, other, port=9):
    """Whether a connection of host to other is answered, be it with a refusal."""

    def connect():
        try:
            socket.create_connection((HOSTS[other], port), timeout=0.5).close()
        except ConnectionRefusedError:
            pass
        except OSError:
            return False
        return True

    return network.call(host, connect)


def test_a_cut_parts_two_hosts_and_no_others(network):
    network.cut("host-a", "etcd1", "etcd2")
    assert not reachable(network, "host-a", "etcd1") and not reachable(network, "etcd2", "host-a")
    assert reachable(network, "host-a", "etcd3") and reachable(network, "host-b", "etcd1")
    network.heal()
    assert reachable(network, "host-a", "etcd1") and reachable(network, "etcd2", "host-a")


def test_an_unplugged_host_is_alone(network):
    network.unplug("host-a")
    assert not reachable(network, "host-a", "cloud") and not reachable(network, "observer", "host-a")
    network.heal()
    wait_until(lambda: reachable(network, "host-a", "cloud"))


def test_the_observer_sees_terms_from_beginning_to_end(make_world):
    world = make_world()
    world.start(daemons=False)
    lease = world.cluster.etcdctl("lease", "grant", "2").split()[1]
    value = json.dumps({"host": "host-a"})
    world.cluster.etcdctl("put", f"--lease={lease}", LEADER, value)
    term = world.observer.wait_for_leader("host-a")
    wait_until(lambda: world.observer.leader() is None, what="the lease has ended")
    world.cluster.etcdctl("put", LEADER, json.dumps({"host": "host-b"}))
    later = world.observer.wait_for_leader("host-b", after=term.revision)
    assert [each.host for each in world.observer.history()] == ["host-a", "host-b"]
    assert world.observer.history()[0].end <= later.begin


def test_the_observer_sees_through_a_lost_member_and_a_compaction(make_world):
    world = make_world()
    world.start(daemons=False)
    put = lambda host: world.cluster.etcdctl("put", LEADER, json.dumps({"host": host}))
    put("host-a")
    world.observer.wait_for_leader("host-a")
    world.cluster.members[world.cluster.leading_member()].kill()
    wait_until(lambda: len(world.cluster.healthy()) == 2 and world.cluster.leading_member())
    world.cluster.delete(LEADER)
    wait_until(lambda: world.observer.leader() is None)
    world.cluster.compact()
    put("host-b")
    world.observer.wait_for_leader("host-b")


def test_a_cluster_without_a_majority_takes_nothing(cluster):
    for name in cluster.following_members():
        cluster.members[name].kill()
    wait_until(lambda: cluster.healthy() == [], what="no member has a leader")
    for member in cluster.members.values():
        if not member.running:
            member.start()
    wait_until(lambda: len(cluster.healthy()) == 3)


def relay_to(network, authority, sim):
    address, port = sim.url.split("//")[1].split(":")
    context = authority.server_context("cloud", HOSTS["cloud"])
    return Relay(network, End(HOSTS["cloud"], 443, "cloud", context), End(address, int(port)))


def ask(network, authority, host, path):
    end = End(HOSTS["cloud"], 443, host, authority.client_context())
    connection = Connection(network, end)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_relay_notes_who_asks_and_lets_tests_cut(make_world, network, authority):
    world = make_world()
    world.start(daemons=False)
    begun = now()
    assert ask(network, authority, "host-a", "/_sim/cloud") == 200
    assert ask(network, authority, "host-b", "/nothing") == 404
    first, second = world.api.journal
    assert (first.peer, first.method, first.path, first.status) == (
        HOSTS["host-a"], "GET", "/_sim/cloud", 200,
    )  # fmt: skip
    assert second.peer == HOSTS["host-b"] and begun <= first.time <= second.time <= now()

    def cut(entry):
        raise Cut

    world.api.after = cut
    with pytest.raises(http.client.HTTPException):
        ask(network, authority, "host-a", "/_sim/cloud")
    assert world.api.journal[-1].status == 200


def test_requests_of_a_host_that_does_not_lead_are_found(make_world, network, authority):
    world = make_world()
    world.start(daemons=False)
    put = lambda host: world.cluster.etcdctl("put", LEADER, json.dumps({"host": host}))
    put("host-a")
    world.observer.wait_for_leader("host-a")
    ask(network, authority, "host-a", "/_sim/cloud")
    world.assert_nobody_usurped()
    world.cluster.delete(LEADER)
    put("host-b")
    world.observer.wait_for_leader("host-b")
    ask(network, authority, "host-b", "/_sim/cloud")
    world.assert_nobody_usurped()
    ask(network, authority, "host-a", "/late")
    assert [(host, entry.path) for host, entry in world.usurpations()] == [("host-a", "/late")]


