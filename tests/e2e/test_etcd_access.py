# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""How daemons come to a real etcd: over TLS, with certificates, as a user, past members that fail."""

import signal
import subprocess

import pytest

import harness
from etcd import Etcd
from harness import copy_of

CERTIFICATES = """set -e
key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
openssl req -x509 $key -keyout ca.key -out ca.pem -subj '/CN=Test authority' -days 2
make() {
    openssl req $key -keyout $1.key -out $1.csr -subj "/CN=$1" -addext "subjectAltName=$2"
    openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial -copy_extensions copy -days 2 -out $1.pem
}
make server DNS:localhost,IP:127.0.0.1
make client DNS:client
"""


@pytest.fixture
def make_etcd(programs, tmp_path):
    def make(*arguments, secure=None):
        etcd = Etcd(tmp_path / f"etcd{len(programs)}", secure)
        etcd.arguments = [*map(str, arguments)]
        programs.append(etcd)
        return etcd.start()

    return make


@pytest.fixture
def make_host(make_imaged, sim):
    def make(endpoints, **state):
        host = make_imaged(
            sim,
            {"state": {"backend": "etcd", "path": None, "endpoints": endpoints, "ttl": "2s",
                       "host": "only", **state}},
        )  # fmt: skip
        host.declare("web.yaml", copy_of("web"))
        return host

    return make


@pytest.fixture
def certificates(tmp_path):
    directory = tmp_path / "certificates"
    directory.mkdir()
    subprocess.run(
        ["sh", "-c", CERTIFICATES], cwd=directory, check=True, stderr=subprocess.DEVNULL
    )
    return directory


def test_tls_with_a_client_certificate(make_etcd, make_host, certificates):
    etcd = make_etcd(
        "--cert-file", certificates / "server.pem", "--key-file", certificates / "server.key",
        "--trusted-ca-file", certificates / "ca.pem", "--client-cert-auth",
        secure=certificates,
    )  # fmt: skip
    files = {
        "ca_file": str(certificates / "ca.pem"),
        "certificate": str(certificates / "client.pem"),
        "key": str(certificates / "client.key"),
    }
    host = make_host([etcd.url], **files)
    host.start()
    host.wait_for_all(1)

    bare = make_host([etcd.url], ca_file=files["ca_file"])
    bare.start(ready=False)
    bare.wait_for_log("etcd cannot be asked")
    distrustful = make_host([etcd.url], certificate=files["certificate"], key=files["key"])
    distrustful.start(ready=False)
    distrustful.wait_for_log("certificate of .* is not accepted")


def test_a_user_with_a_password_whose_token_ends(make_etcd, make_host, tmp_path):
    etcd = make_etcd("--auth-token-ttl", "1")
    etcd.ask("auth/user/add", {"name": "root", "password": "r00t"})
    etcd.ask("auth/role/add", {"name": "root"})
    etcd.ask("auth/user/grant", {"user": "root", "role": "root"})
    etcd.ask("auth/user/add", {"name": "imaged", "password": "pass word"})
    etcd.ask("auth/role/add", {"name": "imaged"})
    etcd.ask(
        "auth/role/grant",
        {"name": "imaged", "perm": {"permType": "READWRITE", "key": "L2ltYWdlZC8=", "range_end": "L2ltYWdlZDA="}},
    )
    etcd.ask("auth/user/grant", {"user": "imaged", "role": "imaged"})
    etcd.ask("auth/enable", {})
    password = tmp_path / "password"
    password.write_text("pass word\n")

    host = make_host([etcd.url], user="imaged", password_file=str(password))
    host.start()
    host.wait_for_all(1)
    etcd.stop()  # its tokens are gone
    etcd.start()
    host.declare("more.yaml", copy_of("more"))
    host.wait_for_all(2)
    assert "pass word" not in host.log

    stranger = make_host([etcd.url])
    stranger.start(ready=False)
    stranger.wait_for_log("etcd cannot be asked.*state.user")
    wrong = tmp_path / "wrong"
    wrong.write_text("something")
    liar = make_host([etcd.url], user="imaged", password_file=str(wrong))
    liar.start(ready=False)
    liar.wait_for_log("authentication failed")
    assert "something" not in liar.log
    outside = make_host([etcd.url], user="imaged", password_file=str(password), prefix="/other/")
    outside.start(ready=False)
    outside.wait_for_log("permission denied.*state.prefix")
    forgetful = make_host([etcd.url], user="imaged", password_file="/nowhere/password")
    forgetful.start(ready=False)
    forgetful.wait_for_log("etcd password /nowhere/password")


def test_members_that_do_not_answer_are_passed_by(make_etcd, make_host):
    etcd = make_etcd()
    nobody = f"http://127.0.0.1:{harness.free_port()}"
    host = make_host([nobody, etcd.url, nobody])
    host.start()
    host.wait_for_all(1)
    host.declare("more.yaml", copy_of("more"))
    host.wait_for_all(2)
    assert "no longer leads" not in host.log


def test_an_etcd_that_is_stopped_for_less_than_the_lease_goes_unnoticed(make_etcd, make_host):
    etcd = make_etcd()
    host = make_host([etcd.url], ttl="6s")
    host.start()
    host.wait_for_all(1)
    etcd.signal(signal.SIGSTOP)
    host.declare("more.yaml", copy_of("more"))
    host.wait_for_log("etcd cannot be asked")
    etcd.signal(signal.SIGCONT)
    host.wait_for_all(2)
    assert "no longer leads" not in host.log


def test_an_etcd_without_space_is_told_of(make_etcd, make_host):
    etcd = make_etcd()
    host = make_host([etcd.url])
    host.start()
    host.wait_for_all(1)
    etcd.ask("maintenance/alarm", {"action": "ACTIVATE", "alarm": "NOSPACE"})
    host.declare("more.yaml", copy_of("more"))
    host.wait_for_log("record.*space exceeded.*disarm the alarm")
    assert not host.sim.images("more")
    etcd.ask("maintenance/alarm", {"action": "DEACTIVATE", "alarm": "NOSPACE"})
    host.wait_for_all(2)


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"endpoints": None}, "state.endpoints: missing"),
        ({"endpoints": ["127.0.0.1:2379"]}, "must be a URL"),
        ({"endpoints": ["http://etcd.example:2379"]}, "http"),
        ({"prefix": "imaged"}, "begins and ends with"),
        ({"ttl": "2500ms"}, "whole seconds"),
        ({"ttl": "1s"}, "2"),
        ({"user": "imaged"}, "go together"),
        ({"key": "/etc/key"}, "go together"),
        ({"backend": "mysql"}, "sqlite"),
    ],
)
def test_a_configuration_that_cannot_be(make_host, changes, said):
    host = make_host(["http://127.0.0.1:2379"])
    host.configure({"state": changes})
    result = host.run("--check-config")
    assert result.returncode == 1
    assert said in result.stderr


def test_hosts_need_one_installation(make_host):
    host = make_host(["http://127.0.0.1:2379"])
    host.configure({"installation": None})
    result = host.run("--check-config")
    assert result.returncode == 1
    assert "installation: missing" in result.stderr
