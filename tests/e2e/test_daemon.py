# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The daemon as a process: options, configuration, exit statuses, signals, service manager, sockets, secrets."""

import os
import pty
import re
import signal
import socket
import stat
import subprocess

import pytest
import requests
import yaml

import harness
from harness import copy_of, tags_of

RELOADED = "message_id=32f46174fc864b1ca5196bd0bcde15a0"
RELOAD_REFUSED = "message_id=1fe52838127f42fdbd21e6ef4db35835"
SECRET = "s3cr3t-of-the-tests"


def run(*arguments, environment=None):
    return subprocess.run(
        [str(harness.program("imaged")), *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=20,
        env={"PATH": os.environ["PATH"], **(environment or {})},
        check=False,
    )


# ---- The command line


def test_help_goes_to_standard_output_and_names_every_option():
    result = run("--help")
    assert result.returncode == 0 and result.stderr == ""
    for option in ["--config", "--check-config", "--observe", "--once", "--log-level", "--version"]:
        assert option in result.stdout


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--nonsense"], "nonsense"),
        (["stray"], "stray"),
        (["--log-level", "loud"], "loud"),
        (["--config"], "config"),
    ],
)
def test_a_wrong_command_line_is_said_and_ends_with_1(arguments, said):
    result = run(*arguments)
    assert result.returncode == 1 and said in result.stderr


# ---- The configuration


def test_a_good_configuration_is_checked_without_touching_anything(imaged, sim):
    result = imaged.run("--check-config")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"{imaged.configuration_path} is good: space {harness.SPACE_ID} at {sim.api}; ")
    assert f"declarations in {imaged.declarations}; installation tests; a client secret is there" in result.stdout
    assert not imaged.record.exists() and not imaged.socket.exists() and sim.requests() == []


def test_a_directory_that_is_away_is_said_and_no_error(imaged):
    imaged.declarations.rmdir()
    result = imaged.run("--check-config")
    assert result.returncode == 0, result.stderr
    assert f"declarations in {imaged.declarations} (now: No such file or directory)" in result.stdout


def test_a_terminal_gets_words(imaged):
    imaged.configure({"log": {"level": "notice"}})
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [str(harness.program("imaged")), "--config", str(imaged.configuration_path), "--once"],
        stdin=subprocess.DEVNULL, stderr=terminal, env=imaged.environment,
    )  # fmt: skip
    os.close(terminal)
    said = b""
    try:
        while part := os.read(controller, 4096):
            said += part
    except OSError:
        pass  # the terminal's last user is gone
    os.close(controller)
    assert process.wait(harness.LIMIT) == 0
    line = said.decode().splitlines()[0]
    assert re.fullmatch(
        rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d notice: imaged \S+ is ready: space {harness.SPACE_ID} at \S+; 0 good "
        rf"declarations in 0 files of {imaged.declarations}; 0 images to look after", line), said


BAD_CONFIGURATIONS = [
    ("numspott: {}\n", r":1:1: .*numspott.*numspot"),
    ("numspot:\n  hosst: https://x\n", r":2:3: .*hosst.*host"),
    ("limits: {rate: 0}\n", r":1:16: .*limits\.rate"),
    ("limits: {rate: fast}\n", r":1:16: .*limits\.rate.*fast"),
    ("poll: {resync: 5}\n", r":1:16: .*poll\.resync"),
    ("poll: {resync: 5 minutes}\n", r":1:16: .*poll\.resync"),
    ("numspot: {space_id: 12}\n", r":1:21: .*space_id.*12"),
    ("mode: dry-run\n", r":1:7: .*mode.*dry-run.*observe"),
    ("log: {level: loud}\n", r":1:14: .*log\.level.*loud.*debug"),
    ("state: {backend: postgres}\n", r":1:18: .*backend.*postgres.*sqlite"),
    ("defaults: {on_remove: burn}\n", r":1:23: .*on_remove.*burn.*keep"),
    ("installation: ''\n", r":1:15: .*installation"),
    ("log: {level: info}\nlog: {level: debug}\n", r":2:1: .*log.*line 1"),
    ("log: [\n", r":\d+:\d+: "),
    ("- a list\n", r":1:1: "),
]


@pytest.mark.parametrize("text, error", BAD_CONFIGURATIONS, ids=[each[0] for each in BAD_CONFIGURATIONS])
def test_a_bad_configuration_is_said_with_its_place(tmp_path, text, error):
    path = tmp_path / "imaged.yaml"
    path.write_text(text)
    for arguments in (["--check-config"], []):
        result = run("--config", path, *arguments)
        assert result.returncode == 1 and re.search(f"{path}{error}", result.stderr), result.stderr


def test_all_errors_of_a_configuration_are_said_at_once(tmp_path):
    path = tmp_path / "imaged.yaml"
    path.write_text("limits: {rate: 0}\npoll: {resync: 5}\nlogg: {}\n")
    result = run("--config", path, "--check-config")
    assert [f":{line}:" in result.stderr for line in (1, 2, 3)] == [True] * 3


def test_a_configuration_that_is_not_there_is_said(tmp_path):
    result = run("--config", tmp_path / "absent.yaml", "--check-config")
    assert result.returncode == 1 and f"{tmp_path}/absent.yaml" in result.stderr


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "http://api.example"},  # would give the secret away
        {"host": "ftp://api.example"},
        {"host": "api.example"},
        {"ca_file": "/nonexistent/ca.pem"},
        {"proxy": "gopher://proxy.example"},
    ],
    ids=str,
)
def test_an_address_that_cannot_be_used_is_found_by_the_check(make_imaged, sim, changes):
    imaged = make_imaged(sim, {"numspot": changes})
    for arguments in (["--check-config"], ["--once"]):
        result = imaged.run(*arguments)
        assert result.returncode == 1 and "numspot.host, ca_file or proxy: " in result.stderr


def test_the_environment_fills_what_the_file_leaves_out(make_imaged, sim):
    host, space = sim.url, sim.scenario["space_id"]
    imaged = make_imaged(sim, {"numspot": {key: None for key in ("host", "space_id", "client_id")}})
    missing = imaged.run("--check-config")
    assert missing.returncode == 1
    assert "NUMSPOT_SPACE_ID" in missing.stderr and "NUMSPOT_CLIENT_ID" in missing.stderr
    imaged.environment.update(
        NUMSPOT_HOST=host, NUMSPOT_SPACE_ID=space, NUMSPOT_CLIENT_ID="demo"
    )
    imaged.declare("a.yaml", copy_of("by-environment"))
    assert imaged.run("--once").returncode == 0


def test_a_secret_that_is_missing_is_said(make_imaged, sim):
    imaged = make_imaged(sim, {"numspot": {"client_secret_file": "/nonexistent/secret"}})
    for arguments in (["--check-config"], ["--once"]):
        result = imaged.run(*arguments)
        assert result.returncode == 1 and "/nonexistent/secret" in result.stderr


# ---- --once


def test_once_ends_with_0_when_all_images_are_available(imaged, sim):
    for example in (harness.TOP / "examples").glob("*.yaml"):
        imaged.declare(example.name, example.read_text())
    result = imaged.run("--once")
    assert result.returncode == 0, result.stderr
    assert len(sim.images()) == 4 and not imaged.socket.exists()
    sim.forget_requests()
    assert imaged.run("--once").returncode == 0 and sim.writes() == []


def test_once_ends_with_0_when_there_is_nothing_to_do(imaged):
    assert imaged.run("--once", limit=10).returncode == 0


@pytest.mark.parametrize(
    "declaration",
    [
        "name: bad\nnonsense: 1\n",
        copy_of("sourceless", source_image_id="ami-deadbeef"),
        copy_of("unbuildable", lifecycle={"max_attempts": 1}),
    ],
    ids=["invalid", "source missing", "build failed"],
)
def test_once_ends_with_2_when_something_failed(imaged, sim, declaration):
    sim.fault("POST", "/images", "fail_image")
    imaged.declare("a.yaml", declaration)
    result = imaged.run("--once")
    assert result.returncode == 2, result.stderr


def test_once_ends_with_2_when_something_awaits_approval(imaged):
    imaged.declare("a.yaml", copy_of("looked-at"))
    assert imaged.run("--once", "--observe").returncode == 2


def test_once_ends_with_1_when_the_directory_is_missing(imaged, sim):
    imaged.declarations.rmdir()
    result = imaged.run("--once", limit=20)
    assert result.returncode == 1 and str(imaged.declarations) in result.stderr


@pytest.mark.parametrize("before", [False, True], ids=["at first", "with all on record"])
def test_once_ends_with_1_when_the_api_is_down(make_imaged, sim, before):
    imaged = make_imaged(sim, {"numspot": {"request_timeout": "2s"}})
    imaged.declare("a.yaml", copy_of("unreachable"))
    if before:
        assert imaged.run("--once").returncode == 0
    sim.kill()
    result = imaged.run("--once", limit=30)
    assert result.returncode == 1 and "giving up" in result.stderr


def test_once_removes_what_is_to_go(imaged, sim):
    imaged.declare("a.yaml", copy_of("stays"))
    imaged.declare("b.yaml", copy_of("goes"))
    assert imaged.run("--once").returncode == 0
    imaged.withdraw("b.yaml")
    assert imaged.run("--once").returncode == 0
    assert sim.image("stays") and not sim.images("goes")


# ---- Reload


def test_a_reload_takes_the_new_configuration(imaged, sim):
    imaged.declare("a.yaml", copy_of("observed"))
    imaged.configuration["mode"] = "observe"
    imaged.start()
    imaged.wait_for("observed", "pending", "AwaitingApproval")
    imaged.configure({"mode": "apply"})
    imaged.reload()
    imaged.wait_for("observed")
    assert RELOADED in imaged.log


def test_a_reload_of_a_bad_configuration_keeps_the_old_one_and_says_what_is_wrong(imaged, sim):
    imaged.declare("a.yaml", copy_of("first"))
    imaged.start()
    imaged.wait_for("first")
    good = imaged.configuration_path.read_text()
    imaged.configuration_path.write_text(good + "nonsense: 1\n")
    imaged.reload()
    imaged.wait_for_log(RELOAD_REFUSED)
    assert re.search(rf"{imaged.configuration_path}:\d+:1: .*nonsense", imaged.log)
    imaged.declare("b.yaml", copy_of("second"))
    imaged.wait_for("second")
    imaged.configuration_path.write_text(good)
    imaged.reload()
    imaged.wait_for_log(RELOADED)


def test_a_reload_says_what_needs_a_restart(imaged):
    imaged.start()
    imaged.configure({"installation": "another"})
    imaged.reload()
    imaged.wait_for_log(r"restart.*installation")
    assert imaged.status()["installation"] == "tests"


def test_a_reload_reads_the_secret_again(imaged, sim):
    good = imaged.secret_path.read_text()
    imaged.start()
    imaged.secret_path.write_text("wrong")
    imaged.reload()
    imaged.wait_for_log(RELOADED)
    imaged.secret_path.write_text(good)
    imaged.reload()
    imaged.declare("a.yaml", copy_of("made"))
    imaged.wait_for("made")


# ---- The service manager


class Manager:
    """What systemd listens on."""

    def __init__(self, imaged):
        self.path = imaged.socket.parent / "notify"
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.listener.bind(str(self.path))
        self.listener.settimeout(0.05)
        self.told = []
        imaged.environment["NOTIFY_SOCKET"] = str(self.path)

    def hears(self, *wanted):
        """Takes in what came; whether all of these lines were among it, in this order."""
        try:
            while True:
                self.told += self.listener.recv(65536).decode().splitlines()
        except TimeoutError:
            pass
        lines = iter(self.told)
        return all(any(line.startswith(each) for line in lines) for each in wanted)


@pytest.fixture
def manager(imaged):
    each = Manager(imaged)
    yield each
    each.listener.close()


def test_it_is_ready_although_the_api_is_down(imaged, manager, sim):
    sim.kill()
    imaged.declare("a.yaml", copy_of("later"))
    imaged.start()
    imaged.wait_until(lambda: manager.hears("READY=1"))
    imaged.wait_until(lambda: manager.hears("STATUS=1 images: 0 available, 1 pending, 0 failed; API:"))
    imaged.wait_for("later", "pending")
    sim.start()
    imaged.wait_for("later")
    imaged.wait_until(lambda: manager.hears("STATUS=1 images: 1 available, 0 pending, 0 failed"))


def test_a_start_that_goes_on_is_not_taken_for_one_that_hangs(imaged, manager):
    imaged.declare("a.yaml", copy_of("one"))
    imaged.start()
    imaged.wait_until(lambda: manager.hears("EXTEND_TIMEOUT_USEC=60000000", "READY=1"))
    imaged.declare("b.yaml", copy_of("another"))
    imaged.wait_for("another")
    assert not manager.hears("READY=1", "EXTEND_TIMEOUT_USEC=")


def test_it_tells_of_reloads_and_of_its_end(imaged, manager):
    imaged.start()
    imaged.wait_until(lambda: manager.hears("READY=1"))
    imaged.reload()
    imaged.wait_until(lambda: manager.hears("READY=1", "RELOADING=1", "MONOTONIC_USEC=", "READY=1"))
    imaged.stop()
    assert manager.hears("READY=1", "READY=1", "STOPPING=1")


def test_it_feeds_the_watchdog(imaged, manager):
    imaged.environment["WATCHDOG_USEC"] = "200000"
    imaged.start()
    imaged.wait_until(lambda: manager.hears("WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"))


# ---- Health


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_health_and_readiness_are_served_on_the_status_port(make_imaged, sim, port):
    imaged = make_imaged(sim, {"status": {"listen": f"127.0.0.1:{port}"}})
    imaged.declare("a.yaml", copy_of("healthy"))
    imaged.start()
    imaged.wait_for("healthy")

    def get(path):
        answer = requests.get(f"http://127.0.0.1:{port}{path}", timeout=5)
        return answer.status_code, answer.text

    imaged.wait_until(lambda: get("/readyz")[0] == 200)
    assert get("/healthz")[0] == 200
    assert get("/nonsense")[0] == 404
    sim.fault(None, "*", {"status": 503}, times=-1)
    imaged.wait_until(lambda: get("/readyz")[0] == 503)
    assert "503" in get("/readyz")[1] and get("/healthz")[0] == 200
    assert requests.post(f"http://127.0.0.1:{port}/v1/approve", timeout=5).status_code in (404, 405)


def test_the_status_port_is_for_loopback_only(make_imaged, sim, port):
    imaged = make_imaged(sim, {"status": {"listen": f"0.0.0.0:{port}"}})
    for arguments in (["--once"],):
        result = imaged.run(*arguments)
        assert result.returncode == 1 and "0.0.0.0" in result.stderr


# ---- The control socket


def test_the_control_socket_is_for_root_and_its_group(imaged):
    imaged.start()
    mode = imaged.socket.stat()
    assert stat.S_ISSOCK(mode.st_mode) and stat.S_IMODE(mode.st_mode) == 0o660
    assert mode.st_gid == os.getgid()
    imaged.stop()
    assert not imaged.socket.exists()


def test_the_control_api_serves_what_is_documented(imaged, sim):
    imaged.declare("a.yaml", copy_of("shown", tags={"a": "1"}))
    imaged.start()
    imaged.wait_for("shown")
    status = imaged.read("/v1/status")
    assert set(status) >= {"version", "installation", "mode", "ready", "declarations", "images", "api", "record"}
    assert status["api"]["host"] == sim.api and status["mode"] == "apply"
    row = imaged.images()["shown"]
    wanted = {"name", "state", "reason", "message", "image_id", "file", "line", "since", "age_ms", "attempts"}
    assert set(row) >= wanted | {"next_attempt", "next_attempt_ms", "pending_since", "suspended", "invalid"}
    details = imaged.image("shown")
    assert set(details) >= set(row) | {"declaration", "live", "differences"}
    assert details["live"]["id"] == sim.image("shown")["id"] and details["differences"] == []
    assert imaged.history("shown")[-1] == ("available", "InSync")
    items = imaged.read("/v1/history?limit=1")["items"]
    assert len(items) == 1 and set(items[0]) >= {"time", "name", "state", "reason", "message", "image_id"}


def test_the_control_api_refuses_politely(imaged):
    imaged.start()
    for method, path, status in [
        ("GET", "/", 404),
        ("GET", "/v1/nonsense", 404),
        ("GET", "/v1/images/unknown", 404),
        ("POST", "/v1/images/unknown/retry", 404),
        ("POST", "/v1/images", 405),
        ("GET", "/v1/retry", 405),
        ("GET", "/v1/history?limit=0", 400),
        ("GET", "/v1/history?limit=x", 400),
    ]:
        got, body = imaged.call(method, path)
        assert got == status and body["detail"], (method, path, got, body)


def test_an_unchanged_answer_is_not_sent_again(imaged):
    imaged.declare("a.yaml", copy_of("tagged"))
    imaged.start()
    imaged.wait_for("tagged")

    def tag_of_images():
        connection = harness.SocketConnection(imaged.socket)
        connection.request("GET", "/v1/images")
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.getheader("ETag")

    tag = tag_of_images()
    status, body = imaged.call("GET", "/v1/images", {"If-None-Match": tag})
    assert status == 304 and not body
    imaged.command("suspend", "tagged")
    assert imaged.call("GET", "/v1/images", {"If-None-Match": tag})[0] == 200
    tag = tag_of_images()
    imaged.restart()
    assert imaged.call("GET", "/v1/images", {"If-None-Match": tag})[0] == 200


def test_names_with_odd_characters_can_be_asked_for(imaged):
    name = "odd (name)/with. things"
    imaged.declare("a.yaml", copy_of(name))
    imaged.start()
    imaged.wait_for(name)
    assert imaged.history(name)
    imaged.command("retry", name)


def test_a_client_that_does_not_read_keeps_nobody_waiting(imaged, sim):
    imaged.declare("a.yaml", [copy_of(f"image-{n:03}", tags={"t": "x" * 200}) for n in range(200)])
    imaged.start()
    imaged.wait_for_all(200)
    idle = []
    for _ in range(20):
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(imaged.socket))
        client.sendall(b"GET /v1/images HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        idle.append(client)
    imaged.declare("b.yaml", copy_of("meanwhile"))
    imaged.wait_for("meanwhile")
    for client in idle:
        client.close()
    imaged.stop(limit=5)


def test_a_file_in_the_way_of_the_socket_is_left_alone(imaged):
    imaged.socket.write_text("somebody's")
    result = imaged.run("--once")
    assert result.returncode == 1 and str(imaged.socket) in result.stderr
    assert imaged.socket.read_text() == "somebody's"


# ---- Secrets


@pytest.fixture
def secretive(make_sim, make_imaged, scenario):
    scenario["credentials"] = {"client_id": "demo", "client_secret": SECRET}
    return make_imaged(make_sim(scenario))


def no_secret_in(imaged, *texts):
    for text in (imaged.log, *texts):
        assert SECRET not in text and "Bearer" not in text
    assert not re.search(r"access_token", imaged.log)


def test_secrets_are_in_no_log_and_in_no_answer(secretive):
    sim = secretive.sim
    secretive.declare("a.yaml", copy_of("secretive"))
    secretive.start()
    secretive.wait_for("secretive")
    sim.fault("POST", "/iam/token", {"status": 401, "body": {"error": "invalid_client"}}, times=2)
    sim.revoke_tokens()
    secretive.wait_until(lambda: len(sim.requests("POST", "/iam/token")) >= 3)
    secretive.wait_until(lambda: secretive.status()["api"]["fault"] is None)
    answers = [str(secretive.read(path)) for path in ("/v1/status", "/v1/images", "/v1/history")]
    secretive.stop()
    no_secret_in(secretive, *answers)
    for file in secretive.directory.rglob("state.db*"):
        assert SECRET.encode() not in file.read_bytes()


def test_a_secret_from_the_environment_is_not_to_be_seen_there(secretive):
    secretive.configuration["numspot"].pop("client_secret_file")
    secretive.environment["NUMSPOT_CLIENT_SECRET"] = SECRET
    secretive.declare("a.yaml", copy_of("secretive"))
    secretive.start()
    secretive.wait_for("secretive")
    process = f"/proc/{secretive.process.pid}"
    for name in ("environ", "cmdline"):
        with open(f"{process}/{name}", "rb") as file:
            assert SECRET.encode() not in file.read(), name
    no_secret_in(secretive)


def test_a_secret_from_the_service_managers_credentials_comes_first(secretive):
    credentials = secretive.directory / "credentials"
    credentials.mkdir()
    (credentials / "numspot-client-secret").write_text(f"{SECRET}\n")
    secretive.secret_path.write_text("wrong")
    secretive.environment["CREDENTIALS_DIRECTORY"] = str(credentials)
    secretive.declare("a.yaml", copy_of("secretive"))
    secretive.start()
    secretive.wait_for("secretive")


# ---- Its output


def test_it_goes_on_when_nobody_reads_its_log(imaged, sim):
    reader, writer = os.pipe()
    imaged.configure()
    imaged.process = subprocess.Popen(
        [str(harness.program("imaged")), "--config", str(imaged.configuration_path)],
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=writer,
        env=imaged.environment,
    )
    os.close(writer)
    imaged.wait_until(lambda: imaged.status()["ready"])
    os.close(reader)  # from now on, writing is an error
    imaged.declare("a.yaml", copy_of("unheard"))
    imaged.wait_for("unheard")


def test_the_log_says_what_became_of_an_image_once(imaged, sim):
    imaged.configuration["log"] = {"level": "info"}
    imaged.declare("a.yaml", copy_of("told", access={"is_public": False}))
    imaged.start()
    imaged.wait_for("told")
    sim.wait_for_lists(3)
    lines = [line for line in imaged.log.splitlines() if "image=told" in line]
    assert len([line for line in lines if "state=available" in line]) == 1
    assert all(re.match(r"time=\S+Z level=\w+ msg=", line) for line in imaged.log.splitlines())
    assert f"image_id={sim.image('told')['id']}" in lines[-1]
