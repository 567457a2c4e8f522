# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Two daemons, three members of etcd and a cloud, and what must hold among them whatever happens.

The cloud lets names be taken twice, so that nothing but imaged itself keeps an image from being made a
second time. It is behind a relay, which notes the address of whoever asks.
"""

import collections
import time

from cluster import CLIENT_PORT, Cluster, Observer
from harness import Imaged, Sim, copy_of, merged, tags_of, wait_until
from network import ETCD, HOSTS
from relay import End, Relay

API_PORT = 443
HOST_NAMES = ("host-a", "host-b")
TTL = 3  # seconds
PROMISE = TTL + 1  # seconds until the other leads
SLACK = 4  # seconds: a healthy machine's share of slowness, when it has much else to do
SETTLE_LIMIT = 60
CALM_LIMIT = 100  # an image made and deleted unseen is waited for as long
EARLY = 1.0  # seconds by which the observer may see a term's beginning too late

SCENARIO = {
    "images": [{"id": "ami-0b7df82c", "name": "Debian-12-2026-08-10", "is_public": True}],
    "vms": [{"id": "i-b121616e"}],
    "pending": {"vm": "200ms"},
    "unique_names": False,
}
CONFIGURATION = {
    "ambiguity_window": "3s",
    "installation": "tests",
    "deletion": {"max": 1000},
    "numspot": {"connect_timeout": "2s"},
}


class Host(Imaged):
    """A daemon on its host, with a directory of declarations of its own."""

    def __init__(self, world, name, configuration):
        super().__init__(world.directory / name, world.sim, configuration)
        self.host = name
        self.network = world.network
        self.behind = world.network.command(name)

    def start(self, *arguments, ready=True):
        """Starts it, and waits until it knows whether it leads."""
        super().start(*arguments, ready=False)
        if ready:
            self.wait_until(lambda: self.role() in ("leader", "standby"), what="imaged has a role")
        return self

    def leadership(self):
        return self.status()["leadership"]

    def role(self):
        return self.leadership()["role"]

    def wait_for_role(self, role, limit=30):
        self.wait_until(lambda: self.role() == role, limit, f"{self.host} is {role}")


class World:
    """Everything, on a network that outlives it."""

    def __init__(self, network, authority, directory, *etcd_arguments, configuration=None):
        self.network = network
        self.authority = authority
        self.directory = directory
        self.cluster = Cluster(network, authority, directory, *etcd_arguments)
        self.sim = Sim(directory / "sim", SCENARIO)
        self.api = self.observer = None
        self.wanted = {}
        self.hosts = {}
        self.configuration = merged(CONFIGURATION, configuration or {})

    def start(self, daemons=True):
        self.cluster.start()
        self.observer = Observer(self.cluster)
        self.sim.start()
        address, port = self.sim.url.split("//")[1].split(":")
        context = self.authority.server_context("cloud", HOSTS["cloud"])
        self.api = Relay(
            self.network,
            End(HOSTS["cloud"], API_PORT, "cloud", context),
            End(address, int(port)),
        )
        self.sim.api = f"https://{HOSTS['cloud']}:{API_PORT}"
        for name in HOST_NAMES:
            self.hosts[name] = Host(self, name, self.host_configuration(name))
        if daemons:
            self.hosts["host-a"].start()
            self.observer.wait_for_leader("host-a")
            self.hosts["host-b"].start()
        return self

    def host_configuration(self, name):
        state = {
            "backend": "etcd",
            "path": None,
            "endpoints": self.cluster.urls,
            "host": name,
            "ttl": f"{TTL}s",
            "ca_file": str(self.authority.file),
        }
        numspot = {"ca_file": str(self.authority.file)}
        return merged({"state": state, "numspot": numspot}, self.configuration)

    # ---- Who leads

    def leader(self):
        """The host that leads, by what the observer sees."""
        return self.hosts[self.observer.wait_for_leader().host]

    def other(self, host):
        return next(each for each in self.hosts.values() if each is not host)

    def wait_for_takeover(self, by, after, since, limit=PROMISE + SLACK):
        """Waits until `by` leads in a term behind `after`, and tells how many seconds `since` that took."""
        term = self.observer.wait_for_leader(by.host, limit + 20, after.revision)
        took = term.begin - since
        assert took <= limit, f"{by.host} led after {took:.1f} s, promised are {PROMISE} s"
        return took

    # ---- What is declared

    def declare(self, name, file=None, **more):
        """The same file on both hosts, as whatever distributes files would do it."""
        declaration = copy_of(name, **more)
        self.wanted[name] = declaration
        for host in self.hosts.values():
            host.declare(file or f"{name}.yaml", declaration)

    def withdraw(self, name):
        del self.wanted[name]
        for host in self.hosts.values():
            host.withdraw(f"{name}.yaml")

    # ---- What was asked, and by whom

    def asked_by(self, host, since=0.0):
        """The API requests of a host, from a moment on."""
        address = HOSTS[host.host]
        return [each for each in self.api.journal if each.peer == address and each.time >= since]

    def usurpations(self):
        """Requests, reads too, of a host that did not lead when they arrived."""
        terms = self.observer.history()
        ends = [min(term.end, following.begin) for term, following in zip(terms, terms[1:])]
        ends += [term.end for term in terms[-1:]]
        found = []
        for entry in list(self.api.journal):
            host = next(name for name, address in HOSTS.items() if address == entry.peer)
            if not any(
                term.host == host and term.begin - EARLY <= entry.time <= end
                for term, end in zip(terms, ends)
            ):
                found.append((host, entry))
        return found

    # ---- What must hold

    def assert_nobody_usurped(self):
        found = self.usurpations()
        shown = [(host, e.method, e.path, f"{e.time:.3f}") for host, e in found[:10]]
        assert not found, f"{len(found)} requests of who did not lead: {shown}; {self.observer.history()}"

    def assert_once(self):
        """No image is there twice."""
        counts = collections.Counter(image["name"] for image in self.sim.images())
        twice = [name for name, count in counts.items() if count > 1]
        assert not twice, f"more than once in the cloud: {twice}"

    def as_declared(self):
        """The cloud has each declared image once, as declared, and no other of ours."""
        images = [each for each in self.sim.images() if each["id"] != "ami-0b7df82c"]
        names = sorted(image["name"] for image in images)
        assert names == sorted(self.wanted), f"{names} instead of {sorted(self.wanted)}"
        for image in images:
            wanted = self.wanted[image["name"]].get("tags", {})
            assert image["state"] == "available", image
            assert tags_of(image).items() >= {**wanted, "imaged.owner": "tests"}.items(), image
        return True

    def settled(self):
        """The leader calls everything available, and so it is."""
        counts = self.leader().status()["images"]
        assert counts["total"] == counts["available"] == len(self.wanted), counts
        return self.as_declared()

    def wait_until_settled(self, limit=SETTLE_LIMIT):
        wait_until(self.settled, limit, "the cloud equals the directory")

    def end_well(self, limit=CALM_LIMIT):
        """In calm weather and with everybody in reach all becomes as declared; nobody did what he must not."""
        self.sim.faults()
        self.network.heal()
        self.wait_until_settled(limit)
        self.assert_once()
        self.assert_nobody_usurped()

    def programs(self):
        return [self.sim, *self.cluster.members.values(), *self.hosts.values()]

    def finish(self):
        """Ends everything; an AssertionError when a daemon did not end well."""
        self.network.heal()
        complaints = []
        for each in self.hosts.values():
            try:
                each.finish()
            except AssertionError as error:
                complaints.append(str(error))
        if self.observer is not None:
            self.observer.stop()
        self.cluster.finish()
        if self.api is not None:
            self.api.stop()
        self.sim.finish()
        assert not complaints, "; ".join(complaints)


def relayed_etcd(world, name, member):
    """A relay on a host's loopback, in the clear, to one member of etcd: a place to lose answers at."""
    context = world.authority.client_context("relay")
    return Relay(
        world.network,
        End("127.0.0.1", CLIENT_PORT, name),
        End(HOSTS[member], CLIENT_PORT, name, context),
    )


def now():
    return time.monotonic()


__all__ = ["ETCD", "PROMISE", "SLACK", "TTL", "World", "now", "relayed_etcd"]
