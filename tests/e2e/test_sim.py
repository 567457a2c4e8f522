# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""numspot-sim as a program: what only shows over a socket. What it answers is the unit tests' affair."""

import base64
import concurrent.futures
import json
import re
import signal
import socket
import subprocess
import time

import pytest
import requests

import harness

SPACE = f"/compute/spaces/{harness.SPACE_ID}"
COPY = {
    "name": "copied",
    "sourceImageId": "ami-0b7df82c",
    "sourceRegionName": "cloudgouv-eu-west-1",
}


class Client:
    """Someone with a token."""

    def __init__(self, sim):
        self.url = sim.url
        self.session = requests.Session()
        answer = self.session.post(
            f"{sim.url}/iam/token",
            auth=tuple(harness.CREDENTIALS.values()),
            data={"grant_type": "client_credentials", **harness.CREDENTIALS},
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {self.token}"

    def ask(self, method, path, **arguments):
        return self.session.request(method, f"{self.url}{SPACE}{path}", timeout=10, **arguments)


@pytest.fixture
def client(sim):
    return Client(sim)


class Wire:
    """A connection, to see what a library would hide."""

    def __init__(self, sim, token):
        host, port = sim.url.split("//")[1].split(":")
        self.host = f"{host}:{port}"
        self.token = token
        self.socket = socket.create_connection((host, int(port)), timeout=10)

    def send(self, method, path, body=None, headers=""):
        payload = json.dumps(body).encode() if body is not None else b""
        head = (
            f"{method} {SPACE}{path} HTTP/1.1\r\nHost: {self.host}\r\n"
            f"Authorization: Bearer {self.token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(payload)}\r\n{headers}\r\n"
        )
        self.socket.sendall(head.encode() + payload)

    def read_answer(self):
        """The status, the headers and the body of one answer; the connection stays open."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.socket.recv(65536)
            assert piece, f"closed after {data!r}"
            data += piece
        head, body = data.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        while len(body) < int(headers.get("content-length", 0)):
            piece = self.socket.recv(65536)
            if not piece:
                break
            body += piece
        return int(lines[0].split()[1]), headers, body

    def read_to_end(self):
        """All that comes until the connection is closed, in whatever way."""
        data = b""
        try:
            while piece := self.socket.recv(65536):
                data += piece
        except ConnectionResetError:
            pass
        return data


@pytest.fixture
def wire(sim, client):
    opened = Wire(sim, client.token)
    yield opened
    opened.socket.close()


def test_an_image_lives(sim, client):
    answer = client.ask("POST", "/images", json=COPY)
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    identifier = answer.json()["id"]
    tags = {"resourceIds": [identifier], "tags": [{"key": "Name", "value": "My Image"}]}
    answer = client.ask("PATCH", "/bulk/tags", json=tags)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    change = {"accessCreation": {"removals": {"isPublic": True}}}
    assert client.ask("PUT", f"/images/{identifier}", json=change).json()["access"] == {
        "isPublic": False
    }
    found = client.ask("GET", "/images", params={"tags": "Name=My Image", "ids": [identifier, "x"]})
    assert [image["id"] for image in found.json()["items"]] == [identifier]
    assert found.headers["Cache-Control"] == "public, max-age=300"
    assert sim.image("copied")["tags"] == tags["tags"]
    assert client.ask("DELETE", "/bulk/tags", json=tags).status_code == 204
    assert client.ask("DELETE", f"/images/{identifier}").status_code == 204
    assert client.ask("GET", f"/images/{identifier}").status_code == 404
    assert not sim.images("copied")
    assert [(each["method"], each["status"]) for each in sim.writes()] == [
        ("POST", 201),
        ("PATCH", 204),
        ("PUT", 200),
        ("DELETE", 204),
        ("DELETE", 204),
    ]


def test_a_vm_s_image_becomes_available_in_time(make_sim, scenario):
    sim = make_sim({**scenario, "pending": {"vm": "200ms"}})
    client = Client(sim)
    answer = client.ask("POST", "/images", json={"name": "from-vm", "vmId": "i-b121616e"})
    assert answer.json()["state"] == "pending"
    path = f"/images/{answer.json()['id']}"
    harness.wait_until(lambda: client.ask("GET", path).json()["state"] == "available")


def test_the_clock_moves_on_request(sim, client):
    client.ask("POST", "/images", json={"name": "from-vm", "vmId": "i-b121616e"})
    sim.advance("59m")
    assert sim.image("from-vm")["state"] == "available"
    assert client.ask("GET", "/images").status_code == 200
    sim.advance("1m")
    assert client.ask("GET", "/images").status_code == 401


@pytest.mark.parametrize("action, made", [("close_before", 0), ("close_after", 1)])
def test_a_kept_connection_is_closed_without_a_byte(sim, wire, action, made):
    wire.send("GET", "/images")
    assert wire.read_answer()[0] == 200
    sim.fault("POST", "/images", action)
    wire.send("POST", "/images", COPY)
    assert wire.read_to_end() == b""
    assert len(sim.images("copied")) == made
    assert sim.requests("POST", "/images")[0]["status"] == 0


def test_a_closed_connection_can_be_a_late_one(sim, wire):
    sim.fault("POST", "/images", {"close_after": True, "delay": "200ms"})
    start = time.monotonic()
    wire.send("POST", "/images", COPY)
    harness.wait_until(lambda: sim.images("copied"), what="it is done before it is lost")
    assert wire.read_to_end() == b""
    assert time.monotonic() - start >= 0.2


def test_a_truncated_answer_declares_its_whole_length(sim, wire):
    sim.fault("POST", "/images", "truncate")
    wire.send("POST", "/images", COPY)
    status, headers, body = wire.read_answer()
    assert status == 201
    assert len(body) == int(headers["content-length"]) // 2
    assert sim.image("copied")


def test_a_delayed_answer_keeps_nobody_else_waiting(sim, client):
    sim.fault("GET", "/images", {"delay": "1s"})
    with concurrent.futures.ThreadPoolExecutor() as pool:
        start = time.monotonic()
        delayed = pool.submit(requests.get, f"{sim.url}{SPACE}/images", timeout=10,
                              headers={"Authorization": f"Bearer {client.token}"})
        harness.wait_until(lambda: sim.requests("GET", "/images"))
        for _ in range(20):
            assert client.ask("GET", "/images/ami-0b7df82c").status_code == 200
        assert not delayed.done()
        assert delayed.result().status_code == 200
        assert time.monotonic() - start >= 1


def test_statuses_headers_and_bodies_are_made_up(sim, client):
    sim.fault("GET", "/images", {"status": 503, "headers": {"Retry-After": "120"}, "body": "<p>no"})
    answer = client.ask("GET", "/images")
    assert (answer.status_code, answer.text) == (503, "<p>no")
    assert answer.headers["Retry-After"] == "120"


def test_a_late_creation_comes_by_itself(sim, client):
    sim.fault("POST", "/images", {"late": "200ms"})
    answer = client.ask("POST", "/images", json=COPY)
    assert answer.status_code == 504
    assert "html" in answer.headers["Content-Type"]
    harness.wait_until(lambda: sim.images("copied"))


def test_many_connections_stay_open(sim, client):
    wires = [Wire(sim, client.token) for _ in range(300)]
    for _ in range(3):
        for each in wires:
            each.send("GET", "/images/ami-0b7df82c")
        assert all(each.read_answer()[0] == 200 for each in wires)
    for each in wires:
        each.socket.close()
    assert client.ask("GET", "/images").status_code == 200


def test_requests_come_in_pieces(wire):
    text = (
        f"GET {SPACE}/images/ami-0b7df82c HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {wire.token}\r\n\r\n"
    )
    for character in text:
        wire.socket.sendall(character.encode())
    assert wire.read_answer()[0] == 200


def test_bodies_come_in_chunks(sim, wire):
    body = '{"resourceIds":["i-b121616e"],"tags":[{"key":"a","value":"b"}]}'
    chunks = [body[i : i + 7] for i in range(0, len(body), 7)] + [""]
    wire.socket.sendall(
        f"PATCH {SPACE}/bulk/tags HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        f"Content-Type: application/json\r\nAuthorization: Bearer {wire.token}\r\n\r\n".encode()
    )
    for chunk in chunks:
        wire.socket.sendall(f"{len(chunk):x}\r\n{chunk}\r\n".encode())
    assert wire.read_answer()[0] == 204
    assert sim.requests("PATCH")[0]["body"] == json.loads(body)


def test_requests_come_several_at_once(wire):
    for _ in range(3):
        wire.send("GET", "/images/ami-00000000")
    data = b""
    while data.count(b"HTTP/1.1 404") < 3:
        data += wire.socket.recv(65536)


def test_what_is_too_long_is_said(sim, client):
    assert client.ask("GET", f"/images?ids={'a' * 8192}").status_code == 414
    assert client.ask("GET", f"/images?ids={'a' * 100000}").status_code == 414
    large = requests.put(f"{sim.url}/_sim/faults", data=b" " * (17 * 1024 * 1024), timeout=30)
    assert large.status_code == 413
    assert client.ask("HEAD", "/images").status_code == 405


def test_secrets_show_nowhere(sim, client):
    client.ask("GET", "/images")
    seen = sim.log + json.dumps(sim.requests())
    encoded = base64.b64encode(b"demo:demo-secret").decode()
    for secret in (harness.CREDENTIALS["client_secret"], client.token, encoded):
        assert secret not in seen


def test_seeds_decide_ids(make_sim, scenario):
    def identifier(seed):
        return Client(make_sim(scenario, seed)).ask("POST", "/images", json=COPY).json()["id"]

    assert identifier(7) == identifier(7)
    assert identifier(7) != identifier(8)


def test_it_prints_its_url_and_nothing_else(sim, client):
    client.ask("GET", "/images")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+\n", sim.log)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_whatever_is_open(sim, client, wire, number):
    sim.fault("GET", "/images", {"delay": "1h"})
    wire.send("GET", "/images")
    harness.wait_until(lambda: sim.requests("GET", "/images"))
    sim.signal(number)
    assert sim.wait_for_end() == 0
    assert wire.read_to_end() == b""


def run(*arguments):
    return subprocess.run(
        [harness.program("numspot-sim"), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=10,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--listen", "0.0.0.0:0"], "must be a loopback address"),
        (["--listen", "192.0.2.1:80"], "must be a loopback address"),
        (["--listen", "[::]:0"], "must be a loopback address"),
        (["--listen", "127.0.0.1"], "must be a loopback address"),
        (["--listen", "127.0.0.1:65536"], "must be a loopback address"),
        (["--listen=127.0.0.1:http"], "must be a loopback address"),
        (["--listen"], "--listen needs a value"),
        (["--seed", "x"], "--seed must be a number, not 'x'"),
        (["--seed=-1"], "--seed must be a number, not '-1'"),
        (["--scenario", "/nonexistent"], "/nonexistent: cannot be opened"),
        (["--scenarios", "x"], "'--scenarios' is not an option"),
        (["x"], "'x' is not an option"),
    ],
)
def test_what_it_cannot_do_is_said(arguments, message):
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (1, "")
    assert message in result.stderr
    assert result.stderr.startswith("numspot-sim: ")
    assert result.stderr.count("\n") == 1


def test_a_bad_scenario_is_said_with_its_place(tmp_path):
    path = tmp_path / "scenario.yaml"
    path.write_text("region: here\nimages:\n- {id: ami-1, colour: red}\n")
    result = run("--scenario", path)
    assert result.returncode == 1
    assert f"{path}:3:15: colour is not known here" in result.stderr


def test_a_taken_port_is_said(sim):
    result = run("--listen", sim.url.split("//")[1])
    assert result.returncode == 1
    assert "Address already in use" in result.stderr


def test_it_listens_on_ipv6_as_well(tmp_path):
    process = subprocess.Popen(
        [harness.program("numspot-sim"), "--listen", "[::1]:0"], stdout=subprocess.PIPE, text=True
    )
    try:
        url = process.stdout.readline().strip()
        assert re.fullmatch(r"http://\[::1\]:\d+", url)
        assert requests.get(f"{url}/_sim/cloud", timeout=10).ok
    finally:
        process.terminate()
    assert process.wait(10) == 0


def test_help_names_every_option():
    result = run("--help")
    assert result.returncode == 0
    for option in ("--listen", "--scenario", "--seed", "--help", "--version"):
        assert option in result.stdout
