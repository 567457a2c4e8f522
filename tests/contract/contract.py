# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""A pytest plugin that holds the end-to-end tests to NumSpot's published API.

Prism, which knows openapi.yaml and nothing of imaged, stands between the real daemon and numspot-sim
(-p contract, and this folder in PYTHONPATH). It passes everything on, both ways, and writes down what
of it the document does not allow. Each such line fails its test, but for those in ALLOWED, so that
neither the client nor the simulator can drift from the API.

Prism could answer a violation with an error of its own (--errors). That would change what the daemon
sees, and hide whatever comes after the first; so the test goes on, and fails at its end.
"""

import os
import re
import socket
import subprocess
from pathlib import Path

import pytest

import harness

PRISM = Path(os.environ.get("PRISM", harness.BUILDDIR / "contract/node_modules/.bin/prism"))
DOCUMENT = harness.SHARED_DIR / "numspot/openapi.yaml"
START_LIMIT = 60  # seconds
VIOLATION = re.compile(r"Violation: (.*)")

# What the document forbids and the cloud does all the same; each with its reason, and nothing else.
ALLOWED = (
    # The document names 400, 401, 403, 404, 414 and 500. The recorded server also answers 409 and
    # 424, a gateway 429, 502, 503 and 504; imaged must bear them all.
    r"response Unable to match the returned status code with those defined in the document",
    # Recorded: "type": "https://docs.numspot.cloud/…", where the document wants a URN.
    r"response\.body\.type .* must match pattern \"\^\[Uu\]\[Rr\]\[Nn\]",
    # Recorded: "instance": "/compute/spaces/…", a path.
    r"response\.body\.instance .* must match format \"uri\"",
    # The tests name their clients as they like; imaged sends what it was given.
    r"request\.body\.client_id .* must match format \"uuid\"",
)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prism:
    """One Prism, for one address behind it."""

    def __init__(self, directory, upstream):
        self.log_path = directory / f"prism-{upstream.rsplit(':')[-1]}.log"
        self.url = f"http://127.0.0.1:{_free_port()}"
        self._seen = 0
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [str(PRISM), "proxy", str(DOCUMENT), upstream]
                + ["--host", "127.0.0.1", "--port", self.url.rsplit(":")[-1]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={"PATH": os.environ["PATH"], "NO_COLOR": "1"},
            )
        harness.wait_until(self._listens, START_LIMIT, "Prism listens")

    def _text(self):
        return self.log_path.read_text(errors="replace")

    def _listens(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"Prism ended by itself: {self._text()}")
        return "Prism is listening" in self._text()

    def violations(self):
        """What it has found since last asked, and how many requests it has seen."""
        text = self._text()[self._seen :]
        self._seen += len(text)
        return VIOLATION.findall(text), text.count("Request received")

    def stop(self):
        self.process.terminate()
        self.process.wait(harness.LIMIT)


class Fronts:
    """The Prisms of one pytest process, by what is behind them. Its tests' clouds share addresses."""

    def __init__(self, directory):
        self.directory = directory
        self.ports = []
        self.prisms = {}
        self.requests = 0

    def address(self):
        """Where a cloud may listen: where one did before, as a Prism stands there already."""
        for port in self.ports:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                    return f"127.0.0.1:{port}"
                except OSError:
                    continue  # another cloud of the same test
        self.ports.append(_free_port())
        return f"127.0.0.1:{self.ports[-1]}"

    def front(self, url):
        if url not in self.prisms:
            self.prisms[url] = Prism(self.directory, url)
        return self.prisms[url].url

    def unexpected(self):
        """The violations since last asked that are not allowed."""
        wrong = set()
        for prism in self.prisms.values():
            violations, requests = prism.violations()
            self.requests += requests
            wrong |= {
                each
                for each in violations
                if not any(re.match(allowed, each) for allowed in ALLOWED)
            }
        return sorted(wrong)

    def stop(self):
        for prism in self.prisms.values():
            prism.stop()


FRONTS = pytest.StashKey()


@pytest.fixture(scope="session")
def fronts(tmp_path_factory, pytestconfig):
    assert PRISM.is_file(), f"{PRISM} is missing: ./run contract installs it"
    fronts = Fronts(tmp_path_factory.mktemp("prism"))
    pytestconfig.stash[FRONTS] = fronts
    harness.Sim.front = staticmethod(fronts.front)
    harness.Sim.address = property(lambda _: fronts.address())
    yield fronts
    harness.Sim.front = None
    harness.Sim.address = "127.0.0.1:0"
    fronts.stop()


def pytest_collection_modifyitems(config, items):
    """A test whose very subject is the connection is none with a proxy in between."""
    left_out = [item for item in items if item.get_closest_marker("direct")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(autouse=True)
def contract(fronts, monkeypatch):
    """Around each test: nothing goes between client and cloud that the document does not allow.

    A test that tells the cloud to answer nonsense (Sim.faults) is held to it in its requests only.
    """
    told = []
    faults = harness.Sim.faults
    monkeypatch.setattr(
        harness.Sim, "faults", lambda self, *rules: (told.extend(rules), faults(self, *rules))[1]
    )
    fronts.unexpected()
    yield
    wrong = [each for each in fronts.unexpected() if not (told and each.startswith("response"))]
    assert not wrong, "against openapi.yaml: " + "; ".join(wrong)


def pytest_sessionfinish(session):
    """How much was seen: a contract that nobody exercised would hold as well."""
    fronts = session.config.stash.get(FRONTS, None)
    if fronts is not None and hasattr(session.config, "workeroutput"):
        session.config.workeroutput["contract_requests"] = fronts.requests


class _Count:
    """Adds up, where xdist has several workers, what they have seen."""

    requests = 0

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        self.requests += getattr(node, "workeroutput", {}).get("contract_requests", 0)

    def pytest_terminal_summary(self, terminalreporter, config):
        fronts = config.stash.get(FRONTS, None)
        requests = self.requests + (fronts.requests if fronts else 0)
        terminalreporter.write_line(f"Prism saw {requests} requests")


def pytest_configure(config):
    config.pluginmanager.register(_Count())
