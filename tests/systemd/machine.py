# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""A Debian machine with systemd, in a container without a network, for our packages to be installed in.

Its root is made once, of what this machine's apt can install, and kept in BUILDDIR/machines. Needs root.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "e2e"))

from harness import BUILDDIR, CREDENTIALS, SPACE_ID, Sim, merged, wait_until  # noqa: E402

PACKAGES = Path(os.environ.get("PACKAGEDIR", BUILDDIR / "package"))
CACHE = BUILDDIR / "machines"
WHAT_PEOPLE_USE = ("adduser", "apt", "sudo")
CGROUPS = [Path("/sys/fs/cgroup") / name for name in (".", "unified", "systemd")]  # where systemd may keep groups
BOOT_LIMIT = 60
TOOLS = ("mmdebstrap", "systemd-nspawn", "nsenter", "apt-get", "dpkg-deb", "curl")


class CannotBoot(Exception):
    """This machine has not got what a container needs; the tests are skipped, which .ci/run takes for a failure."""


def packages():
    """The built .debs, by the name of the package."""
    found = {path.name.split("_")[0]: path for path in sorted(PACKAGES.glob("*_*.deb"))}
    missing = {"imaged", "numspot-sim"} - found.keys()
    assert not missing, f"{PACKAGES} has no package {sorted(missing)}: ./run package first"
    return {name: found[name] for name in ("imaged", "numspot-sim")}


def output_of(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def what_runs_packages():
    """systemd, and what our packages depend on: of alternatives, the first."""
    wanted = {"systemd", "systemd-sysv", "dbus", *WHAT_PEOPLE_USE}
    for path in packages().values():
        for each in output_of("dpkg-deb", "--field", str(path), "Depends").split(","):
            wanted.add(re.match(r"\s*([a-z0-9.+-]+)", each).group(1))
    return sorted(wanted)


def what_builds_a_tarball():
    """What scripts/packages names for a build, but the tools that only a clone needs."""
    lines = (TOP / "scripts" / "packages").read_text().splitlines()
    names = {line.split()[1] for line in lines if line.startswith("build ")}
    return sorted(names - {"autoconf", "automake"} | {"xz-utils"})


def _release():
    return re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.M).group(1)


def root_with(wanted):
    """A tar file of a root with these packages and no more than they need; made if it is not there yet."""
    release = _release()
    key = hashlib.sha256(" ".join([release, *wanted]).encode()).hexdigest()[:12]
    tar = CACHE / f"{release}-{key}.tar"
    CACHE.mkdir(parents=True, exist_ok=True)
    with tar.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tar.exists():
            _make_root(tar, release, wanted)
    return tar


def _make_root(tar, release, wanted):
    targets = output_of(
        "apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"
    )
    sources = sorted({line for line in targets.splitlines() if line.split()[2].startswith(release)})
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        settings = Path(scratch) / "apt.conf"
        settings.write_text(output_of("apt-config", "dump", "Acquire"))
        unfinished = Path(scratch) / "root.tar"
        subprocess.run(
            ["mmdebstrap", "--quiet", "--variant=essential", f"--include={','.join(wanted)}",
             f"--aptopt={settings}", release, str(unfinished), "-"],
            input="\n".join(sources), text=True, check=True,
        )  # fmt: skip
        unfinished.rename(tar)


class ControlGroup:
    """A control group for one container: in one and the same, two would take each other's processes for theirs."""

    def __init__(self, name):
        self.paths = [path / name for path in CGROUPS if (path / "cgroup.procs").exists()]
        for path in self.paths:
            path.mkdir(exist_ok=True)

    def join(self):
        """For the process that calls it."""
        for path in self.paths:
            (path / "cgroup.procs").write_text("0")

    def remove(self):
        """Once all its processes are gone."""
        for group in self.paths:
            for path, _, _ in os.walk(group, topdown=False):
                os.rmdir(path)


class Machine:
    """One such machine: made, booted, looked into, switched off."""

    def __init__(self):
        for tool in TOOLS:
            if shutil.which(tool) is None:
                raise CannotBoot(f"{tool} is missing")
        if os.geteuid() != 0:
            raise CannotBoot("only root can boot a container")
        CACHE.mkdir(parents=True, exist_ok=True)
        self.directory = Path(tempfile.mkdtemp(prefix="machine-", dir=CACHE))
        self.root = self.directory / "root"
        self.root.mkdir()
        subprocess.run(["tar", "-C", str(self.root), "-xf", str(root_with(what_runs_packages()))], check=True)
        self.console = self.directory / "console.log"
        self.group = None
        self.container = None
        self.leader = None

    # ---- Power

    def boot(self):
        """Boots it, and waits until systemd has started what it wants to."""
        command = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network",
                   "--console=pipe", f"--directory={self.root}", "--machine=imaged-test", "--boot"]  # fmt: skip
        if Path("/run/systemd/system").exists():
            command = ["systemd-run", "--quiet", "--scope", "--property=Delegate=yes", *command]
            join = None
        else:
            self.group = ControlGroup(self.directory.name)
            join = self.group.join
        with self.console.open("ab") as console:
            self.container = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=join,
            )  # fmt: skip
        try:
            wait_until(self._is_up, BOOT_LIMIT, "the container boots")
        except AssertionError as error:
            self.pull_the_plug()
            raise CannotBoot(f"{error}\n{self.console.read_text(errors='replace')[-2000:]}") from None
        return self

    def _is_up(self):
        if self.container.poll() is not None:
            raise CannotBoot(f"systemd-nspawn ended: {self.console.read_text(errors='replace')[-2000:]}")
        children = Path(f"/proc/{self.container.pid}/task/{self.container.pid}/children").read_text().split()
        if not children:
            return False
        self.leader = int(children[0])
        state = self.run("systemctl", "is-system-running", check=False).stdout.strip()
        return state in ("running", "degraded")

    def power_off(self):
        """In good order."""
        if self.container is None:
            return
        self.run("systemctl", "poweroff", check=False)
        self._gone()

    def pull_the_plug(self):
        """All processes are gone at once."""
        if self.container is None:
            return
        if self.leader is not None:
            os.kill(self.leader, signal.SIGKILL)  # the first of its namespace: the others go with it
        else:
            self.container.kill()
        self._gone()

    def _gone(self):
        self.container.wait(BOOT_LIMIT)
        self.container = self.leader = None
        if self.group is not None:
            wait_until(lambda: self.group.remove() or True, what="the control group is empty")
            self.group = None

    def remove(self):
        self.pull_the_plug()
        shutil.rmtree(self.directory)

    # ---- In it

    def run(self, *command, check=True, limit=60, user=None, said=None):
        """Runs a command in it, as root or another user, with or without input; the CompletedProcess, with text."""
        if user is not None:
            command = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *command)
        result = subprocess.run(
            ["nsenter", "--target", str(self.leader), "--all", "--", *map(str, command)],
            **({"stdin": subprocess.DEVNULL} if said is None else {"input": said}),
            capture_output=True, text=True, errors="replace", timeout=limit, check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        )  # fmt: skip
        if check and result.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, command))}: {result.returncode}\n{result.stdout}{result.stderr}")
        return result

    def kill(self, name, pid):
        """Sends a signal. (kill is a program of its own only where procps is installed.)"""
        self.run("sh", "-c", f"kill -{name} {pid}")

    def path(self, inside):
        return self.root / str(inside).lstrip("/")

    def write(self, inside, text, mode=0o644):
        """Puts a file there, in one step."""
        path = self.path(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.new")
        temporary.write_text(text)
        temporary.chmod(mode)
        temporary.rename(path)

    def remove_file(self, inside):
        self.path(inside).unlink(missing_ok=True)

    def install(self, *debs):
        """Installs packages as dpkg does, and returns what it said."""
        names = []
        for deb in debs:
            shutil.copy(deb, self.path("/root"))
            names.append(f"/root/{Path(deb).name}")
        return self.run("dpkg", "--install", *names).stdout

    def show(self, unit, *properties):
        """What systemctl show tells of a unit, as a dict."""
        lines = self.run("systemctl", "show", f"--property={','.join(properties)}", unit).stdout.splitlines()
        return dict(line.split("=", 1) for line in lines)

    def tells(self, unit, name):
        return self.show(unit, name)[name]

    def journal(self, *matches):
        """Entries, oldest first, as dicts. Matches are FIELD=VALUE, or options of journalctl."""
        self.run("journalctl", "--sync")
        lines = self.run("journalctl", "--output=json", "--no-pager", "--all", *matches).stdout.splitlines()
        return [json.loads(line) for line in lines]

    def messages(self, *matches):
        return [entry.get("MESSAGE", "") for entry in self.journal(*matches)]


class Cloud(Sim):
    """numspot-sim of the package, as a service in the machine; what Sim knows of it is asked by curl."""

    def __init__(self, machine, port, scenario=None):  # pylint: disable=super-init-not-called
        self.machine = machine
        self.port = port
        self.unit = f"numspot-sim-{port}"
        self.url = f"http://127.0.0.1:{port}"
        self.scenario = merged({"credentials": CREDENTIALS, "space_id": SPACE_ID}, scenario or {})

    @property
    def running(self):
        return self.machine.tells(self.unit, "ActiveState") == "active"

    def start(self):
        path = f"/etc/{self.unit}.yaml"
        self.machine.write(path, json.dumps(self.scenario))
        command = f"numspot-sim --listen 127.0.0.1:{self.port} --scenario {path}"
        self.machine.write(f"/etc/systemd/system/{self.unit}.service", f"[Service]\nExecStart={command}\n")
        self.machine.run("systemctl", "daemon-reload")
        self.machine.run("systemctl", "start", self.unit)
        wait_until(self.cloud, what=f"{self.unit} answers")
        return self

    def stop(self, limit=None):
        self.machine.run("systemctl", "stop", self.unit, check=False)

    def _ask(self, method, path, json=None):  # pylint: disable=redefined-outer-name
        command = ["nsenter", "--target", str(self.machine.leader), "--net", "curl", "--silent", "--show-error",
                   "--fail-with-body", "--noproxy", "*", "--max-time", "10", "--request", method]  # fmt: skip
        if json is not None:
            command += ["--header", "Content-Type: application/json", "--data", _dumps(json)]
        result = subprocess.run([*command, f"{self.url}/_sim{path}"], capture_output=True, text=True, check=False)
        assert result.returncode == 0, f"{method} /_sim{path}: {result.stdout}{result.stderr}"
        return _loads(result.stdout) if result.stdout else None

    def wait_until(self, condition, limit=20, what=None):
        return wait_until(condition, limit, what)


_dumps = json.dumps
_loads = json.loads
