# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""A space with so many images that their list is read beside the loop, and piece by piece."""

import pytest

from harness import copy_of

IMAGES = 3000


@pytest.fixture
def scenario():
    return {
        "images": [
            {
                "id": f"ami-{number:08x}",
                "name": f"Release-{number:04}",
                "is_public": True,
                "creation_date": "2026-08-10T08:00:00Z",
                "tags": {"number": str(number), "words": "some more of them" * 4},
            }
            for number in range(IMAGES)
        ]
    }


def test_the_last_of_many_is_found(imaged, sim):
    imaged.declare("last.yaml", copy_of("last", source_image_id={"name": f"Release-{IMAGES - 1}"}))
    result = imaged.run("--once")
    assert result.returncode == 0, result.stderr
    created = [each["body"] for each in sim.writes() if each["method"] == "POST"]
    assert [each["sourceImageId"] for each in created] == [f"ami-{IMAGES - 1:08x}"]


@pytest.mark.direct  # a proxy waits for the rest
def test_a_list_that_breaks_off_says_nothing(make_imaged, sim):
    imaged = make_imaged(sim, {"poll": {"resync": "1s"}})
    imaged.declare("last.yaml", copy_of("last", source_image_id={"name": f"Release-{IMAGES - 1}"}))
    imaged.start()
    imaged.wait_for_all(1)
    sim.fault("GET", "/images", "truncate", times=3)
    sim.forget_requests()
    sim.wait_for_lists(5)
    assert imaged.image("last")["reason"] == "InSync"
    assert sim.writes() == []


def test_it_stops_with_a_long_answer_under_way(make_imaged, sim):
    imaged = make_imaged(sim, {"poll": {"resync": "1s"}})
    imaged.declare("last.yaml", copy_of("last", source_image_id={"name": f"Release-{IMAGES - 1}"}))
    for _ in range(3):
        imaged.start()
        sim.forget_requests()
        sim.wait_for_lists(1)
        imaged.stop()
