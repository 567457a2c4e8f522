# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The real daemon for a long time: declarations that change, a cloud that misbehaves, and what it costs.

Run as a program (./run soak --daemon MINUTES) it prints a table and ends non-zero when something grows, or
when the cloud does not equal the directory in the end. The daemon is never restarted: what it holds is
what it has gathered.
"""

import argparse
import collections
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import series  # noqa: E402
from harness import Imaged, Sim, copy_of, tags_of  # noqa: E402

NAMES = 1200  # that come and go
DECLARED = 1000  # at a time
SAMPLES = 360  # about so many in the whole run
SETTLE_LIMIT = 180  # seconds in calm weather until everything is as declared

# A cloud on a bad day: slow, refusing, and losing answers on either side of the deed.
WEATHER = [
    {"method": "POST", "path": "/images", "probability": 0.02, "action": "close_after"},
    {"method": "POST", "path": "/images", "probability": 0.02, "action": "close_before"},
    {"method": "POST", "path": "/images", "probability": 0.02, "action": {"hidden": "1s"}},
    {"method": "POST", "path": "/images", "probability": 0.02, "action": {"late": "500ms"}},
    {"method": "PATCH", "probability": 0.02, "action": "apply_then_500"},
    {"method": "PATCH", "probability": 0.02, "action": {"status": 429, "headers": {"Retry-After": "1"}}},
    {"method": "PUT", "probability": 0.02, "action": "close_after"},
    {"method": "DELETE", "probability": 0.05, "action": {"status": 409, "body": {"title": "InUse"}}},
    {"method": "GET", "probability": 0.01, "action": "truncate"},
    {"method": "GET", "probability": 0.01, "action": {"status": 503}},
    {"method": "GET", "probability": 0.005, "action": "close_before"},
]
SCENARIO = {
    "images": [{"id": "ami-0b7df82c", "name": "Debian-12-2026-08-10", "is_public": True}],
    "vms": [{"id": "i-b121616e"}],
    "pending": {"vm": "2s"},
    "token_lifetime": "1m",  # so that renewals are part of it
}
CONFIGURATION = {
    "numspot": {"request_timeout": "10s"},
    "declarations": {"rescan": "10s"},
    "poll": {"pending_min": "500ms", "pending_max": "5s", "resync": "5s", "gone_after": "1s"},
    "deletion": {"grace": "2s", "window": "1m", "max": 200},
    "log": {"level": "notice"},
}


class Churn:
    """People who edit, add and remove declarations, fewer in a minute than the brake would stop."""

    # What is done how often; the last two, at 1.5 a second together, count for the brake.
    ACTIONS = {"retag": 65, "share": 20, "describe": 7, "exchange": 8}
    EVERY = 0.1  # seconds

    def __init__(self, imaged, seed):
        self.imaged = imaged
        self.random = random.Random(seed)
        self.wanted = {}
        self.spare = [f"image-{number:04}" for number in range(NAMES)]
        self.done = collections.Counter()
        for _ in range(DECLARED):
            self.add()

    def put(self, name, **changes):
        self.wanted[name] = {**self.wanted[name], **changes}
        self.imaged.declare(f"{name}.yaml", self.wanted[name])

    def add(self):
        name = self.spare.pop(self.random.randrange(len(self.spare)))
        from_vm = {"name": name, "vm_id": "i-b121616e"}
        self.wanted[name] = from_vm if self.random.random() < 0.1 else copy_of(name)
        # All that is ever edited is there from the beginning, so that what is declared does not grow.
        self.put(
            name,
            tags={"edition": self.edition()},
            access={"is_public": False},
            description=f"edition {self.edition()}",
        )

    def edition(self):
        return f"{self.random.randrange(1000000):06}"

    def anyone(self):
        return self.random.choice(sorted(self.wanted))

    def retag(self):
        self.put(self.anyone(), tags={"edition": self.edition()})

    def share(self):
        self.put(self.anyone(), access={"is_public": self.random.random() < 0.5})

    def describe(self):
        self.put(self.anyone(), description=f"edition {self.edition()}")

    def exchange(self):
        name = self.anyone()
        del self.wanted[name]
        self.imaged.withdraw(f"{name}.yaml")
        self.add()
        self.spare.append(name)

    def act(self):
        action = self.random.choices(list(self.ACTIONS), list(self.ACTIONS.values()))[0]
        getattr(self, action)()
        self.done[action] += 1


def twice_in(sim):
    """Names that more than one image bears, which must never be."""
    names = collections.Counter(image["name"] for image in sim.images())
    return [name for name, count in names.items() if count > 1]


def assert_as_declared(sim, wanted):
    """The cloud has each declared image once, as declared, and no other of ours."""
    images = {image["name"]: image for image in sim.images() if image["name"].startswith("image-")}
    assert images.keys() == wanted.keys(), sorted(images.keys() ^ wanted.keys())
    for name, declaration in wanted.items():
        image = images[name]
        assert tags_of(image).items() >= declaration["tags"].items(), image
        assert image["description"] == declaration.get("description", ""), image
        is_public = declaration.get("access", {}).get("is_public", False)
        assert image["access"]["isPublic"] is is_public, image


def settle(imaged, sim, churn):
    """In calm weather everything becomes as declared."""
    sim.faults()

    def settled():
        imaged.command("refresh")
        unready = [row for row in imaged.images().values() if row["state"] != "available"]
        assert not unready, (len(unready), unready[:3])
        assert_as_declared(sim, churn.wanted)
        return True

    imaged.wait_until(settled, SETTLE_LIMIT, "the cloud equals the directory")


def measure(imaged, sim, churn, seconds):
    """Churns for so long; the samples (seconds since the beginning, values)."""
    samples = []
    begun = time.monotonic()
    every = seconds / SAMPLES
    next_sample = next_act = begun
    while (now := time.monotonic()) < begun + seconds:
        if now >= next_sample:
            samples.append((now - begun, series.sample(imaged.process.pid, imaged.record)))
            next_sample = max(next_sample + every, now)
            if len(samples) % 20 == 0:
                assert not twice_in(sim), twice_in(sim)
                sim.forget_requests()
        if now >= next_act:
            churn.act()
            next_act = max(next_act + churn.EVERY, now - 1)
        time.sleep(max(0, min(next_sample, next_act) - time.monotonic()))  # the pace, not a wait
    return samples


def soak(directory, minutes, seed=1, say=print):
    """Runs it all, and returns the verdicts."""
    sim = Sim(directory / "sim", SCENARIO, seed)
    imaged = None
    try:
        sim.start()
        imaged = Imaged(directory / "imaged", sim, CONFIGURATION)
        churn = Churn(imaged, seed)
        imaged.start()
        imaged.wait_for_all(DECLARED, SETTLE_LIMIT)
        say(f"{DECLARED} images are available; {minutes:g} minutes of churn in bad weather")
        sim.faults(*({"times": -1, **rule} for rule in WEATHER))
        samples = measure(imaged, sim, churn, minutes * 60)
        settle(imaged, sim, churn)
        assert not twice_in(sim), twice_in(sim)
        done = ", ".join(f"{count} x {action}" for action, count in sorted(churn.done.items()))
        say(f"{len(samples)} samples; {done}; the cloud equals the directory")
        return series.judge(samples)
    finally:
        for each in (imaged, sim):
            if each is not None:
                each.finish()


def main():
    parser = argparse.ArgumentParser(prog="run soak --daemon", description=__doc__.split("\n")[0])
    parser.add_argument("minutes", nargs="?", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="imaged-soak-") as directory:
        verdicts = soak(Path(directory), arguments.minutes, arguments.seed)
    print(series.table(verdicts))
    growing = [each.quantity.name for each in verdicts if each.grows]
    if growing:
        sys.exit(f"grows: {', '.join(growing)}")


if __name__ == "__main__":
    main()
