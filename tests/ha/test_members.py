# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""What can become of etcd: members lost, no majority, compaction, slow disks, answers that are lost."""

import contextlib
import signal
import subprocess
import threading

import pytest

from cluster import encoded
from harness import wait_until
from network import ETCD
from relay import Connection, Cut
from world import CALM_LIMIT, now, relayed_etcd

TRANSACTION = "/v3/kv/txn"
SLOW_SYNC = "150ms"  # of each member's log; a heartbeat is due every 50 ms, an election after 500


def end(world, name):
    world.cluster.members[name].kill()


def freeze(world, name):
    world.cluster.members[name].signal(signal.SIGSTOP)


def unplug(world, name):
    world.network.unplug(name)


def restore(world):
    """Everybody of etcd is there again."""
    world.network.heal()
    for member in world.cluster.members.values():
        if member.running:
            member.signal(signal.SIGCONT)
        else:
            member.start()
    wait_until(lambda: len(world.cluster.healthy()) == len(ETCD), 40, "etcd is whole again")


@pytest.mark.parametrize("which", ["leading", "following"])
@pytest.mark.parametrize("lose", [end, freeze, unplug], ids=lambda way: way.__name__)
def test_a_member_is_lost(world, lose, which):
    leading = world.cluster.leading_member()
    name = leading if which == "leading" else world.cluster.following_members()[0]
    world.declare("before", tags={"edition": "1"})
    world.wait_until_settled()
    lose(world, name)
    world.declare("meanwhile", tags={"edition": "1"})
    world.wait_until_settled()
    restore(world)
    world.declare("after")
    world.end_well()


def test_a_leader_dies_while_a_member_is_away(world, measured):
    unplug(world, world.cluster.following_members()[0])
    world.declare("before")
    world.wait_until_settled()
    term = world.observer.wait_for_leader()
    old = world.hosts[term.host]
    killed = now()
    old.kill()
    # The other may be waiting for the member that is away, and has to turn to the next.
    took = world.wait_for_takeover(world.other(old), term, killed, limit=12)
    measured("leader killed, a member of etcd away", took)
    world.declare("after")
    world.wait_until_settled()
    restore(world)
    old.start()
    world.end_well()


@pytest.mark.parametrize("lose", [end, freeze, unplug], ids=lambda way: way.__name__)
def test_without_a_majority_nobody_writes(world, lose):
    world.declare("before")
    world.wait_until_settled()
    lost = world.cluster.following_members()
    parted = now()
    for name in lost:
        lose(world, name)
    world.declare("meanwhile", tags={"edition": "1"})
    for host in world.hosts.values():
        wait_until(
            lambda host=host: host.role() != "leader" and host.leadership()["fault"],
            what=f"{host.host} has stopped",
        )
    stopped = now()
    # Whatever is due to be done within this time is not.
    for host in world.hosts.values():
        host.declare("more.yaml", {**world.wanted["before"], "name": "more"})
    world.wanted["more"] = {**world.wanted["before"], "name": "more"}
    silent_since(world, stopped, 3)
    restore(world)
    world.wait_until_settled(CALM_LIMIT)
    assert not [e for e in world.api.journal if parted + 5 < e.time < stopped]
    world.end_well()


def silent_since(world, moment, seconds):
    """Nobody asks the API anything for so long."""
    wait_until(lambda: now() > moment + seconds, seconds + 5)
    assert not [each for each in world.api.journal if each.time >= moment]


def test_etcd_is_compacted_while_the_standby_was_stopped(world):
    term = world.observer.wait_for_leader()
    leader = world.hosts[term.host]
    standby = world.other(leader)
    world.declare("kept", tags={"edition": "1"})
    world.declare("gone")
    world.wait_until_settled()
    standby.signal(signal.SIGSTOP)
    world.declare("kept", tags={"edition": "2"})
    world.declare("new")
    world.withdraw("gone")
    world.wait_until_settled()
    world.cluster.compact()
    standby.signal(signal.SIGCONT)
    standby.wait_for_role("standby")
    leader.kill()
    world.observer.wait_for_leader(standby.host, after=term.revision)
    created = lambda: [e for e in world.asked_by(standby) if e.method == "POST" and "/images" in e.path]
    world.wait_until_settled()
    assert created() == []
    world.cluster.compact()
    leader.start()
    world.end_well()


def test_etcd_has_slow_disks(world):
    """Each sync of each member's log takes its time, by the kernel's own doing."""
    with contextlib.ExitStack() as stack:
        for member in world.cluster.members.values():
            stack.enter_context(slow_syncs(member, world.directory / f"{member.name}.strace"))
        for number in range(6):
            world.declare(f"image-{number}", tags={"edition": str(number)})
        world.wait_until_settled(CALM_LIMIT)
        term = world.observer.wait_for_leader()
        world.hosts[term.host].kill()
        world.declare("late")
        world.observer.wait_for_leader(world.other(world.hosts[term.host]).host, after=term.revision)
        world.wait_until_settled(CALM_LIMIT)
    world.hosts[term.host].start()
    world.end_well()


@contextlib.contextmanager
def slow_syncs(member, log):
    inject = f"inject=fdatasync,fsync:delay_enter={SLOW_SYNC}"
    tracer = subprocess.Popen(
        ["strace", "-f", "-e", "trace=fdatasync,fsync", "-e", inject, "-o", log, "-p", str(member.process.pid)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: log.exists() and "fdatasync" in log.read_text(), what="syncs are slow")
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(10)


# ---- Commits whose answer is lost: host-a asks by way of a relay on its own loopback


@pytest.fixture
def relayed(make_world):
    """A World in which host-a leads and speaks to one member of etcd through a relay, and the relay."""
    world = make_world()
    world.start(daemons=False)
    relay = relayed_etcd(world, "host-a", "etcd1")
    leader = world.hosts["host-a"]
    leader.configure({"state": {"endpoints": ["http://127.0.0.1:2379"], "ca_file": None}})
    leader.start()
    world.observer.wait_for_leader("host-a")
    world.hosts["host-b"].start()
    yield world, relay
    relay.stop()


def is_commit(entry):
    """A transaction of the record, and not of the election: it sets what the last one's number is."""
    return (
        entry.path == TRANSACTION
        and encoded("/imaged/commit").encode() in entry.body
        and b"put" in entry.body.lower()
    )


def every_third(condition, act):
    """A hook: acts upon the first of each three entries that fit."""
    count = iter(range(1_000_000))

    def hook(entry):
        if condition(entry) and next(count) % 3 == 0:
            act(entry)

    return hook


def cut(entry):
    raise Cut


@pytest.mark.parametrize("stage", ["before", "after"])
def test_a_commit_whose_answer_is_lost_is_done_once(relayed, stage):
    world, relay = relayed
    setattr(relay, stage, every_third(is_commit, cut))
    for number in range(5):
        world.declare(f"image-{number}", tags={"edition": str(number)})
    world.wait_until_settled(CALM_LIMIT)
    world.withdraw("image-0")
    world.wait_until_settled(CALM_LIMIT)
    assert_history_is_told_once(world)
    world.end_well()


def test_a_commit_that_arrives_late_does_not_undo_a_newer_one(relayed):
    """The connection ends, and what was sent is delivered all the same: after the next ones."""
    world, relay = relayed
    late = []

    def delay(entry):
        late.append(entry)
        raise Cut

    relay.before = every_third(is_commit, delay)  # a repetition is not held up for ever
    for number in range(4):
        world.declare(f"image-{number}", tags={"edition": "1"})
    world.wait_until_settled(CALM_LIMIT)
    relay.before = lambda entry: None
    before = records(world)
    assert late
    for entry in late:
        deliver(world, relay, entry)
    assert records(world) == before
    assert_history_is_told_once(world)
    # The other takes over from that record: it makes nothing anew.
    term = world.observer.wait_for_leader()
    killed = world.hosts[term.host]
    killed.kill()
    other = world.other(killed)
    world.observer.wait_for_leader(other.host, after=term.revision)
    world.wait_until_settled()
    assert not [e for e in world.asked_by(other) if e.method == "POST" and e.path.endswith("/images")]
    killed.start()
    world.end_well()


def test_commits_that_nobody_answers_do_not_keep_a_leader(relayed):
    """etcd takes the lease's renewals and holds on to every commit: work waits, and goes on later."""
    world, relay = relayed
    held = threading.Event()
    relay.before = lambda entry: is_commit(entry) and held.wait(CALM_LIMIT)
    world.declare("waits")
    wait_until(lambda: any(is_commit(entry) for entry in relay.journal), what="a commit is held")
    assert not world.sim.images("waits")
    held.set()
    world.wait_until_settled(CALM_LIMIT)
    world.end_well()


def records(world):
    """What etcd has but for the election and what is not of images."""
    keys = world.cluster.keys()
    return {key: value for key, value in keys.items() if "/image/" in key}


def deliver(world, relay, entry):
    connection = Connection(world.network, relay.upstream)
    try:
        connection.request(entry.method, entry.path, entry.body)
        assert connection.getresponse().read()
    finally:
        connection.close()


def assert_history_is_told_once(world):
    leader = world.leader()
    rows = leader.read("/v1/history?limit=1000")["items"]
    keys = [(row["name"], row["time"], row["state"], row["reason"]) for row in rows]
    assert len(keys) == len(set(keys)), sorted(keys)


# ---- TLS, users and client certificates


PASSWORD = 'horse"battery\\staple'  # with what JSON escapes


@pytest.fixture
def secured(make_world, authority, tmp_path):
    """A World whose etcd wants a certificate and a user of each client; its daemons are not started."""
    certificate, key = authority.issue("imaged", common_name=False)
    password_file = tmp_path / "etcd_password"
    password_file.write_text(f"{PASSWORD}\n")
    password_file.chmod(0o600)
    state = {
        "certificate": str(certificate),
        "key": str(key),
        "user": "imaged",
        "password_file": str(password_file),
    }
    # Tokens end soon, so that they have to be renewed.
    options = ("--client-cert-auth", f"--trusted-ca-file={authority.file}", "--bcrypt-cost=4", "--auth-token-ttl=2")
    world = make_world(*options, configuration={"state": state})
    world.start(daemons=False)
    cluster = world.cluster
    cluster.etcdctl("role", "add", "imaged")
    cluster.etcdctl("role", "grant-permission", "imaged", "--prefix=true", "readwrite", "/imaged/")
    for user in ("root", "imaged"):
        cluster.etcdctl("user", "add", "--interactive=false", user, stdin=f"{PASSWORD}\n")
    cluster.etcdctl("user", "grant-role", "root", "root")
    cluster.etcdctl("user", "grant-role", "imaged", "imaged")
    cluster.etcdctl("auth", "enable")
    cluster.password = PASSWORD
    wait_until(lambda: len(cluster.healthy()) == len(ETCD), what="etcd knows users")
    return world


def test_etcd_asks_for_a_certificate_and_a_user(secured, measured):
    world = secured
    for host in world.hosts.values():
        host.start()
    world.declare("one", tags={"edition": "1"})
    world.wait_until_settled()
    # Tokens are in each member's memory: one that is started anew knows none.
    for name in ETCD:
        member = world.cluster.members[name]
        member.stop()
        member.start()
        wait_until(lambda: len(world.cluster.healthy()) == 3, what="etcd is whole again")
    world.declare("two")
    world.wait_until_settled()
    term = world.observer.wait_for_leader()
    killed = now()
    old = world.hosts[term.host]
    old.kill()
    measured("leader killed, etcd with users", world.wait_for_takeover(world.other(old), term, killed))
    old.start()
    world.end_well()
    for host in world.hosts.values():
        assert "battery" not in host.log


@pytest.mark.parametrize("lacks", ["password", "user", "certificate", "rights"])
def test_whom_etcd_refuses_says_so_and_does_not_lead(secured, lacks):
    world = secured
    host = world.hosts["host-a"]
    without = {
        "password": {},
        "user": {"user": None, "password_file": None},
        "certificate": {"certificate": None, "key": None},
        "rights": {"prefix": "/other/"},
    }[lacks]
    if lacks == "password":
        (world.directory / "etcd_password").write_text("wrong\n")
    host.configure({"state": without})
    host.start(ready=False)
    world.declare("one")
    fault = host.wait_until(lambda: host.leadership()["fault"], what="the fault is told")
    assert host.role() != "leader" and "battery" not in fault
    assert world.api.journal == []
    host.stop()
    assert "battery" not in host.log
