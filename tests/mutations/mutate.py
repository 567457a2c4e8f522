#!/usr/bin/env python3
# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Breaks the code on purpose, one place at a time, and demands that the tests notice: see table.py.

mutate.py [--build DIR] [--document FILE] [NAME...]

Works on a copy of the sources in DIR (default build/mutations), which it keeps for the next time. Ends with 1
when a mutant survives, does not build, or no longer applies. --document puts the table into that file, between
its two marks, with the test that noticed each.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from table import MUTATIONS

TOP = Path(__file__).resolve().parents[2]
BEGIN = "<!-- tests/mutations/mutate.py --document: begin -->\n"
END = "<!-- tests/mutations/mutate.py --document: end -->\n"
TEST_LIMIT = 120  # seconds: a mutant that hangs is one that was noticed
ARGUMENTS = {"simulation/simulate": ["--count", "150"]}


class Fault(Exception):
    """What keeps a mutation from being judged."""


class Copy:
    """A copy of the sources with a build of its own."""

    def __init__(self, directory):
        self.source = directory / "source"
        self.build = directory / "build"
        self.environment = {**os.environ, "MALLOC_PERTURB_": "165", "srcdir": str(self.source)}
        self.environment.setdefault("SHARED_DIR", str(TOP.parent / "shared"))

    def refresh(self):
        """Brings the copy to the state of the sources, touching only what differs."""
        listed = subprocess.run(
            ["git", "-C", TOP, "ls-files", "-z"], stdout=subprocess.PIPE, text=True, check=True
        )
        for name in filter(None, listed.stdout.split("\0")):
            original, copy = TOP / name, self.source / name
            if not original.is_file():
                continue
            content = original.read_bytes()
            if copy.is_file() and copy.read_bytes() == content:
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
            copy.chmod(original.stat().st_mode)
        if not (self.source / "configure").is_file():
            self._run([self.source / "autogen.sh"], self.source)
        if not (self.build / "Makefile").is_file():
            self.build.mkdir(parents=True, exist_ok=True)
            # Without optimisation: most of the time goes into the compiler.
            self._run([self.source / "configure", "--quiet", "CFLAGS=-O0"], self.build)

    def _run(self, command, directory):
        done = subprocess.run(
            command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode != 0:
            raise Fault(f"{command[0]} failed:\n{done.stdout[-3000:]}")

    def make(self, *programs):
        targets = [f"tests/{program}" for program in programs]
        self._run(["make", f"-j{os.cpu_count()}", "--no-print-directory", *targets], self.build)

    def passes(self, program):
        """Whether the program is content. It is killed when it takes too long, and then is not."""
        directory = self.build / "tests" / Path(program).parent
        command = [self.build / "tests" / program, *ARGUMENTS.get(program, [])]
        with (self.build / f"{Path(program).name}.mutant.log").open("wb") as log:
            try:
                done = subprocess.run(
                    command, cwd=directory, env=self.environment, stdin=subprocess.DEVNULL,
                    stdout=log, stderr=log, timeout=TEST_LIMIT, check=False,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                return False
        return done.returncode == 0


def killer_of(mutation, copy):
    """The first program that notices the mutation, or None."""
    path = copy.source / mutation.file
    sound = path.read_text()
    found = sound.count(mutation.old)
    if found != 1:
        raise Fault(f"no longer applies: its old text is {found} times in {mutation.file}")
    path.write_text(sound.replace(mutation.old, mutation.new))
    try:
        for program in mutation.tests:
            copy.make(program)
            if not copy.passes(program):
                return program
        return None
    finally:
        path.write_text(sound)


def demand_that_all_is_well(copy, programs):
    copy.make(*programs)
    broken = [program for program in programs if not copy.passes(program)]
    if broken:
        raise Fault(f"not content with the sources as they are: {', '.join(broken)}")


def document(path, killers):
    """Puts the table between the two marks of a document."""
    text = path.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not rest or END not in rest:
        raise Fault(f"{path} lacks the two marks that the table goes between")
    rows = [f"| {each.broken} | `{each.file}` | `{killers[each.name]}` |" for each in MUTATIONS]
    table = ["| What is broken | Where | What notices |", "|---|---|---|", *rows, ""]
    path.write_text(before + BEGIN + "\n".join(table) + END + after)


def judge(mutations, copy):
    """Tries each, tells of it, and returns who noticed, by name; those that nobody did are left out."""
    killers = {}
    for mutation in mutations:
        started = time.monotonic()
        try:
            killer = killer_of(mutation, copy)
            verdict = "SURVIVES " + " ".join(mutation.tests) if killer is None else killer
        except Fault as fault:
            killer, verdict = None, f"FAULT: {fault}"
        if killer is not None:
            killers[mutation.name] = killer
        print(f"{mutation.name:30} {time.monotonic() - started:5.1f} s  {verdict}", flush=True)
    return killers


def main():
    parser = argparse.ArgumentParser(description="Mutants, and the tests that notice them.")
    parser.add_argument("--build", type=Path, default=TOP / "build/mutations")
    parser.add_argument("--document", type=Path)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    unknown = set(options.names) - {each.name for each in MUTATIONS}
    if unknown or (options.document and options.names):
        parser.error(f"no such mutation: {', '.join(unknown)}" if unknown else "--document is of all")
    chosen = [each for each in MUTATIONS if not options.names or each.name in options.names]
    copy = Copy(options.build.resolve())
    try:
        copy.refresh()
        demand_that_all_is_well(copy, sorted({test for each in chosen for test in each.tests}))
        killers = judge(chosen, copy)
        if options.document and len(killers) == len(chosen):
            document(options.document, killers)
    except Fault as fault:
        print(f"mutate.py: {fault}", file=sys.stderr)
        return 1
    print(f"{len(killers)} of {len(chosen)} mutants were noticed")
    return 0 if len(killers) == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
