# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Several daemons that share a record in a real etcd: one leads, the others stand by."""

import json
import signal

import pytest

import harness
from etcd import Etcd
from harness import copy_of, wait_until

TTL = 2  # seconds
TAKEOVER = TTL + 1


@pytest.fixture
def etcd(programs, tmp_path):
    etcd = Etcd(tmp_path / "etcd")
    programs.append(etcd)
    return etcd.start()


@pytest.fixture
def make_host(make_imaged, sim, etcd):
    """make_host("a"): a daemon on a host of that name, with the declarations of all hosts."""

    def make(name, **state):
        return make_imaged(
            sim,
            {
                "state": {
                    "backend": "etcd",
                    "path": None,
                    "endpoints": [etcd.url],
                    "ttl": f"{TTL}s",
                    "host": name,
                    **state,
                }
            },
        )

    return make


def leadership(host):
    return host.status()["leadership"]


def wait_until_leads(host, limit=harness.LIMIT):
    host.wait_until(
        lambda: leadership(host)["role"] == "leader" and host.status()["ready"],
        limit,
        "it leads",
    )


def wait_until_stands_by(host, leader=None):
    def stands_by():
        seen = leadership(host)
        return seen["role"] == "standby" and (leader is None or seen["leader"] == leader)

    host.wait_until(stands_by, what="it stands by")


@pytest.fixture
def pair(make_host):
    """Two hosts: the first leads, the second stands by. Both have the same declarations."""
    first, second = make_host("first"), make_host("second")
    for host in (first, second):
        host.declare("web.yaml", copy_of("web"))
    first.start()
    wait_until_leads(first)
    second.start()
    wait_until_stands_by(second, "first")
    return first, second


def test_a_single_host_leads_and_keeps_its_record_in_etcd(make_host, etcd, sim):
    host = make_host("only")
    host.declare("web.yaml", copy_of("web"))
    host.start()
    host.wait_for_all(1)

    def stored():
        record = json.loads(etcd.keys()["/imaged/image/web"])
        return record["state"] == "available" and record

    record = wait_until(stored, what="the record is stored")
    assert record["image_id"] == sim.image("web")["id"]
    keys = etcd.keys()
    assert json.loads(keys["/imaged/leader"])["host"] == "only"
    assert any(key.startswith("/imaged/history/web/") for key in keys)
    assert ("available", "InSync") in host.history("web")
    assert host.status()["record"]["path"] == "etcd:/imaged/"
    seen = leadership(host)
    assert (seen["role"], seen["host"], seen["leader"]) == ("leader", "only", "only")
    host.restart()
    wait_until_leads(host)
    host.wait_for_all(1)
    assert len(sim.images("web")) == 1
    assert len([each for each in sim.writes() if each["path"].endswith("/images")]) == 1


def test_the_second_stands_by_and_says_who_leads(pair):
    first, second = pair
    first.wait_for_all(1)
    assert second.status()["ready"]
    status, problem = second.call("POST", "/v1/retry")
    assert status == 503 and "first leads" in problem["detail"]
    status, problem = second.call("GET", "/v1/images/web/history")
    assert status == 503 and "first leads" in problem["detail"]
    assert second.images() == {}


def test_a_stopping_leader_hands_over_at_once(pair, etcd):
    first, second = pair
    first.wait_for_all(1)
    before = json.loads(etcd.keys()["/imaged/leader"])
    assert before["host"] == "first"
    first.stop()
    wait_until_leads(second)
    second.wait_for_all(1)
    assert len(second.sim.images("web")) == 1


def test_a_killed_leader_is_followed_within_its_lease_and_a_second(pair):
    first, second = pair
    first.wait_for_all(1)
    first.kill()
    wait_until_leads(second)
    second.wait_for_all(1)
    second.declare("more.yaml", copy_of("more"))
    second.wait_for_all(2)
    assert len(second.sim.images("web")) == 1


def test_a_leader_that_was_stopped_writes_nothing_when_it_goes_on(pair):
    first, second = pair
    sim = first.sim
    first.wait_for_all(1)
    first.signal(signal.SIGSTOP)
    wait_until_leads(second)
    second.wait_for_all(1)
    second.declare("late.yaml", copy_of("late"))
    second.wait_for_all(2)
    # What the stopped one is woken by: a file that it would make an image of.
    first.declare("stray.yaml", copy_of("stray"))
    seen = len(sim.writes())
    first.signal(signal.SIGCONT)
    first.wait_for_log("first no longer leads")
    wait_until_stands_by(first, "second")
    assert not sim.images("stray")
    assert len(sim.writes()) == seen


def test_a_leader_without_etcd_asks_nothing_of_the_cloud(pair, etcd, sim):
    first, second = pair
    first.wait_for_all(1)
    etcd.signal(signal.SIGSTOP)
    first.wait_for_log("first no longer leads")
    seen = len(sim.requests())
    first.declare("more.yaml", copy_of("more"))
    second.declare("more.yaml", copy_of("more"))
    first.wait_for_log(r"etcd cannot be asked|no longer leads")
    assert len(sim.requests()) == seen
    assert leadership(first)["role"] == "standby"
    etcd.signal(signal.SIGCONT)
    leader = wait_until(
        lambda: next((h for h in pair if leadership(h)["role"] == "leader"), None),
        what="one leads again",
    )
    leader.wait_for_all(2)
    assert len(sim.images("more")) == 1
    assert len(sim.images("web")) == 1


def test_etcd_compacted_and_restarted_goes_unnoticed(pair, etcd):
    first, second = pair
    first.wait_for_all(1)
    etcd.compact()
    etcd.stop()
    etcd.start()
    first.declare("more.yaml", copy_of("more"))
    first.wait_for_all(2)
    etcd.compact()
    first.stop()
    second.declare("more.yaml", copy_of("more"))
    wait_until_leads(second)
    second.wait_for_all(2)


def test_a_removed_leaders_key_ends_the_term(pair, etcd, sim):
    first, second = pair
    first.wait_for_all(1)
    etcd.delete("/imaged/leader")
    first.wait_for_log("first no longer leads")
    leader = wait_until(
        lambda: next((h for h in pair if leadership(h)["role"] == "leader"), None),
        what="one leads again",
    )
    leader.wait_for_all(1)
    assert len(sim.images("web")) == 1


@pytest.mark.parametrize(
    "value, said",
    [
        ("no JSON", "no JSON object"),
        ('{"name": "web", "state": "never"}', "state"),
        ('{"name": "other"}', "holds the record of image 'other'"),
        ('{"name": "web", "invented": 1}', "does not know"),
    ],
)
def test_a_damaged_record_is_refused(make_host, etcd, sim, value, said):
    etcd.put("/imaged/format", "1")
    etcd.put("/imaged/image/web", value)
    host = make_host("only")
    host.start(ready=False)
    assert host.wait_for_end() == 1
    assert said in host.log and "/imaged/image/web" in host.log
    assert not sim.writes()


def test_a_newer_format_is_refused(make_host, etcd):
    etcd.put("/imaged/format", "2")
    host = make_host("only")
    host.start(ready=False)
    assert host.wait_for_end() == 1
    assert "use a newer one" in host.log


def test_once_works_with_the_lead_and_not_without(make_host):
    host = make_host("only")
    host.declare("web.yaml", copy_of("web"))
    result = host.run("--once")
    assert result.returncode == 0, result.stderr
    host.start()
    wait_until_leads(host)
    other = make_host("other")
    result = other.run("--once")
    assert result.returncode == 1
    assert "only leads" in result.stderr


def test_a_start_without_etcd_waits_for_it(make_host, etcd):
    etcd.kill()
    host = make_host("only")
    host.declare("web.yaml", copy_of("web"))
    host.start(ready=False)
    host.wait_for_log("etcd cannot be asked")
    assert leadership(host)["fault"]
    etcd.start()
    host.wait_for_all(1)
    host.wait_for_log("etcd answers again")


def test_the_record_moves_both_ways(make_imaged, make_host, etcd, sim):
    alone = make_imaged(sim)
    for file, name in (("web.yaml", "web"), ("odd.yaml", "a b-(c)")):
        alone.declare(file, copy_of(name))
    alone.start()
    alone.wait_for_all(2)
    history = alone.history("web")
    place = f"sqlite:{alone.record}"
    host = make_host("only")
    host.configure({"declarations": {"directory": str(alone.declarations)}})

    result = host.run("--migrate-state", place, "etcd:")
    assert result.returncode == 1 and "use" in result.stderr, result.stderr
    alone.stop()
    result = host.run("--migrate-state", place, "etcd:")
    assert result.returncode == 0, result.stderr
    assert "2 images" in result.stderr
    result = host.run("--migrate-state", place, "etcd:")
    assert result.returncode == 1 and "has a record already" in result.stderr

    before = len(sim.writes())
    host.start()
    wait_until_leads(host)
    host.wait_for_all(2)
    assert len(sim.writes()) == before
    assert host.history("web")[: len(history)] == history
    back = host.directory / "back.db"
    result = host.run("--migrate-state", "etcd:", f"sqlite:{back}")
    assert result.returncode == 1 and "only leads" in result.stderr
    rows = host.history("web")
    records = records_below(etcd, "/imaged/")
    host.stop()
    result = host.run("--migrate-state", "etcd:/imaged/", f"sqlite:{back}")
    assert result.returncode == 0, result.stderr

    result = host.run("--migrate-state", f"sqlite:{back}", "etcd:/again/")
    assert result.returncode == 0, result.stderr
    assert records_below(etcd, "/again/") == records
    alone.configure({"state": {"path": str(back)}})
    alone.start()
    alone.wait_for_all(2)
    assert alone.history("web")[: len(rows)] == rows
    assert len(sim.writes()) == before


def records_below(etcd, prefix):
    return {
        key.removeprefix(prefix): json.loads(value)
        for key, value in etcd.keys(prefix).items()
        if key.startswith(f"{prefix}image/")
    }


@pytest.mark.parametrize(
    "places, said",
    [
        (["sqlite:/nowhere/state.db", "etcd:"], "no record at"),
        (["mysql:x", "etcd:"], "no place of a record"),
        (["etcd:x", "etcd:"], "begins and ends with"),
        (["etcd:", "etcd:"], "both places"),
        (["etcd:"], "needs two places"),
    ],
)
def test_places_that_are_none(make_host, places, said):
    result = make_host("only").run("--migrate-state", *places)
    assert result.returncode == 1
    assert said in result.stderr


def test_many_images_go_in_several_transactions(make_host, etcd):
    host = make_host("only")
    host.declare("many.yaml", [copy_of(f"image-{i}") for i in range(300)])
    host.start()
    host.wait_for_all(300, limit=60)
    host.restart()
    wait_until_leads(host)
    assert len(host.images()) == 300
