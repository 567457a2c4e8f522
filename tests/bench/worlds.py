# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Directories of declarations and clouds that have what they declare, of any size."""

import json
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402  (the tests' own, for the same programs)

INSTALLATION = "bench"
SOURCE = "ami-0b7df82c"
REGION = "cloudgouv-eu-west-1"
# What imaged makes of a copy's `access`: declared, so that nothing is to be changed when it is there.
DECLARATION = """\
name: {name}
source_image_id: ami-0b7df82c
source_region_name: cloudgouv-eu-west-1
access:
  is_public: false
tags:
  Name: {name}
  Team: platform
"""
PUBLIC = {"id": SOURCE, "name": "Debian-12-2026-08-10", "is_public": True}


def name_of(number):
    return f"web-{number:07}"


def declaration(name):
    return DECLARATION.format(name=name)


def declare(directory, count, first=0):
    """Puts `count` declarations into a directory, a file each; the bytes of all."""
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    total = 0
    for number in range(first, first + count):
        text = declaration(name_of(number))
        total += len(text)
        descriptor = os.open(directory / f"{name_of(number)}.yaml", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        os.write(descriptor, text.encode())
        os.close(descriptor)
    return total


def made(number):
    """An image as the cloud has it after imaged made it from declaration(number)."""
    name = name_of(number)
    return {
        "id": f"ami-{number + 1:08x}",
        "name": name,
        "creation_date": "2026-08-11T08:00:00Z",
        "tags": {
            "Name": name,
            "Team": "platform",
            "imaged.owner": INSTALLATION,
            "imaged.name": name,
        },
    }


def scenario(made_count=0, **more):
    """A cloud that has the source, and the images of the first `made_count` declarations."""
    return {"images": [PUBLIC, *map(made, range(made_count))], **more}


class Sim(harness.Sim):
    """With the scenario as JSON, which is YAML as well, and is written faster by far."""

    dump = staticmethod(json.dumps)

    def wait_until(self, condition, limit=300, what=None):
        """Reading 100,000 images takes its time."""
        return super().wait_until(condition, limit, what)


# The defaults of imaged.yaml(5): no key that would make it quicker than it is.
CONFIGURATION = {
    "numspot": {"request_timeout": None},
    "declarations": {"settle": None, "rescan": None},
    "limits": None,
    "poll": None,
    "deletion": None,
    "ambiguity_window": None,
    "installation": INSTALLATION,
    "log": {"level": "warning"},
}


class Imaged(harness.Imaged):
    """As configured by default, on a directory that is there already."""

    def __init__(self, directory, sim, configuration=None, declarations=None):
        super().__init__(directory, sim, CONFIGURATION)
        self.configuration = harness.merged(self.configuration, configuration or {})
        if declarations is not None:
            self.declarations = Path(declarations)
            self.configuration["declarations"]["directory"] = str(declarations)


    def wait_until(self, condition, limit=300, what=None):
        return super().wait_until(condition, limit, what)

    def wait_settled(self, available, limit=600):
        """Waits until nothing is under way, so many images are available, and the cloud shows them."""

        def settled():
            status = self.status()
            wanted = status["settled"] and (status["api"]["listed"] or available == 0)
            assert wanted and status["images"]["available"] == available, status
            return True

        self.wait_until(settled, limit, f"{available} images available")


class World:
    """A place for a measurement; what it starts ends with it."""

    def __init__(self, work, name):
        self.directory = Path(work) / name
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self._programs = []

    def __enter__(self):
        return self

    def sim(self, scenario_=None):
        sim = Sim(self.directory / f"sim{len(self._programs)}", scenario_ or scenario())
        self._programs.append(sim)
        return sim.start()

    def imaged(self, sim, configuration=None, declarations=None):
        imaged = Imaged(self.directory / f"imaged{len(self._programs)}", sim, configuration, declarations)
        self._programs.append(imaged)
        return imaged

    def __exit__(self, kind, value, trace):
        for program in reversed(self._programs):
            if program.running:
                program.stop(60) if kind is None else program.kill()
        if kind is None:
            shutil.rmtree(self.directory)


def token(sim):
    """A token of the simulator's, for a request by hand."""
    credentials = sim.scenario["credentials"]
    answer = harness.requests.post(
        f"{sim.url}/iam/token",
        auth=(credentials["client_id"], credentials["client_secret"]),
        data={"grant_type": "client_credentials", **credentials},
        timeout=10,
    )
    answer.raise_for_status()
    return answer.json()["access_token"]


def images_url(sim):
    return f"{sim.url}/compute/spaces/{sim.scenario['space_id']}/images"
