# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""imagectl on the real daemon: both keep to docs/control.md, and an operator gets along."""

import json
import re
import subprocess

import pytest

import harness
from fake_daemon import FakeDaemon, image
from harness import copy_of

VM = {"vm_id": "i-b121616e", "no_reboot": True}


@pytest.fixture
def running(imaged):
    imaged.declare("web.yaml", copy_of("web", tags={"Name": "My Image"}))
    imaged.start()
    imaged.wait_for("web")
    return imaged


def shape(value):
    """The members of a value, and theirs: what a client can rely on."""
    return {key: shape(each) for key, each in value.items()} if isinstance(value, dict) else None


def test_the_tests_own_daemon_speaks_as_the_real_one(running):
    made_up = FakeDaemon()
    try:
        made_up.images = [image("web")]
        assert shape(made_up.status()) == shape(running.status())
        assert shape(made_up.images[0]) == shape(running.images()["web"])
    finally:
        made_up.finish()


def test_status_of_a_healthy_daemon(running):
    result = running.imagectl("status")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    identifier = running.image("web")["image_id"]
    assert re.fullmatch(rf"web +available +InSync +\d+s +{identifier} +-( .*)?", lines[1])
    assert lines[-1] == "1 image: 1 available"
    answer = running.ask("status")
    assert answer["images"][0]["name"] == "web" and answer["daemon"]["ready"] is True


def test_status_tells_of_what_is_wrong(running):
    running.declare("bad.yaml", "name: bad\nvm_ids: i-b121616e\n")
    running.wait_for("bad", "failed", "InvalidDeclaration")
    result = running.imagectl("status")
    assert result.returncode == 2
    assert "bad.yaml:2:1: error: vm_ids: unknown field; did you mean vm_id?" in result.stdout
    said = re.search(r"`imagectl (validate .*)` says why", result.stdout).group(1)
    checked = running.imagectl(*said.split())
    assert checked.returncode == 2 and "bad.yaml:2:1: error: vm_ids" in checked.stdout
    assert running.imagectl("status", "web").returncode == 0


def test_show_of_a_drifting_image(running, sim):
    running.declare("web.yaml", copy_of("web", tags={"Name": "Mine"}, lifecycle={"on_drift": "report"}))
    running.wait_until(lambda: harness.tags_of(sim.image("web"))["Name"] == "Mine", what="the new tag")
    tags = {**harness.tags_of(sim.image("web")), "Name": "Yours"}
    sim.change_image(running.image("web")["image_id"], tags=tags)
    running.wait_for("web", "available", "Drifted")
    text = running.imagectl("show", "web").stdout
    assert re.search(r"^state +available, Drifted, for \d+s$", text, re.M)
    assert re.search(r"^file +.*/web.yaml:\d+$", text, re.M)
    assert re.search(r"^  tags.Name +in place +Yours +Mine$", text, re.M), text
    assert re.search(r"^source +ami-0b7df82c$", text, re.M)
    assert "\nDeclaration\n" in text and "\nIn the cloud\n" in text and "\nHistory\n" in text
    whole = running.ask("show", "web")
    assert whole["history"][0]["reason"] == "Drifted"
    assert whole["declaration"]["source_image_id"] == "ami-0b7df82c"


def test_what_show_prints_of_a_declaration_is_one(running, tmp_path):
    text = running.imagectl("show", "web").stdout
    block = text.split("\nDeclaration\n")[1].split("\n\n")[0]
    path = tmp_path / "again.yaml"
    path.write_text("\n".join(line[2:] for line in block.splitlines()) + "\n")
    checked = running.imagectl("-o", "json", "validate", path)
    assert checked.returncode == 0
    assert json.loads(checked.stdout)["files"][0]["declarations"] == ["web"]


def test_history_is_the_daemons(running):
    rows = running.ask("history", "web")["items"]
    assert [(row["state"], row["reason"]) for row in reversed(rows)] == running.history("web")
    assert len(running.ask("history", "--limit", "1")["items"]) == 1
    result = running.imagectl("history", "--limit", "5000")
    assert result.returncode == 1 and "1000" in result.stderr


def test_suspend_and_resume(running, sim):
    assert running.imagectl("suspend", "web").returncode == 0
    running.wait_for("web", "pending", "Suspended")
    assert "by an operator" in running.imagectl("show", "web").stdout
    running.declare("web.yaml", copy_of("web", tags={"Name": "Other"}))
    assert running.imagectl("resume", "--all").returncode == 0
    running.wait_for("web", "available", "InSync")
    running.wait_until(lambda: harness.tags_of(sim.image("web"))["Name"] == "Other", what="the new tag")


def test_retry_after_the_cause_was_mended(running, sim):
    sim.fault("POST", "/images", {"status": 403, "body": {"title": "forbidden", "detail": "no"}})
    running.declare("second.yaml", copy_of("second"))
    running.wait_for("second", "failed", "Forbidden")
    sim.faults()
    assert running.imagectl("retry", "second").returncode == 0
    running.wait_for("second")


def test_unknown_names_get_the_nearest(running):
    for command in ("status", "show", "history", "suspend", "watch"):
        result = running.imagectl(command, "wbe")
        assert result.returncode == 1 and 'did you mean "web"?' in result.stderr, command


def test_watch_until_settled_follows_a_creation(imaged):
    imaged.declare("vm.yaml", {"name": "from-vm", **VM})
    imaged.start()
    result = imaged.imagectl("watch", "--until-settled")
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r" from-vm: available, InSync, ami-\w+", result.stdout.splitlines()[-1])
    imaged.declare("bad.yaml", "name: bad\n")
    imaged.wait_for("bad", "failed")
    assert imaged.imagectl("watch", "--until-settled").returncode == 2
    assert imaged.imagectl("watch", "--until-settled", "from-vm").returncode == 0


def test_watch_follows_through_a_restart_of_the_daemon(running, tmp_path):
    with (tmp_path / "lines").open("w") as out, (tmp_path / "errors").open("w") as err:
        watch = subprocess.Popen(
            [harness.program("imagectl"), "--socket", str(running.socket), "watch"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=running.environment,
        )
    lines = tmp_path / "lines"
    errors = tmp_path / "errors"
    try:
        running.wait_until(lambda: "web: available" in lines.read_text(), what="the first line")
        running.stop()
        harness.wait_until(lambda: "waiting for imaged" in errors.read_text(), what="the loss")
        running.declare("second.yaml", copy_of("second"))
        running.start()
        running.wait_until(lambda: "second: available" in lines.read_text(), what="the second image")
        assert "imaged answers again" in errors.read_text()
    finally:
        watch.terminate()
        assert watch.wait(harness.LIMIT) == 0
