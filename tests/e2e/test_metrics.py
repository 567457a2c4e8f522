# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The numbers on the status port: well-formed by Prometheus' own tool, true, and used as they are named."""

import json
import re
import subprocess

import pytest
import requests
import yaml

import harness
from harness import copy_of, wait_until

CONTRIB = harness.TOP / "contrib"
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@pytest.fixture
def watched(make_imaged, sim):
    """A daemon with a status port, not started yet."""
    return make_imaged(sim, {"status": {"listen": f"127.0.0.1:{harness.free_port()}"}})


def url_of(imaged, path):
    return f"http://{imaged.configuration['status']['listen']}{path}"


def scrape(imaged):
    """{(name, frozenset of (label, value)): number} of all samples."""
    answer = requests.get(url_of(imaged, "/metrics"), timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = {}
    for line in answer.text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = SAMPLE.match(line).groups()
        key = name, frozenset(LABEL.findall(labels or ""))
        assert key not in samples, line
        samples[key] = float(value)
    return samples


def number(imaged, name, **labels):
    return scrape(imaged).get((name, frozenset(labels.items())), 0)


def promtool(*arguments, **more):
    done = subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False, **more
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


# ---- What is said


def test_prometheus_finds_nothing_wrong(watched, sim):
    watched.declare("a.yaml", copy_of("one"))
    watched.declare("b.yaml", "name: [")
    watched.start()
    watched.wait_for("one")
    sim.fault("GET", "/images", {"status": 429}, times=2)
    wait_until(lambda: number(watched, "imaged_throttled_total") > 0)
    said = promtool("check", "metrics", input=requests.get(url_of(watched, "/metrics"), timeout=10).text)
    assert said == ""


def test_images_and_declarations_are_counted(watched):
    for name in ("one", "two", "three"):
        watched.declare(f"{name}.yaml", copy_of(name))
    watched.declare("bad.yaml", "name: bad\nsource_image_idd: x\n")
    watched.declare("waits.yaml", {"name": "waits", "source_image_id": {"declared": "nobody"},
                                   "source_region_name": "cloudgouv-eu-west-1"})
    watched.start()
    for name in ("one", "two", "three"):
        watched.wait_for(name)
    watched.wait_for("waits", "pending", "WaitingForSource")
    assert number(watched, "imaged_images", state="available", reason="InSync") == 3
    assert number(watched, "imaged_images", state="pending", reason="WaitingForSource") == 1
    assert number(watched, "imaged_images", state="failed", reason="InvalidDeclaration") == 1
    assert number(watched, "imaged_declarations", validity="valid") == 4
    assert number(watched, "imaged_declarations", validity="invalid") == 1
    assert number(watched, "imaged_declaration_files") == 5
    assert number(watched, "imaged_image_changes_total", state="available", reason="InSync") == 3
    assert number(watched, "imaged_events_total", event="image-made") == 3
    assert number(watched, "imaged_events_total", event="started") == 1
    wait_until(lambda: number(watched, "imaged_oldest_pending_seconds", reason="WaitingForSource") > 0.5)
    assert number(watched, "imaged_build_info", version=version_of(watched), mode="apply") == 1


def version_of(imaged):
    return imaged.status()["version"]


def test_requests_are_counted_as_the_cloud_saw_them(watched, sim):
    watched.declare("a.yaml", copy_of("one"))
    watched.start()
    watched.wait_for("one")
    seen = sim.requests("POST", "/images")
    assert number(watched, "imaged_api_requests_total", operation="create_image", code="201") == len(seen) == 1
    assert number(watched, "imaged_api_request_duration_seconds_count", operation="create_image") == 1
    assert number(watched, "imaged_api_requests_total", operation="get_token", code="200") == 1
    assert number(watched, "imaged_token_renewals_total", result="granted") == 1
    assert number(watched, "imaged_last_resync_timestamp_seconds") > 1.7e9
    assert number(watched, "imaged_record_writes_total") >= 3
    assert number(watched, "imaged_record_write_duration_seconds_count") >= 3


@pytest.mark.direct
def test_failures_and_retries_are_counted(watched, sim):
    sim.fault("POST", "/images", {"status": 503}, times=2)
    watched.declare("a.yaml", copy_of("one"))
    watched.start()
    watched.wait_for("one")
    assert number(watched, "imaged_api_requests_total", operation="create_image", code="503") == 2
    assert number(watched, "imaged_retries_total") >= 1
    sim.kill()
    wait_until(lambda: number(watched, "imaged_api_up") == 0)
    assert number(watched, "imaged_events_total", event="api-fault") == 1
    assert number(watched, "imaged_api_outcomes_total", outcome="not_sent") > 0
    assert requests.get(url_of(watched, "/readyz"), timeout=10).status_code == 503
    assert requests.get(url_of(watched, "/healthz"), timeout=10).status_code == 200


def test_a_directory_that_is_gone_shows(watched):
    watched.declare("a.yaml", copy_of("one"))
    watched.start()
    watched.wait_for("one")
    assert number(watched, "imaged_directory_up") == 1
    watched.declarations.rename(watched.directory / "elsewhere")
    wait_until(lambda: number(watched, "imaged_directory_up") == 0)
    assert number(watched, "imaged_images", state="available", reason="InSync") == 1


def test_the_process_is_told(watched):
    watched.start()
    assert 1e6 < number(watched, "process_resident_memory_bytes")
    assert 5 < number(watched, "process_open_fds") < number(watched, "process_max_fds")
    assert number(watched, "process_cpu_seconds_total") > 0
    before = number(watched, "imaged_loop_lag_seconds_count")
    assert before > 0
    assert number(watched, "imaged_loop_lag_seconds_count") > before


def test_no_secret_is_in_the_numbers(watched, sim):
    sim.fault("POST", "/images", {"status": 400}, times=-1)
    watched.declare("a.yaml", copy_of("one"))
    watched.start()
    watched.wait_for("one", "failed")
    text = requests.get(url_of(watched, "/metrics"), timeout=10).text
    assert sim.scenario["credentials"]["client_secret"] not in text


# ---- What is made of it


def names_in(expression):
    """The metrics that an expression asks for, without a histogram's endings."""
    found = re.findall(r"\b(?:imaged|process)_[a-z_]+\b", re.sub(r'"[^"]*"', "", expression))
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in found}


def known_names(imaged):
    text = requests.get(url_of(imaged, "/metrics"), timeout=10).text
    return set(re.findall(r"^# TYPE (\w+)", text, re.M))


def test_alerts_are_good_rules():
    promtool("check", "rules", CONTRIB / "prometheus" / "imaged-alerts.yaml")


def test_alerts_come_when_they_should():
    tests = CONTRIB / "prometheus" / "imaged-alerts.test.yaml"
    promtool("test", "rules", tests.name, cwd=tests.parent)
    rules = yaml.safe_load((tests.parent / "imaged-alerts.yaml").read_text())["groups"][0]["rules"]
    for rule in rules:
        assert rule["alert"] in tests.read_text(), f"no test makes {rule['alert']} fire"


def test_alerts_and_dashboard_ask_for_what_there_is(watched):
    watched.start()
    known = known_names(watched)
    rules = yaml.safe_load((CONTRIB / "prometheus" / "imaged-alerts.yaml").read_text())["groups"][0]["rules"]
    for rule in rules:
        assert names_in(rule["expr"]) <= known, rule["alert"]
    dashboard = json.loads((CONTRIB / "grafana" / "imaged.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(expressions) > 20
    for expression in expressions:
        assert names_in(expression) and names_in(expression) <= known, expression
        plain = re.sub(r"\$__rate_interval", "5m", expression).replace("$job", "x").replace("$instance", "y")
        check_expression(plain)


def check_expression(expression):
    """By the tool that reads rules, for want of one that reads expressions alone."""
    rule = {"groups": [{"name": "x", "rules": [{"record": "x", "expr": expression}]}]}
    promtool("check", "rules", "/dev/stdin", input=yaml.safe_dump(rule))
