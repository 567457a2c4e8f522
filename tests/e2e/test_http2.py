# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""An API behind a real HTTP/2 server (nghttpx): reads share a connection, writes each have one of HTTP/1.1."""

import os
import shutil
import socket
import ssl
import subprocess

import pytest

import harness
from harness import copy_of, wait_until

# What nghttpx writes of each request.
LOG_FORMAT = "$method $path_without_query $alpn $remote_port $status"


class Gateway:
    """nghttpx on a port of its own, with TLS, in front of a cloud."""

    def __init__(self, directory, sim):
        self.directory = directory
        self.certificate = directory / "gateway.pem"
        self._key = directory / "gateway.key"
        self._log = directory / "access.log"
        self._make_certificate()
        self._backend = sim.url.split("//")[1].replace(":", ",")
        self.port = harness.free_port()
        self._process = None

    def start(self):
        """Starts it, and waits until it answers; again after stop() as well."""
        # Debian has it where only root looks.
        nghttpx = shutil.which("nghttpx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert nghttpx, "nghttpx is missing (Debian: apt install nghttp2-proxy)"
        self._process = subprocess.Popen(
            [nghttpx, f"--frontend=127.0.0.1,{self.port}", f"--backend={self._backend}", "--workers=1",
             "--conf=/dev/null", f"--accesslog-file={self._log}", f"--accesslog-format={LOG_FORMAT}",
             f"--errorlog-file={self.directory / 'error.log'}", self._key, self.certificate],
        )  # fmt: skip
        wait_until(self.protocol, what="nghttpx speaks TLS")

    def _make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self._key, "-out", self.certificate],
            check=True, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def protocol(self):
        """What it agrees upon with a client that would rather have HTTP/2."""
        context = ssl.create_default_context(cafile=self.certificate)
        context.set_alpn_protocols(["h2", "http/1.1"])
        with socket.create_connection(("127.0.0.1", self.port)) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as secured:
                return secured.selected_alpn_protocol()

    @property
    def requests(self):
        """(method, path, protocol, the client's port, status) of each request that was answered."""
        return [tuple(line.split()) for line in self._log.read_text().splitlines()]

    def stop(self):
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def gateway(tmp_path, sim):
    gateway = Gateway(tmp_path, sim)
    gateway.start()
    yield gateway
    gateway.stop()


def behind(gateway):
    """The configuration of a daemon that finds the API there."""
    return {"numspot": {"host": f"https://127.0.0.1:{gateway.port}", "ca_file": str(gateway.certificate)}}


def test_reads_share_one_http2_connection_and_each_creation_has_its_own(gateway, make_imaged, sim):
    assert gateway.protocol() == "h2"
    imaged = make_imaged(sim, behind(gateway))
    names = [f"web-{number}" for number in range(5)]
    for name in names:
        imaged.declare(f"{name}.yaml", copy_of(name, access={"is_public": False}, tags={"Name": name}))
    imaged.start()
    imaged.wait_for_all(len(names))
    sim.wait_for_lists(3)
    seen = gateway.requests
    reads = [each for each in seen if each[0] == "GET"]
    writes = [each for each in seen if each[0] != "GET"]
    assert {each[2] for each in reads} == {"h2"} and len(reads) >= 3
    assert len({each[3] for each in reads}) == 1
    assert {each[2] for each in writes} == {"http/1.1"}
    creations = [each for each in writes if each[0] == "POST" and each[1].endswith("/images")]
    assert len(creations) == len({each[3] for each in creations}) == len(names)
    assert {each[4] for each in seen} <= {"200", "201", "204"}


def test_a_gateway_that_goes_away_is_no_failure_of_images(gateway, make_imaged, sim):
    imaged = make_imaged(sim, behind(gateway))
    imaged.declare("web.yaml", copy_of("web"))
    imaged.start()
    imaged.wait_for_all(1)
    gateway.stop()
    wait_until(lambda: imaged.status()["api"]["fault"], what="a fault of the API")
    assert imaged.image("web")["state"] == "available"
    gateway.start()
    wait_until(lambda: imaged.status()["api"]["fault"] is None, what="the API is well again")
    imaged.declare("other.yaml", copy_of("other"))
    imaged.wait_for_all(2)
    assert {each[2] for each in gateway.requests if each[0] == "GET"} == {"h2"}
