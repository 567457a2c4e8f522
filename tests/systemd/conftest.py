# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Fixtures over machine.py. On a machine that is to test everything ($CI), a skip is a failure."""

import os

import pytest

import machine as machines
from service import Service

SERVICE = pytest.StashKey()


def make_machine():
    made = None
    try:
        made = machines.Machine()
        return made.boot()
    except machines.CannotBoot as error:
        if made is not None:
            made.remove()
        pytest.skip(f"no container can be booted here: {error}")


@pytest.fixture
def new_machine():
    """A machine without our packages, for this test alone."""
    made = make_machine()
    yield made
    made.remove()


@pytest.fixture(scope="session")
def machine():
    """The machine with our packages, for all tests that leave it as it was."""
    made = make_machine()
    try:
        made.install(*machines.packages().values())
        yield made
    finally:
        made.remove()


@pytest.fixture
def cloud(machine):
    """A cloud in the machine."""
    made = machines.Cloud(
        machine,
        9001,
        {
            "images": [{"id": "ami-0b7df82c", "name": "Debian-12-2026-08-10", "is_public": True}],
            "vms": [{"id": "i-b121616e"}],
            "pending": {"vm": "1s"},
        },
    )
    made.start()
    yield made
    made.stop()


@pytest.fixture
def imaged(request, machine, cloud):
    """imaged.service on that cloud, configured, not started."""
    service = Service(machine, cloud)
    request.node.stash[SERVICE] = service
    service.configure()
    yield service
    service.forget()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"a skip is not a pass: {report.longrepr}"
    service = item.stash.get(SERVICE, None)
    if report.failed and service is not None and service.machine.leader is not None:
        journal = service.machine.run("journalctl", "--no-pager", "--lines=80", check=False).stdout
        report.sections.append(("the machine's journal, its end", journal))
