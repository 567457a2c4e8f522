# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""imagectl watch: on a terminal, where a person looks, and in a pipe, where a program does."""

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unicodedata

import pytest

import harness
from fake_daemon import FakeDaemon, image

PENDING = image("web", "pending", "ImagePending", image_id="ami-00000001", age_ms=1000)


@pytest.fixture
def daemon():
    made = FakeDaemon().start()
    made.images = [PENDING]
    yield made
    made.finish()


def command(daemon, *arguments):
    return [str(harness.program("imagectl")), "--socket", str(daemon.socket), "watch", *arguments]


ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "xterm"}


def width_of(character):
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Emulator:
    """As much of a terminal as watch uses: lines that break at the right edge, colours dropped, the
    cursor moved up and home."""

    def __init__(self, columns, rows):
        self.columns = columns
        self.rows = rows
        self.lines = [""]
        self.row = 0
        self.taken = 0  # columns of the line that the cursor is in
        self.cursor_shown = True

    def feed(self, text):
        for part in re.findall(r"\033\[[?0-9;]*[a-zA-Z]|[^\033]", text):
            if part == "\n":
                self.down()
            elif part == "\r":
                self.taken = 0
            elif part.startswith("\033"):
                self.control(part[2:-1], part[-1])
            else:
                self.put(part)

    def down(self):
        self.row += 1
        self.taken = 0
        if self.row == len(self.lines):
            self.lines.append("")

    def put(self, character):
        if self.taken + width_of(character) > self.columns:
            self.down()
            self.lines[self.row] = ""
        self.lines[self.row] += character
        self.taken += width_of(character)

    def control(self, argument, letter):
        if letter == "A":
            self.row -= int(argument or 1)
            assert self.row >= max(0, len(self.lines) - self.rows), "moved beyond the terminal's top"
        elif letter == "K":
            assert self.taken == 0
            self.lines[self.row] = ""
        elif letter == "J":
            del self.lines[self.row + 1 :]
            self.lines[self.row] = ""
        elif letter in "hl":
            self.cursor_shown = letter == "h"
        else:
            assert letter == "m", f"a sequence that this emulator does not know: {letter}"


class Terminal:
    """A program on a pseudo-terminal of its own, and what stands on it."""

    def __init__(self, arguments, columns=100, rows=24, **environment):
        self.fd, inner = pty.openpty()
        self.emulator = Emulator(columns, rows)
        self.raw = ""
        self.resize(columns, rows)
        self.modes = termios.tcgetattr(inner)
        self.inner = inner
        self.process = subprocess.Popen(
            arguments,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env={**ENVIRONMENT, **environment},
            start_new_session=True,
            preexec_fn=self.take_terminal,
        )

    @staticmethod
    def take_terminal():
        """In the child: as a login shell's programs start, whatever ran the tests ignores (nohup)."""
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    def resize(self, columns, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.emulator.columns, self.emulator.rows = columns, rows

    def read(self):
        while select.select([self.fd], [], [], 0)[0]:
            with contextlib.suppress(OSError):
                text = os.read(self.fd, 65536).decode()
                self.raw += text
                self.emulator.feed(text)

    @property
    def shown(self):
        """What stands there now."""
        self.read()
        return "\n".join(line.rstrip() for line in self.emulator.lines)

    def wait_for(self, pattern, limit=harness.LIMIT):
        def there():
            assert re.search(pattern, self.shown, re.M), self.shown
            return True

        return harness.wait_until(there, limit, f"{pattern!r} on the terminal")

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait_for_end(self):
        def ended():
            self.read()  # or it could not write
            return self.process.poll() is not None

        harness.wait_until(ended, what="the program's end")
        return self.process.returncode

    def check_restored(self):
        self.read()
        assert self.emulator.cursor_shown
        assert termios.tcgetattr(self.inner) == self.modes

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.fd)
        os.close(self.inner)


@pytest.fixture
def terminal():
    made = []

    def make(arguments, **more):
        made.append(Terminal(arguments, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


def ages(terminal):
    """All ages of the image that were ever drawn, in seconds."""
    terminal.read()
    return [int(age) for age in re.findall(r"ImagePending  (\d+)s", terminal.raw)]


def test_the_table_is_redrawn_in_place_and_ages_go_on(daemon, terminal):
    seen = terminal(command(daemon))
    seen.wait_for(r"^web +. pending +ImagePending +1s +ami-00000001")
    harness.wait_until(lambda: max(ages(seen), default=0) >= 3, what="an age of 3 s")
    assert ages(seen) == sorted(ages(seen))
    assert daemon.gets.count("/v1/status") == 1, "an unchanged list was read again"
    daemon.change(image("web", age_ms=0), image("zoo", "failed", "Rejected"))
    seen.wait_for(r"^2 images: 1 available, 1 failed$")
    assert re.findall(r"^NAME", seen.shown, re.M) == ["NAME"]
    assert re.search(r"^web +✓ available +InSync +0s", seen.shown, re.M)
    assert re.search(r"^zoo +✗ failed", seen.shown, re.M)
    assert seen.raw.count("\033[?1049h") == 0, "no alternate screen"


@pytest.mark.parametrize("key, status", [("q", 0), ("\x03", 0)])
def test_a_key_ends_it_and_the_terminal_is_as_before(daemon, terminal, key, status):
    seen = terminal(command(daemon))
    seen.wait_for("ImagePending")
    assert not seen.emulator.cursor_shown
    seen.type(key)
    assert seen.wait_for_end() == status
    seen.check_restored()
    assert "ImagePending" in seen.shown, "the last picture stays"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_the_terminal_is_as_before(daemon, terminal, number):
    seen = terminal(command(daemon))
    seen.wait_for("ImagePending")
    seen.process.send_signal(number)
    assert seen.wait_for_end() == 0
    seen.check_restored()


def test_stopped_it_gives_the_terminal_back_and_takes_it_again(daemon, terminal):
    seen = terminal(command(daemon))
    seen.wait_for("ImagePending")
    seen.process.send_signal(signal.SIGTSTP)
    pid, state = os.waitpid(seen.process.pid, os.WUNTRACED)
    assert pid == seen.process.pid and os.WIFSTOPPED(state)
    seen.check_restored()
    seen.process.send_signal(signal.SIGCONT)
    harness.wait_until(lambda: seen.shown and not seen.emulator.cursor_shown, what="drawn again")
    daemon.change(image("web"))
    seen.wait_for("InSync")


def test_it_survives_a_restart_of_the_daemon(daemon, terminal):
    seen = terminal(command(daemon))
    seen.wait_for("ImagePending")
    daemon.stop()
    seen.wait_for("waiting for imaged, for [0-9]+s: .*control.sock: Connection refused")
    assert len(seen.shown.split("waiting")[1]) > 100, "too short to break"
    assert "ImagePending" in seen.shown, "what was known stays to be seen"
    seen.wait_for("waiting for imaged, for [1-9]+s")
    assert re.findall(r"^NAME", seen.shown, re.M) == ["NAME"], "a line that broke is drawn over"
    # Another daemon may count its revisions anew, and come to the same one.
    daemon.images = [image("web", message="after the restart")]
    daemon.restart()
    seen.wait_for("after the restart")
    assert "waiting" not in seen.shown


def test_a_restart_between_two_looks_is_noticed(daemon, terminal):
    seen = terminal(command(daemon))
    seen.wait_for("ImagePending")
    daemon.stop()
    daemon.images = [image("web", message="after the restart")]
    daemon.restart()
    seen.wait_for("after the restart")


def test_more_images_than_lines_show_those_that_matter(daemon, terminal):
    calm = [image(f"calm-{i:03}") for i in range(100)]
    daemon.images = [*calm, PENDING, image("zoo", "failed", "Rejected")]
    seen = terminal(command(daemon), columns=80, rows=12)
    seen.wait_for(r"^\.\.\. and \d+ more$")
    shown = seen.shown
    assert len(shown.split("\n")) <= 12
    assert re.search("^web ", shown, re.M) and re.search("^zoo ", shown, re.M)
    assert "102 images: 100 available, 1 pending, 1 failed" in shown


@pytest.mark.parametrize("columns, rows", [(200, 50), (40, 10), (20, 5), (5, 3), (1, 1)])
def test_any_size_of_terminal_is_borne(daemon, terminal, columns, rows):
    daemon.images = [image(f"a-rather-long-name-{i:03}", message="so it is" * 9) for i in range(30)]
    daemon.faults = {"api": "cannot be reached, whatever one tries, for a long time by now"}
    seen = terminal(command(daemon))
    seen.wait_for("30 images")
    seen.resize(columns, rows)
    seen.process.send_signal(signal.SIGWINCH)
    seen.emulator.lines, seen.emulator.row = [""], 0  # what was there is broken anew: not ours to judge
    seen.emulator.control = lambda argument, letter: None
    daemon.change(*daemon.images[:20])
    harness.wait_until(lambda: daemon.gets.count("/v1/status") >= 2, what="another look")
    seen.type("q")
    assert seen.wait_for_end() == 0


def test_colours_only_where_they_are_wanted(daemon, terminal):
    assert "\033[33m" in terminal_text(daemon, terminal)
    assert "\033[33m" not in terminal_text(daemon, terminal, NO_COLOR="1")
    assert "\033[33m" not in terminal_text(daemon, terminal, TERM="dumb")


def terminal_text(daemon, terminal, **environment):
    arguments = [str(harness.program("imagectl")), "--socket", str(daemon.socket), "status"]
    seen = terminal(arguments, **environment)
    assert seen.wait_for_end() == 0
    seen.wait_for("1 image: 1 pending")
    return seen.raw


def test_status_is_cut_to_the_terminals_width(daemon, terminal):
    daemon.images = [image("naïve-日本語", message="a message that has no end " * 9)]
    seen = terminal([*command(daemon)[:3], "status"], columns=80)
    seen.wait_for("1 image")
    row = next(line for line in seen.shown.split("\n") if line.startswith("naïve"))
    assert row.endswith("…")
    assert len(row) + 3 <= 80  # three wide characters


# ---- Where there is no terminal


class Pipe:
    def __init__(self, arguments):
        self.process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
        )
        self.text = {1: "", 2: ""}
        for stream in (self.process.stdout, self.process.stderr):
            os.set_blocking(stream.fileno(), False)

    def read(self, which=1):
        stream = self.process.stdout if which == 1 else self.process.stderr
        self.text[which] += (stream.read() or b"").decode()
        return self.text[which]

    def wait_for(self, pattern, which=1):
        def there():
            assert re.search(pattern, self.read(which), re.M), self.text
            return True

        return harness.wait_until(there, what=pattern)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@pytest.fixture
def pipe():
    made = []

    def make(arguments):
        made.append(Pipe(arguments))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_in_a_pipe_each_change_is_a_line(daemon, pipe):
    seen = pipe(command(daemon))
    seen.wait_for(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d web: pending, ImagePending, ami-00000001$")
    daemon.change(image("web", message="it is\nthere"))
    seen.wait_for(r" web: available, InSync, ami-00000001: it is\\nthere$")
    daemon.change()
    seen.wait_for(r" web: no longer looked after$")
    assert len(seen.read().splitlines()) == 3 and "\033" not in seen.read()
    seen.process.terminate()
    assert seen.process.wait(harness.LIMIT) == 0


def test_in_a_pipe_a_restart_is_told_on_standard_error(daemon, pipe):
    seen = pipe(command(daemon))
    seen.wait_for("ImagePending")
    daemon.stop()
    seen.wait_for("^imagectl: waiting for imaged: .*Connection refused", 2)
    daemon.restart()
    seen.wait_for("^imagectl: imaged answers again$", 2)
    assert len(seen.read().splitlines()) == 1


def test_as_json_each_change_is_an_object(daemon, pipe):
    seen = pipe([*command(daemon), "--output", "json"])
    seen.wait_for("ImagePending")
    daemon.change()
    seen.wait_for("null}$")
    first, second = (json.loads(line) for line in seen.read().splitlines())
    assert first.keys() == {"time", "name", "image"} and first["image"] == PENDING
    assert (second["name"], second["image"]) == ("web", None)


def test_it_ends_when_nobody_reads_any_more(daemon, pipe):
    seen = pipe(command(daemon))
    seen.wait_for("ImagePending")
    seen.process.stdout.close()
    harness.wait_until(lambda: seen.process.poll() is not None, what="the end")
    seen.process.stdout = None


def test_a_signal_that_is_ignored_stays_so(daemon, pipe):
    shell = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"]  # as in the background of a script
    seen = pipe([*shell, *command(daemon)])
    seen.wait_for("ImagePending")
    seen.process.send_signal(signal.SIGINT)
    daemon.change(image("web"))
    seen.wait_for("InSync")
    seen.process.terminate()
    assert seen.process.wait(harness.LIMIT) == 0


def test_names_limit_what_is_watched(daemon, pipe):
    daemon.images = [image("a"), PENDING]
    seen = pipe(command(daemon, "web"))
    seen.wait_for(" web: ")
    daemon.change(image("a", message="other"), image("web"))
    seen.wait_for(" web: available")
    assert " a: " not in seen.read()


@pytest.mark.parametrize(
    "last, status",
    [
        (image("web"), 0),
        (image("web", "failed", "Rejected"), 2),
        (image("web", "pending", "AwaitingApproval"), 2),
        (image("web", "pending", "WaitingForSource"), 2),
    ],
)
def test_until_settled_ends_by_itself(daemon, pipe, last, status):
    seen = pipe(command(daemon, "--until-settled"))
    seen.wait_for("ImagePending")
    daemon.change(image("web", in_flight=True, message="tagging"))
    seen.wait_for("tagging")
    daemon.change(last)
    assert seen.process.wait(harness.LIMIT) == status
    assert last["reason"] in seen.read()


def test_until_settled_waits_until_the_daemon_has_looked_around(daemon, pipe):
    daemon.images, daemon.ready = [], False
    seen = pipe(command(daemon, "--until-settled"))
    harness.wait_until(lambda: len(daemon.gets) >= 5, what="some looks")
    assert seen.process.poll() is None
    daemon.images, daemon.listed = [image("web")], False
    daemon.ready = True
    seen.wait_for("InSync")
    looks = len(daemon.gets)
    harness.wait_until(lambda: len(daemon.gets) >= looks + 5, what="some more looks")
    assert seen.process.poll() is None, "what is shown is from before the cloud was seen"
    daemon.listed = True
    assert seen.process.wait(harness.LIMIT) == 0


def test_until_settled_broken_off_is_no_success(daemon, pipe):
    seen = pipe(command(daemon, "--until-settled"))
    seen.wait_for("ImagePending")
    seen.process.send_signal(signal.SIGINT)
    assert seen.process.wait(harness.LIMIT) == 1
    seen.wait_for("ended before all was settled", 2)


def test_ctrl_c_is_heeded_while_the_daemon_hangs(daemon, pipe):
    seen = pipe(command(daemon))
    seen.wait_for("ImagePending")
    daemon.hang = True
    harness.wait_until(lambda: daemon.hanging, what="a request that hangs")
    started = time.monotonic()
    seen.process.send_signal(signal.SIGINT)
    assert seen.process.wait(harness.LIMIT) == 0
    assert time.monotonic() - started < 5
