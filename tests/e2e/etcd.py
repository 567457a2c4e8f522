# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""A real etcd on loopback, for tests to start, stop and look into."""

import base64
import json
import signal
import ssl
import subprocess
import urllib.request

import harness


def _encode(text):
    return base64.b64encode(text.encode()).decode()


def _decode(text):
    return base64.b64decode(text).decode()


class Etcd:
    """One member that is a cluster of its own, with its data in a private directory."""

    name = "etcd"

    def __init__(self, directory, secure=None):
        """`secure`: a directory with ca.pem, client.pem and client.key, where arguments ask for TLS."""
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.log_path = directory / "etcd.log"
        self.log_path.touch()
        self.client_port = harness.free_port()
        self.peer_port = harness.free_port()
        self.url = f"http{'s' if secure else ''}://127.0.0.1:{self.client_port}"
        self.tls = None
        if secure:
            self.tls = ssl.create_default_context(cafile=str(secure / "ca.pem"))
            self.tls.load_cert_chain(str(secure / "client.pem"), str(secure / "client.key"))
        self.arguments = []
        self.process = None

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def start(self):
        peer = f"http://127.0.0.1:{self.peer_port}"
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                ["etcd", "--name", "one", "--data-dir", str(self.directory / "data"),
                 "--listen-client-urls", self.url, "--advertise-client-urls", self.url,
                 "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                 "--initial-cluster", f"one={peer}", "--heartbeat-interval", "50",
                 "--election-timeout", "250", "--unsafe-no-fsync", "--logger", "zap",
                 "--log-level", "warn", *self.arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=self.directory,
            )  # fmt: skip
        harness.wait_until(self.is_healthy, what="etcd is healthy")
        return self

    def is_healthy(self):
        with urllib.request.urlopen(f"{self.url}/health", timeout=2, context=self.tls) as answer:
            return json.load(answer)["health"] == "true"

    def ask(self, path, body):
        """Asks through the gateway, as imaged does."""
        request = urllib.request.Request(f"{self.url}/v3/{path}", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10, context=self.tls) as answer:
            return json.load(answer)

    def keys(self, prefix="/imaged/"):
        """All keys below the prefix, with their values."""
        answer = self.ask(
            "kv/range", {"key": _encode(prefix), "range_end": _encode(prefix[:-1] + "0")}
        )
        return {
            _decode(each["key"]): _decode(each.get("value", "")) for each in answer.get("kvs", [])
        }

    def put(self, key, value):
        self.ask("kv/put", {"key": _encode(key), "value": _encode(value)})

    def delete(self, key):
        self.ask("kv/deleterange", {"key": _encode(key)})

    def compact(self):
        """Forgets all revisions but the newest."""
        revision = self.ask("kv/range", {"key": _encode("/")})["header"]["revision"]
        self.ask("kv/compaction", {"revision": revision, "physical": True})

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait(harness.STOP_LIMIT)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def finish(self):
        if self.running:
            self.stop()
