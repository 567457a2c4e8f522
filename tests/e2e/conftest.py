# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Fixtures over harness.py, and reports that hold what one needs to understand a failure."""

import os
import signal

import pytest

import harness

PROGRAMS = pytest.StashKey()
LOG_LINES = 200


def pytest_configure():
    """Programs that are started here heed Ctrl-C, also where the tests run in a shell's background,
    which has it ignored by all that it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def programs(request):
    """The programs of this test: ended with it, and their logs part of its report when it fails."""
    started = request.node.stash.setdefault(PROGRAMS, [])
    yield started
    complaints = []
    for each in reversed(started):
        try:
            each.finish()
        except AssertionError as error:
            complaints.append(str(error))
    assert not complaints, "; ".join(complaints)


@pytest.fixture
def make_sim(programs, tmp_path):
    """make_sim(scenario={…}, seed=…): a cloud that runs."""

    def make(scenario=None, seed=None):
        sim = harness.Sim(tmp_path / f"sim{len(programs)}", scenario, seed)
        programs.append(sim)
        return sim.start()

    return make


@pytest.fixture
def make_imaged(programs, tmp_path):
    """make_imaged(sim, {…}): a daemon with this configuration upon the quick one, not started yet."""

    def make(sim, configuration=None):
        imaged = harness.Imaged(tmp_path / f"imaged{len(programs)}", sim, configuration)
        programs.append(imaged)
        return imaged

    return make


@pytest.fixture
def scenario():
    """The cloud of the sim fixture; a test parametrizes it, or overrides it in its module."""
    return {
        "images": [{"id": "ami-0b7df82c", "name": "Debian-12-2026-08-10", "is_public": True}],
        "vms": [{"id": "i-b121616e"}],
        "snapshots": [{"id": "snap-5ee113a6", "volume_size": 11}],
        "pending": {"vm": "200ms"},
    }


@pytest.fixture
def sim(make_sim, scenario):
    """A cloud that runs, with what the seed's declarations refer to."""
    return make_sim(scenario)


@pytest.fixture
def imaged(make_imaged, sim):
    """A daemon on the sim fixture's cloud, not started yet: declare something, then imaged.start()."""
    return make_imaged(sim)


@pytest.fixture(scope="session")
def shared():
    """The directory of facts about the cloud; a test that needs it fails without."""
    if not (harness.SHARED_DIR / "numspot").is_dir():
        pytest.fail(f"{harness.SHARED_DIR} is absent: point SHARED_DIR to the facts about the cloud")
    return harness.SHARED_DIR


def pytest_collection_modifyitems(config, items):
    """What only root may do is left out for others, where a summary shows it, and is no pass."""
    if os.geteuid() == 0:
        return
    left_out = [item for item in items if item.get_closest_marker("root")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"a skip is not a pass: {report.longrepr}"
    if report.failed:
        for each in item.stash.get(PROGRAMS, []):
            lines = each.log.splitlines()[-LOG_LINES:]
            report.sections.append((f"{each.log_path}, its end", "\n".join(lines)))
