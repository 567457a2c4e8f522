# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""What the documentation shows is what happens: each document is played on a cloud and a daemon of its own.

Of a fenced block, the words behind the language say what it is:

    ```console          commands (`$ `, continued by `> `), run in order; what follows one is its output
    ```console installed  commands that need a machine of their own: tests/systemd/test_newcomer.py plays these
    ```yaml FILE        a file, written there
    ```yaml             declarations, which `imagectl validate` must find good
    ```yaml part        a part of one, or of something else

What readers need not see, as what prepares the cloud, stands in a comment of HTML.
Paths below /etc/imaged, and the address 127.0.0.1:8080 of the cloud, are those of the test; `systemctl` starts
and stops the test's daemon. Ids, times and digests may differ from what is shown, and a line `...` stands
for any lines. With UPDATE_DOCUMENTATION=1 in the environment, outputs are replaced by what was printed.
"""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

import harness

DOCUMENTS = [harness.TOP / "README.md", *sorted((harness.TOP / "docs").glob("*.md"))]
PAGES = ["image-declaration.5", "imagectl.1", "imaged.8", "imaged.yaml.5"]
UPDATE = "UPDATE_DOCUMENTATION" in os.environ

# Commands that only look. What they print may come a moment later on a slow machine: they are asked again.
LOOKING = re.compile(
    r"(sleep \d+|imagectl (-o json )?(status|plan|show|history|diff|watch)|curl -s http|jq|sort)\b"
)

# What differs from run to run, and what stands for it.
VARIABLE = [
    (r"\b(ami|i|snap)-[0-9a-f]{8}\b", r"\1-ID"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME"),
    (r"\b\d\d:\d\d:\d\d\b", "TIME"),
    (r"-[0-9a-f]{8}\b", "-DIGEST"),
    (r"\b\d+(ms|s|m|h)\b", "AGE"),
    (r"\b(in AGE|AGE ago|now)\b", "AGE"),
    (r"[ \t]+", " "),
]


class Block:
    """A fenced block: its language, the words behind that, and its lines, the first at index `start`."""

    def __init__(self, start, words, lines):
        self.start = start
        self.language = words[0] if words else ""
        self.words = words[1:]
        self.lines = lines

    def commands(self):
        """(command, lines of its output, the index of the first of these) of a console block."""
        found = []
        for number, line in enumerate(self.lines):
            if line.startswith("$ "):
                found.append((line[2:], [], self.start + number + 1))
            elif line.startswith("> ") and not found[-1][1]:
                command, output, first = found[-1]
                found[-1] = (f"{command}\n{line[2:]}", output, first + 1)
            else:
                found[-1][1].append(line)
        return found


def blocks_of(document):
    lines = document.read_text().splitlines()
    found, begin = [], None
    for number, line in enumerate(lines):
        if line.startswith("```") and begin is None:
            begin = number
        elif line == "```":
            words = lines[begin][3:].split()
            found.append(Block(begin + 1, words, lines[begin + 1 : number]))
            begin = None
    assert begin is None, f"{document}: the block that begins at line {begin + 1} does not end"
    return found


def normal(line):
    for pattern, replacement in VARIABLE:
        line = re.sub(pattern, replacement, line)
    return line.strip()


def agrees(shown, printed):
    """Whether the lines shown are those printed, but for what varies and for what `...` stands for."""
    pattern = ""
    for line in shown:
        pattern += r"(?:.*\n)*?" if line.strip() == "..." else re.escape(normal(line)) + r"\n"
    return re.fullmatch(pattern, "".join(normal(line) + "\n" for line in printed)) is not None


class World:
    """A cloud and a daemon, and a shell in which the document's commands run."""

    def __init__(self, sim, imaged, directory):
        self.sim = sim
        self.imaged = imaged
        self.etc = directory / "etc" / "imaged"
        self.etc.mkdir(parents=True)
        (self.etc / "images.d").symlink_to(imaged.declarations)
        (self.etc / "imaged.yaml").symlink_to(imaged.configuration_path)
        self.here = directory / "here"
        self.here.mkdir()
        (self.here / "examples").symlink_to(harness.TOP / "examples")
        self.environment = {
            **imaged.environment,
            "PATH": f"{harness.BUILDDIR}:{os.environ['PATH']}",
            "IMAGED_SOCKET": str(imaged.socket),
            "NO_COLOR": "1",
            "COLUMNS": "120",
        }

    def real(self, text):
        text = text.replace("/etc/imaged", str(self.etc)).replace("sudo ", "")
        text = text.replace("/var/lib/imaged", str(self.imaged.directory))
        text = text.replace("/run/imaged/control.sock", str(self.imaged.socket))
        return text.replace("http://127.0.0.1:8080", self.sim.url)

    def shown(self, text):
        text = text.replace(str(self.imaged.declarations), "/etc/imaged/images.d")
        text = text.replace(str(self.etc), "/etc/imaged").replace(self.sim.api, "http://127.0.0.1:8080")
        return text.replace(self.sim.url, "http://127.0.0.1:8080")

    def write(self, path, lines):
        path = Path(self.real(path))
        path = path if path.is_absolute() else self.here / path
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.parent / f".{path.name}.new"
        temporary.write_text("\n".join(lines) + "\n")
        temporary.rename(path)

    def systemctl(self, verb, *options):
        actions = {
            "start": self.imaged.start,
            "enable --now": self.imaged.start,
            "stop": self.imaged.stop,
            "restart": self.imaged.restart,
            "reload": self.reload,
        }
        actions[verb](*options)
        return ""

    def reload(self):
        seen = self.imaged.log.count("is in force")
        self.imaged.reload()
        self.imaged.wait_until(lambda: self.imaged.log.count("is in force") > seen)

    def run(self, command):
        """What the command prints. imagectl's 2 is no failure: there is something to see."""
        service = re.fullmatch(r"(?:sudo )?systemctl (enable --now|\w+) imaged( --observe)?", command)
        if service:
            return self.systemctl(service.group(1), *(service.group(2) or "").split())
        result = subprocess.run(
            ["bash", "-c", self.real(command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.here,
            env=self.environment,
            timeout=60,
            check=False,
        )
        may_tell = "imagectl" in command or "imaged" in command
        assert result.returncode == 0 or (result.returncode == 2 and may_tell), (
            f"$ {command}\n{result.stdout}exit status {result.returncode}"
        )
        return self.shown(result.stdout)


@pytest.fixture
def world(make_sim, make_imaged, tmp_path):
    scenario = yaml.safe_load((harness.TOP / "examples" / "cloud" / "demo.yaml").read_text())
    scenario["pending"] = {"copy": "1500ms", "vm": "1500ms", "snapshot": "1500ms"}
    sim = make_sim(scenario)
    world = World(sim, make_imaged(sim, {"installation": "paris-1"}), tmp_path)
    world.imaged.configure()
    return world


def validate(text):
    result = subprocess.run(
        [str(harness.program("imagectl")), "validate", "-"],
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=harness.LIMIT,
        check=False,
    )
    assert result.returncode == 0, f"{result.stdout}\n{text}"


def only_looks(command):
    return all(LOOKING.match(part) for part in re.split(r"\s*[;|]\s+", command))


def check_output(world, document, command, shown):
    """The output must be as shown, now or, of a command that only looks, soon."""

    def as_shown():
        printed = world.run(command).splitlines()
        told = f"{document.name}: $ {command}\nprinted:\n" + "\n".join(printed)
        assert agrees(shown, printed), told
        return True

    harness.wait_until(as_shown, harness.LIMIT if only_looks(command) else 0, command)


def play(world, document):
    """Plays the document; returns the outputs that are to replace those of its lines."""
    replaced = []
    for block in blocks_of(document):
        if block.language == "yaml" and not block.words:
            validate("\n".join(block.lines))
        elif block.language == "yaml" and block.words != ["part"]:
            world.write(block.words[0], block.lines)
        elif block.language == "console" and block.words != ["installed"]:
            for command, output, first in block.commands():
                if output and not UPDATE:
                    check_output(world, document, command, output)
                    continue
                printed = world.run(command).splitlines()
                if output and not agrees(output, printed):
                    replaced.append((first, len(output), printed))
    return replaced


def update(document, replaced):
    lines = document.read_text().splitlines()
    for first, count, printed in reversed(replaced):
        lines[first : first + count] = [line.rstrip() for line in printed]
    document.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_tells_what_happens(world, document):
    replaced = play(world, document)
    if replaced:
        update(document, replaced)


def test_every_link_within_the_project_leads_somewhere():
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document}: {target}"


def test_the_operations_guide_knows_every_reason():
    guide = (harness.TOP / "docs" / "operations.md").read_text()
    page = (harness.BUILDDIR / "man" / "imagectl.1").read_text()
    section = page.split(".Sh STATES AND REASONS")[1].split("\n.Sh ")[0]
    reasons = re.findall(r'^\.It Sy "(\w+)"', section, re.MULTILINE)
    assert len(reasons) >= 20
    assert not [reason for reason in reasons if f"`{reason}`" not in guide]


@pytest.mark.parametrize("page", PAGES)
def test_a_manual_page_is_good_mdoc(page):
    lint = subprocess.run(
        ["mandoc", "-Tlint", str(harness.BUILDDIR / "man" / page)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    # Other pages are not installed here.
    faults = [
        line
        for line in lint.stdout.splitlines()
        if "referenced manual not found" not in line and "mandoc.db" not in line
    ]
    assert not faults, "\n".join(faults)


def displays_of(page):
    """The literal displays of a manual page, as they are printed."""
    text = (harness.BUILDDIR / "man" / page).read_text()
    displays = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", text, re.MULTILINE | re.DOTALL)
    return [each.replace("\\e", "\\").replace("\\&", "") for each in displays]


def test_the_manual_shows_good_declarations():
    shown = [each for each in displays_of("image-declaration.5") if each.count("\n") > 3]
    examples = [each for each in shown if each.startswith("name:")]
    assert len(examples) >= 4
    for each in examples:
        validate(each)


def test_the_manual_shows_good_configurations(imaged):
    examples = [each for each in displays_of("imaged.yaml.5") if each.startswith("numspot:")]
    assert len(examples) >= 2
    for each in examples:
        path = imaged.directory / "shown.yaml"
        path.write_text(each)
        result = subprocess.run(
            [str(harness.program("imaged")), "--check-config", "--config", str(path)],
            env={**imaged.environment, "NUMSPOT_CLIENT_SECRET": "x"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + each


def test_the_manual_knows_all_options():
    for program, page in (("imaged", "imaged.8"), ("numspot-sim", None)):
        path = harness.BUILDDIR / "man" / page if page else harness.TOP / "man" / "numspot-sim.1"
        text = path.read_text()
        result = subprocess.run(
            shlex.split(f"{harness.program(program)} --help"),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        for option in re.findall(r"--([a-z-]+)", result.stdout):
            assert f"Fl -{option}" in text, f"{page}: --{option}"
