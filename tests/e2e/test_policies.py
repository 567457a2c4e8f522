# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""What lifecycle: says, and the brakes: each policy on the real daemon, and where they meet."""

import pytest

import harness
from harness import copy_of, tags_of


def owned(name, installation="tests"):
    return {"imaged.owner": installation, "imaged.name": name}


def writes(sim):
    """(method, end of the path) of each request that was to change something."""
    return [(each["method"], each["path"].split("/", 4)[4]) for each in sim.writes()]


def at_rest(sim):
    """Nothing is written in the time of several looks at all images."""
    sim.forget_requests()
    sim.wait_for_lists(4)
    assert sim.writes() == []


def declare(imaged, name, lifecycle=None, **more):
    imaged.declare(f"{name}.yaml", copy_of(name, lifecycle=lifecycle or {}, **more))


# ---- on_remove, on_change, on_drift


def test_the_daemons_defaults_count_where_the_file_is_silent(make_imaged, sim):
    imaged = make_imaged(sim, {"defaults": {"on_remove": "keep"}})
    declare(imaged, "by-default")
    declare(imaged, "by-itself", {"on_remove": "delete"})
    declare(imaged, "stays")
    imaged.start()
    imaged.wait_for_all(3)
    imaged.withdraw("by-default.yaml")
    imaged.withdraw("by-itself.yaml")
    imaged.wait_for_gone("by-default")
    imaged.wait_for_gone("by-itself")
    assert sim.images("by-default") and not sim.images("by-itself")


def test_an_image_that_was_kept_is_taken_back_when_its_file_returns(imaged, sim):
    declare(imaged, "kept", {"on_remove": "keep"})
    declare(imaged, "stays")
    imaged.start()
    identifier = imaged.wait_for("kept")["image_id"]
    imaged.wait_for("stays")
    imaged.withdraw("kept.yaml")
    imaged.wait_for_gone("kept")
    sim.forget_requests()
    declare(imaged, "kept", {"on_remove": "keep"})
    assert imaged.wait_for("kept", "available", "InSync")["image_id"] == identifier
    assert sim.writes() == []


def test_a_change_that_was_kept_back_is_made_once_policy_allows(imaged, sim):
    declare(imaged, "web", description="one")
    imaged.start()
    old = imaged.wait_for("web")["image_id"]
    declare(imaged, "web", {"on_change": "keep"}, description="two", tags={"a": "1"})
    imaged.wait_for("web", "available", "Drifted")
    assert sim.image("web")["id"] == old
    sim.wait_for_lists(2)
    declare(imaged, "web", {"on_change": "recreate"}, description="two", tags={"a": "1"})
    imaged.wait_until(lambda: sim.image("web")["id"] != old)
    imaged.wait_for("web", "available", "InSync")
    assert sim.image("web")["description"] == "two" and tags_of(sim.image("web"))["a"] == "1"


def test_drift_is_reported_and_repaired_once_policy_allows(imaged, sim):
    declare(imaged, "web", {"on_drift": "report"}, tags={"a": "1"})
    imaged.start()
    identifier = imaged.wait_for("web")["image_id"]
    sim.change_image(identifier, tags={"a": "2", **owned("web")}, access={"isPublic": True})
    row = imaged.wait_for("web", "available", "Drifted")
    fields = {each["field"] for each in imaged.image("web")["differences"]}
    assert fields == {"tags.a", "access.is_public"} and "a" in row["message"]
    at_rest(sim)
    assert imaged.imagectl("plan").returncode == 0
    assert "which policy leaves so" in imaged.imagectl("plan").stdout
    # What the file itself changes is no drift.
    declare(imaged, "web", {"on_drift": "report"}, tags={"a": "3"})
    imaged.wait_until(lambda: tags_of(sim.image("web"))["a"] == "3")
    sim.change_image(identifier, tags={"a": "4", **owned("web")})
    imaged.wait_for("web", "available", "Drifted")
    declare(imaged, "web", {"on_drift": "repair"}, tags={"a": "3"})
    imaged.wait_until(lambda: tags_of(sim.image("web"))["a"] == "3")
    imaged.wait_for("web", "available", "InSync")


def test_an_image_deleted_outside_is_only_reported_when_policy_says_so(imaged, sim):
    declare(imaged, "web", {"on_drift": "report"})
    declare(imaged, "other")
    imaged.start()
    imaged.wait_for_all(2)
    sim.wait_for_lists(1)
    sim.delete_image(sim.image("web")["id"])
    row = imaged.wait_for("web", "failed", "Drifted")
    assert "deleted by somebody else" in row["message"]
    at_rest(sim)
    declare(imaged, "web", {"on_drift": "repair"})
    imaged.wait_for("web", "available", "InSync")
    assert sim.image("web")


# ---- adopt


@pytest.fixture
def theirs(make_imaged, sim):
    """An image that somebody made, without tags of ours."""
    other = make_imaged(sim, {"ownership_tags": False, "installation": "somebody"})
    declare(other, "theirs", description="one", tags={"a": "1", "b": "2"})
    other.start()
    other.wait_for("theirs")
    other.stop()
    sim.forget_requests()
    return sim.image("theirs")["id"]


def test_an_equal_image_is_adopted_with_no_write_but_the_ownership_tags(make_imaged, sim, theirs):
    imaged = make_imaged(sim)
    declare(imaged, "theirs", {"adopt": "if_equal"}, description="one", tags={"a": "1"})
    imaged.start()
    assert imaged.wait_for("theirs", "available", "InSync")["image_id"] == theirs
    assert writes(sim) == [("PATCH", "bulk/tags")]
    assert tags_of(sim.image("theirs")) == {"a": "1", "b": "2", **owned("theirs")}
    at_rest(sim)
    imaged.withdraw("theirs.yaml")
    imaged.wait_for_gone("theirs")
    assert not sim.images("theirs")


@pytest.mark.parametrize(
    "adopt, description",
    [("never", "one"), ("if_equal", "another"), (None, "one")],
)
def test_what_may_not_be_adopted_is_left_alone(make_imaged, sim, theirs, adopt, description):
    imaged = make_imaged(sim)
    declare(imaged, "theirs", {"adopt": adopt} if adopt else None, description=description)
    imaged.start()
    row = imaged.wait_for("theirs", "failed", "NameTaken")
    assert theirs in row["message"]
    at_rest(sim)
    imaged.withdraw("theirs.yaml")
    imaged.wait_for_gone("theirs")
    assert sim.image("theirs")["id"] == theirs
    assert tags_of(sim.image("theirs")) == {"a": "1", "b": "2"}


def test_adopt_always_takes_a_different_image_and_mends_what_it_can(make_imaged, sim, theirs):
    imaged = make_imaged(sim)
    declare(imaged, "theirs", {"adopt": "always"}, description="another", tags={"a": "7"})
    imaged.start()
    # What only a new image could have is told, and not a reason to delete somebody's image.
    row = imaged.wait_for("theirs", "available", "Drifted")
    assert row["image_id"] == theirs
    assert tags_of(sim.image("theirs")) == {"a": "7", "b": "2", **owned("theirs")}
    assert [each[0] for each in writes(sim)] == ["PATCH"]
    at_rest(sim)


def test_an_image_with_anothers_tag_is_not_adopted_whatever_policy_says(make_imaged, sim, theirs):
    sim.change_image(theirs, tags={"a": "1", **owned("theirs", "paris")})
    imaged = make_imaged(sim)
    declare(imaged, "theirs", {"adopt": "always"}, description="one", tags={"a": "1"})
    imaged.start()
    imaged.wait_for("theirs", "failed")
    at_rest(sim)
    assert tags_of(sim.image("theirs"))["imaged.owner"] == "paris"


# ---- protect, delete_snapshots


def test_a_protected_image_takes_tags_but_no_replacement(imaged, sim):
    declare(imaged, "web", {"protect": True}, description="one", tags={"a": "1"})
    imaged.start()
    old = imaged.wait_for("web")["image_id"]
    declare(imaged, "web", {"protect": True}, description="one", tags={"a": "2"})
    imaged.wait_until(lambda: tags_of(sim.image("web"))["a"] == "2")
    imaged.wait_for("web", "available", "InSync")
    declare(imaged, "web", {"protect": True}, description="two", tags={"a": "2"})
    imaged.wait_for("web", "failed", "Protected")
    at_rest(sim)
    assert imaged.ask("plan")["items"][0]["change"] == "blocked"
    declare(imaged, "web", description="two", tags={"a": "2"})
    imaged.wait_until(lambda: sim.image("web")["id"] != old)
    imaged.wait_for("web", "available", "InSync")


def test_protection_outlives_the_file_and_a_restart(imaged, sim):
    declare(imaged, "web", {"protect": True})
    declare(imaged, "other")
    imaged.start()
    imaged.wait_for_all(2)
    imaged.withdraw("web.yaml")
    imaged.wait_for("web", "failed", "Protected")
    imaged.restart()
    imaged.wait_for("web", "failed", "Protected")
    at_rest(sim)
    assert imaged.imagectl("approve", "--all").returncode == 0
    at_rest(sim)
    declare(imaged, "web")
    imaged.wait_for("web", "available", "InSync")


@pytest.mark.parametrize("policy", [True, False])
def test_snapshots_go_with_the_image_only_when_policy_says_so(imaged, sim, policy):
    from_vm = {"name": "from-vm", "vm_id": "i-b121616e", "no_reboot": True}
    imaged.declare("a.yaml", {**from_vm, "lifecycle": {"delete_snapshots": policy}})
    declare(imaged, "stays")
    before = {each["id"] for each in sim.cloud()["snapshots"]}
    imaged.start()
    imaged.wait_for_all(2)
    mapping = sim.image("from-vm")["blockDeviceMappings"]
    made = {each["bsu"]["snapshotId"] for each in mapping}
    assert made and not made & before
    imaged.withdraw("a.yaml")
    imaged.wait_for_gone("from-vm")
    left = {each["id"] for each in sim.cloud()["snapshots"]}
    assert before <= left and (made & left == set()) == policy
    assert sim.image("stays")


def test_a_snapshot_that_was_declared_is_never_deleted(imaged, sim):
    imaged.declare(
        "a.yaml",
        {
            "name": "from-snapshot",
            "root_device_name": "/dev/sda1",
            "architecture": "x86_64",
            "block_device_mappings": [
                {"device_name": "/dev/sda1", "bsu": {"snapshot_id": "snap-5ee113a6"}}
            ],
            "lifecycle": {"delete_snapshots": True},
        },
    )
    declare(imaged, "stays")
    imaged.start()
    imaged.wait_for_all(2)
    imaged.withdraw("a.yaml")
    imaged.wait_for_gone("from-snapshot")
    sim.wait_for_lists(2)
    assert "snap-5ee113a6" in {each["id"] for each in sim.cloud()["snapshots"]}


# ---- max_attempts, timeout, suspend


def test_attempts_end_stay_ended_and_begin_anew_on_request(imaged, sim):
    sim.fault("POST", "/images", "fail_image", times=-1)
    declare(imaged, "web", {"max_attempts": 2})
    imaged.start()
    imaged.wait_until(lambda: len(sim.requests("POST", "/images")) == 2)
    imaged.wait_for("web", "failed", "ImageFailed")
    at_rest(sim)
    imaged.restart()
    imaged.wait_for("web", "failed", "ImageFailed")
    at_rest(sim)
    assert len(sim.images("web")) == 1
    imaged.command("retry", "web")
    imaged.wait_until(lambda: len(sim.requests("POST", "/images")) == 2)
    imaged.wait_for("web", "failed", "ImageFailed")
    sim.faults()
    declare(imaged, "web", {"max_attempts": 2}, description="another")
    imaged.wait_for("web", "available", "InSync")
    assert len(sim.images("web")) == 1


def test_a_build_beyond_its_timeout_is_said_and_waited_for(make_sim, make_imaged, scenario):
    sim = make_sim({**scenario, "pending": {"vm": "1h"}})
    imaged = make_imaged(sim)
    slow = {"vm_id": "i-b121616e", "no_reboot": True, "lifecycle": {"timeout": "1s"}}
    imaged.declare("a.yaml", {"name": "slow", **slow})
    imaged.start()

    def said():
        row = imaged.image("slow")
        assert (row["state"], row["reason"]) == ("pending", "ImagePending"), row
        return "lifecycle.timeout" in row["message"]

    imaged.wait_until(said)
    assert imaged.image("slow")["pending_since"]
    at_rest(sim)
    sim.advance("2h")
    imaged.wait_for("slow", "available", "InSync")
    assert len(sim.requests("POST", "/images")) == 0 and len(sim.images("slow")) == 1


def test_a_file_suspends_its_image_and_a_command_does_not_end_that(imaged, sim):
    declare(imaged, "web", description="one")
    imaged.start()
    identifier = imaged.wait_for("web")["image_id"]
    declare(imaged, "web", {"suspend": True}, description="two", tags={"a": "1"})
    imaged.wait_for("web", "pending", "Suspended")
    sim.change_image(identifier, tags={})
    imaged.command("resume", "web")
    at_rest(sim)
    assert imaged.image("web")["reason"] == "Suspended"
    plan = imaged.imagectl("plan")
    assert plan.returncode == 2 and "suspended on request, or it would be: replace" in plan.stdout
    declare(imaged, "web", description="two", tags={"a": "1"})
    imaged.wait_until(lambda: sim.image("web")["id"] != identifier)
    imaged.wait_for("web", "available", "InSync")


def test_a_suspended_image_outlives_its_file_until_it_is_resumed(imaged, sim):
    declare(imaged, "web")
    declare(imaged, "stays")
    imaged.start()
    imaged.wait_for_all(2)
    imaged.command("suspend", "web")
    imaged.withdraw("web.yaml")
    imaged.wait_until(lambda: not imaged.image("web")["declared"])
    at_rest(sim)
    assert sim.image("web")
    imaged.command("resume", "web")
    imaged.wait_for_gone("web")
    assert not sim.images("web")


# ---- tags_policy


def test_exact_tags_leave_no_others_but_imageds_own(imaged, sim):
    declare(imaged, "web", {"tags_policy": "exact"}, tags={"a": "1"})
    imaged.start()
    identifier = imaged.wait_for("web")["image_id"]
    sim.change_image(identifier, tags={"a": "2", "by-hand": "x", "imaged.note": "n", **owned("web")})
    wanted = {"a": "1", "imaged.note": "n", **owned("web")}
    imaged.wait_until(lambda: tags_of(sim.image("web")) == wanted)
    imaged.wait_for("web", "available", "InSync")
    at_rest(sim)
    declare(imaged, "web", tags={"a": "1"})
    sim.change_image(identifier, tags={"by-hand": "x", **wanted})
    imaged.wait_for("web", "available", "InSync")
    at_rest(sim)
    assert tags_of(sim.image("web"))["by-hand"] == "x"


# ---- The brakes

NAMES = [f"image-{n}" for n in range(5)]


@pytest.fixture
def braked(make_imaged, sim):
    """Five images of which one at a time may go."""
    imaged = make_imaged(sim, {"deletion": {"max": 1}})
    for name in NAMES:
        declare(imaged, name)
    imaged.start()
    imaged.wait_for_all(5)
    sim.forget_requests()
    return imaged


def wait_for_brake(imaged, names):
    for name in names:
        imaged.wait_for(name, "pending", "AwaitingApproval")


def test_a_restart_grants_no_approval(braked, sim):
    for name in NAMES[1:]:
        braked.withdraw(f"{name}.yaml")
    wait_for_brake(braked, NAMES[1:])
    for stop in (braked.stop, braked.kill):
        stop()
        braked.start()
        wait_for_brake(braked, NAMES[1:])
        at_rest(sim)
    assert braked.status()["images"]["awaiting_approval"] == 4


def test_a_restart_loses_no_approval(braked, sim):
    for name in NAMES[1:]:
        braked.withdraw(f"{name}.yaml")
    wait_for_brake(braked, NAMES[1:])
    sim.fault("DELETE", "/images/*", {"status": 503}, times=-1)
    braked.command("approve", NAMES[2])
    sim.wait_for_requests(1, "DELETE")
    braked.kill()
    sim.faults()
    braked.start()
    braked.wait_for_gone(NAMES[2])
    wait_for_brake(braked, [NAMES[1], *NAMES[3:]])
    at_rest(sim)
    assert sorted(each["name"] for each in sim.images() if each["name"] in NAMES) == [
        name for name in NAMES if name != NAMES[2]
    ]


def test_an_approval_is_for_what_was_wanted_then(braked, sim):
    for name in NAMES[1:]:
        braked.withdraw(f"{name}.yaml")
    wait_for_brake(braked, NAMES[1:])
    sim.fault("DELETE", "/images/*", {"status": 503}, times=-1)
    braked.command("approve", NAMES[2])
    sim.wait_for_requests(1, "DELETE")
    declare(braked, NAMES[2])
    braked.wait_for(NAMES[2], "available", "InSync")
    sim.faults()
    sim.forget_requests()
    braked.withdraw(f"{NAMES[2]}.yaml")
    braked.wait_until(lambda: not braked.image(NAMES[2])["declared"])
    wait_for_brake(braked, NAMES[1:])
    at_rest(sim)


def test_replacements_count_as_deletions(braked, sim):
    for name in NAMES:
        declare(braked, name, description="changed")
    wait_for_brake(braked, NAMES)
    assert sim.writes() == []
    for name in NAMES:
        declare(braked, name)
    braked.wait_for_all(5)
    assert sim.writes() == []


def test_five_hundred_files_gone_for_a_moment_are_no_wish(make_imaged, sim):
    imaged = make_imaged(sim, {"deletion": {"grace": "1h"}})
    documents = {f"{n:03}.yaml": copy_of(f"image-{n:03}") for n in range(500)}
    declare(imaged, "stays")
    for file, document in documents.items():
        imaged.declare(file, document)
    imaged.start()
    imaged.wait_for_all(501, limit=4 * harness.LIMIT)
    sim.forget_requests()
    for file in documents:
        imaged.withdraw(file)
    imaged.wait_until(lambda: sum(not row["declared"] for row in imaged.images().values()) == 500)
    sim.wait_for_lists(2)
    for file, document in documents.items():
        imaged.declare(file, document)
    imaged.wait_for_all(501)
    sim.wait_for_lists(3)
    assert sim.writes() == []


def test_all_files_gone_at_once_is_one_clear_message_and_no_wish(make_imaged, sim):
    imaged = make_imaged(sim, {"deletion": {"max": 100}})
    for name in NAMES:
        declare(imaged, name)
    imaged.start()
    imaged.wait_for_all(5)
    sim.forget_requests()
    moved = imaged.directory / "moved"
    moved.mkdir()
    for file in imaged.declarations.iterdir():
        file.rename(moved / file.name)

    def faulty():
        return imaged.status()["declarations"]["fault"]

    fault = imaged.wait_until(faulty)
    assert "lost all its files at once" in fault and "imagectl approve --all" in fault
    # Rescans, a restart and time do not make a wish of it.
    sim.wait_for_lists(6)
    imaged.restart()
    assert "lost all its files at once" in imaged.wait_until(faulty)
    sim.wait_for_lists(6)
    assert sim.writes() == [] and all(row["declared"] for row in imaged.images().values())
    assert imaged.log.count("lost all its files at once") == 2  # once for each start
    for file in moved.iterdir():
        file.rename(imaged.declarations / file.name)
    imaged.wait_until(lambda: faulty() is None)
    imaged.wait_for_all(5)
    assert sim.writes() == []


# ---- observe


def set_mode(imaged, mode):
    imaged.configure({"mode": mode})
    imaged.reload()
    imaged.wait_until(lambda: imaged.status()["mode"] == mode)


def test_observe_mode_says_all_and_writes_nothing(make_imaged, sim):
    imaged = make_imaged(sim)
    for name in ("changed", "tagged", "removed", "vanished", "public"):
        declare(imaged, name, tags={"a": "1"})
    imaged.start()
    imaged.wait_for_all(5)
    sim.wait_for_lists(1)
    set_mode(imaged, "observe")
    sim.delete_image(sim.image("vanished")["id"])
    sim.change_image(sim.image("public")["id"], access={"isPublic": True})
    declare(imaged, "changed", description="other", tags={"a": "1"})
    declare(imaged, "tagged", tags={"a": "2"})
    declare(imaged, "new")
    imaged.withdraw("removed.yaml")
    sim.forget_requests()
    wanted = {
        "changed": "replace",
        "tagged": "update",
        "removed": "delete",
        "vanished": "create",
        "public": "update",
        "new": "create",
    }

    def planned():
        found = {each["name"]: each["change"] for each in imaged.ask("plan")["items"]}
        assert found == wanted
        return True

    imaged.wait_until(planned)
    for verb in ("retry", "approve", "refresh"):
        imaged.command(verb)
    sim.wait_for_lists(5)
    assert sim.writes() == [] and planned()
    # What was planned is what is done.
    set_mode(imaged, "apply")
    imaged.wait_for_gone("removed")
    imaged.wait_for_all(5)
    assert imaged.imagectl("plan").returncode == 0


# ---- A lost record


def lose_record(imaged):
    imaged.stop()
    for file in imaged.directory.glob("state.db*"):
        file.unlink()


def test_a_lost_record_is_rebuilt_and_nothing_is_made_twice_or_deleted(imaged, sim):
    declare(imaged, "base", tags={"a": "1"})
    imaged.declare("vm.yaml", {"name": "from-vm", "vm_id": "i-b121616e", "no_reboot": True})
    declare(imaged, "dependent", source_image_id={"declared": "base", "follow": True})
    declare(imaged, "rolling-{digest}", {"keep_previous": 2}, description="one {source_id}")
    imaged.start()
    imaged.wait_for_all(4)
    declare(imaged, "rolling-{digest}", {"keep_previous": 2}, description="two {source_id}")
    imaged.wait_until(lambda: len(sim.images()) == 6)
    imaged.wait_for_all(4)
    sim.wait_for_lists(1)
    before = {name: row["image_id"] for name, row in imaged.images().items()}
    lose_record(imaged)
    sim.forget_requests()
    imaged.start()
    imaged.wait_for_all(4)
    sim.wait_for_lists(4)
    assert {name: row["image_id"] for name, row in imaged.images().items()} == before
    assert sim.writes() == []
    assert imaged.imagectl("plan").returncode == 0


def test_a_lost_record_and_a_lost_file_delete_nothing(imaged, sim):
    declare(imaged, "web")
    declare(imaged, "stays")
    imaged.start()
    imaged.wait_for_all(2)
    lose_record(imaged)
    imaged.withdraw("web.yaml")
    sim.forget_requests()
    imaged.start()
    imaged.wait_for_all(1)
    at_rest(sim)
    assert sim.image("web")
    declare(imaged, "web")
    imaged.wait_for("web", "available", "InSync")
    assert sim.writes() == []


def test_a_record_lost_in_the_middle_of_a_creation_makes_no_second_image(imaged, sim):
    sim.faults(
        {"method": "POST", "path": "/images", "action": "close_after"},
        {"method": "GET", "path": "/images", "after": 1, "times": -1, "action": {"status": 503}},
    )
    declare(imaged, "web")
    imaged.start()
    imaged.wait_until(lambda: sim.images("web"))
    imaged.kill()
    for file in imaged.directory.glob("state.db*"):
        file.unlink()
    sim.faults()
    imaged.start()
    # Without tags nobody can tell whose it is: that is for a person to say.
    row = imaged.wait_for("web", "failed", "NameTaken")
    assert sim.image("web")["id"] in row["message"]
    declare(imaged, "web", {"adopt": "always"})
    imaged.wait_for("web", "available")
    assert len(sim.images("web")) == 1


def test_another_installations_images_are_not_taken_with_a_lost_record(make_imaged, sim):
    first = make_imaged(sim, {"installation": "paris"})
    declare(first, "web")
    first.start()
    first.wait_for("web")
    second = make_imaged(sim, {"installation": "lyon"})
    declare(second, "web", {"adopt": "always"})
    second.start()
    second.wait_for("web", "failed")
    sim.wait_for_lists(4)
    first.wait_for("web", "available", "InSync")
    assert len(sim.images("web")) == 1 and tags_of(sim.image("web")) == owned("web", "paris")
