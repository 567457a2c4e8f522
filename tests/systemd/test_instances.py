# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""imaged@.service: several spaces on one machine, each with all of its own."""

import pytest

from machine import Cloud
from service import Service


@pytest.fixture
def paris(machine):
    """imaged@paris.service on a cloud of its own."""
    cloud = Cloud(machine, 9002, {
        "space_id": "22222222-2222-4333-8444-555555555555",
        "credentials": {"client_id": "paris", "client_secret": "secret of Paris"},
        "images": [{"id": "ami-0b7df82c", "name": "Debian-12-2026-08-10", "is_public": True}],
    })  # fmt: skip
    cloud.start()
    service = Service(machine, cloud, "paris")
    service.configure()
    yield service
    service.forget()
    cloud.stop()


def test_two_spaces(imaged, paris, cloud):
    imaged.declare("here")
    paris.declare("there")
    imaged.start()
    paris.start()
    imaged.wait_for("here", "available")
    paris.wait_for("there", "available")
    assert not cloud.images("there") and not paris.cloud.images("here")
    assert set(imaged.images()) == {"here"} and set(paris.images()) == {"there"}
    run = imaged.machine.run
    uids = {run("sh", "-c", f"grep ^Uid /proc/{service.pid}/status").stdout for service in (imaged, paris)}
    assert len(uids) == 2, "each has a user of its own"


def test_one_ends_and_the_other_goes_on(imaged, paris):
    imaged.start()
    paris.start()
    imaged.stop()
    paris.declare("undisturbed")
    paris.wait_for("undisturbed", "available")
    imaged.start()
    paris.stop()
    imaged.declare("likewise")
    imaged.wait_for("likewise", "available")


def test_an_instance_says_where_its_secret_belongs(paris):
    paris.machine.remove_file(paris.secret_path)
    since = paris.now()
    assert paris.machine.run("systemctl", "start", paris.unit, check=False).returncode != 0
    assert "/etc/imaged/NAME.secret" in paris.wait_for_message("there is no client secret", since=since)


def test_instances_reload(imaged, paris):
    paris.start()
    since = paris.now()
    paris.configure({"log": {"level": "debug"}})
    paris.machine.run("systemctl", "reload", paris.unit)
    paris.wait_for_message("/etc/imaged/paris.yaml is in force", since=since)
