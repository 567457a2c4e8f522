# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""An API that means harm: whatever it sends costs bounded memory and time, and changes nothing."""

import json
import re
import time
from pathlib import Path

import pytest

from front import Front
from harness import copy_of, wait_until

pytestmark = pytest.mark.direct

TOKEN = json.dumps({"access_token": "a" * 40, "expires_in": 3600, "token_type": "bearer"})
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def whole(connection, body, head=HEAD):
    if isinstance(body, str):
        body = body.encode()
    connection.sendall(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)


def endless(connection, begin, piece):
    connection.sendall(begin)
    while True:
        connection.sendall(piece)


def drip(connection, begin, piece, pause):
    connection.sendall(begin)
    while True:
        connection.sendall(piece)
        time.sleep(pause)


def item(**fields):
    return json.dumps({"items": [{"id": "ami-1", "name": "x", "state": "available", **fields}]})


# Each says its piece and ends, or goes on until the daemon has enough.
ENEMIES = {
    "endless body": lambda c: endless(c, HEAD + b"\r\n", b" " * 65536),
    "endless chunks": lambda c: endless(
        c, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"
    ),
    "endless tiny chunks": lambda c: endless(
        c, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 10_000
    ),
    "endless chunk extension": lambda c: endless(
        c, HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 65536
    ),
    "endless trailers": lambda c: endless(
        c, HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"X-More: y\r\n" * 1000
    ),
    "huge length": lambda c: endless(
        c, HEAD + b"Content-Length: 9223372036854775807\r\n\r\n", b" " * 65536
    ),
    "endless headers": lambda c: endless(c, HEAD, b"X-More: " + b"y" * 1000 + b"\r\n"),
    "endless header": lambda c: endless(c, HEAD + b"X-Long: ", b"y" * 65536),
    "endless status line": lambda c: endless(c, b"HTTP/1.1 200 ", b"y" * 65536),
    "endless interim answers": lambda c: endless(c, b"", b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"),
    "dripping headers": lambda c: drip(c, HEAD, b"X", 0.5),
    "dripping body": lambda c: drip(c, HEAD + b"Content-Length: 100000\r\n\r\n", b"[", 0.5),
    "silence": lambda c: time.sleep(30),
    "deep arrays": lambda c: whole(c, "[" * 1_000_000),
    "deep objects": lambda c: whole(c, '{"items":' * 200_000),
    "huge numbers": lambda c: whole(
        c, f'{{"items":[{{"id":"ami-1","name":"x","volumeSize":{"9" * 400_000}}}],"expires_in":1e999999}}'
    ),
    "large integers": lambda c: whole(
        c,
        item(blockDeviceMappings=[{"bsu": {"volumeSize": 2**63, "iops": -(2**63)}}]),
    ),
    "one long text": lambda c: whole(c, item(description="z" * 3_000_000)),
    "many small pieces": lambda c: whole(c, '{"items":[' + "[]," * 10_000_000 + "[]]}"),
    "many keys": lambda c: whole(c, "{" + ",".join(f'"k{i}":{i}' for i in range(100_000)) + "}"),
    "control characters": lambda c: whole(c, item(name="\x1b[2J\x07", description="a\u0000b")),
    "no UTF-8": lambda c: whole(c, b'{"items":[{"id":"\xff\xfe","name":"\xc0\x80"}]}'),
    "a compression bomb": lambda c: whole(
        c, b"\x1f\x8b" + b"\0" * 100_000, HEAD + b"Content-Encoding: gzip\r\n"
    ),
    "another protocol": lambda c: c.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n"),
    "switching protocols": lambda c: c.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n" + b"z" * 10000
    ),
    "an answer and more": lambda c: c.sendall(
        HEAD + b"Content-Length: 2\r\n\r\n{}" + b"HTTP/1.1 200 OK\r\n\r\n" * 1000
    ),
    "cookies and hints": lambda c: whole(
        c,
        '{"items":[]}',
        HEAD + b"Set-Cookie: a=b; Domain=.\r\nAlt-Svc: h3=\":443\"\r\nStrict-Transport-Security: x\r\n"
        b"Retry-After: 99999999999999999999\r\nDate: Wed, 25 Nov 0452 10:00:00 GMT\r\n",
    ),
}


@pytest.fixture
def front(sim):
    front = Front(sim.url)
    yield front
    front.stop()


@pytest.fixture
def besieged(make_imaged, sim, front):
    return make_imaged(
        sim, {"numspot": {"host": front.url, "request_timeout": "1s"}, "limits": {"rate": 20, "burst": 20}}
    )


def peak_kib(imaged):
    status = Path(f"/proc/{imaged.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status).group(1))


def under_sanitizers(imaged):
    return "libasan" in Path(f"/proc/{imaged.process.pid}/maps").read_text()


# The token's answer goes another way once it is whole; until then it is an answer like others.
AT_THE_TOKEN = ["endless body", "deep arrays", "huge numbers", "many small pieces", "no UTF-8", "silence"]


@pytest.mark.parametrize(
    "enemy, when",
    [(enemy, "images") for enemy in ENEMIES] + [(enemy, "token") for enemy in AT_THE_TOKEN],
)
def test_what_an_enemy_sends_is_bounded_and_believed_by_nobody(besieged, front, sim, enemy, when):
    besieged.declare("a.yaml", copy_of("kept"))
    besieged.start()
    besieged.wait_for("kept")
    image = sim.image("kept")
    sim.forget_requests()
    log_before, peak_before = len(besieged.log), peak_kib(besieged)

    def answer(connection, request):
        if when == "images" and b"/iam/token" in request:
            whole(connection, TOKEN)
        else:
            ENEMIES[enemy](connection)

    seen = len(front.requests)
    if when == "token":
        sim.revoke_tokens()
        # The first request after it is refused by the cloud itself.
        besieged.wait_until(lambda: besieged.status()["api"]["fault"] or len(front.requests) > seen + 1)
    front.answer = answer
    seen = len(front.requests)
    wait_until(lambda: len(front.requests) >= seen + 2, what="two requests met the enemy")
    started = time.monotonic()
    besieged.status()
    assert time.monotonic() - started < 2, "the loop was held up"
    assert sim.writes() == [] and sim.image("kept")["id"] == image["id"]
    assert besieged.image("kept")["image_id"] == image["id"]
    if not under_sanitizers(besieged):
        # A list at its limit of 128 MiB, twice while its buffer grows, and what else is under way.
        assert peak_kib(besieged) - peak_before < 320 * 1024
    assert len(besieged.log) - log_before < 300_000
    assert "\x1b" not in besieged.log

    front.answer = None
    besieged.declare("b.yaml", copy_of("afterwards"))
    besieged.command("retry")
    besieged.wait_for("afterwards", limit=60)
    besieged.stop(limit=5)
    assert len(sim.images("kept")) == 1 and sim.image("kept")["id"] == image["id"]


AFTER_THE_CREATION = [
    "endless body", "endless headers", "deep arrays", "huge numbers", "no UTF-8", "silence", "another protocol",
    "switching protocols", "an answer and more",
]  # fmt: skip


def created(**fields):
    head = HEAD.replace(b"200 OK", b"201 Created")
    return lambda c: whole(c, json.dumps({"state": "available", "tags": [], **fields}), head)


@pytest.mark.parametrize("enemy", [*AFTER_THE_CREATION, "a stranger", "no id", "no name"])
def test_a_creation_that_an_enemy_answers_is_made_once(besieged, front, sim, enemy):
    """The cloud has made the image; what comes back is anything but that."""
    stranger = sim.add_image("stranger")
    lies = {
        "a stranger": created(id=stranger, name="stranger"),
        "no id": created(name="wanted"),
        "no name": created(id=stranger),
    }
    posts = []

    def answer(connection, request):
        if re.match(rb"POST \S+/images ", request):
            posts.append(front.forward(connection, request))
            lies.get(enemy, ENEMIES.get(enemy))(connection)
        else:
            connection.sendall(front.forward(connection, request))

    front.answer = answer
    besieged.declare("a.yaml", copy_of("wanted"))
    besieged.start()
    row = besieged.wait_for("wanted", limit=60)
    assert len(posts) == 1 and row["image_id"] == sim.image("wanted")["id"]
    assert sim.image("stranger")["tags"] == []
    besieged.stop()


def test_an_enemy_does_not_hold_up_the_end(besieged, front, sim):
    front.answer = lambda connection, request: ENEMIES["dripping headers"](connection)
    besieged.declare("a.yaml", copy_of("never"))
    besieged.start()
    wait_until(lambda: front.requests, what="a request met the enemy")
    started = time.monotonic()
    besieged.stop(limit=12)
    assert time.monotonic() - started < 11


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to_images", [False, True], ids=["token", "images"])
def test_credentials_do_not_follow_a_redirect(besieged, front, sim, status, to_images):
    elsewhere = Front(sim.url)
    elsewhere.answer = lambda connection, request: whole(connection, TOKEN)

    def answer(connection, request):
        if to_images and b"/iam/token" in request:
            whole(connection, TOKEN)
        else:
            target = request.split()[1].decode()
            head = f"HTTP/1.1 {status} Go\r\nLocation: {elsewhere.url}{target}\r\n".encode()
            whole(connection, b"", head)

    front.answer = answer
    try:
        besieged.declare("a.yaml", copy_of("astray"))
        besieged.start()
        wait_until(lambda: len(front.requests) >= 3, what="redirected three times")
        fault = besieged.wait_until(lambda: besieged.status()["api"]["fault"])
        assert elsewhere.requests == [] and str(status) in fault, fault
    finally:
        elsewhere.stop()
