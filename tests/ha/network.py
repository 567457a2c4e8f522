# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Hosts on a network of their own: a namespace each, joined by a bridge in one more, so that nothing of it
touches the machine's network or that of another test run.

Partitions are silent, as real ones are: packets vanish, and nobody is told.
"""

import ctypes
import os
import subprocess
import threading

PREFIX = "imaged-ha"
CLONE_NEWNET = 0x40000000
SWITCH = "switch"
HOSTS = {
    "etcd1": "10.77.0.11",
    "etcd2": "10.77.0.12",
    "etcd3": "10.77.0.13",
    "host-a": "10.77.0.21",
    "host-b": "10.77.0.22",
    "cloud": "10.77.0.31",
    "observer": "10.77.0.41",
}
ETCD = ("etcd1", "etcd2", "etcd3")


class NotPermitted(Exception):
    """Namespaces cannot be made here: for lack of rights, or of something in the kernel."""


def run(*command, stdin=None):
    """Runs a command to its end, expects success, and returns what it printed."""
    result = subprocess.run(
        command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert result.returncode == 0, f"{' '.join(command)}: {result.stdout.strip()}"
    return result.stdout


def table_of(other):
    return f"cut_{other.replace('-', '_')}"


class Network:
    """All HOSTS, with each other in reach."""

    def __init__(self):
        self.cuts = set()
        sweep()
        try:
            self._build()
        except (AssertionError, OSError) as error:
            self.remove()
            raise NotPermitted(str(error)) from error

    def _build(self):
        for host in (SWITCH, *HOSTS):
            run("ip", "netns", "add", self.namespace(host))
            run("ip", "-n", self.namespace(host), "link", "set", "lo", "up")
        switch = self.namespace(SWITCH)
        run("ip", "-n", switch, "link", "add", "bridge", "type", "bridge")
        run("ip", "-n", switch, "link", "set", "bridge", "up")
        for host, address in HOSTS.items():
            mine = self.namespace(host)
            pair = ("type", "veth", "peer", "name", "eth0", "netns", mine)
            run("ip", "-n", switch, "link", "add", host, *pair)
            run("ip", "-n", switch, "link", "set", host, "master", "bridge", "up")
            run("ip", "-n", mine, "address", "add", f"{address}/24", "dev", "eth0")
            run("ip", "-n", mine, "link", "set", "eth0", "up")
        self.cut("observer", "cloud")
        self.heal()

    def namespace(self, host):
        return f"{PREFIX}-{os.getpid()}-{host}"

    def command(self, host):
        """What a command is put behind to run on a host, as the same process."""
        return ["nsenter", f"--net=/run/netns/{self.namespace(host)}", "--"]

    def call(self, host, function):
        """function() on a host: a socket that is made there stays there."""
        outcome = []

        def enter():
            try:
                descriptor = os.open(f"/run/netns/{self.namespace(host)}", os.O_RDONLY)
                try:
                    libc = ctypes.CDLL(None, use_errno=True)
                    if libc.setns(descriptor, CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), "setns")
                finally:
                    os.close(descriptor)
                outcome.append((function(), None))
            except Exception as error:  # pylint: disable=broad-except  # for the caller
                outcome.append((None, error))

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        result, error = outcome[0]
        if error is not None:
            raise error
        return result

    def cut(self, host, *others, ways=("in", "out")):
        """From now on nothing passes between a host and these others; or in, or out of the host, only."""
        chains = {
            "in": "chain in {{ type filter hook input priority 0; ip saddr {0} drop; }}",
            "out": "chain out {{ type filter hook output priority 0; ip daddr {0} drop; }}",
        }
        for other in others:
            address = HOSTS[other]
            inside = "\n".join(chains[way].format(address) for way in ways)
            rules = f"table inet {table_of(other)} {{\n{inside}\n}}\n"
            run(*self.command(host), "nft", "-f", "-", stdin=rules)
            self.cuts.add((host, other))

    def unplug(self, host):
        """Takes a host off the network altogether."""
        run("ip", "-n", self.namespace(SWITCH), "link", "set", host, "down")
        self.cuts.add((host, None))

    def heal(self):
        """Everybody reaches everybody again."""
        for host, other in self.cuts:
            if other is None:
                run("ip", "-n", self.namespace(SWITCH), "link", "set", host, "up")
            else:
                run(*self.command(host), "nft", "delete", "table", "inet", table_of(other))
        self.cuts.clear()

    def remove(self):
        remove_namespaces(lambda pid: pid == os.getpid())


def remove_namespaces(condition):
    """Of those that tests made, the ones of whose owner's number this is true."""
    for line in run("ip", "netns", "list").splitlines():
        name = line.split()[0]
        if name.startswith(f"{PREFIX}-") and condition(int(name.split("-")[2])):
            run("ip", "netns", "delete", name)


def sweep():
    """Removes what runs have left that were killed."""
    remove_namespaces(lambda pid: not os.path.exists(f"/proc/{pid}"))
