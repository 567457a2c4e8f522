# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""A cloud that loses answers, lies, stalls and refuses: no image is made twice, and none given up."""

import time

import pytest

from harness import copy_of, tags_of

TOKEN = "/iam/token"
# Kinds of log entries, which stay the same whatever their words.
ANSWER_LOST = "message_id=ea3d9d2048ec40429e19cfdf06744ffa"
API_FAULT = "message_id=cf9e4f4204fb485693c70a70c92c2150"
OWNED = {"imaged.owner": "tests"}


def settled(imaged, sim, name):
    """The image is available, once, and nothing more is written."""
    imaged.wait_for(name)
    image = sim.image(name)
    assert image["id"] == imaged.image(name)["image_id"] and image["state"] == "available"
    assert tags_of(image).items() >= {**OWNED, "imaged.name": name}.items()
    sim.faults()
    sim.forget_requests()
    sim.wait_for_lists(2)
    assert sim.writes() == []


# ---- Creations whose answer is lost

LOST = {
    "close_before": "close_before",
    "close_after": "close_after",
    "truncate": "truncate",
    "apply_then_500": "apply_then_500",
    "late": {"late": "500ms"},
    "502 page": {"status": 502, "body": "<html>Bad gateway</html>"},
    "503 nothing": {"status": 503},
    "201 nothing": {"status": 201},
    "201 page": {"status": 201, "body": "<html>Welcome</html>"},
    "201 list": {"status": 201, "body": {"items": []}},
}


@pytest.mark.parametrize("unique_names", [True, False], ids=["unique", "worse"])
@pytest.mark.parametrize("action", LOST.values(), ids=LOST)
def test_a_creation_whose_answer_is_lost_makes_one_image(
    make_sim, make_imaged, scenario, action, unique_names
):
    sim = make_sim({**scenario, "unique_names": unique_names})
    imaged = make_imaged(sim)
    sim.fault("POST", "/images", action)
    imaged.declare("a.yaml", copy_of("once", tags={"a": "1"}))
    imaged.start()
    settled(imaged, sim, "once")


def test_a_kept_connection_that_dies_does_not_send_a_creation_twice(imaged, sim):
    imaged.declare("a.yaml", copy_of("first"))
    imaged.start()
    imaged.wait_for("first")  # the connections are warm
    sim.forget_requests()
    sim.fault("POST", "/images", "close_after")
    imaged.declare("b.yaml", copy_of("second"))
    imaged.wait_for("second")
    assert len(sim.requests("POST", "/images")) == 1
    settled(imaged, sim, "second")


def test_an_image_that_no_list_shows_yet_is_waited_for(make_sim, make_imaged, scenario):
    sim = make_sim({**scenario, "unique_names": False})
    imaged = make_imaged(sim)
    sim.fault("POST", "/images", {"hidden": "1s"})
    imaged.declare("a.yaml", copy_of("hidden", tags={"a": "1"}))
    imaged.start()
    settled(imaged, sim, "hidden")
    assert len(sim.images("hidden")) == 1


def test_a_lost_answer_and_a_hidden_image_together_make_one_image(make_sim, make_imaged, scenario):
    sim = make_sim({**scenario, "unique_names": False})
    imaged = make_imaged(sim, {"numspot": {"request_timeout": "500ms"}, "ambiguity_window": "4s"})
    sim.fault("POST", "/images", {"hidden": "1500ms", "delay": "3s"})
    imaged.declare("a.yaml", copy_of("hidden"))
    imaged.start()
    settled(imaged, sim, "hidden")


def test_a_creation_that_times_out_is_looked_for(make_imaged, sim):
    imaged = make_imaged(sim, {"numspot": {"request_timeout": "300ms"}})
    sim.fault("POST", "/images", {"delay": "2s"})
    imaged.declare("a.yaml", copy_of("slow"))
    imaged.start()
    imaged.wait_for("slow")
    assert len(sim.requests("POST", "/images")) == 1
    assert ANSWER_LOST in imaged.log


# ---- Steps after the creation

AFTERWARDS = ["close_before", "close_after", "apply_then_500", {"status": 404}, {"status": 503}]


@pytest.mark.parametrize("action", AFTERWARDS, ids=str)
@pytest.mark.parametrize(
    "method, path", [("PATCH", "/bulk/tags"), ("PUT", "/images/*")], ids=["tags", "access"]
)
def test_what_follows_a_creation_is_done_in_the_end(imaged, sim, method, path, action):
    sim.fault(method, path, action)
    imaged.declare("a.yaml", copy_of("followed", tags={"a": "1"}))
    imaged.start()
    imaged.wait_for("followed")
    assert len(sim.requests("POST", "/images")) == 1 and len(sim.images("followed")) == 1
    assert tags_of(sim.image("followed"))["a"] == "1"
    assert sim.image("followed")["access"]["isPublic"] is False


def test_tagging_that_is_forbidden_is_said_and_the_image_stays(imaged, sim):
    body = {"title": "forbidden", "detail": "missing compute.tag.create"}
    sim.fault("PATCH", "/bulk/tags", {"status": 403, "body": body}, times=-1)
    imaged.declare("a.yaml", copy_of("untagged", tags={"a": "1"}))
    imaged.start()
    message = imaged.wait_for("untagged", "failed", "Forbidden")["message"]
    assert "tags" in message and "compute.tag.create" in message
    imaged.restart()
    sim.wait_for_lists(3)
    assert len(sim.images("untagged")) == 1 and not sim.requests("DELETE")
    assert len(sim.requests("POST", "/images")) == 1 and len(sim.requests("PATCH")) <= 2
    sim.faults()
    imaged.command("retry", "untagged")
    settled(imaged, sim, "untagged")


@pytest.mark.parametrize("action", ["close_before", "close_after", "apply_then_500"], ids=str)
def test_a_deletion_whose_answer_is_lost_is_done_once(imaged, sim, action):
    imaged.declare("a.yaml", copy_of("removed"))
    imaged.start()
    imaged.wait_for("removed")
    sim.fault("DELETE", "/images/*", action)
    imaged.withdraw("a.yaml")
    imaged.wait_for_gone("removed")
    assert not sim.images("removed")


def test_a_deletion_that_is_refused_for_a_while_is_done_in_the_end(imaged, sim):
    imaged.declare("a.yaml", copy_of("removed"))
    imaged.start()
    imaged.wait_for("removed")
    sim.fault("DELETE", "/images/*", {"status": 409, "body": {"title": "InUse"}}, times=2)
    imaged.withdraw("a.yaml")
    imaged.wait_for_gone("removed")
    assert not sim.images("removed") and len(sim.requests("DELETE")) == 3


# ---- Waiting


def test_an_image_that_is_pending_for_hours_is_waited_for(make_sim, make_imaged, scenario):
    sim = make_sim({**scenario, "pending": {"copy": "2h"}})
    imaged = make_imaged(sim)
    imaged.declare("a.yaml", copy_of("slow"))
    imaged.start()
    row = imaged.wait_for("slow", "pending", "ImagePending")
    assert row["pending_since"] and row["cloud_state"] == "pending"
    sim.advance("90m")
    imaged.restart()
    sim.wait_for_lists(2)
    assert imaged.image("slow")["reason"] == "ImagePending" and imaged.image("slow")["pending_since"]
    sim.advance("1h")
    settled(imaged, sim, "slow")


def test_a_build_that_fails_later_is_told_with_its_comment(make_sim, make_imaged, scenario):
    sim = make_sim({**scenario, "pending": {"copy": "2h"}})
    imaged = make_imaged(sim)
    imaged.declare("a.yaml", copy_of("doomed", lifecycle={"max_attempts": 1}))
    imaged.start()
    identifier = imaged.wait_for("doomed", "pending", "ImagePending")["image_id"]
    comment = {"stateCode": "Client.Error", "stateMessage": "The disk has no partition"}
    sim.change_image(identifier, state="failed", stateComment=comment)
    message = imaged.wait_for("doomed", "failed", "ImageFailed")["message"]
    assert "The disk has no partition" in message
    sim.wait_for_lists(2)
    assert len(sim.requests("POST", "/images")) == 1 and len(sim.images("doomed")) == 1


def test_stale_answers_delay_but_do_not_mislead(make_imaged, sim):
    imaged = make_imaged(sim, {"poll": {"gone_after": "10s"}})
    imaged.declare("a.yaml", {"name": "stale", "vm_id": "i-b121616e"})
    imaged.start()
    imaged.wait_for("stale", "pending", "ImagePending")
    sim.fault("GET", "*", {"stale": "1s"}, times=-1)
    settled(imaged, sim, "stale")
    assert sim.requests("POST", "/images") == []


# ---- Refusals that pass, and those that do not


def test_a_full_quota_is_waited_out(make_sim, make_imaged, scenario):
    sim = make_sim({**scenario, "limits": {"images": 1}})
    imaged = make_imaged(sim)
    imaged.declare("a.yaml", copy_of("first"))
    imaged.start()
    imaged.wait_for("first")
    imaged.declare("b.yaml", copy_of("second"))
    message = imaged.wait_for("second", "pending", "Retrying")["message"]
    assert "quota" in message.lower() or "limit" in message.lower(), message
    imaged.withdraw("a.yaml")
    imaged.wait_for("second")
    assert len(sim.requests("POST", "/images")) < 12  # no hot loop


def test_a_source_in_transition_is_waited_out(imaged, sim):
    body = {"title": "InvalidVolumeState", "detail": "the volume is in transition"}
    sim.fault("POST", "/images", {"status": 409, "body": body}, times=2)
    imaged.declare("a.yaml", copy_of("patient"))
    imaged.start()
    imaged.wait_for("patient")
    assert len(sim.requests("POST", "/images")) == 3


def test_a_name_that_is_taken_needs_a_person(make_sim, make_imaged, scenario):
    scenario["images"].append({"id": "ami-00000001", "name": "taken"})
    sim = make_sim(scenario)
    imaged = make_imaged(sim)
    imaged.declare("a.yaml", copy_of("taken", description="ours"))
    imaged.start()
    imaged.wait_for("taken", "failed", "NameTaken")
    sim.wait_for_lists(3)
    assert len(sim.requests("POST", "/images")) <= 1
    sim.delete_image("ami-00000001")
    imaged.wait_for("taken")


def test_a_public_image_of_the_name_is_somebody_elses_and_in_nobodys_way(
    make_sim, make_imaged, scenario
):
    scenario["images"].append({"id": "ami-00000001", "name": "common", "is_public": True})
    sim = make_sim(scenario)
    imaged = make_imaged(sim)
    imaged.declare("a.yaml", copy_of("common"))
    imaged.start()
    assert imaged.wait_for("common")["image_id"] != "ami-00000001"
    assert not tags_of(next(each for each in sim.images("common") if each["id"] == "ami-00000001"))


@pytest.mark.parametrize("status, reason", [(400, "Rejected"), (403, "Forbidden")])
def test_a_creation_that_is_refused_for_good_is_not_repeated(imaged, sim, status, reason):
    body = {"title": "no", "detail": "so it is", "violations": []}
    sim.fault("POST", "/images", {"status": status, "body": body}, times=-1)
    imaged.declare("a.yaml", copy_of("refused"))
    imaged.start()
    row = imaged.wait_for("refused", "failed", reason)
    assert "so it is" in row["message"] and row["next_attempt_ms"] > 60_000
    sim.wait_for_lists(3)
    assert len(sim.requests("POST", "/images")) == 1
    sim.faults()
    imaged.declare("a.yaml", copy_of("refused", description="now"))  # a changed file is tried at once
    imaged.wait_for("refused")


def test_the_clouds_complaint_points_into_the_file(imaged, sim):
    violations = [{"field": "sourceRegionName", "description": "is no region"}]
    body = {"title": "Bad Request", "detail": "", "violations": violations}
    sim.fault("POST", "/images", {"status": 400, "body": body})
    imaged.declare("a.yaml", "name: pointed\nsource_image_id: ami-0b7df82c\nsource_region_name: mars\n")
    imaged.start()
    message = imaged.wait_for("pointed", "failed", "Rejected")["message"]
    assert "source_region_name" in message and "a.yaml:3:" in message and "is no region" in message


# ---- Lists that cannot be right

LIES = {
    "empty": {"status": 200, "body": {"items": []}},
    "no items": {"status": 200, "body": {}},
    "null": {"status": 200, "body": {"items": None}},
    "a page": {"status": 200, "body": "<html>Maintenance</html>"},
    "nothing": {"status": 200},
    "truncated": "truncate",
    "404 to all": {"status": 404, "body": {"title": "not found"}},
    "404 page": {"status": 404, "body": "<html>no route</html>"},
    "503": {"status": 503},
    "closed": "close_before",
}


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_list_without_our_images_makes_none_again(imaged, sim, lie, count):
    imaged.declare("a.yaml", [copy_of(f"image-{n}") for n in range(count)])
    imaged.start()
    imaged.wait_for_all(count)
    sim.wait_for_lists(1)
    sim.forget_requests()
    everywhere = isinstance(lie, dict) and lie["status"] == 404
    sim.fault("GET", "*" if everywhere else "/images", lie, times=-1)
    # Those that could be believed, believed they are after three; the others are only retried, ever later.
    sim.wait_for_requests(4 if everywhere or lie == LIES["empty"] else 2, "GET")
    imaged.wait_for_all(count)  # as last known
    if count > 1 or lie != LIES["empty"]:  # one image of one can be gone; that is looked into
        assert imaged.status()["api"]["fault"]
    sim.faults()
    imaged.command("refresh")
    imaged.wait_until(lambda: imaged.status()["api"]["fault"] is None)
    sim.wait_for_lists(2)
    imaged.wait_for_all(count)
    assert sim.writes() == []


def test_an_outage_makes_nothing_again_and_is_told_once(imaged, sim):
    imaged.declare("a.yaml", [copy_of(f"image-{n}") for n in range(3)])
    imaged.start()
    imaged.wait_for_all(3)
    sim.fault(None, "*", "close_before", times=-1)
    imaged.wait_until(lambda: imaged.status()["api"]["fault"])
    imaged.declare("b.yaml", copy_of("meanwhile"))
    imaged.wait_for("meanwhile", "pending")
    sim.forget_requests()
    sim.wait_for_requests(3)
    assert all(imaged.image(f"image-{n}")["state"] == "available" for n in range(3))
    assert imaged.log.count(API_FAULT) == 1
    sim.faults()
    imaged.command("refresh")
    imaged.wait_for_all(4)


def test_one_image_that_flaps_is_not_made_again(imaged, sim):
    imaged.declare("a.yaml", copy_of("flapping"))
    imaged.start()
    identifier = imaged.wait_for("flapping")["image_id"]
    sim.wait_for_lists(1)
    sim.forget_requests()
    empty = {"status": 200, "body": {"items": []}}
    rules = [
        {"method": "GET", "path": "/images", "after": n, "times": 1, "action": empty}
        for n in range(0, 12, 2)
    ]
    sim.faults(*rules)
    sim.wait_for_requests(10, "GET", "/images")
    assert imaged.image("flapping")["image_id"] == identifier and sim.writes() == []


def test_an_image_that_was_believed_gone_and_shows_again_is_taken_back(imaged, sim):
    imaged.declare("a.yaml", copy_of("undead"))
    imaged.start()
    identifier = imaged.wait_for("undead")["image_id"]
    sim.wait_for_lists(1)
    sim.fault("GET", "*", {"stale": "3s"}, times=-1)  # for longer than an image must be missed
    sim.wait_for_requests(2, "POST", "/images")  # the name is taken, says the API
    assert imaged.wait_for("undead")["image_id"] == identifier
    settled(imaged, sim, "undead")


# ---- Tokens


def tokens(sim):
    return sim.requests("POST", TOKEN)


def test_revoked_tokens_are_renewed_once(imaged, sim):
    imaged.declare("a.yaml", [copy_of(f"image-{n}") for n in range(20)])
    imaged.start()
    imaged.wait_for_all(20)
    sim.forget_requests()
    sim.revoke_tokens()
    imaged.declare("b.yaml", [copy_of(f"more-{n}") for n in range(20)])
    imaged.wait_for_all(40)
    assert len(tokens(sim)) == 1 and len(sim.images()) == 41


def test_a_short_lived_token_expires_in_the_middle_of_many_requests(make_sim, make_imaged, scenario):
    sim = make_sim({**scenario, "token_lifetime": "1s"})
    sim.fault("POST", "/images", {"delay": "100ms"}, times=-1)
    imaged = make_imaged(sim)
    imaged.declare("a.yaml", [copy_of(f"image-{n}") for n in range(100)])
    started = time.monotonic()
    imaged.start()
    imaged.wait_for_all(100, limit=40)
    assert len(sim.images()) == 101
    assert len(tokens(sim)) <= 3 * (time.monotonic() - started) + 2


@pytest.mark.parametrize("expires_in", [None, "3600", 0, -1, 20, 10**12, "soon"], ids=str)
def test_an_odd_life_of_a_token_causes_no_storm(imaged, sim, expires_in):
    sim.fault("POST", TOKEN, {"patch": {"expires_in": expires_in}}, times=-1)
    imaged.declare("a.yaml", copy_of("tokens"))
    started = time.monotonic()
    imaged.start()
    imaged.wait_for("tokens")
    sim.wait_for_lists(2)
    assert len(tokens(sim)) <= 2 + (time.monotonic() - started)


def test_a_wrong_secret_is_said_and_a_new_one_is_read_from_its_file(imaged, sim):
    good = imaged.secret_path.read_text()
    imaged.secret_path.write_text("wrong")
    imaged.declare("a.yaml", copy_of("locked-out"))
    imaged.start()
    fault = imaged.wait_until(lambda: imaged.status()["api"]["fault"])
    assert "401" in fault or "client" in fault or "credential" in fault.lower(), fault
    imaged.wait_for("locked-out", "pending")
    assert sim.writes() == []
    imaged.secret_path.write_text(good)
    imaged.wait_for("locked-out")
    assert len(tokens(sim)) < 15


@pytest.mark.parametrize("action", [{"status": 503}, "close_before", {"status": 200, "body": "?"}], ids=str)
def test_a_token_endpoint_in_trouble_is_waited_out(imaged, sim, action):
    sim.fault("POST", TOKEN, action, times=2)
    imaged.declare("a.yaml", copy_of("patient"))
    imaged.start()
    imaged.wait_for("patient")


# ---- Rates


def http_date(seconds):
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + seconds))


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_holds_all_requests_back(imaged, sim, form):
    value = "2" if form == "seconds" else http_date(3)
    imaged.start()
    sim.fault("POST", "/images", {"status": 429, "headers": {"Retry-After": value}})
    imaged.declare("a.yaml", copy_of("throttled"))
    imaged.wait_until(lambda: [each for each in sim.requests() if each["status"] == 429])
    imaged.declare("b.yaml", copy_of("other"))
    imaged.wait_for_all(2)
    seen = sim.requests()
    index = [each["status"] for each in seen].index(429)
    if index + 1 < len(seen):
        assert seen[index + 1]["time"] - seen[index]["time"] >= 1.5
    assert ("pending", "Throttled") in imaged.history("throttled")


@pytest.mark.parametrize("value", ["-5", "soon", "", "0", "Wed, 99 Foo 2026 10:00:00 GMT"], ids=repr)
def test_a_garbled_retry_after_does_not_hold_for_long(imaged, sim, value):
    sim.fault("POST", "/images", {"status": 429, "headers": {"Retry-After": value}})
    imaged.declare("a.yaml", copy_of("throttled"))
    imaged.start()
    imaged.wait_for("throttled")


def test_a_huge_retry_after_is_bounded(imaged, sim):
    headers = {"Retry-After": "99999999999999999999"}
    sim.fault("POST", "/images", {"status": 429, "headers": headers})
    imaged.declare("a.yaml", copy_of("throttled"))
    imaged.start()
    row = imaged.wait_for("throttled", "pending", "Throttled")
    assert 0 < row["next_attempt_ms"] <= 3_600_000


def test_the_clouds_own_limit_is_kept_in_the_end(make_sim, make_imaged, scenario):
    sim = make_sim({**scenario, "limits": {"rate": 20}})
    imaged = make_imaged(sim)
    imaged.declare("a.yaml", [copy_of(f"image-{n}") for n in range(20)])
    imaged.start()
    imaged.wait_for_all(20, limit=60)
    assert len(sim.images()) == 21


def test_no_more_requests_are_sent_than_allowed(make_imaged, sim):
    imaged = make_imaged(sim, {"limits": {"rate": 20, "burst": 10}})
    imaged.declare("a.yaml", [copy_of(f"image-{n}") for n in range(20)])
    imaged.start()
    imaged.wait_for_all(20)
    moments = sorted(each["time"] for each in sim.requests() if not each["path"].endswith(TOKEN))
    for first, begin in enumerate(moments):
        within = [each for each in moments[first:] if each < begin + 1]
        assert len(within) <= 20 + 10 + 1


def test_a_quarter_of_all_requests_fails_and_all_is_right_in_the_end(make_sim, make_imaged, scenario):
    sim = make_sim({**scenario, "unique_names": False}, seed=7)
    kinds = ["close_before", "close_after", "apply_then_500", "truncate", {"status": 503}]
    sim.faults(*({"times": -1, "probability": 0.05, "action": kind} for kind in kinds))
    imaged = make_imaged(sim, {"ambiguity_window": "1s"})
    names = [f"image-{n}" for n in range(12)]
    imaged.declare("a.yaml", [copy_of(name, tags={"n": name}) for name in names])
    imaged.start()
    imaged.wait_for_all(12, limit=90)
    for name in names:
        assert tags_of(sim.image(name)) == {"n": name, **OWNED, "imaged.name": name}
        assert sim.image(name)["access"]["isPublic"] is False


# ---- What cannot be repaired


def test_a_repair_without_effect_is_given_up(imaged, sim):
    imaged.declare("a.yaml", copy_of("contested", tags={"a": "1"}))
    imaged.start()
    identifier = imaged.wait_for("contested")["image_id"]
    sim.forget_requests()
    sim.fault("PATCH", "/bulk/tags", {"status": 204}, times=-1)
    sim.change_image(identifier, tags={"a": "2", **OWNED, "imaged.name": "contested"})
    imaged.wait_for("contested", "failed", "Contested")
    repairs = len(sim.requests("PATCH"))
    sim.wait_for_lists(3)
    assert len(sim.requests("PATCH")) == repairs <= 4
    assert {each["method"] for each in sim.writes()} == {"PATCH"}
    sim.faults()
    imaged.declare("a.yaml", copy_of("contested", tags={"a": "3"}))
    imaged.wait_for("contested")


def test_defaults_that_are_spelt_out_are_no_drift(imaged, sim):
    device = {"device_name": "/dev/sda1", "bsu": {"snapshot_id": "snap-5ee113a6", "volume_type": "standard"}}
    imaged.declare(
        "a.yaml",
        {
            "name": "defaults",
            "description": "",
            "root_device_name": "/dev/sda1",
            "architecture": "x86_64",
            "block_device_mappings": [device],
            "access": {"is_public": False},
            "tags": {},
        },
    )
    imaged.start()
    settled(imaged, sim, "defaults")


def test_a_copy_with_more_product_codes_than_declared_is_no_drift(make_sim, make_imaged, scenario):
    scenario["images"][0]["product_codes"] = ["pty-ce73ebf1"]
    sim = make_sim(scenario)
    imaged = make_imaged(sim)
    imaged.declare("a.yaml", copy_of("coded", product_codes=[]))
    imaged.start()
    settled(imaged, sim, "coded")
    assert set(sim.image("coded")["productCodes"]) >= {"pty-ce73ebf1", "0001"}


def test_a_state_that_imaged_does_not_know_is_waited_for_and_told(imaged, sim):
    imaged.declare("a.yaml", copy_of("odd"))
    imaged.start()
    identifier = imaged.wait_for("odd")["image_id"]
    image = {**sim.image("odd"), "state": "verifying"}
    sim.fault("GET", "/images", {"patch": {"items": [image]}}, times=-1)
    row = imaged.wait_for("odd", "pending", "ImagePending")
    assert "verifying" in row["message"] and row["image_id"] == identifier
    assert len(sim.requests("POST", "/images")) == 1
    sim.faults()
    imaged.wait_for("odd")
