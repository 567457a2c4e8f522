# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""What a process cost so far, when it said that it was ready, and tables of such things."""

import math
import os
import re
import select
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Costs:
    """Of one process since its start."""

    wall_s: float  # when it was looked at: the monotonic clock
    cpu_s: float  # of all threads, user and system
    rss_kib: int
    peak_kib: int
    wakeups: int  # voluntary switches of all threads: each is one time that it slept and was woken

    def since(self, before):
        """The costs from `before` to this; memory is not a difference."""
        return Costs(
            self.wall_s - before.wall_s,
            self.cpu_s - before.cpu_s,
            self.rss_kib,
            self.peak_kib,
            self.wakeups - before.wakeups,
        )


def _number(text, name):
    return int(re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE).group(1))


def _cpu_s(pid):
    """From the scheduler, in nanoseconds, where it tells; or else in ticks."""
    total_ns = 0
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total_ns += int((task / "schedstat").read_text().split()[0])
    except (OSError, IndexError):
        total_ns = 0
    # Threads that ended are in the process's own count only.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks_s = (int(fields[11]) + int(fields[12])) / TICKS
    return max(total_ns / 1e9, ticks_s) if total_ns else ticks_s


def costs(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    wakeups = sum(
        _number((task / "status").read_text(), "voluntary_ctxt_switches")
        for task in Path(f"/proc/{pid}/task").iterdir()
    )
    return Costs(
        time.monotonic(), _cpu_s(pid), _number(status, "VmRSS"), _number(status, "VmHWM"), wakeups
    )


class Notices:
    """A socket in the place of systemd's, to learn to the moment when a daemon says something."""

    def __init__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="bench-")
        self.path = f"{self._directory.name}/notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)

    def wait_for(self, word, limit):
        """Waits for a message that has this line, and returns the monotonic time."""
        deadline = time.monotonic() + limit
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                raise AssertionError(f"no {word} within {limit} s")
            message = self._socket.recv(65536)
            now = time.monotonic()
            if word in message.decode().split("\n"):
                return now

    def close(self):
        self._socket.close()
        self._directory.cleanup()


def percentile(values, percent):
    """The nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def table(heads, rows):
    """A Markdown table, readable as it is; all but the first column to the right."""
    cells = [[str(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]

    def line(row):
        padded = [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths))
        ]
        return f"| {' | '.join(padded)} |"

    rule = [("-" * width) if i == 0 else "-" * (width - 1) + ":" for i, width in enumerate(widths)]
    return "\n".join([line(cells[0]), f"|{'|'.join(f' {each} ' for each in rule)}|", *map(line, cells[1:])])


def count(number):
    return f"{number:,}"


def seconds(value):
    """With as many digits as mean something."""
    if value < 0.01:
        return f"{value * 1000:.2f} ms"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.2f} s" if value < 100 else f"{value:.0f} s"
