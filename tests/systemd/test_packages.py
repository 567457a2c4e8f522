# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The packages: what an installation leaves, an upgrade keeps, a removal and a purge take away."""

import subprocess

import pytest

from machine import Cloud, packages
from service import Service

VM_TIME = "6s"  # how long the cloud takes for an image of a VM: longer than an upgrade


@pytest.fixture
def installed(new_machine):
    new_machine.install(*packages().values())
    return new_machine


@pytest.fixture
def service(installed):
    cloud = Cloud(installed, 9001, {"vms": [{"id": "i-b121616e"}], "pending": {"vm": VM_TIME}}).start()
    made = Service(installed, cloud)
    made.configure()
    return made


def newer(deb, directory):
    """The same package, as the next version."""
    tree = directory / "tree"
    subprocess.run(["dpkg-deb", "--raw-extract", deb, tree], check=True)
    control = tree / "DEBIAN" / "control"
    lines = [f"{line}+1" if line.startswith("Version: ") else line for line in control.read_text().splitlines()]
    control.write_text("\n".join(lines) + "\n")
    path = directory / "imaged_next.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, path], check=True, capture_output=True)
    return path


def test_installation_waits_for_a_configuration(installed):
    assert installed.tells("imaged.service", "ActiveState") == "inactive"
    assert installed.run("systemctl", "is-enabled", "imaged.service", check=False).stdout.strip() == "disabled"
    assert installed.run("getent", "group", "imaged").stdout.startswith("imaged:")
    assert installed.run("systemctl", "is-system-running", check=False).stdout.strip() == "running"
    conffiles = installed.run("dpkg-query", "--show", "--showformat=${Conffiles}", "imaged").stdout
    assert "/etc/imaged/imaged.yaml" in conffiles
    installed.run("bash", "-n", "/usr/share/bash-completion/completions/imagectl")
    assert installed.path("/usr/share/zsh/vendor-completions/_imagectl").read_text().startswith("#compdef imagectl")


def test_a_start_without_configuration_says_what_is_missing(installed):
    assert installed.run("systemctl", "start", "imaged.service", check=False).returncode != 0
    said = "\n".join(installed.messages("--unit=imaged.service"))
    assert "numspot.space_id: missing" in said
    assert "numspot.client_id: missing" in said


def test_upgrade_with_an_image_pending(service, tmp_path):
    machine, cloud = service.machine, service.cloud
    service.declare("under-way", vm_id="i-b121616e")
    service.start()
    service.wait_for("under-way", "pending", "ImagePending")
    invocation = service.tells("InvocationID")
    configured = machine.path(service.configuration_path).read_text()
    machine.install(newer(packages()["imaged"], tmp_path))
    assert machine.run("dpkg-query", "--show", "--showformat=${Version}", "imaged").stdout.endswith("+1")
    assert service.tells("InvocationID") != invocation, "what runs is restarted"
    assert service.tells("ActiveState") == "active"
    assert machine.path(service.configuration_path).read_text() == configured
    service.wait_for("under-way", "pending", "ImagePending")
    service.wait_for("under-way", "available")
    assert len(cloud.requests("POST", "/images")) == 1
    cloud.image("under-way")


def test_upgrade_restarts_instances(service, tmp_path):
    lyon = Service(service.machine, service.cloud, "lyon")
    lyon.configure()
    lyon.start()
    invocation = lyon.tells("InvocationID")
    service.machine.install(newer(packages()["imaged"], tmp_path))
    assert lyon.tells("InvocationID") != invocation
    assert lyon.tells("ActiveState") == "active"
    assert service.tells("ActiveState") == "inactive", "what does not run is not started"


def test_removal_and_purge(service):
    machine, cloud = service.machine, service.cloud
    service.declare("outlives", vm_id="i-b121616e")
    service.start()
    service.wait_for("outlives", "available")
    lyon = Service(machine, cloud, "lyon")
    lyon.configure()
    lyon.start()
    machine.run("dpkg", "--remove", "imaged")
    assert service.tells("ActiveState") == "inactive"
    assert lyon.tells("ActiveState") == "inactive"
    assert machine.path("/var/lib/private/imaged/state.db").exists()
    assert machine.path("/etc/imaged/imaged.yaml").exists()
    machine.run("dpkg", "--purge", "imaged")
    assert not list(machine.path("/var/lib").glob("imaged*"))
    assert not list(machine.path("/var/lib/private").glob("imaged*"))
    assert machine.path("/etc/imaged/images.d/outlives.yaml").exists(), "what the operator wrote is the operator's"
    cloud.image("outlives")
