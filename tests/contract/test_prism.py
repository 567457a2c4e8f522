# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Whether contract.py would notice a client that leaves the contract, and a cloud that does."""

import pytest
import requests

import harness


@pytest.fixture
def sim(tmp_path):
    cloud = harness.Sim(tmp_path).start()
    yield cloud
    cloud.finish()



def _session(sim):
    credentials = sim.scenario["credentials"]
    answer = requests.post(
        f"{sim.api}/iam/token",
        data={"grant_type": "client_credentials", **credentials},
        auth=tuple(credentials.values()),
        timeout=10,
    )
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return session


def _images(sim):
    return f"{sim.api}/compute/spaces/{sim.scenario['space_id']}/images"


def test_a_wrong_request_is_seen(fronts, sim):
    body = {"name": "web", "sourceImage": "ami-1", "sourceRegionName": "eu-west-2"}
    _session(sim).post(_images(sim), json=body, timeout=10)
    wrong = fronts.unexpected()
    assert any("sourceImage" in each and each.startswith("request.body") for each in wrong), wrong


def test_a_request_without_a_token_is_seen(fronts, sim):
    requests.get(_images(sim), timeout=10)
    assert any("security" in each for each in fronts.unexpected())


def test_a_path_that_is_not_in_the_document_is_seen(fronts, sim):
    _session(sim).get(f"{sim.api}/compute/nowhere", timeout=10)
    assert any("route not found" in each for each in fronts.unexpected())


def test_a_wrong_answer_is_seen(fronts, sim):
    sim.fault("GET", "/images", {"status": 200, "body": {"items": [{"id": 7}]}})
    _session(sim).get(_images(sim), timeout=10)
    assert any(each.startswith("response.body.items") for each in fronts.unexpected())


def test_what_is_right_passes(fronts, sim):
    assert _session(sim).get(_images(sim), timeout=10).status_code == 200
    assert fronts.unexpected() == []
