# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Who is spoken to, who may speak, and what is never seen: TLS, the control socket, the secret."""

import base64
import grp
import os
import re
import resource
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import harness
from front import Front
from harness import copy_of, wait_until

pytestmark = pytest.mark.direct

SECRET = "correct-horse-battery-staple-61c7"
NOBODY = 65534

CERTIFICATES = r"""
set -e
key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
openssl req -x509 $key -keyout ca.key -out ca.pem -subj '/CN=Test authority' -days 2
openssl req -x509 $key -keyout self.key -out self.pem -subj '/CN=127.0.0.1' \
    -addext subjectAltName=IP:127.0.0.1 -days 2
request() { openssl req $key -keyout $1.key -out $1.csr -subj '/CN=test' -addext "subjectAltName=$2"; }
sign() { openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
    -copy_extensions copy -days $2 -out $1.pem; }
request good IP:127.0.0.1; sign good 2
request expired IP:127.0.0.1; sign expired -1
request other DNS:api.example; sign other 2
request revoked IP:127.0.0.1; sign revoked 2
printf '[ca]\ndefault_ca = test\n[test]\ndatabase = index\ndefault_md = sha256\ndefault_crl_days = 2\n' >ca.conf
: >index
openssl ca -config ca.conf -cert ca.pem -keyfile ca.key -revoke revoked.pem
openssl ca -config ca.conf -cert ca.pem -keyfile ca.key -gencrl -out ca.crl
cat ca.pem ca.crl >revoking.pem
"""


# ---- TLS


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    directory = tmp_path_factory.mktemp("certificates")
    subprocess.run(["sh", "-c", CERTIFICATES], cwd=directory, check=True, capture_output=True)
    return directory


@pytest.fixture
def serve(certificates, sim):
    fronts = []

    def with_certificate(name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
        fronts.append(Front(sim.url, context))
        return fronts[-1]

    yield with_certificate
    for front in fronts:
        front.stop()


def over_tls(make_imaged, sim, front, certificates, ca_file):
    numspot = {"host": front.url, "ca_file": str(certificates / ca_file)}
    imaged = make_imaged(sim, {"numspot": numspot})
    imaged.declare("a.yaml", copy_of("confidential"))
    return imaged.start()


@pytest.mark.parametrize("ca_file", ["ca.pem", "revoking.pem"])
def test_a_server_with_the_right_certificate_is_spoken_to(make_imaged, sim, serve, certificates, ca_file):
    front = serve("good")
    imaged = over_tls(make_imaged, sim, front, certificates, ca_file)
    imaged.wait_for("confidential")
    assert any(b"Authorization: Basic" in each for each in front.requests)


@pytest.mark.parametrize(
    "certificate, ca_file, why",
    [
        ("other", "ca.pem", "named as in the certificate"),
        ("expired", "ca.pem", "expired"),
        ("self", "ca.pem", "self-signed|self signed"),
        ("good", "self.pem", "not accepted"),
        ("revoked", "revoking.pem", "revoked"),
    ],
)
def test_any_other_is_told_nothing(make_imaged, sim, serve, certificates, certificate, ca_file, why):
    front = serve(certificate)
    imaged = over_tls(make_imaged, sim, front, certificates, ca_file)
    fault = imaged.wait_until(lambda: imaged.status()["api"]["fault"], what="the fault is told")
    assert re.search(why, fault), fault
    assert front.requests == [] and sim.requests() == []
    assert imaged.image("confidential")["state"] == "pending"


# ---- The control socket

# Runs as another user, a member of some groups or none, and prints the status of each answer.
CALLER = """
import http.client, os, socket, sys
user, groups = int(sys.argv[2]), [int(each) for each in sys.argv[3].split()]
os.setgroups(groups); os.setgid(user); os.setuid(user)
for method, path in (call.split() for call in sys.argv[4:]):
    connection = http.client.HTTPConnection("localhost", timeout=10)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(sys.argv[1])
    body = "" if method == "GET" else "{}"
    head = f"{method} {path} HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: {len(body)}\\r\\n\\r\\n"
    connection.sock.sendall((head + body).encode())  # at once: a refusal does not wait for the body
    answer = http.client.HTTPResponse(connection.sock, method=method)
    answer.begin()
    print(answer.status)
"""


def ask_as(user, imaged, *calls, groups=()):
    members = " ".join(map(str, groups))
    arguments = [sys.executable, "-c", CALLER, str(imaged.socket), str(user), members, *calls]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=False)


WRITES = [
    f"POST {path}"
    for path in ("/v1/approve", "/v1/retry", "/v1/suspend", "/v1/images/guarded/approve", "/v1/plan")
] + ["DELETE /v1/images/guarded", "PUT /v1/images/guarded"]


@pytest.mark.root
def test_another_user_does_not_get_to_the_socket(imaged):
    imaged.declare("a.yaml", copy_of("guarded"))
    imaged.start()
    assert imaged.socket.stat().st_mode & 0o777 == 0o660
    imaged.socket.parent.chmod(0o755)
    result = ask_as(NOBODY, imaged, "GET /v1/status")
    assert result.returncode != 0 and "Permission" in result.stderr


@pytest.mark.root
def test_another_user_with_access_to_the_socket_may_only_look(imaged):
    imaged.declare("a.yaml", copy_of("guarded"))
    imaged.start()
    imaged.wait_for("guarded")
    imaged.socket.parent.chmod(0o755)
    imaged.socket.chmod(0o666)
    result = ask_as(NOBODY, imaged, "GET /v1/status", "GET /v1/images", *WRITES)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["200", "200"] + ["403"] * len(WRITES)
    assert not imaged.image("guarded")["suspended"]
    imaged.command("suspend", "guarded")  # root may
    assert imaged.image("guarded")["suspended"]


@pytest.mark.root
def test_members_of_the_group_may_do_what_operators_do_and_others_not(make_imaged, sim):
    ours, other = [each for each in grp.getgrall() if each.gr_gid not in (0, NOBODY)][:2]
    imaged = make_imaged(sim, {"control": {"group": ours.gr_name}})
    imaged.declare("a.yaml", copy_of("guarded"))
    imaged.start()
    imaged.wait_for("guarded")
    assert imaged.socket.stat().st_gid == ours.gr_gid
    imaged.socket.parent.chmod(0o755)
    calls = ("GET /v1/status", "POST /v1/images/guarded/suspend")
    result = ask_as(NOBODY, imaged, *calls, groups=[other.gr_gid])
    assert "Permission" in result.stderr and not imaged.image("guarded")["suspended"]
    result = ask_as(NOBODY, imaged, *calls, groups=[other.gr_gid, ours.gr_gid])
    assert result.stdout.split() == ["200", "202"], result.stderr
    assert imaged.image("guarded")["suspended"]


# ---- The secret


@pytest.fixture
def secretive(make_sim, make_imaged, scenario):
    scenario["credentials"] = {"client_id": "demo", "client_secret": SECRET}
    listen = f"127.0.0.1:{harness.free_port()}"
    return make_imaged(make_sim(scenario), {"status": {"listen": listen}})


def tokens_of(front):
    return {
        found.group(1).decode()
        for each in front.requests
        if (found := re.search(rb"Bearer ([\w.-]+)", each))
    }


def fetch(address, path):
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


COMMANDS = ("status", "show discreet", "plan", "diff discreet", "history discreet", "--output json status")


@pytest.mark.parametrize("given_by", ["file", "environment"])
def test_secret_and_token_are_seen_nowhere_but_on_the_wire(secretive, given_by):
    front = Front(secretive.sim.url)
    try:
        secretive.configuration["numspot"]["host"] = front.url
        if given_by == "environment":
            secretive.secret_path.unlink()
            del secretive.configuration["numspot"]["client_secret_file"]
            secretive.environment["NUMSPOT_CLIENT_SECRET"] = SECRET
        secretive.declare("a.yaml", copy_of("discreet"))
        secretive.start()
        secretive.wait_for("discreet")
        tokens = tokens_of(front)
        assert tokens, "the wire was watched in vain"
        process = Path(f"/proc/{secretive.process.pid}")
        listen = secretive.configuration["status"]["listen"]
        seen = {name: (process / name).read_bytes() for name in ("cmdline", "environ")}
        assert seen["environ"], "what was there is not seen at all"
        seen |= {path: fetch(listen, path) for path in ("/metrics", "/", "/healthz", "/readyz")}
        for path in ("/v1/status", "/v1/images", "/v1/images/discreet", "/v1/history", "/v1/plan"):
            seen[path] = str(secretive.read(path)).encode()
        for command in COMMANDS:
            result = secretive.imagectl(*command.split())
            assert result.returncode in (0, 2), result.stderr
            seen[command] = (result.stdout + result.stderr).encode()
        secretive.stop()
        seen["log"] = secretive.log.encode()
        seen |= {str(file): file.read_bytes() for file in secretive.directory.glob("state.db*")}
        for where, content in seen.items():
            for secret in (SECRET, *tokens):
                assert secret.encode() not in content, where
    finally:
        front.stop()


@pytest.mark.root
def test_a_link_shows_its_maker_nothing_that_he_could_not_read(secretive):
    """What is wrong with a file is quoted: with the secret linked to, that would be the secret."""
    secretive.declare("a.yaml", copy_of("discreet"))
    link = secretive.declarations / "curious.yaml"
    link.symlink_to(secretive.secret_path)
    os.chown(link, NOBODY, NOBODY, follow_symlinks=False)
    secretive.start()
    secretive.wait_for("discreet")
    secretive.wait_for_log(rf"curious\.yaml.*user {NOBODY} made")
    assert SECRET not in secretive.log + str(secretive.read("/v1/images")) + str(secretive.status())
    secretive.secret_path.unlink()  # what may be read is, without a restart
    secretive.secret_path.write_text(yaml.safe_dump(copy_of("harmless")))
    secretive.secret_path.chmod(0o644)
    secretive.wait_for("harmless")


def under_sanitizers():
    ldd = subprocess.run(["ldd", harness.program("imaged")], capture_output=True, text=True, check=True)
    return "libasan" in ldd.stdout


def memory_of(process, needle):
    """How often the bytes are in what the process may write to. Root only."""
    count = 0
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            span, modes, *_ = line.split()
            if not modes.startswith("rw") or "[vvar]" in line:
                continue
            begin, end = (int(part, 16) for part in span.split("-"))
            try:
                memory.seek(begin)
                count += memory.read(end - begin).count(needle)
            except OSError:
                continue
    return count


@pytest.mark.root
def test_memory_holds_the_secret_once_and_a_former_one_not_at_all(secretive):
    if under_sanitizers():
        return  # they keep what was freed
    sim, front = secretive.sim, Front(secretive.sim.url)
    try:
        secretive.configuration["numspot"]["host"] = front.url
        secretive.declare("a.yaml", copy_of("discreet"))
        secretive.start()
        secretive.wait_for("discreet")
        pid = secretive.process.pid
        # For the next token; not in what libcurl sent, nor in what was read.
        assert memory_of(pid, SECRET.encode()) == 1
        assert memory_of(pid, base64.b64encode(f"demo:{SECRET}".encode())) == 0
        former = tokens_of(front)
        sim.scenario["credentials"]["client_secret"] = "another-secret-1b2f"
        secretive.secret_path.write_text("another-secret-1b2f")
        sim.kill()
        sim.start()
        secretive.declare("b.yaml", copy_of("rotated"))
        secretive.wait_for("rotated")
        assert memory_of(pid, SECRET.encode()) == 0 and memory_of(pid, b"another-secret-1b2f") == 1
        sim.revoke_tokens()
        secretive.declare("c.yaml", copy_of("renewed"))
        secretive.wait_for("renewed")
        assert tokens_of(front) > former
        assert [memory_of(pid, token.encode()) for token in former] == [0] * len(former)
    finally:
        front.stop()


def test_a_crash_leaves_no_core(secretive):
    """Not even with the limit as high as may be."""
    if under_sanitizers():
        return  # they take the signal for a finding of theirs
    secretive.declare("a.yaml", copy_of("discreet"))
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        secretive.start()
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    secretive.wait_for("discreet")
    secretive.signal(signal.SIGSEGV)
    _, status = os.waitpid(secretive.process.pid, 0)
    secretive.process.returncode = -signal.SIGSEGV
    assert os.WTERMSIG(status) == signal.SIGSEGV and not os.WCOREDUMP(status)
