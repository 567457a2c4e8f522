# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The main job: a dropped file becomes an available image, follows its file, and goes with it."""

import re

import pytest

import harness
from harness import copy_of, tags_of

SEED = ("image-from-image", "image-from-updated", "image-from-vm")


def owned(name):
    """The tags by which imaged knows its images again."""
    return {"imaged.owner": "tests", "imaged.name": name}


def declare_examples(imaged, directory, pattern="*.yaml"):
    files = sorted(directory.glob(pattern))
    assert len(files) == 3, files
    for file in files:
        imaged.declare(file.name, file.read_text())


def writes(sim):
    """(method, end of the path) of each request that was to change something."""
    return [(each["method"], each["path"].split("/", 4)[4]) for each in sim.writes()]


# ---- From nothing to available


def check_the_three_images(imaged, sim):
    imaged.wait_for_all(3)
    for name in SEED:
        steps = imaged.history(name)
        assert steps[0] == ("pending", "Creating") and steps[-1] == ("available", "InSync"), steps
        image = sim.image(name)
        assert image["state"] == "available" and image["access"] == {"isPublic": False}
        assert image["id"] == imaged.image(name)["image_id"]
        assert tags_of(image).items() >= owned(name).items()
    assert ("pending", "ImagePending") in imaged.history("image-from-vm")
    assert tags_of(sim.image("image-from-image"))["Name"] == "My Image"
    volume = sim.image("image-from-updated")["blockDeviceMappings"][0]["bsu"]
    assert (volume["volumeSize"], volume["volumeType"], volume["iops"]) == (120, "io1", 150)


def test_the_seeds_three_images_become_available(imaged, sim, shared):
    declare_examples(imaged, shared / "cases" / "declarations", "seed-*.yaml")
    imaged.start()
    check_the_three_images(imaged, sim)


def test_the_projects_examples_become_available(imaged, sim):
    declare_examples(imaged, harness.TOP / "examples")
    imaged.start()
    check_the_three_images(imaged, sim)


def test_what_was_made_is_on_record(imaged, sim):
    imaged.declare("a.yaml", copy_of("recorded"))
    imaged.start()
    identifier = imaged.wait_for("recorded")["image_id"]
    imaged.stop()
    sim.kill()
    imaged.start()
    row = imaged.image("recorded")
    assert (row["state"], row["reason"], row["image_id"]) == ("available", "InSync", identifier)


def test_a_file_dropped_later_is_made(imaged, sim):
    imaged.start()
    imaged.declare("later.yaml", copy_of("later"))
    imaged.wait_for("later")
    assert sim.image("later")["access"] == {"isPublic": False}


def test_each_document_of_a_file_is_an_image(imaged, sim):
    imaged.declare("two.yaml", [copy_of("first"), copy_of("second", tags={"n": "2"})])
    imaged.start()
    imaged.wait_for_all(2)
    assert tags_of(sim.image("second"))["n"] == "2"


def test_a_document_that_goes_takes_only_its_image(imaged, sim):
    imaged.declare("two.yaml", [copy_of("stays"), copy_of("goes")])
    imaged.start()
    imaged.wait_for_all(2)
    sim.forget_requests()
    imaged.declare("two.yaml", [copy_of("stays")])
    imaged.wait_for_gone("goes")
    assert sim.image("stays") and not sim.images("goes")
    assert [method for method, _ in writes(sim)] == ["DELETE"]


def test_a_file_without_a_name_is_named_by_its_stem(imaged, sim):
    imaged.declare("web-base.yml", {"vm_id": "i-b121616e", "no_reboot": True})
    imaged.start()
    imaged.wait_for("web-base")
    assert sim.requests("POST", "/images")[0]["body"] == {
        "name": "web-base",
        "vmId": "i-b121616e",
        "noReboot": True,
    }


def test_a_dependent_image_waits_for_the_declared_one(imaged, sim):
    imaged.declare("a.yaml", copy_of("dependent", source_image_id={"declared": "base"}))
    imaged.start()
    imaged.wait_for("dependent", "pending", "WaitingForSource")
    imaged.declare("b.yaml", {"name": "base", "vm_id": "i-b121616e"})
    imaged.wait_for_all(2)
    assert sim.requests("POST", "/images")[1]["body"]["sourceImageId"] == sim.image("base")["id"]


# ---- What it costs


def test_one_copied_image_costs_five_requests(imaged, sim):
    imaged.declare("a.yaml", copy_of("thrifty", access={"is_public": False}, tags={"a": "1"}))
    imaged.start()
    imaged.wait_for("thrifty")
    seen = [(each["method"], each["path"].rsplit("/", 1)[1]) for each in sim.requests()]
    identifier = sim.image("thrifty")["id"]
    assert seen[:3] == [("POST", "token"), ("GET", "images"), ("POST", "images")]
    assert sorted(each for each in seen[3:] if each[0] != "GET") == [
        ("PATCH", "tags"),
        ("PUT", identifier),
    ]
    assert sim.requests("PATCH")[0]["body"] == {
        "resourceIds": [identifier],
        "tags": [
            {"key": "a", "value": "1"},
            {"key": "imaged.owner", "value": "tests"},
            {"key": "imaged.name", "value": "thrifty"},
        ],
    }


def test_an_unchanged_directory_causes_no_write(imaged, sim):
    declare_examples(imaged, harness.TOP / "examples")
    imaged.start()
    imaged.wait_for_all(3)
    sim.forget_requests()
    sim.wait_for_lists(2)
    imaged.restart()
    sim.wait_for_lists(2)
    for file in imaged.declarations.iterdir():
        imaged.declare(file.name, file.read_text())  # the same again
    imaged.command("refresh")
    sim.wait_for_lists(2)
    assert sim.writes() == []
    imaged.wait_for_all(3)


def test_many_images_at_rest_cost_one_request_each_resync(make_imaged, sim):
    imaged = make_imaged(sim)
    imaged.declare("many.yaml", [copy_of(f"image-{n:03}") for n in range(150)])
    imaged.start()
    imaged.wait_for_all(150)
    sim.forget_requests()
    sim.wait_for_lists(3)
    assert {(each["method"], str(each["query"])) for each in sim.requests()} == {("GET", "{}")}


# ---- As written


def test_plain_scalars_arrive_as_written(imaged, sim, shared):
    file = shared / "cases" / "declarations" / "plain-scalars.yaml"
    imaged.declare(file.name, file.read_text())
    imaged.start()
    imaged.wait_for("20261125")
    image = sim.image("20261125")
    assert image["description"] == "no"
    assert tags_of(image) == {
        "country": "NO",
        "build": "0123",
        "window": "12:30",
        "ratio": "1e3",
        "empty": "",
        "tilde": "~",
        "octal": "0o17",
        "on": "on",
        **owned("20261125"),
    }
    sim.forget_requests()
    sim.wait_for_lists(2)
    assert sim.writes() == []


def test_a_file_with_bom_and_crlf_is_as_good_as_any(imaged, sim, shared):
    content = (shared / "cases" / "declarations" / "bom-crlf.yaml").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") and b"\r\n" in content
    (imaged.declarations / "bom-crlf.yaml").write_bytes(content)
    imaged.start()
    imaged.wait_for("bom-and-crlf")


# Each bad file of the cases: where its errors are, and what they say.
BAD_FILES = {
    "billion-laughs.yaml": [r":5:8: .*alias.*1000"],
    "duplicate-keys.yaml": [r":5:1: .*source_image_id.*line 2, column 1"],
    "misspelt.yaml": [
        r":2:1: .*source_imageid.*source_image_id",
        r":3:1: .*sourceRegionName.*source_region_name",
        r":4:1: .*acces.*access",
        r":5:1: .*tag.*tags",
    ],
    "tab.yaml": [r":2:1: .*tab"],
    "two-sources.yaml": [r":[123]:\d+: .*source"],
    "unclosed-quote.yaml": [r":1:7: .*quot"],
    "iops-rules.yaml": [
        r":6:82: .*iops.*io1",
        r":11:99: .*iops.*3000",
        r":16:35: .*iops",
        r":21:19: .*device_name.*/dev/sda2",
        r":22:19: .*device_name.*/dev/sda\b",
        r":23:19: .*device_name.*/dev/xvdb1",
        r":25:\d+: .*/dev/sdb",
    ],
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_gets_an_error_with_its_place_and_no_request(imaged, sim, shared, name):
    content = (shared / "cases" / "declarations" / name).read_text()
    imaged.declare(name, content)
    imaged.start()
    path = imaged.declarations / name
    missing = [error for error in BAD_FILES[name] if not re.search(rf"{path}{error}", imaged.log)]
    assert not missing
    assert imaged.status()["declarations"]["invalid"] >= 1
    for row in imaged.images().values():
        assert (row["state"], row["reason"]) == ("failed", "InvalidDeclaration")
        assert f"{path}:" in row["message"]
    imaged.declare("good.yaml", copy_of("good"))
    imaged.wait_for("good")
    assert {each["body"]["name"] for each in sim.requests("POST", "/images")} == {"good"}


def test_a_declaration_turned_bad_leaves_the_image_alone_and_says_so(imaged, sim):
    imaged.declare("a.yaml", copy_of("kept"))
    imaged.start()
    imaged.wait_for("kept")
    sim.forget_requests()
    imaged.declare("a.yaml", copy_of("kept", descripton="misspelt"))
    row = imaged.wait_for("kept", "failed", "InvalidDeclaration")
    assert "a.yaml:" in row["message"] and "description" in row["message"]
    sim.wait_for_lists(2)
    assert sim.writes() == []
    imaged.declare("a.yaml", copy_of("kept"))
    imaged.wait_for("kept")


def test_one_name_in_two_files_names_both_places(imaged, sim):
    imaged.declare("a.yaml", copy_of("twice"))
    imaged.declare("b.yaml", copy_of("twice", description="other"))
    imaged.start()
    message = imaged.wait_for("twice", "failed", "InvalidDeclaration")["message"]
    # Each with the line of the name, which in the second file stands below the description.
    assert "a.yaml:1" in message and "b.yaml:2" in message
    assert sim.writes() == []
    imaged.withdraw("b.yaml")
    imaged.wait_for("twice")
    assert sim.image("twice")["description"] == ""


# ---- What the cloud fails to build


def test_a_failed_build_shows_the_clouds_comment_and_is_not_repeated_for_ever(imaged, sim):
    sim.fault("POST", "/images", "fail_image", times=-1)
    imaged.declare("a.yaml", copy_of("broken", lifecycle={"max_attempts": 2}))
    imaged.start()
    row = imaged.wait_for("broken", "failed", "ImageFailed")
    imaged.wait_until(lambda: imaged.image("broken")["attempts"] == 1)
    comment = sim.image("broken")["stateComment"]["stateMessage"] if sim.images("broken") else ""
    assert comment in row["message"]
    imaged.wait_until(lambda: len(sim.requests("POST", "/images")) == 2)
    row = imaged.wait_for("broken", "failed", "ImageFailed")
    comment = sim.image("broken")["stateComment"]["stateMessage"]
    assert comment and comment in row["message"]
    sim.wait_for_lists(3)
    assert len(sim.requests("POST", "/images")) == 2 and len(sim.images("broken")) == 1


def test_a_failed_build_is_replaced_by_a_good_one(imaged, sim):
    sim.fault("POST", "/images", "fail_image", times=1)
    imaged.declare("a.yaml", copy_of("second-try"))
    imaged.start()
    imaged.wait_for("second-try")
    assert sim.image("second-try")["state"] == "available"
    assert ("failed", "ImageFailed") in imaged.history("second-try")


def test_retry_tries_again_what_the_api_rejected(imaged, sim):
    body = {"title": "bad", "detail": "Not today", "violations": []}
    sim.fault("POST", "/images", {"status": 400, "body": body}, times=1)
    imaged.declare("a.yaml", copy_of("rejected"))
    imaged.start()
    assert "Not today" in imaged.wait_for("rejected", "failed", "Rejected")["message"]
    imaged.command("retry", "rejected")
    imaged.wait_for("rejected")


# ---- Changes in place


def test_tags_change_in_place(imaged, sim):
    imaged.declare("a.yaml", copy_of("tagged", tags={"stays": "1", "changes": "1", "goes": "1"}))
    imaged.start()
    identifier = imaged.wait_for("tagged")["image_id"]
    sim.forget_requests()
    imaged.declare("a.yaml", copy_of("tagged", tags={"stays": "1", "changes": "2", "comes": "1"}))
    wanted = {"stays": "1", "changes": "2", "comes": "1", **owned("tagged")}
    imaged.wait_until(lambda: tags_of(sim.image("tagged")) == wanted)
    imaged.wait_for("tagged")
    assert sim.image("tagged")["id"] == identifier
    assert sorted(writes(sim)) == [("DELETE", "bulk/tags"), ("PATCH", "bulk/tags")]
    assert sim.requests("DELETE")[0]["body"]["tags"] == [{"key": "goes", "value": "1"}]


@pytest.mark.parametrize("first", [False, True])
def test_access_changes_in_place(imaged, sim, first):
    imaged.declare("a.yaml", copy_of("shared", access={"is_public": first}))
    imaged.start()
    identifier = imaged.wait_for("shared")["image_id"]
    assert sim.image("shared")["access"]["isPublic"] is first
    sim.forget_requests()
    imaged.declare("a.yaml", copy_of("shared", access={"is_public": not first}))
    imaged.wait_until(lambda: sim.image("shared")["access"]["isPublic"] is not first)
    imaged.wait_for("shared")
    assert writes(sim) == [("PUT", f"images/{identifier}")]


def test_access_can_be_left_to_the_cloud(imaged, sim):
    imaged.declare("a.yaml", copy_of("inherits", access="inherit"))
    imaged.start()
    imaged.wait_for("inherits")
    assert sim.image("inherits")["access"]["isPublic"] is True
    assert sim.requests("PUT") == []


# ---- Replacement


def test_another_change_replaces_the_image_and_deletes_first(imaged, sim):
    imaged.declare("a.yaml", copy_of("changing", description="one", tags={"a": "1"}))
    imaged.start()
    old = imaged.wait_for("changing")["image_id"]
    sim.forget_requests()
    imaged.declare("a.yaml", copy_of("changing", description="two", tags={"a": "1"}))
    imaged.wait_until(lambda: sim.image("changing")["description"] == "two")
    imaged.wait_for("changing")
    new = sim.image("changing")
    assert new["id"] != old and tags_of(new) == {"a": "1", **owned("changing")}
    assert writes(sim)[:2] == [("DELETE", f"images/{old}"), ("POST", "images")]


def test_the_source_is_looked_at_just_before_the_old_image_is_deleted(make_imaged, sim):
    imaged = make_imaged(sim, {"poll": {"resync": "1h"}})
    imaged.declare("a.yaml", copy_of("careful", description="one"))
    imaged.start()
    old = imaged.wait_for("careful")["image_id"]
    sim.delete_image("ami-0b7df82c")  # a moment ago it was there
    imaged.declare("a.yaml", copy_of("careful", description="two"))
    imaged.wait_for("careful", "failed", "SourceMissing")
    assert sim.image("careful")["id"] == old


def test_the_old_image_stays_while_the_new_ones_source_is_missing(imaged, sim):
    imaged.declare("a.yaml", copy_of("careful"))
    imaged.start()
    old = imaged.wait_for("careful")["image_id"]
    sim.forget_requests()
    imaged.declare("a.yaml", copy_of("careful", source_image_id="ami-deadbeef"))
    row = imaged.wait_for("careful", "failed", "SourceMissing")
    assert "ami-deadbeef" in row["message"]
    sim.wait_for_lists(2)
    assert sim.image("careful")["id"] == old and sim.writes() == []
    imaged.declare("a.yaml", copy_of("careful"))
    imaged.wait_for("careful")
    assert sim.image("careful")["id"] == old and sim.writes() == []


def test_a_change_back_before_the_deletion_leaves_the_image(imaged, sim):
    imaged.declare("a.yaml", copy_of("wavering", description="one"))
    imaged.start()
    old = imaged.wait_for("wavering")["image_id"]
    imaged.declare("a.yaml", copy_of("wavering", description="two", lifecycle={"protect": True}))
    imaged.wait_for("wavering", "failed", "Protected")
    imaged.declare("a.yaml", copy_of("wavering", description="one"))
    imaged.wait_for("wavering")
    assert sim.image("wavering")["id"] == old


def test_on_change_keep_leaves_the_image_as_it_is(imaged, sim):
    imaged.declare("a.yaml", copy_of("kept", description="one"))
    imaged.start()
    old = imaged.wait_for("kept")["image_id"]
    imaged.declare("a.yaml", copy_of("kept", description="two", lifecycle={"on_change": "keep"}))
    imaged.wait_for("kept", "available", "Drifted")
    assert sim.image("kept")["id"] == old


# ---- Removal


def test_a_removed_file_takes_its_image_after_the_grace_period(make_imaged, sim):
    imaged = make_imaged(sim, {"deletion": {"grace": "1s"}})
    imaged.declare("a.yaml", copy_of("removed"))
    imaged.start()
    identifier = imaged.wait_for("removed")["image_id"]
    sim.forget_requests()
    imaged.withdraw("a.yaml")
    imaged.wait_for("removed", "pending", "Deleting")
    assert sim.image("removed")
    imaged.wait_for_gone("removed")
    assert not sim.images("removed") and writes(sim) == [("DELETE", f"images/{identifier}")]


def test_a_file_that_comes_back_cancels_the_removal(make_imaged, sim):
    imaged = make_imaged(sim, {"deletion": {"grace": "1h"}})
    imaged.declare("a.yaml", copy_of("returning"))
    imaged.start()
    identifier = imaged.wait_for("returning")["image_id"]
    sim.forget_requests()
    imaged.withdraw("a.yaml")
    imaged.wait_for("returning", "pending", "Deleting")
    imaged.declare("b.yaml", copy_of("returning"))
    imaged.wait_for("returning")
    imaged.reload()
    sim.wait_for_lists(2)
    assert sim.image("returning")["id"] == identifier and sim.writes() == []


def test_the_grace_period_is_not_cut_short_by_a_restart(make_imaged, sim):
    imaged = make_imaged(sim, {"deletion": {"grace": "1h"}})
    imaged.declare("a.yaml", copy_of("graced"))
    imaged.start()
    imaged.wait_for("graced")
    imaged.withdraw("a.yaml")
    imaged.wait_for("graced", "pending", "Deleting")
    imaged.restart()
    sim.wait_for_lists(2)
    assert sim.image("graced")


def test_a_file_removed_while_imaged_was_away_takes_its_image(imaged, sim):
    imaged.declare("a.yaml", copy_of("removed"))
    imaged.declare("b.yaml", copy_of("stays"))
    imaged.start()
    imaged.wait_for_all(2)
    imaged.stop()
    imaged.withdraw("a.yaml")
    imaged.start()
    imaged.wait_for_gone("removed")
    assert not sim.images("removed") and sim.image("stays")


def test_on_remove_keep_leaves_the_image_in_the_cloud(imaged, sim):
    imaged.declare("a.yaml", copy_of("kept", lifecycle={"on_remove": "keep"}))
    imaged.start()
    imaged.wait_for("kept")
    imaged.withdraw("a.yaml")
    imaged.wait_for_gone("kept")
    assert sim.image("kept") and sim.requests("DELETE") == []


def test_a_protected_image_is_not_deleted(imaged, sim):
    imaged.declare("a.yaml", copy_of("precious", lifecycle={"protect": True}))
    imaged.start()
    imaged.wait_for("precious")
    imaged.withdraw("a.yaml")
    imaged.wait_for("precious", "failed", "Protected")
    assert sim.image("precious") and sim.requests("DELETE") == []


def test_a_renamed_file_changes_nothing(imaged, sim):
    imaged.declare("a.yaml", copy_of("same"))
    imaged.start()
    identifier = imaged.wait_for("same")["image_id"]
    sim.forget_requests()
    (imaged.declarations / "a.yaml").rename(imaged.declarations / "b.yaml")
    imaged.wait_until(lambda: imaged.image("same")["file"].endswith("/b.yaml"))
    sim.wait_for_lists(3)
    assert imaged.image("same")["image_id"] == identifier and sim.writes() == []


def test_many_removals_at_once_wait_for_approval(make_imaged, sim):
    imaged = make_imaged(sim, {"deletion": {"max": 2}})
    names = [f"image-{n}" for n in range(5)]
    for name in names:
        imaged.declare(f"{name}.yaml", copy_of(name))
    imaged.start()
    imaged.wait_for_all(5)
    for name in names[1:]:
        imaged.withdraw(f"{name}.yaml")
    for name in names[1:]:
        imaged.wait_for(name, "pending", "AwaitingApproval")
    assert len([image for image in sim.images() if image["name"] in names]) == 5
    imaged.command("approve")
    for name in names[1:]:
        imaged.wait_for_gone(name)
    assert [image["name"] for image in sim.images() if image["name"] in names] == names[:1]


# ---- Images of others


def test_an_image_that_imaged_did_not_make_is_left_alone(make_sim, make_imaged, scenario):
    scenario["images"].append({"id": "ami-00000001", "name": "theirs"})
    sim = make_sim(scenario)
    imaged = make_imaged(sim)
    imaged.declare("a.yaml", copy_of("theirs", description="ours"))
    imaged.start()
    assert "ami-00000001" in imaged.wait_for("theirs", "failed", "NameTaken")["message"]
    imaged.withdraw("a.yaml")
    imaged.wait_for_gone("theirs")
    assert sim.image("theirs")["id"] == "ami-00000001" and sim.writes() == []


def test_an_image_with_anothers_tag_is_left_alone(imaged, sim):
    imaged.declare("a.yaml", copy_of("taken-over"))
    imaged.start()
    identifier = imaged.wait_for("taken-over")["image_id"]
    sim.forget_requests()
    sim.change_image(identifier, tags={"imaged.owner": "others", "imaged.name": "taken-over"})
    imaged.wait_for("taken-over", "failed", "Contested")
    imaged.withdraw("a.yaml")
    imaged.wait_for_gone("taken-over")
    assert sim.image("taken-over") and sim.writes() == []


def test_an_equal_image_is_adopted_when_the_declaration_allows(make_sim, make_imaged, scenario):
    scenario["images"].append({"id": "ami-00000001", "name": "adopted"})
    sim = make_sim(scenario)
    imaged = make_imaged(sim)
    imaged.declare("a.yaml", copy_of("adopted", lifecycle={"adopt": "always"}))
    imaged.start()
    imaged.wait_for("adopted")
    assert sim.image("adopted")["id"] == "ami-00000001" and not sim.requests("POST", "/images")
    assert tags_of(sim.image("adopted")) == owned("adopted")


def test_ownership_tags_bring_images_back_when_the_record_is_lost(imaged, sim):
    imaged.declare("a.yaml", copy_of("found", description="the same"))
    imaged.start()
    identifier = imaged.wait_for("found")["image_id"]
    imaged.stop()
    for file in imaged.directory.glob("state.db*"):
        file.unlink()
    sim.forget_requests()
    imaged.start()
    assert imaged.wait_for("found")["image_id"] == identifier
    assert sim.writes() == []


def test_without_ownership_tags_there_is_nothing_to_tag(make_imaged, sim):
    imaged = make_imaged(sim, {"ownership_tags": False})
    imaged.declare("a.yaml", copy_of("bare"))
    imaged.start()
    imaged.wait_for("bare")
    assert tags_of(sim.image("bare")) == {} and sim.requests("PATCH") == []


# ---- Drift


def test_a_tag_changed_by_hand_is_repaired_and_one_added_by_hand_stays(imaged, sim):
    imaged.declare("a.yaml", copy_of("drifting", tags={"a": "1"}))
    imaged.start()
    identifier = imaged.wait_for("drifting")["image_id"]
    sim.change_image(identifier, tags={"a": "2", "by-hand": "yes", **owned("drifting")})
    wanted = {"a": "1", "by-hand": "yes", **owned("drifting")}
    imaged.wait_until(lambda: tags_of(sim.image("drifting")) == wanted)
    imaged.wait_for("drifting")


def test_drift_is_only_reported_when_the_policy_says_so(imaged, sim):
    imaged.declare("a.yaml", copy_of("reported", tags={"a": "1"}, lifecycle={"on_drift": "report"}))
    imaged.start()
    identifier = imaged.wait_for("reported")["image_id"]
    sim.forget_requests()
    sim.change_image(identifier, tags={"a": "2", **owned("reported")})
    imaged.wait_for("reported", "available", "Drifted")
    assert [each["field"] for each in imaged.image("reported")["differences"]]
    assert sim.writes() == []


def test_an_image_deleted_in_the_console_is_made_again(imaged, sim):
    imaged.declare("a.yaml", copy_of("phoenix", tags={"a": "1"}))
    imaged.start()
    old = imaged.wait_for("phoenix")["image_id"]
    sim.wait_for_lists(1)
    sim.delete_image(old)
    imaged.wait_until(lambda: sim.image("phoenix")["id"] != old)
    imaged.wait_for("phoenix")
    assert tags_of(sim.image("phoenix")) == {"a": "1", **owned("phoenix")}


# ---- Without writing


@pytest.mark.parametrize("how", ["--observe", "mode"])
def test_observe_mode_writes_nothing(make_imaged, sim, how):
    imaged = make_imaged(sim, {"mode": "observe"} if how == "mode" else {})
    imaged.declare("a.yaml", copy_of("looked-at"))
    imaged.start(*([how] if how == "--observe" else []))
    imaged.wait_for("looked-at", "pending", "AwaitingApproval")
    sim.wait_for_lists(2)
    assert sim.writes() == []


def test_a_suspended_image_is_left_alone_until_it_is_resumed(imaged, sim):
    imaged.declare("a.yaml", copy_of("paused", tags={"a": "1"}))
    imaged.start()
    imaged.wait_for("paused")
    imaged.command("suspend", "paused")
    imaged.wait_for("paused", "pending", "Suspended")
    sim.forget_requests()
    imaged.declare("a.yaml", copy_of("paused", tags={"a": "2"}))
    imaged.restart()
    sim.wait_for_lists(2)
    assert imaged.image("paused")["reason"] == "Suspended" and sim.writes() == []
    imaged.command("resume", "paused")
    imaged.wait_for("paused")
    assert tags_of(sim.image("paused"))["a"] == "2"


# ---- Sources by their tags


@pytest.mark.parametrize(
    "scenario",
    [
        {
            "vms": [{"id": "i-00000001"}, {"id": "i-00000002", "tags": {"Name": "builder"}}],
            "snapshots": [
                {"id": "snap-00000001", "volume_size": 11},
                {"id": "snap-00000002", "volume_size": 20, "tags": {"role": "root"}},
            ],
        }
    ],
)
def test_a_vm_and_a_snapshot_are_found_by_their_tags(imaged, sim):
    imaged.declare("from-vm.yaml", {"vm_id": {"name": "build*"}, "no_reboot": True})
    mapping = {"device_name": "/dev/sda1", "bsu": {"snapshot_id": {"tags": {"role": "root"}}}}
    imaged.declare(
        "from-snapshot.yaml",
        {
            "root_device_name": "/dev/sda1",
            "architecture": "x86_64",
            "block_device_mappings": [mapping],
        },
    )
    imaged.start()
    imaged.wait_for_all(2)
    made = {each["body"]["name"]: each["body"] for each in sim.writes() if each["method"] == "POST"}
    assert made["from-vm"]["vmId"] == "i-00000002"
    assert made["from-snapshot"]["blockDeviceMappings"][0]["bsu"]["snapshotId"] == "snap-00000002"
