# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Three real members of etcd, each on its host, and somebody who watches who leads."""

import base64
import contextlib
import dataclasses
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from harness import STOP_LIMIT, Program, wait_until
from network import ETCD, HOSTS
from relay import Connection, End

CLIENT_PORT = 2379
PEER_PORT = 2380
# Quick elections, so that the least time to live of a lease is a second.
TIMING = ("--heartbeat-interval=50", "--election-timeout=500")
PREFIX = "/imaged/"
LEADER = f"{PREFIX}leader"
START_LIMIT = 40


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def decoded(text):
    return base64.b64decode(text or "").decode()


class Member(Program):
    """One member. Its disk is memory where there is some, since three members share this machine's."""

    def __init__(self, network, authority, name, directory, data, arguments):
        super().__init__("etcd", directory)
        self.name = name
        self.log_path = self.directory / f"{name}.log"
        self.log_path.touch()
        self.network = network
        self.url = f"https://{HOSTS[name]}:{CLIENT_PORT}"
        certificate, key = authority.issue(name, HOSTS[name], "127.0.0.1")
        peers = ",".join(f"{each}=https://{HOSTS[each]}:{PEER_PORT}" for each in ETCD)
        self.arguments = [
            f"--name={name}",
            f"--data-dir={data / name}",
            f"--listen-client-urls={self.url}",
            f"--advertise-client-urls={self.url}",
            f"--listen-peer-urls=https://{HOSTS[name]}:{PEER_PORT}",
            f"--initial-advertise-peer-urls=https://{HOSTS[name]}:{PEER_PORT}",
            f"--initial-cluster={peers}",
            f"--cert-file={certificate}",
            f"--key-file={key}",
            f"--peer-cert-file={certificate}",
            f"--peer-key-file={key}",
            f"--peer-trusted-ca-file={authority.file}",
            "--peer-client-cert-auth",
            *TIMING,
            *arguments,
        ]

    def start(self):
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.network.command(self.name), "etcd", *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=self.directory,
            )
        return self

    def stop(self, limit=STOP_LIMIT):
        """Ends it in good order; etcd then ends itself by the signal."""
        self.signal(signal.SIGTERM)
        assert self.wait_for_end(limit) == -signal.SIGTERM

    def finish(self):
        if self.running:
            self.kill()


class Cluster:
    """The members. Asked from the observer's host, whom nobody cuts off."""

    def __init__(self, network, authority, directory, *arguments):
        self.network = network
        self.authority = authority
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.data = Path(tempfile.mkdtemp(prefix="imaged-ha-", dir=memory))
        self.members = {
            name: Member(network, authority, name, directory / name, self.data, arguments)
            for name in ETCD
        }
        self.urls = [member.url for member in self.members.values()]
        self.context = authority.client_context("observer")
        self.password = None  # of the user root, once etcd asks for users

    def start(self):
        for member in self.members.values():
            member.start()
        wait_until(lambda: len(self.healthy()) == len(ETCD), START_LIMIT, "etcd is healthy")
        return self

    def healthy(self):
        """The members that answer for a majority."""

        def is_healthy(name):
            try:
                return bool(self.ask(name, "kv/range", {"key": encoded("/")}, limit=2))
            except (AssertionError, OSError):
                return False

        return [name for name in ETCD if self.members[name].running and is_healthy(name)]

    def one_healthy(self):
        healthy = self.healthy()
        assert healthy, "no member of etcd has a leader"
        return healthy[0]

    def connection(self, name, limit=10):
        end = End(HOSTS[name], CLIENT_PORT, "observer", self.context)
        connection = Connection(self.network, end)
        connection.timeout = limit
        return connection

    def ask(self, name, path, body, limit=10):
        """One call of the JSON gateway of a member."""
        connection = self.connection(name, limit)
        try:
            connection.request("POST", f"/v3/{path}", json.dumps(body), self.headers(name, path))
            answer = connection.getresponse()
            text = answer.read().decode()
            assert answer.status == 200, f"{name}: {path}: {answer.status} {text}"
            return json.loads(text)
        finally:
            connection.close()

    def headers(self, name, path):
        """What a call needs beside its body: a token, where etcd asks for users."""
        if self.password is None or path == "auth/authenticate":
            return {}
        user = {"name": "root", "password": self.password}
        return {"Authorization": self.ask(name, "auth/authenticate", user)["token"]}

    def leading_member(self):
        """The name of the member that leads the others, not of imaged's leader."""
        healthy = self.one_healthy()
        status = self.ask(healthy, "maintenance/status", {})
        members = self.ask(healthy, "cluster/member/list", {})["members"]
        return next(each["name"] for each in members if each["ID"] == status["leader"])

    def following_members(self):
        leader = self.leading_member()
        return [name for name in ETCD if name != leader]

    def keys(self, prefix=PREFIX):
        """All keys with this prefix, and their values."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        body = {"key": encoded(prefix), "range_end": encoded(end)}
        answer = self.ask(self.one_healthy(), "kv/range", body)
        return {decoded(each["key"]): decoded(each.get("value")) for each in answer.get("kvs", [])}

    def revision(self):
        answer = self.ask(self.one_healthy(), "kv/range", {"key": encoded("/")})
        return int(answer["header"]["revision"])

    def compact(self):
        """Forgets all revisions but the present one."""
        body = {"revision": str(self.revision()), "physical": True}
        self.ask(self.one_healthy(), "kv/compaction", body)

    def delete(self, key):
        self.ask(self.one_healthy(), "kv/deleterange", {"key": encoded(key)})

    def etcdctl(self, *arguments, stdin=None):
        """The real client, as the user root with a certificate."""
        certificate, key = self.authority.issue("root")
        result = subprocess.run(
            [
                *self.network.command("observer"),
                "etcdctl",
                f"--endpoints={','.join(self.urls)}",
                f"--cacert={self.authority.file}",
                f"--cert={certificate}",
                f"--key={key}",
                *arguments,
            ],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=30,
            env={"PATH": os.environ["PATH"], "ETCDCTL_API": "3"},
            check=False,
        )
        assert result.returncode == 0, f"etcdctl {arguments}: {result.stderr}"
        return result.stdout

    def finish(self):
        for member in self.members.values():
            if member.running:
                member.signal(signal.SIGCONT)
            member.finish()
        shutil.rmtree(self.data, ignore_errors=True)


@dataclasses.dataclass
class Term:
    """From the observer's seeing a leader's key to its seeing it gone."""

    host: str
    revision: int  # in which the key was made
    begin: float  # by time.monotonic()
    end: float = float("inf")


class Observer:
    """Watches the leader's key on all members, since one may be cut off or stopped, and keeps the terms."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.terms = {}  # by revision
        self.sockets = []
        self.lock = threading.Lock()
        self.stopping = False
        self.seen = 0
        for name in ETCD:
            threading.Thread(target=self._follow, args=(name,), daemon=True).start()

    def _follow(self, name):
        while not self.stopping:
            try:
                self._watch(name)
            except (OSError, ValueError, AttributeError, AssertionError, http.client.HTTPException):
                time.sleep(0.05)  # the pace of attempts at a member that is away

    def _watch(self, name):
        connection = self.cluster.connection(name, limit=None)
        request = {"key": encoded(LEADER), "start_revision": str(self.seen + 1)}
        headers = self.cluster.headers(name, "watch")
        connection.request("POST", "/v3/watch", json.dumps({"create_request": request}), headers)
        self.sockets.append(connection.sock)
        answer = connection.getresponse()
        while line := answer.readline():
            result = json.loads(line).get("result", {})
            if "compact_revision" in result:
                with self.lock:
                    self.seen = max(self.seen, int(result["compact_revision"]) - 1)
                return
            for event in result.get("events", []):
                self._note(event, time.monotonic())

    def _note(self, event, now):
        pair = event["kv"]
        revision = int(pair["mod_revision"])
        with self.lock:
            self.seen = max(self.seen, revision)
            if event.get("type") == "DELETE":
                for term in self.terms.values():
                    if term.revision < revision:
                        term.end = min(term.end, now)
            elif pair["create_revision"] == pair["mod_revision"] and revision not in self.terms:
                host = json.loads(decoded(pair["value"]))["host"]
                self.terms[revision] = Term(host, revision, now)

    def history(self):
        """The terms so far, in order."""
        with self.lock:
            return [self.terms[revision] for revision in sorted(self.terms)]

    def leader(self):
        """Who leads now, as far as is seen; None for nobody."""
        terms = self.history()
        return terms[-1].host if terms and terms[-1].end == float("inf") else None

    def wait_for_leader(self, host=None, limit=30, after=0):
        """Waits until this host, or anybody, leads in a term made behind this revision; the term."""

        def leads():
            terms = self.history()
            assert terms, "nobody has led"
            term = terms[-1]
            assert term.end == float("inf") and term.revision > after, terms
            assert host in (None, term.host), terms
            return term

        return wait_until(leads, limit, f"{host or 'somebody'} leads")

    def stop(self):
        self.stopping = True
        for each in self.sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
