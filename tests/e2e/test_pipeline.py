# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""A golden image as a NumSpot user keeps one: it follows Debian's newest, and others follow it."""

import pytest

import harness
from harness import copy_of, tags_of

BASE = "base-{digest}"
APPLICATION = "application-{digest}"
AGENT = "agent"

DECLARATIONS = [
    copy_of(
        BASE,
        source_image_id={"name": "Debian-12-*", "public": True, "newest": True, "follow": True},
        description="from {source_id}",
        access={"is_public": False},
        tags={"team": "web", "base": "{source_id}"},
        lifecycle={"keep_previous": 2},
    ),
    copy_of(APPLICATION, source_image_id={"declared": BASE, "follow": True}),
    # Deletes first, since its name is always the same.
    copy_of(AGENT, source_image_id={"declared": APPLICATION, "follow": True}),
]


@pytest.fixture
def scenario():
    return {
        "images": [
            {
                "id": "ami-0b7df82c",
                "name": "Debian-12-2026-06-17",
                "is_public": True,
                "creation_date": "2026-06-17T08:00:00Z",
            },
            {
                "id": "ami-51459d59",
                "name": "Debian-12-2026-08-10",
                "is_public": True,
                "creation_date": "2026-08-10T08:00:00Z",
            },
            # Newer, but not what is asked for.
            {
                "id": "ami-11111111",
                "name": "Debian-11-2026-11-01",
                "is_public": True,
                "creation_date": "2026-11-01T08:00:00Z",
            },
            {
                "id": "ami-22222222",
                "name": "Debian-12-2026-11-20",
                "is_public": False,
                "creation_date": "2026-11-20T08:00:00Z",
            },
        ],
        "pending": {"copy": "200ms"},
    }


@pytest.fixture
def running(make_imaged, sim):
    # What takes months elsewhere happens within one hour here, which is what the brake is for.
    imaged = make_imaged(sim, {"deletion": {"max": 50}})
    imaged.declare("golden.yaml", DECLARATIONS)
    imaged.start()
    imaged.wait_for_all(3)
    return imaged


def publish(sim, date):
    """A new Debian, as its makers publish one."""
    return sim.add_image(
        f"Debian-12-{date}",
        creationDate=f"{date}T08:00:00Z",
        access={"isPublic": True},
        state="available",
    )


def made_for(sim, name):
    """The images that imaged made for a declaration, oldest first."""
    found = [each for each in sim.images() if tags_of(each).get("imaged.name") == name]
    return sorted(found, key=lambda each: each["creationDate"])


def wait_until_rolled(imaged, sim, source):
    """Waits until all three stand on that Debian; returns the base's image."""

    def rolled():
        base, application, agent = (imaged.image(name) for name in (BASE, APPLICATION, AGENT))
        assert base["source_id"] == source, base
        assert application["source_id"] == base["image_id"], application
        assert agent["source_id"] == application["image_id"], agent
        assert all(each["reason"] == "InSync" for each in imaged.images().values())
        return base

    base = imaged.wait_until(rolled, what=f"all stand on {source}")
    sim.wait_for_lists(3)
    return base


def writes(sim):
    """The images made, by name, and deleted, by id, in order."""
    steps = []
    for each in sim.writes():
        identifier = each["path"].rsplit("/", 1)[1]
        if each["method"] == "POST" and identifier == "images":
            steps.append(("make", each["body"]["name"].split("-")[0]))
        elif each["method"] == "DELETE" and identifier.startswith("ami-"):
            steps.append(("delete", identifier))
    return steps


def test_the_newest_that_matches_is_copied(running, sim):
    base = running.image(BASE)
    assert base["source_id"] == "ami-51459d59"
    live = made_for(sim, BASE)[0]
    assert live["name"].startswith("base-") and live["name"] == base["cloud_name"]
    assert live["description"] == "from ami-51459d59" and tags_of(live)["base"] == "ami-51459d59"
    assert live["access"] == {"isPublic": False}
    sim.forget_requests()
    sim.wait_for_lists(3)
    assert sim.writes() == []


def test_a_new_debian_rolls_all_once_in_order(running, sim):
    before = {name: running.image(name)["image_id"] for name in (BASE, APPLICATION, AGENT)}
    sim.forget_requests()
    debian = publish(sim, "2026-10-12")
    base = wait_until_rolled(running, sim, debian)
    steps = writes(sim)
    order = [step for step in steps if step != ("delete", before[APPLICATION])]
    assert order == [
        ("make", "base"),
        ("make", "application"),
        ("delete", before[AGENT]),
        ("make", "agent"),
    ]
    assert steps.index(("delete", before[APPLICATION])) > steps.index(("make", "application"))
    assert [each["id"] for each in made_for(sim, BASE)] == [before[BASE], base["image_id"]]
    assert len(made_for(sim, APPLICATION)) == 1 and len(made_for(sim, AGENT)) == 1


def test_the_third_oldest_goes_and_history_tells_the_story(running, sim):
    made = [running.image(BASE)["image_id"]]
    for date in ("2026-10-12", "2026-11-02", "2026-11-23"):
        made.append(wait_until_rolled(running, sim, publish(sim, date))["image_id"])
    # Of the four, the present one and the two before it are left.
    running.wait_until(lambda: [each["id"] for each in made_for(sim, BASE)] == made[1:])
    assert len([each for each in sim.requests("POST", "/images") if each["status"] == 201]) == 12
    told = running.ask("history", BASE, "--limit", "1000")["items"]
    assert [row["image_id"] for row in reversed(told) if row["reason"] == "InSync"] == made
    replaced = [row for row in told if row["reason"] == "Replacing"]
    assert len(replaced) >= 3 and all(row["message"] for row in replaced)
    shown = running.imagectl("history", BASE)
    assert shown.returncode == 0
    for identifier in made:
        assert identifier in shown.stdout
    assert running.imagectl("plan").returncode == 0


def test_a_debian_that_is_withdrawn_changes_nothing(running, sim):
    before = running.image(BASE)["image_id"]
    sim.forget_requests()
    sim.delete_image("ami-51459d59")
    sim.delete_image("ami-0b7df82c")
    sim.wait_for_lists(4)
    assert sim.writes() == []
    row = running.image(BASE)
    assert (row["image_id"], row["state"]) == (before, "available")


def test_rolling_goes_on_after_a_crash(running, sim):
    sim.fault("POST", "/images", {"delay": "2s"}, times=1)
    sim.forget_requests()
    debian = publish(sim, "2026-10-12")
    sim.wait_for_requests(1, "POST", "/images")
    running.kill()
    running.start()
    wait_until_rolled(running, sim, debian)
    assert len(made_for(sim, BASE)) == 2 and len(made_for(sim, APPLICATION)) == 1
    assert len(made_for(sim, AGENT)) == 1
    assert len(sim.images()) == 4 + 1 + 4


def test_a_new_image_that_fails_leaves_the_old_one_in_use(running, sim):
    before = running.image(BASE)["image_id"]
    application = running.image(APPLICATION)["image_id"]
    sim.fault("POST", "/images", "fail_image", times=-1)
    debian = publish(sim, "2026-10-12")
    running.wait_for(BASE, "failed", "ImageFailed")
    sim.wait_for_lists(2)
    assert before in [each["id"] for each in sim.images()]
    assert running.image(APPLICATION)["image_id"] == application
    sim.faults()
    running.command("retry", BASE)
    wait_until_rolled(running, sim, debian)


def test_a_plan_shows_the_roll_before_it_happens(running, sim):
    running.stop()
    running.configure({"mode": "observe"})
    running.start()
    publish(sim, "2026-10-12")
    running.wait_for(BASE, "pending", "AwaitingApproval")
    plan = {each["name"]: each for each in running.ask("plan")["items"]}
    assert {name: each["change"] for name, each in plan.items()} == {
        BASE: "succeed",
        APPLICATION: "succeed",
        AGENT: "replace",
    }
    assert "lifecycle.keep_previous keeps the old one" in plan[BASE]["why"]
    assert plan[BASE]["differences"][0]["from"] == "ami-51459d59"


def test_with_the_file_gone_all_of_it_goes(running, sim):
    wait_until_rolled(running, sim, publish(sim, "2026-10-12"))
    assert len(made_for(sim, BASE)) == 2
    running.declare("other.yaml", copy_of("other", source_image_id="ami-51459d59"))
    running.withdraw("golden.yaml")
    for name in (BASE, APPLICATION, AGENT):
        running.wait_for_gone(name)
        running.wait_until(lambda name=name: made_for(sim, name) == [], harness.LIMIT, f"{name} gone")
    assert len([each for each in sim.images() if each["name"].startswith("Debian-")]) == 5
