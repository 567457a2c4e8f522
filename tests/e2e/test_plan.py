# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""imagectl plan, diff, import and logs on the real daemon: what an operator looks at before deciding."""

import json
import re
import stat
import subprocess

import pytest
import yaml

import harness
from harness import copy_of, tags_of

SNAPSHOT = {
    "name": "from-snapshot",
    "root_device_name": "/dev/sda1",
    "architecture": "x86_64",
    "block_device_mappings": [
        {"device_name": "/dev/sda1", "bsu": {"snapshot_id": "snap-5ee113a6", "volume_size": 20}}
    ],
    "description": "made by hand: no #1",
    "product_codes": ["0001"],
    "tags": {"Name": "no", "version": "0123"},
}


@pytest.fixture
def observed(make_imaged, sim):
    """A daemon that made `web` and `api`, and from here on only observes."""
    imaged = make_imaged(sim)
    imaged.declare("web.yaml", copy_of("web", description="one", tags={"Name": "a"}))
    imaged.declare("api.yaml", copy_of("api"))
    imaged.start()
    imaged.wait_for_all(2)
    imaged.stop()
    imaged.configure({"mode": "observe"})
    imaged.start()
    imaged.wait_until(lambda: all(row["cloud_state"] for row in imaged.images().values()))
    sim.forget_requests()
    return imaged


def blocks(result):
    """The parts of a plan: one for each image, by its first line's name; the end apart."""
    *parts, end = result.stdout.split("\n\n")
    head = re.compile(r" *\S+ .*?(\S+)(?: \(ami-\w+\))?$", re.M)
    return {head.match(part).group(1): part for part in parts}, end


# ---- plan


def test_no_changes(observed):
    result = observed.imagectl("plan")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[0] == "No changes. The cloud equals the directory."
    answer = observed.ask("plan", status=(0,))
    assert {item["name"]: item["change"] for item in answer["items"]} == {"api": "none", "web": "none"}


def test_a_plan_says_what_would_be_done_and_why(observed, sim):
    web = observed.image("web")["image_id"]
    observed.declare("web.yaml", copy_of("web", description="two", tags={"Name": "b"}))
    observed.declare("new.yaml", SNAPSHOT)
    observed.withdraw("api.yaml")
    observed.wait_until(lambda: "from-snapshot" in observed.images())
    observed.wait_until(lambda: not observed.images()["api"]["declared"])
    result = observed.imagectl("plan")
    assert (result.returncode, result.stderr) == (2, "")
    parts, end = blocks(result)
    assert parts["web"].splitlines() == [
        f"-/+ replace (delete first) web ({web})",
        f"      {observed.declarations}/web.yaml:1",
        "      a change needs a new image",
        '      -/+ description: "one" -> "two"  # forces replacement',
        '        ~ tags.Name:   "a" -> "b"',
    ]
    assert parts["api"].startswith("  - delete api (ami-") and "grace period" in parts["api"]
    assert parts["from-snapshot"].startswith("  + create from-snapshot\n")
    assert "        +       volume_size: 20\n" in parts["from-snapshot"]
    assert end.splitlines() == [
        "Plan: 1 to create, 0 to update, 1 to replace, 1 to delete.",
        "Note: imaged runs in observe mode: none of this is done",
    ]
    assert sim.writes() == []


def test_a_plan_as_json_is_one_documented_shape(observed):
    observed.declare("web.yaml", copy_of("web", description="one", tags={"Name": "b"}))
    observed.wait_for("web", "available", "Drifted")
    item = {item["name"]: item for item in observed.ask("plan", status=(2,))["items"]}["web"]
    assert item.pop("declaration")["tags"] == {"Name": "b"}
    assert item == {
        "name": "web",
        "change": "update",
        "why": "the live image differs",
        "needs_approval": False,
        "image_id": observed.image("web")["image_id"],
        "file": str(observed.declarations / "web.yaml"),
        "line": 1,
        "differences": [{"field": "tags.Name", "from": "a", "to": "b", "change": "in place"}],
    }


def test_what_awaits_approval_is_said_with_the_command(make_imaged, sim):
    imaged = make_imaged(sim, {"deletion": {"max": 1, "grace": "1h"}})
    for name in ("one", "two", "three"):
        imaged.declare(f"{name}.yaml", copy_of(name))
    imaged.declare("stays.yaml", copy_of("stays"))
    imaged.start()
    imaged.wait_for_all(4)
    for name in ("one", "two", "three"):
        imaged.withdraw(f"{name}.yaml")
    imaged.wait_until(lambda: sum(not row["declared"] for row in imaged.images().values()) == 3)
    result = imaged.imagectl("plan")
    assert "Plan: 0 to create, 0 to update, 0 to replace, 3 to delete; 3 need approval." in result.stdout
    assert result.stdout.count("awaits approval: imagectl approve ") == 3
    command = re.search(r"imagectl (approve two)", result.stdout).group(1)
    assert imaged.imagectl(*command.split()).returncode == 0
    assert "3 to delete; 2 need approval." in imaged.imagectl("plan").stdout


def test_files_are_planned_as_if_dropped_and_change_nothing(observed, sim, tmp_path):
    file = tmp_path / "web.yaml"
    file.write_text(yaml.safe_dump(copy_of("web", description="three", tags={"Name": "a"})))
    new = tmp_path / "directory"
    new.mkdir()
    dependent = copy_of("dependent", source_image_id={"declared": "base"})
    (new / "a.yaml").write_text(yaml.safe_dump(dependent))
    (new / "b.yaml").write_text(yaml.safe_dump({"name": "base", "vm_id": "i-b121616e"}))
    result = observed.imagectl("plan", file, new)
    assert result.returncode == 2, result.stderr
    parts, end = blocks(result)
    assert 'description: "one" -> "three"  # forces replacement' in parts["web"]
    assert f"{file}:1" in parts["web"]
    assert "as soon as the source is ready: base is" in parts["dependent"]
    assert parts["base"].startswith("  + create base")
    assert "api" not in parts
    assert end.startswith("Plan: 2 to create, 0 to update, 1 to replace, 0 to delete.")
    assert sim.writes() == [] and set(observed.images()) == {"api", "web"}
    same = tmp_path / "api.yaml"
    same.write_text(yaml.safe_dump(copy_of("api")))
    result = observed.imagectl("plan", same)
    assert result.returncode == 0 and "The cloud equals the files." in result.stdout


def test_a_plan_of_standard_input(observed):
    result = subprocess.run(
        [str(harness.program("imagectl")), "--socket", str(observed.socket), "plan", "-"],
        input="name: piped\nvm_id: i-b121616e\n",
        capture_output=True,
        text=True,
        timeout=harness.LIMIT,
        check=False,
    )
    assert result.returncode == 2 and "+ create piped\n      <stdin>:1\n" in result.stdout


def test_a_name_that_another_file_declares_is_said(observed, tmp_path):
    file = tmp_path / "other.yaml"
    file.write_text(yaml.safe_dump(copy_of("web")))
    result = observed.imagectl("plan", file)
    said = f"Note: web is declared in {observed.declarations}/web.yaml already; dropped beside that"
    assert said in result.stdout


def test_bad_files_are_told_as_validate_does(observed, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("name: bad\nvm_ids: i-b121616e\n")
    result = observed.imagectl("plan", file)
    assert (result.returncode, result.stdout) == (1, "")
    told = observed.imagectl("validate", "--quiet", file).stdout
    assert told and result.stderr.startswith(told)
    assert "1 error: there is no plan of such declarations" in result.stderr
    missing = observed.imagectl("plan", tmp_path / "absent.yaml")
    assert missing.returncode == 1 and "absent.yaml: error: cannot be opened" in missing.stderr
    (tmp_path / "empty").mkdir()
    empty = observed.imagectl("plan", tmp_path / "empty")
    assert empty.returncode == 1 and "there are no declarations to plan" in empty.stderr


def test_hundreds_of_files_are_one_plan(observed, tmp_path):
    directory = tmp_path / "many"
    directory.mkdir()
    for n in range(400):
        text = yaml.safe_dump(copy_of(f"image-{n:03}", description="x" * 200))
        (directory / f"{n:03}.yaml").write_text(text)
    result = observed.imagectl("plan", directory)
    assert "Plan: 400 to create, 0 to update, 0 to replace, 0 to delete." in result.stdout


def test_without_a_daemon_or_a_cloud_there_is_no_plan(make_imaged, sim):
    imaged = make_imaged(sim)
    assert imaged.imagectl("plan").returncode == 1
    sim.stop()
    imaged.declare("a.yaml", copy_of("a-1"))
    imaged.start()
    result = imaged.imagectl("plan")
    assert (result.returncode, result.stdout) == (1, "")
    assert "imaged has not seen the cloud yet" in result.stderr
    sim.start()
    imaged.wait_for("a-1")
    assert imaged.imagectl("plan").returncode == 0


def test_an_empty_directory_has_a_plan_too(imaged, sim, tmp_path):
    imaged.start()
    result = imaged.imagectl("plan")
    assert (result.returncode, result.stdout) == (0, "No changes. The cloud equals the directory.\n")
    file = tmp_path / "debian.yaml"
    like_it = {"access": {"is_public": True}, "lifecycle": {"adopt": "if_equal"}}
    file.write_text(yaml.safe_dump(copy_of("Debian-12-2026-08-10", **like_it)))
    result = imaged.imagectl("plan", file)
    assert result.returncode == 2 and " <= adopt Debian-12-2026-08-10" in result.stdout


def test_what_follows_a_replaced_image_is_in_the_plan(make_imaged, sim):
    imaged = make_imaged(sim)
    imaged.declare("base.yaml", copy_of("base-{digest}", description="one"))
    source = {"declared": "base-{digest}", "follow": True}
    imaged.declare("app.yaml", copy_of("app", source_image_id=source))
    imaged.start()
    imaged.wait_for_all(2)
    imaged.stop()
    imaged.configure({"mode": "observe"})
    imaged.start()
    imaged.declare("base.yaml", copy_of("base-{digest}", description="two"))
    imaged.wait_for("base-{digest}", "pending", "AwaitingApproval")
    result = imaged.imagectl("plan")
    assert "+/- replace (create first) base-{digest}" in result.stdout
    assert "-> (the new image of base-{digest})  # forces replacement" in result.stdout
    assert "0 to create, 0 to update, 2 to replace, 0 to delete." in result.stdout


# ---- diff


def test_diff_holds_the_live_image_against_the_declaration(observed, sim):
    web = observed.image("web")["image_id"]
    result = observed.imagectl("diff", "web")
    assert (result.returncode, result.stdout) == (0, "No differences. imaged's plan: none (as declared)\n")
    sim.change_image(web, tags={**tags_of(sim.image("web")), "Name": "by hand"})
    observed.wait_for("web", "available", "Drifted")
    result = observed.imagectl("diff", "web")
    assert result.returncode == 2
    assert result.stdout.splitlines() == [
        f"--- {web} in the cloud",
        f"+++ {observed.declarations}/web.yaml:1",
        '-tags.Name: "by hand"',
        '+tags.Name: "a"',
        "imaged's plan: update (the live image differs)",
    ]
    assert observed.ask("diff", "web")["change"] == "update"
    unknown = observed.imagectl("diff", "wbe")
    assert unknown.returncode == 1 and 'did you mean "web"?' in unknown.stderr


# ---- import


@pytest.fixture
def somebodys(make_imaged, sim):
    """The image from-snapshot, made by somebody who leaves no ownership tags."""
    other = make_imaged(sim, {"ownership_tags": False, "installation": "somebody"})
    other.declare("a.yaml", SNAPSHOT)
    other.start()
    other.wait_for("from-snapshot")
    other.stop()
    assert tags_of(sim.image("from-snapshot")) == SNAPSHOT["tags"]
    sim.forget_requests()
    return sim.image("from-snapshot")["id"]


def test_what_import_prints_adopts_with_no_write_but_the_ownership_tags(make_imaged, sim, somebodys):
    imaged = make_imaged(sim)
    imaged.start()
    result = imaged.imagectl("import", somebodys)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"# {somebodys}, made 20")
    assert yaml.safe_load(result.stdout)["lifecycle"] == {"adopt": "if_equal"}
    imaged.declare("imported.yaml", result.stdout)
    imaged.wait_for("from-snapshot", "available", "InSync")
    assert imaged.image("from-snapshot")["image_id"] == somebodys
    sim.wait_for_lists(2)
    writes = [(each["method"], each["body"]) for each in sim.writes()]
    assert writes == [
        (
            "PATCH",
            {
                "resourceIds": [somebodys],
                "tags": [
                    {"key": "imaged.owner", "value": "tests"},
                    {"key": "imaged.name", "value": "from-snapshot"},
                ],
            },
        )
    ]
    again = imaged.imagectl("import", somebodys)
    assert again.returncode == 2 and "looks after the image already, as from-snapshot" in again.stderr
    imaged.withdraw("imported.yaml")
    imaged.wait_for_gone("from-snapshot")
    assert not sim.images("from-snapshot")


def test_an_import_is_planned_as_an_adoption(make_imaged, sim, somebodys, tmp_path):
    imaged = make_imaged(sim, {"mode": "observe"})
    imaged.start()
    file = tmp_path / "x.yaml"
    file.write_text(imaged.imagectl("import", somebodys).stdout)
    result = imaged.imagectl("plan", file)
    assert " <= adopt from-snapshot" in result.stdout
    assert f"lifecycle.adopt allows to adopt it: {somebodys}" in result.stdout
    assert imaged.ask("plan", file)["items"][0]["differences"] == []


def test_import_warns_of_what_may_be_others(imaged, sim):
    imaged.declare("a.yaml", copy_of("taken"))
    imaged.start()
    imaged.wait_for("taken")
    public = imaged.imagectl("import", "ami-0b7df82c")
    assert public.returncode == 2
    assert "# WARNING: the image is public" in public.stdout and "the image is public" in public.stderr
    identifier = imaged.image("taken")["image_id"]
    sim.change_image(identifier, tags={"imaged.owner": "paris", "imaged.name": "theirs"})
    imaged.wait_for("taken", "failed", "Contested")
    answer = imaged.ask("import", identifier)
    assert answer["id"] == identifier and answer["declaration"]["name"] == "taken"
    assert [warning.split(":")[0] for warning in answer["warnings"]] == [
        "another owner's tag is on the image",
        "imaged looks after the image already, as taken (" + str(imaged.declarations) + "/a.yaml)",
    ]


def test_import_finds_an_image_that_imaged_has_not_seen_yet(make_imaged, sim, somebodys):
    imaged = make_imaged(sim, {"poll": {"resync": "1h"}})
    imaged.declare("a.yaml", copy_of("first"))
    imaged.start()
    imaged.wait_for("first")
    image = sim.image("from-snapshot")
    del image["id"], image["name"]
    made = sim.add_image("younger", owned=True, **image)
    sim.fault("GET", "/images", {"delay": "500ms"}, times=-1)
    result = imaged.imagectl("import", made)
    assert result.returncode == 0, result.stderr
    assert yaml.safe_load(result.stdout)["name"] == "younger"
    unknown = imaged.imagectl("import", "ami-deadbeef")
    assert unknown.returncode == 1 and "there is no image ami-deadbeef" in unknown.stderr


# ---- logs

JOURNALCTL = """#!/bin/sh
printf '%s\\n' "$#" "$@" >>"{log}"
case "$*" in
*IMAGE_NAME=silent*) exit 0 ;;
*) echo entry ;;
esac
"""


@pytest.fixture
def journal(imaged, tmp_path):
    """A journalctl that notes how it was called; returns the list of calls."""
    directory = tmp_path / "bin"
    directory.mkdir()
    log = tmp_path / "journalctl.log"
    program = directory / "journalctl"
    program.write_text(JOURNALCTL.format(log=log))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    imaged.environment["PATH"] = f"{directory}:{imaged.environment['PATH']}"

    def calls():
        lines = log.read_text().splitlines()
        found = []
        while lines:
            count = int(lines.pop(0))
            found.append(lines[:count])
            del lines[:count]
        return found

    return calls


def test_logs_are_the_journals(imaged, journal):
    result = imaged.imagectl("logs", "web")
    assert (result.returncode, result.stdout, result.stderr) == (0, "entry\n", "")
    assert journal()[-1] == ["--output=short-iso", "IMAGE_NAME=web"]
    imaged.imagectl("logs", "-f", "-n", "3", "web")
    assert journal()[-1] == ["--output=short-iso", "--follow", "--lines=3", "IMAGE_NAME=web"]
    imaged.imagectl("--output", "json", "logs", "web")
    assert journal()[-1] == ["--output=json", "IMAGE_NAME=web"]
    # Who follows waits for what comes, also where there is nothing yet.
    waiting = imaged.imagectl("logs", "--follow", "silent")
    assert journal()[-1] == ["--output=short-iso", "--follow", "IMAGE_NAME=silent"]
    assert "shows no entries" in waiting.stderr and "history" not in waiting.stderr


@pytest.mark.parametrize("name", ["--rotate", "-f", "a b; touch x", "$(id)", "a+b", "--", "x=y"])
def test_a_name_is_never_an_option_or_a_command(imaged, journal, name):
    assert imaged.imagectl("logs", "--", name).returncode == 0
    assert all(call[-1] == f"IMAGE_NAME={name}" for call in journal())
    assert all("--rotate" not in call and "--follow" not in call for call in journal())


@pytest.mark.parametrize("how", ["silent", "absent"])
def test_without_a_journal_the_history_is_shown_and_said_to_be(imaged, journal, tmp_path, how):
    imaged.declare("a.yaml", copy_of("silent"))
    imaged.start()
    imaged.wait_for("silent")
    if how == "absent":
        imaged.environment["PATH"] = str(tmp_path)
    result = imaged.imagectl("logs", "silent")
    assert result.returncode == 0 and "InSync" in result.stdout
    said = {"silent": "the journal shows no entries of this image", "absent": "journalctl cannot be run"}
    assert said[how] in result.stderr and "the history that imaged keeps" in result.stderr
    assert json.loads(imaged.imagectl("-o", "json", "logs", "-n1", "silent").stdout)["items"]
    assert imaged.imagectl("logs", "silnet").returncode == (0 if how == "silent" else 1)


def test_a_wrong_number_of_entries_is_refused(imaged, journal):
    result = imaged.imagectl("logs", "-n", "many", "web")
    assert result.returncode == 1 and "whole number" in result.stderr
