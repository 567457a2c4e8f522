# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""What a figure was measured on."""

import os
import platform
import re
import subprocess
from pathlib import Path

LIBRARIES = ["libuv", "libcurl", "yaml-0.1", "jansson", "sqlite3", "libmicrohttpd"]


def _first(pattern, path):
    found = re.search(pattern, Path(path).read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1).strip() if found else "unknown"


def _printed(*command):
    """The first line that a command prints, or None where there is no such command."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.partition("\n")[0].strip()


def _libraries():
    versions = [(name, _printed("pkg-config", "--modversion", name)) for name in LIBRARIES]
    return ", ".join(f"{name} {version}" for name, version in versions if version)


def describe(work, builddir):
    """Rows of (what, value)."""
    memory_kib = int(_first(r"^MemTotal:\s+(\d+)", "/proc/meminfo"))
    file_system = _printed("stat", "--file-system", "--format=%T", str(work)) or "unknown"
    return [
        ("processor", _first(r"^model name\s*:\s*(.*)$", "/proc/cpuinfo")),
        ("cores", str(len(os.sched_getaffinity(0)))),
        ("memory", f"{memory_kib / 2**20:.0f} GiB"),
        ("kernel", platform.release()),
        ("file system", file_system),
        ("compiler", _printed("gcc", "--version") or "unknown"),
        ("libraries", _libraries()),
        ("imaged", _printed(str(builddir / "imaged"), "--version") or "unknown"),
        ("load at the start", " ".join(f"{load:.2f}" for load in os.getloadavg())),
    ]
