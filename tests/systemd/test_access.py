# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Who reaches what: the secret, the socket, the files, and what the sandbox lets through."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness import wait_until

HERE = Path(__file__).parent


def process_status(imaged):
    lines = imaged.machine.run("cat", f"/proc/{imaged.pid}/status").stdout.splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


# ---- The secret


def test_without_a_secret_it_says_where_to_put_one(imaged):
    imaged.machine.remove_file(imaged.secret_path)
    since = imaged.now()
    assert imaged.machine.run("systemctl", "start", imaged.unit, check=False).returncode != 0
    message = imaged.wait_for_message("there is no client secret", since=since)
    assert "/etc/imaged/client_secret" in message
    imaged.give_secret("demo-secret")
    wait_until(lambda: imaged.tells("ActiveState") == "active", what="imaged starts by itself")


def test_the_secret_is_roots_alone_and_seen_nowhere(imaged):
    imaged.declare("discreet")
    imaged.start()
    imaged.wait_for("discreet", "available")
    machine = imaged.machine
    assert machine.path(imaged.secret_path).stat().st_mode & 0o777 == 0o600
    assert machine.run("cat", f"/run/credentials/{imaged.unit}/numspot-client-secret").stdout == "demo-secret\n"
    told = machine.run("systemctl", "show", imaged.unit).stdout
    environment = machine.run("cat", f"/proc/{imaged.pid}/environ").stdout
    journal = "\n".join(machine.messages(f"--unit={imaged.unit}"))
    record = machine.run("sh", "-c", "cat /var/lib/imaged/*").stdout
    for text in (told, environment, journal, record):
        assert "demo-secret" not in text


def test_a_rotated_secret_is_in_force_after_a_restart(imaged, cloud):
    imaged.give_secret("a wrong one")
    imaged.declare("rotated")
    since = imaged.now()
    imaged.start()
    imaged.wait_for_message("client_secret", since=since)
    assert imaged.tells("ActiveState") == "active", "a refused secret must not end the daemon"
    imaged.give_secret("demo-secret")
    imaged.restart()
    imaged.wait_for("rotated", "available")


def test_the_configuration_can_be_checked_by_hand(imaged):
    result = imaged.machine.run("imaged", "--check-config")
    assert "error" not in result.stderr
    imaged.machine.remove_file(imaged.secret_path)
    result = imaged.machine.run("imaged", "--check-config", check=False)
    assert result.returncode == 1
    assert "/etc/imaged/client_secret" in result.stderr


# ---- The socket


@pytest.fixture
def people(machine):
    """A member of the group imaged, and a stranger."""
    machine.run("useradd", "--groups", "imaged", "member")
    machine.run("useradd", "stranger")
    yield "member", "stranger"
    machine.run("userdel", "member")
    machine.run("userdel", "stranger")


def test_the_group_uses_imagectl_and_others_do_not(imaged, people):
    member, stranger = people
    imaged.declare("shared")
    imaged.start()
    imaged.wait_for("shared", "available")
    assert "shared" in imaged.ctl("status", user=member).stdout
    imaged.ctl("refresh", "shared", user=member)
    refused = imaged.ctl("status", check=False, user=stranger)
    assert refused.returncode == 1
    assert "group imaged" in refused.stderr
    # Without being told where, too.
    assert "shared" in imaged.machine.run("imagectl", "status", user=member).stdout
    said = imaged.machine.messages(f"--unit={imaged.unit}")
    assert not any("could not be given" in line or "does not exist" in line for line in said)


# ---- The sandbox


def test_the_process_has_no_rights(imaged):
    imaged.start()
    status = process_status(imaged)
    uid = int(status["Uid"].split()[0])
    assert 61184 <= uid <= 65519, "a dynamic user"
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0, name
    assert "0 " in imaged.machine.run("sh", "-c", f"grep 'core file' /proc/{imaged.pid}/limits | tr -s ' '").stdout
    state = imaged.machine.run("stat", "--format=%a %G", "/var/lib/private/imaged/state.db").stdout.split()
    assert state[0] in ("600", "640")


@pytest.mark.parametrize("unit", ["imaged.service", "imaged@.service"])
def test_exposure(machine, unit):
    said = machine.run("systemd-analyze", "security", "--no-pager", f"--offline=yes", f"/lib/systemd/system/{unit}").stdout
    assert float(re.search(r"Overall exposure level .*: ([0-9.]+)", said).group(1)) <= 1.3


def test_exposure_of_the_running_service(imaged):
    imaged.start()
    said = imaged.machine.run("systemd-analyze", "security", "--no-pager", imaged.unit).stdout
    assert float(re.search(r"Overall exposure level .*: ([0-9.]+)", said).group(1)) <= 1.3


def test_units_are_well_formed(machine):
    said = machine.run("systemd-analyze", "verify", "--man=no", "imaged.service", "imaged@paris.service")
    assert said.stderr == ""


def test_declarations_of_root_and_of_the_group_are_read(imaged):
    imaged.start()
    imaged.declare("of-root")
    imaged.declare("of-the-group", mode=0o640)
    imaged.machine.run("chgrp", "imaged", f"{imaged.declarations}/of-the-group.yaml")
    imaged.declare("of-root-alone", mode=0o600)
    imaged.wait_for("of-root", "available")
    imaged.wait_for("of-the-group", "available")
    imaged.wait_for_message("of-root-alone.yaml")
    since = imaged.now()
    imaged.machine.run("chmod", "644", f"{imaged.declarations}/of-root-alone.yaml")
    imaged.wait_for("of-root-alone", "available")
    assert "of-root-alone" in " ".join(imaged.machine.messages(f"--since={since}", f"--unit={imaged.unit}"))


@pytest.fixture
def named_cloud(machine, cloud, tmp_path):
    """The cloud by a name of DNS and with TLS, by an authority that the machine trusts like any other."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=numspot.test",
         "-addext", "subjectAltName=DNS:api.numspot.test", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    machine.write("/usr/local/share/ca-certificates/numspot-test.crt", certificate.read_text())
    machine.run("update-ca-certificates")
    resolver = machine.path("/etc/resolv.conf")
    resolver.unlink(missing_ok=True)
    resolver.write_text("nameserver 127.0.0.1\n")
    front = subprocess.Popen(
        ["nsenter", "--target", str(machine.leader), "--net", sys.executable, HERE / "named_front.py",
         key, certificate, str(cloud.port)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert front.stdout.readline() == "ready\n"
    yield "https://api.numspot.test:9443"
    front.terminate()
    front.wait()
    machine.remove_file("/usr/local/share/ca-certificates/numspot-test.crt")
    machine.run("update-ca-certificates", "--fresh")


def test_names_and_tls_work_in_the_sandbox(imaged, named_cloud):
    imaged.configure({"numspot": {"host": named_cloud}})
    imaged.declare("encrypted")
    imaged.start()
    imaged.wait_for("encrypted", "available")
