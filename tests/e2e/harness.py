# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The real programs, each in a private directory, for tests to start, provoke and look at.

Nothing here sleeps for a fixed time: wait_until() asks again until a condition holds, within a limit.
Programs come from BUILDDIR (default: build/ in the clone), facts about the cloud from SHARED_DIR.
"""

import grp
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import requests
import yaml

TOP = Path(__file__).resolve().parents[2]
BUILDDIR = Path(os.environ.get("BUILDDIR", TOP / "build")).resolve()
SHARED_DIR = Path(os.environ.get("SHARED_DIR", TOP.parent / "shared"))

# What numspot-sim takes when its scenario does not say otherwise.
SPACE_ID = "11111111-2222-4333-8444-555555555555"
CREDENTIALS = {"client_id": "demo", "client_secret": "demo-secret"}

LIMIT = 20  # seconds: what a healthy but slow machine needs at most, under sanitizers too
STOP_LIMIT = 15  # seconds: SIGTERM is answered within 10
SANITIZER_REPORTS = re.compile(r"ERROR: \w+Sanitizer|WARNING: \w+Sanitizer|runtime error: .*")


def wait_until(condition, limit=LIMIT, what=None, every=0.05):
    """Calls condition() until it is true and returns that; an AssertionError after limit seconds.

    In it, a failed assertion or a refused connection counts as "not yet", and is shown if it stays.
    """
    deadline = time.monotonic() + limit
    while True:
        try:
            answer = condition()
            if answer:
                return answer
            last = f"it was {answer!r}"
        except (AssertionError, OSError, http.client.HTTPException) as error:
            last = f"{type(error).__name__}: {error}"
        if time.monotonic() >= deadline:
            subject = what or getattr(condition, "__name__", "condition")
            raise AssertionError(f"{subject}: not within {limit} s; last, {last}")
        time.sleep(every)


def program(name):
    """The path of a program that was built."""
    path = BUILDDIR / name
    assert path.is_file(), f"{path} is missing: ./run build first, or point BUILDDIR to a build"
    return path


def free_port():
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def copy_of(name, **more):
    """A declaration that copies the image which the scenario fixture's cloud has."""
    return {
        "name": name,
        "source_image_id": "ami-0b7df82c",
        "source_region_name": "cloudgouv-eu-west-1",
        **more,
    }


def tags_of(image):
    """The tags of an image as the API tells them, as a dict."""
    return {tag["key"]: tag["value"] for tag in image["tags"]}


def merged(base, over):
    """base with over laid upon it, mapping by mapping; None in over takes a key away."""
    result = dict(base)
    for key, value in over.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


class Program:
    """One program of ours: started, watched, ended. Its output goes to a file, one for all its starts."""

    def __init__(self, name, directory):
        self.name = name
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.log_path = self.directory / f"{name}.log"
        self.log_path.touch()
        self.process = None
        self.behind = []  # a command that it is put behind, which must become it
        # Nothing of the caller's own environment that the program would heed.
        self.environment = {
            key: value
            for key, value in os.environ.items()
            if key in ("PATH", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
        }
        self.environment.update(HOME=str(self.directory), LC_ALL="C.UTF-8", TZ="UTC")

    @property
    def log(self):
        """All it has printed so far, on both channels."""
        return self.log_path.read_text(errors="replace")

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def launch(self, *arguments):
        assert not self.running, f"{self.name} is running already"
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.behind, str(program(self.name)), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=self.directory,
            )

    def wait_until(self, condition, limit=LIMIT, what=None):
        """As wait_until(), and fails at once when the program ends meanwhile."""

        def alive_and_condition():
            if not self.running:
                raise RuntimeError(f"{self.name} ended by itself, status {self.process.returncode}")
            return condition()

        subject = what or getattr(condition, "__name__", None)
        return wait_until(alive_and_condition, limit, subject)

    def wait_for_log(self, pattern, limit=LIMIT):
        """Waits for a line that matches, and returns the match."""
        return self.wait_until(lambda: re.search(pattern, self.log), limit, f"log line {pattern!r}")

    def wait_for_end(self, limit=STOP_LIMIT):
        """Waits until it has ended, and returns its exit status (negative: the signal)."""
        try:
            return self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            raise AssertionError(f"{self.name} did not end within {limit} s") from None

    def signal(self, number):
        assert self.running, f"{self.name} is not running"
        self.process.send_signal(number)

    def stop(self, limit=STOP_LIMIT):
        """Ends it in good order (SIGTERM), and expects success."""
        self.signal(signal.SIGTERM)
        status = self.wait_for_end(limit)
        assert status == 0, f"{self.name} ended with status {status} on SIGTERM"

    def kill(self):
        """Ends it as a power cut would (SIGKILL)."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def finish(self):
        """The fixtures' end of each program: in good order, and no sanitizer has complained."""
        try:
            if self.running:
                self.stop()
        finally:
            if self.running:
                self.kill()
        complaint = SANITIZER_REPORTS.search(self.log)
        assert not complaint, f"{self.name}: {complaint.group(0)}"


class Sim(Program):
    """numspot-sim on a port of its own. Every method but the first few speaks to its /_sim interface."""

    address = "127.0.0.1:0"
    dump = staticmethod(yaml.safe_dump)  # of a scenario
    front = None  # tests/contract: given the URL, puts something in front of it and returns its URL

    def __init__(self, directory, scenario=None, seed=None):
        super().__init__("numspot-sim", directory)
        self.scenario = merged({"credentials": CREDENTIALS, "space_id": SPACE_ID}, scenario or {})
        self.seed = seed
        self.url = None
        self.api = None  # where daemons find the API: the same, but for tests/contract

    def start(self):
        """Starts it; a second time, on the same port, with the scenario as new."""
        path = self.directory / "scenario.yaml"
        path.write_text(self.dump(self.scenario))
        address = self.url.split("//")[1] if self.url else self.address
        arguments = ["--listen", address, "--scenario", path]
        if self.seed is not None:
            arguments += ["--seed", self.seed]
        seen = len(self.log)
        self.launch(*arguments)
        line = self.wait_until(
            lambda: re.search(r"http://[\w.:\[\]]+", self.log[seen:]), what="numspot-sim's URL"
        )
        self.url = line.group(0)
        self.api = self.url if self.front is None else self.front(self.url)
        return self

    def _ask(self, method, path, **arguments):
        answer = requests.request(method, f"{self.url}/_sim{path}", timeout=10, **arguments)
        assert answer.ok, f"{method} /_sim{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def cloud(self):
        """All there is: {"images": […], "snapshots": […], "vms": […]}."""
        return self._ask("GET", "/cloud")

    def images(self, name=None):
        """The images, or those of one name."""
        return [image for image in self.cloud()["images"] if name in (None, image["name"])]

    def image(self, name):
        """The one image of this name; an AssertionError when there are none or several."""
        found = self.images(name)
        assert len(found) == 1, f"{len(found)} images are named {name!r}"
        return found[0]

    def requests(self, method=None, path=None):
        """The API requests seen, in order, of one method, and with a path that ends so."""
        return [
            request
            for request in self._ask("GET", "/requests")["items"]
            if method in (None, request["method"]) and request["path"].endswith(path or "")
        ]

    def writes(self):
        """The API requests that were to change something; tokens do not count."""
        return [
            request
            for request in self.requests()
            if request["method"] != "GET" and not request["path"].endswith("/iam/token")
        ]

    def forget_requests(self):
        self._ask("DELETE", "/requests")

    def faults(self, *rules):
        """Sets the fault rules, in place of those before; without any: health."""
        self._ask("PUT", "/faults", json=list(rules))

    def fault(self, method, path, action, **more):
        """Sets one fault rule: fault("POST", "/images", {"status": 503}, times=2); times=-1: for ever."""
        rule = {"method": method, "path": path, "action": action, **more}
        self.faults({key: value for key, value in rule.items() if value is not None})

    def change_image(self, identifier, **fields):
        """Does to an image what somebody at the console could; tags as a dict."""
        if "tags" in fields:
            fields["tags"] = [{"key": key, "value": value} for key, value in fields["tags"].items()]
        return self._ask("POST", f"/images/{identifier}", json=fields)

    def add_image(self, name, **fields):
        """Puts an image in, as somebody else would have; its id."""
        return self._ask("POST", "/images", json={"name": name, **fields})["id"]

    def delete_image(self, identifier):
        self._ask("DELETE", f"/images/{identifier}")

    def revoke_tokens(self):
        self._ask("POST", "/tokens/revoke")

    def advance(self, duration):
        """Moves the cloud's clock: advance("1h")."""
        self._ask("POST", "/time", json={"advance": duration})

    def wait_for_requests(self, count=1, method=None, path=None, limit=LIMIT):
        """Waits until so many of these requests were seen, and returns them."""

        def enough():
            seen = self.requests(method, path)
            assert len(seen) >= count, [(each["method"], each["path"]) for each in seen]
            return seen

        return self.wait_until(enough, limit, f"{count} x {method} {path}")

    def wait_for_lists(self, count, limit=LIMIT):
        """Waits for so many healthy full lists from now on: imaged has then looked at everything anew."""
        before = len(self._lists())

        def enough():
            return len(self._lists()) >= before + count

        self.wait_until(enough, limit, f"{count} lists of all images")

    def _lists(self):
        return [
            each
            for each in self.requests("GET", "/images")
            if not each["query"] and each["status"] == 200
        ]


class SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Imaged(Program):
    """The daemon on a private directory of declarations, record and socket, with short intervals."""

    def __init__(self, directory, sim, configuration=None):
        super().__init__("imaged", directory)
        self.sim = sim
        self.declarations = self.directory / "images.d"
        self.declarations.mkdir(exist_ok=True)
        self.record = self.directory / "state.db"
        # A socket's path is short by law (107 bytes), pytest's directories are not.
        self._socket_directory = tempfile.TemporaryDirectory(prefix="imaged-")
        self.socket = Path(self._socket_directory.name) / "control.sock"
        self.secret_path = self.directory / "client_secret"
        self.secret_path.write_text(sim.scenario["credentials"]["client_secret"])
        self.secret_path.chmod(0o600)
        self.configuration_path = self.directory / "imaged.yaml"
        self.configuration = merged(self._quick_configuration(), configuration or {})

    def _quick_configuration(self):
        return {
            "numspot": {
                "host": self.sim.api,
                "space_id": self.sim.scenario["space_id"],
                "client_id": self.sim.scenario["credentials"]["client_id"],
                "client_secret_file": str(self.secret_path),
                "request_timeout": "5s",
            },
            "declarations": {
                "directory": str(self.declarations),
                "settle": "20ms",
                "rescan": "1s",
            },
            "state": {"backend": "sqlite", "path": str(self.record)},
            "control": {"socket": str(self.socket), "group": grp.getgrgid(os.getgid()).gr_name},
            "limits": {"rate": 200, "burst": 400},
            "poll": {
                "pending_min": "50ms",
                "pending_max": "500ms",
                "resync": "300ms",
                "gone_after": "300ms",
            },
            "deletion": {"grace": "300ms"},
            "ambiguity_window": "2s",
            "installation": "tests",
            "log": {"level": "debug"},
        }

    def configure(self, changes=None):
        """Lays changes upon the configuration and writes it; start() does so, reload() after a change."""
        self.configuration = merged(self.configuration, changes or {})
        self.configuration_path.write_text(yaml.safe_dump(self.configuration))

    def declare(self, file, declaration):
        """Puts a declaration, or a list of them, or plain text, into the directory in one step."""
        if isinstance(declaration, list):
            declaration = yaml.safe_dump_all(declaration)
        elif isinstance(declaration, dict):
            declaration = yaml.safe_dump(declaration)
        temporary = self.declarations / f".{file}.new"
        temporary.write_text(declaration)
        temporary.rename(self.declarations / file)

    def withdraw(self, file):
        (self.declarations / file).unlink()

    def start(self, *arguments, ready=True):
        """Starts it, and waits until it answers on its socket."""
        self.configure()
        self.launch("--config", self.configuration_path, *arguments)
        if ready:
            self.wait_until(lambda: self.status()["ready"], what="imaged is ready")
        return self

    def restart(self):
        self.stop()
        return self.start()

    def reload(self):
        """SIGHUP. What it did of it is for the caller to wait for."""
        self.signal(signal.SIGHUP)

    def run(self, *arguments, limit=60):
        """Runs it to its end (--once, --check-config, …) and returns the CompletedProcess."""
        self.configure()
        result = subprocess.run(
            [*self.behind, str(program("imaged")), "--config", str(self.configuration_path), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            cwd=self.directory,
            timeout=limit,
            check=False,
        )
        with self.log_path.open("a") as log:
            log.write(f"{result.stdout}{result.stderr}(ended: {result.returncode})\n")
        return result

    def imagectl(self, *arguments, limit=LIMIT):
        """Runs the client on this daemon's socket and returns the CompletedProcess."""
        return subprocess.run(
            [str(program("imagectl")), "--socket", str(self.socket), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            timeout=limit,
            check=False,
        )

    def ask(self, *arguments, status=(0, 2)):
        """Runs the client with JSON output and returns what it printed, as data."""
        result = self.imagectl("--output", "json", *arguments)
        assert result.returncode in status, (
            f"imagectl {' '.join(map(str, arguments))}: {result.returncode} {result.stderr}"
        )
        return json.loads(result.stdout)

    def call(self, method, path, headers=None):
        """One request to the control socket: its status and its body, as data where it is JSON."""
        connection = SocketConnection(self.socket)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            body = answer.read().decode()
            kind = answer.getheader("Content-Type", "")
            return answer.status, json.loads(body) if "json" in kind else body
        finally:
            connection.close()

    def read(self, path):
        status, body = self.call("GET", path)
        assert status == 200, f"GET {path}: {status} {body}"
        return body

    def command(self, verb, name=None):
        """What imagectl retry, refresh, suspend, resume and approve ask for; of all without a name."""
        path = f"/v1/{verb}" if name is None else f"/v1/images/{quote(name, safe='')}/{verb}"
        status, body = self.call("POST", path)
        assert status == 202, f"POST {path}: {status} {body}"

    def status(self):
        """How the daemon stands as a whole."""
        return self.read("/v1/status")

    def images(self):
        """What it says of each image, by name."""
        return {each["name"]: each for each in self.read("/v1/images")["items"]}

    def image(self, name):
        """What it says of one image."""
        return self.read(f"/v1/images/{quote(name, safe='')}")

    def history(self, name):
        """The image's states and reasons, oldest first, as far as they are durable."""
        rows = self.read(f"/v1/images/{quote(name, safe='')}/history")["items"]
        return [(row["state"], row["reason"]) for row in reversed(rows)]

    def wait_for_all(self, count, limit=LIMIT):
        """Waits until so many images, and no others, are available."""

        def all_available():
            counts = self.status()["images"]
            assert counts["total"] == counts["available"] == count, self.images()
            return True

        self.wait_until(all_available, limit, f"{count} images available")

    def wait_for_gone(self, name, limit=LIMIT):
        """Waits until it knows nothing of the image any more."""
        self.wait_until(lambda: name not in self.images(), limit, f"{name} is forgotten")

    def wait_for(self, name, state="available", reason=None, limit=LIMIT):
        """Waits until an image has this state, and this reason if given; returns its row."""

        def as_wanted():
            row = self.image(name)
            assert row["state"] == state and reason in (None, row["reason"]), row
            return row

        return self.wait_until(as_wanted, limit, f"{name} {state} {reason or ''}".strip())

    def finish(self):
        try:
            super().finish()
        finally:
            self._socket_directory.cleanup()
