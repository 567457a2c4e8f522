# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""What journalctl tells: an image's entries by its name, with fields; each change once; causes and remedies."""

import json
import re

import yaml

from harness import wait_until

IMAGE_AVAILABLE = "f11fc8de3eb449c88f8de0e973e1d036"
IMAGE_FAILED = "2e7abed5658e430d856980bb0977e471"
SUMMARY = "2267b027307745a09757522e15919129"
MORE_FAILED = re.compile(r"and (\d+) more images failed within 30 s: ")


def entries(imaged, name, since):
    return imaged.machine.journal(f"--since={since}", f"IMAGE_NAME={name}")


def test_fields(imaged):
    since = imaged.now()
    imaged.declare("told")
    imaged.start()
    image = imaged.wait_for("told", "available")
    last = [each for each in entries(imaged, "told", since) if each.get("MESSAGE_ID") == IMAGE_AVAILABLE][-1]
    assert last["IMAGE_ID"] == image["image_id"]
    assert last["IMAGE_STATE"] == "available"
    assert last["IMAGE_REASON"] == "InSync"
    assert last["DECLARATION_FILE"].endswith("told.yaml")
    assert last["PRIORITY"] == "5"
    assert last["SYSLOG_IDENTIFIER"] == "imaged"
    assert last["_SYSTEMD_UNIT"] == imaged.unit


def test_each_change_once(imaged, cloud):
    since = imaged.now()
    imaged.declare("unique", vm_id="i-b121616e")
    imaged.start()
    imaged.wait_for("unique", "available")
    cloud.wait_for_lists(3)
    changes = [
        (each["IMAGE_STATE"], each["IMAGE_REASON"], each["MESSAGE"])
        for each in entries(imaged, "unique", since)
        if "IMAGE_STATE" in each
    ]
    assert len(changes) == len(set(changes)), changes
    assert changes[-1][:2] == ("available", "InSync")
    assert ("pending", "ImagePending") in [each[:2] for each in changes]


def test_a_refusal_names_the_request_and_the_remedy(imaged, cloud):
    since = imaged.now()
    refusal = {"title": "forbidden", "detail": "compute.image.create is missing"}
    cloud.fault("POST", "/images", {"status": 403, "body": refusal}, times=-1)
    imaged.declare("refused")
    imaged.start()
    imaged.wait_for("refused", "failed", "Forbidden")
    failure = [each for each in entries(imaged, "refused", since) if each.get("MESSAGE_ID") == IMAGE_FAILED][-1]
    assert failure["PRIORITY"] == "3"
    assert "compute.image.create" in failure["MESSAGE"]
    explained = imaged.machine.run(
        "journalctl", "--catalog", "--no-pager", f"--since={since}", f"MESSAGE_ID={IMAGE_FAILED}"
    ).stdout
    assert "Subject: image-failed" in explained
    assert "imagectl retry NAME" in explained
    assert "man:imaged(8)" in explained


def test_journald_takes_all_of_a_flood(imaged, cloud):
    """Thousands fail at once: what is told stays below journald's own limit, and the summary says what is left out."""
    count = 3000
    machines = [
        {"name": f"flood-{i:05}", "vm_id": "i-b121616f", "no_reboot": True} for i in range(1, count + 1)
    ]
    imaged.configure(
        {"limits": {"rate": 5000, "burst": 5000, "in_flight": 32}, "poll": {"resync": "1h", "pending_max": "60s"}}
    )
    for start in range(0, count, 1000):
        imaged.machine.write(
            f"{imaged.declarations}/flood-{start}.yaml", yaml.safe_dump_all(machines[start : start + 1000])
        )
    since = imaged.now()
    imaged.start()

    def all_failed():
        status = json.loads(imaged.ctl("--output", "json", "status", check=False).stdout)
        assert status["daemon"]["images"]["failed"] == count, status["daemon"]["images"]
        return True

    wait_until(all_failed, 120, "all have failed")
    imaged.stop()  # tells what was gathered
    told = imaged.machine.journal(f"--since={since}", f"--unit={imaged.unit}")
    failures = [each for each in told if each.get("MESSAGE_ID") == IMAGE_FAILED]
    summaries = [each["MESSAGE"] for each in told if each.get("MESSAGE_ID") == SUMMARY]
    left_out = [int(found.group(1)) for found in map(MORE_FAILED.match, summaries) if found]
    assert len(failures) + sum(left_out) == count
    assert len(told) < count / 2
    suppressed = [text for text in imaged.machine.messages(f"--since={since}") if "Suppressed" in text]
    assert suppressed == [], "journald dropped some"
    explained = imaged.machine.run(
        "journalctl", "--catalog", "--no-pager", f"--since={since}", f"MESSAGE_ID={SUMMARY}"
    ).stdout
    assert "Subject: summary" in explained


def test_the_catalog_knows_all_events(machine):
    known = set(machine.run("journalctl", "--list-catalog").stdout.splitlines())
    shipped = machine.path("/usr/lib/systemd/catalog/imaged.catalog").read_text()
    events = re.findall(r"^-- (\w{32})\nSubject: (.*)$", shipped, re.M)
    assert IMAGE_FAILED in dict(events)
    assert {f"{identifier} imaged: {subject}" for identifier, subject in events} <= known


def test_a_journald_that_restarts_is_found_again(imaged):
    imaged.declare("before")
    imaged.start()
    imaged.wait_for("before", "available")
    pid = imaged.pid
    imaged.machine.run("systemctl", "restart", "systemd-journald.service")
    since = imaged.now()
    imaged.declare("after")
    imaged.wait_for("after", "available")
    wait_until(lambda: any(each.get("IMAGE_STATE") == "available" for each in entries(imaged, "after", since)))
    assert imaged.pid == pid


def test_a_journald_that_is_down_holds_nothing_up(imaged):
    imaged.start()
    units = ["systemd-journald.service", "systemd-journald.socket", "systemd-journald-dev-log.socket"]
    imaged.machine.run("systemctl", "stop", *units, check=False)
    try:
        imaged.declare("unheard")
        imaged.wait_for("unheard", "available")
    finally:
        imaged.machine.run("systemctl", "start", *reversed(units))
