# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Fixtures over world.py. On a machine that is to test everything ($CI), a skip is a failure."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import network as networks  # noqa: E402
from authority import Authority  # noqa: E402
from world import World  # noqa: E402

WORLDS = pytest.StashKey()
LOG_LINES = 150


@pytest.fixture(scope="session")
def all_hosts():
    """The hosts and the network between them, for all tests of this process."""
    try:
        made = networks.Network()
    except networks.NotPermitted as error:
        pytest.skip(f"no network namespaces can be made here: {error}")
    yield made
    made.remove()


@pytest.fixture
def network(all_hosts):
    yield all_hosts
    all_hosts.heal()


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def make_world(request, network, authority, tmp_path):
    """make_world("--an-option-of-etcd", configuration={…}): a World, not started."""
    made = []
    request.node.stash[WORLDS] = made

    def make(*etcd_arguments, configuration=None):
        made.append(World(network, authority, tmp_path, *etcd_arguments, configuration=configuration))
        return made[-1]

    yield make
    for each in made:
        each.finish()


@pytest.fixture
def world(make_world):
    """A World in which host-a leads and host-b stands by."""
    return make_world().start()


@pytest.fixture
def measured(record_property):
    """measured("leader killed", seconds): for the table at the end."""

    def note(what, seconds):
        record_property("takeover", (what, round(seconds, 2)))

    return note


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"a skip is not a pass: {report.longrepr}"
    if report.failed:
        for world in item.stash.get(WORLDS, []):
            for each in world.programs():
                lines = each.log.splitlines()[-LOG_LINES:]
                report.sections.append((f"{each.log_path}, its end", "\n".join(lines)))


def pytest_terminal_summary(terminalreporter):
    """How long each takeover took."""
    rows = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for key, value in report.user_properties
        if key == "takeover"
    ]
    if rows:
        terminalreporter.section("seconds until the other host led")
        for what, seconds in sorted(rows):
            terminalreporter.write_line(f"{seconds:6.2f}  {what}")
