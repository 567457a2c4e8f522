#!/usr/bin/env python3
# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Which lines and branches of src the tests of a build with --enable-coverage have reached.

report.py BUILD [--goal PERCENT] [--document FILE]

Prints a table: each file of the pure folders, and the sum of each folder. Ends with 1 when fewer of the pure
folders' branches were reached than the goal, when something in them was not reached that tests/coverage/accepted
does not explain, when that explains what was reached, or when the document does not show what it says.
--document puts its entries into that file, between two marks.

What does not count, by rule:
- branches of loops and questions that are macros of uthash and jansson (FOREIGN);
- of a switch without a default, the branch of a value that its enum does not have: the compiler warns of a
  missing one, and makes the branch all the same;
- the return behind a switch all of whose cases return, which the compiler wants; assertions;
- functions that end the program because there is no memory, their calls, and the conditions of these.
"""

import argparse
import json
import re
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
ACCEPTED = TOP / "tests/coverage/accepted"
DOCUMENT = TOP / "docs/testing.md"
BEGIN = "<!-- tests/coverage/report.py --document: begin -->\n"
END = "<!-- tests/coverage/report.py --document: end -->\n"
PURE = ("src/core", "src/numspot")
FOREIGN = re.compile(r"\b(HASH|DL|LL)_[A-Z_]+\(|\bjson_(is_[a-z]+|array_foreach|object_foreach)\(")
NO_RETURN = re.compile(r"NO_RETURN void (\w+)\(")
ENTRY = re.compile(r"(src/\S+), (\w+): (.+)")
FILES_AT_ONCE = 50

# A line that the compiler made code of: how often it ran, and each of its branches.
Line = namedtuple("Line", "number function count branches text")
Finding = namedtuple("Finding", "file function text number branches")


class Fault(Exception):
    """What keeps the coverage from being measured."""


def read_build(build):
    """{file: {line number: (function, count, [branch counts])}} of all that lies in src.

    What a header has as an inline function is compiled into several objects, and is summed up."""
    data = sorted(str(path) for path in build.glob("src/*/*.gcda"))
    if not data:
        raise Fault(f"no data in {build}/src: was it configured with --enable-coverage, and are its tests run?")
    measured = {}
    for first in range(0, len(data), FILES_AT_ONCE):
        command = ["gcov", "--json-format", "--branch-probabilities", "--stdout"]
        some = data[first : first + FILES_AT_ONCE]
        done = subprocess.run(command + some, cwd=build, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Fault(f"gcov failed: {done.stderr[-1000:]}")
        for document in filter(None, done.stdout.splitlines()):
            for source in json.loads(document)["files"]:
                path = (build / source["file"]).resolve()
                if path.is_relative_to(TOP / "src"):
                    add_lines(measured.setdefault(str(path.relative_to(TOP)), {}), source["lines"])
    return measured


def add_lines(lines, found):
    for line in found:
        function, count = line.get("function_name"), line["count"]
        branches = [branch["count"] for branch in line["branches"]]
        known = lines.get(line["line_number"])
        if known is not None:
            count += known[1]
            branches = [a + b for a, b in zip(known[2], branches)] or known[2] or branches
        lines[line["line_number"]] = (function, count, branches)


def no_return_functions():
    return {name for path in TOP.glob("src/*/*.[ch]") for name in NO_RETURN.findall(path.read_text())}


def has_default(texts, number):
    """Whether the switch in that line has a default: one stands at its own depth, as the form wants it."""
    indent = re.match(r"\s*", texts[number - 1]).group()
    for text in texts[number:]:
        if text.startswith(indent + "default:"):
            return True
        if text.startswith(indent + "}"):
            return False
    return False


def follows_switch(texts, number):
    """Whether the line is the first behind a switch."""
    indent = re.match(r"\s*", texts[number - 1]).group()
    if texts[number - 2] != indent + "}":
        return False
    beginning = re.compile(indent + r"(?!case |default:)\S")
    above = (text for text in reversed(texts[: number - 2]) if beginning.match(text))
    return next(above, "").startswith(indent + "switch (")


def lines_that_count(path, lines, ending):
    """The file's lines in order, less what does not count by rule."""
    texts = path.read_text().splitlines()
    ends = re.compile(rf"\b({'|'.join(sorted(ending))})\(")
    kept = []
    for number in sorted(lines):
        function, count, branches = lines[number]
        text = texts[number - 1].strip()
        if function in ending:
            continue
        if count == 0 and text.startswith("return ") and follows_switch(texts, number):
            continue
        if ends.search(text):
            if kept and kept[-1].text.startswith(("if (", "} else if (")):
                kept[-1] = kept[-1]._replace(branches=[each for each in kept[-1].branches if each])
            continue
        if FOREIGN.search(text) or text.startswith("assert("):
            branches = []
        elif text.startswith("switch (") and not has_default(texts, number) and 0 in branches:
            branches.remove(0)
        kept.append(Line(number, function, count, branches, text))
    return kept


def findings(file, lines):
    """What was not reached: of each run of such lines the first, which stands for what only it leads to."""
    found, within = [], False
    for line in lines:
        if line.count == 0 and within:
            continue
        within = line.count == 0 or 0 in line.branches
        if within:
            found.append(Finding(file, line.function, line.text, line.number, line.branches))
    return found


def read_accepted():
    """{(file, function, text): reason}"""
    entries, key = {}, None
    for number, line in enumerate(ACCEPTED.read_text().splitlines(), 1):
        if line.startswith("#") or not line.strip():
            key = None
        elif line[0].isspace() and key is not None:
            entries[key] = f"{entries[key]} {line.strip()}".strip()
        else:
            match = ENTRY.fullmatch(line)
            key = match and match.groups()
            if key is None or key in entries:
                raise Fault(f"{ACCEPTED}:{number}: expected 'FILE, FUNCTION: LINE', each once, and a reason below")
            entries[key] = ""
    for key, reason in entries.items():
        if not reason:
            raise Fault(f"{ACCEPTED}: no reason for {', '.join(key)}")
    return entries


def table_of(entries):
    rows = ["| Where | What is not reached | Why |", "|---|---|---|"]
    for (file, function, text), reason in entries.items():
        code = text.replace("|", "\\|")
        rows.append(f"| `{Path(file).relative_to('src')}`, `{function}` | `{code}` | {reason} |")
    return "\n".join(rows) + "\n"


def shown(path, entries, write):
    """Whether the document shows the entries; --document makes it."""
    before, begin, rest = path.read_text().partition(BEGIN)
    found, end, after = rest.partition(END)
    if not begin or not end:
        raise Fault(f"{path} lacks the two marks that the table goes between")
    wanted = table_of(entries)
    if write and found != wanted:
        path.write_text(before + BEGIN + wanted + END + after)
    return write or found == wanted


def percent(part, all_of_it):
    return 100 * part / all_of_it if all_of_it else 100.0


class Sum:
    def __init__(self):
        self.lines = self.reached_lines = self.branches = self.reached_branches = 0

    def add(self, lines):
        self.lines += len(lines)
        self.reached_lines += sum(line.count > 0 for line in lines)
        self.branches += sum(len(line.branches) for line in lines)
        self.reached_branches += sum(branch > 0 for line in lines for branch in line.branches)

    def reached(self):
        return percent(self.reached_branches, self.branches)

    def row(self, name):
        lines = percent(self.reached_lines, self.lines)
        return f"{str(name):32} {self.lines:6} {lines:6.1f} % {self.branches:8} {self.reached():6.1f} %"


def show_table(counted):
    """Prints it, and returns the sum of the pure folders."""
    folders, pure = {}, Sum()
    print(f"{'':32} {'lines':>6} {'':8} {'branches':>8}")
    for file, lines in counted.items():
        folder = str(Path(file).parent)
        folders.setdefault(folder, Sum()).add(lines)
        if folder in PURE:
            pure.add(lines)
            alone = Sum()
            alone.add(lines)
            print(alone.row(Path(file).relative_to("src")))
    print()
    for folder, total in folders.items():
        print(total.row(folder))
    print(pure.row(" and ".join(PURE)))
    return pure


def judge(found, entries):
    """Complaints about what was not reached and is not explained, and the other way round."""
    keys = {each[:3] for each in found}
    for each in found:
        if each[:3] not in entries:
            where = f"{each.file}:{each.number}: not explained; its branches: {each.branches}"
            yield f"{where}\n{each.file}, {each.function}: {each.text}"
    for key in entries:
        if key not in keys:
            yield f"{ACCEPTED.relative_to(TOP)}: reached after all, or no longer there: {', '.join(key)}"


def main():
    parser = argparse.ArgumentParser(description="Which lines and branches the tests have reached.")
    parser.add_argument("build", type=Path)
    parser.add_argument("--goal", type=float, default=95, help="percent of branches of the pure folders")
    parser.add_argument("--document", type=Path, help="the file to put the accepted places into")
    options = parser.parse_args()
    try:
        measured = read_build(options.build.resolve())
        ending = no_return_functions()
        counted = {file: lines_that_count(TOP / file, measured[file], ending) for file in sorted(measured)}
        entries = read_accepted()
        pure = show_table(counted)
        found = [each for file in counted if file.startswith(PURE) for each in findings(file, counted[file])]
        complaints = list(judge(found, entries))
        if pure.reached() < options.goal:
            complaints.append(f"{pure.reached():.1f} % of the pure folders' branches; the goal is {options.goal} %")
        if not shown(options.document or DOCUMENT, entries, options.document is not None):
            complaints.append(f"{DOCUMENT.relative_to(TOP)} does not show tests/coverage/accepted: use --document")
    except Fault as fault:
        complaints = [str(fault)]
    for complaint in complaints:
        print(f"coverage: {complaint}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
