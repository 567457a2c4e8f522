# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""imagectl as a person and a script meet it: on files, and on a daemon that says what a test wants."""

import json
import os
import subprocess

import pytest

import harness
from fake_daemon import FakeDaemon, image

ENVIRONMENT = {
    **{key: os.environ[key] for key in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS") if key in os.environ},
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}


def run(*arguments, given=None, **environment):
    result = subprocess.run(
        [str(harness.program("imagectl")), *map(str, arguments)],
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**ENVIRONMENT, **environment},
        timeout=harness.LIMIT,
        check=False,
    )
    complaint = harness.SANITIZER_REPORTS.search(result.stderr)
    assert not complaint, complaint.group(0)
    return result


def lines_of(result):
    return result.stdout.splitlines()


# ---- Usage


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["stauts"], 'there is no command "stauts"; did you mean status?'),
        (["status", "--name"], "did you mean --names?"),
        (["retry"], "retry: needs NAME..., or --all"),
        (["completion", "fish"], 'no completion for "fish", only for bash and zsh'),
        (["history", "--limit", "many"], 'whole number above 0, not "many"'),
        (["explain", "acess"], "did you mean access?"),
        (["help", "wach"], "did you mean watch?"),
    ],
)
def test_wrong_usage_says_what_is_right(arguments, words):
    result = run(*arguments)
    assert result.returncode == 1
    assert words in result.stderr and result.stdout == ""


def test_without_a_command_it_says_which_there_are():
    result = run()
    assert result.returncode == 1
    assert "usage: imagectl" in result.stderr and "validate" in result.stderr


def commands():
    """The names of all commands, as the overview lists them."""
    overview = run("--help").stdout.split("Commands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in overview.splitlines() if line.startswith("  ") and line[2] != " "]


def test_each_command_has_help():
    assert {"status", "show", "watch", "validate", "approve"} <= set(commands())
    for name in commands():
        assert run(name, "--help").stdout.startswith(f"usage: imagectl {name}")
        assert run("help", name).stdout == run(name, "--help").stdout


def test_output_that_cannot_be_written_is_an_error():
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run(
            [str(harness.program("imagectl")), "explain"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
            timeout=harness.LIMIT,
            check=False,
        )
    assert result.returncode == 1
    assert "standard output: No space left on device" in result.stderr


# ---- Files: validate and explain


CASES = [
    ("billion-laughs.yaml", ["5:8: error", "too many aliases", "1000"]),
    ("duplicate-keys.yaml", ["5:1: error", "source_image_id", "given twice", "line 2"]),
    ("iops-rules.yaml", ["6:82: error", "block_device_mappings[0].bsu.iops", "io1"]),
    ("iops-rules.yaml", ["11:99: error", "3001", "300"]),
    ("iops-rules.yaml", ["16:35: error", "required with volume_type: io1"]),
    ("iops-rules.yaml", ["21:19: error", "/dev/sda2", "/dev/sda1 for the root"]),
    ("iops-rules.yaml", ["22:19: error", '"/dev/sda"']),
    ("iops-rules.yaml", ["23:19: error", "/dev/xvdb1"]),
    ("iops-rules.yaml", ["25:19: error", "/dev/sdb is given twice", "line 24"]),
    ("iops-rules.yaml", ["4:15: warning", "architecture", "x86_64"]),
    ("misspelt.yaml", ["2:1: error", "source_imageid", "did you mean source_image_id?"]),
    ("misspelt.yaml", ["3:1: error", "sourceRegionName", "did you mean source_region_name?"]),
    ("misspelt.yaml", ["4:1: error", "acces", "did you mean access?"]),
    ("misspelt.yaml", ["5:1: error", "tag", "did you mean tags?"]),
    ("tab.yaml", ["2:1: error", "tab", "spaces"]),
    ("two-sources.yaml", ["3:1: error", "exactly one source", "vm_id", "source_image_id"]),
    ("unclosed-quote.yaml", ["1:7: error", "quotation mark", "never closed"]),
]
GOOD = {
    "bom-crlf.yaml",
    "plain-scalars.yaml",
    "seed-image-from-image.yaml",
    "seed-image-from-snapshot.yaml",
    "seed-image-from-vm.yaml",
}


@pytest.mark.parametrize("name, words", CASES)
def test_a_bad_file_is_told_by_place_and_remedy(shared, name, words):
    path = shared / "cases" / "declarations" / name
    result = run("validate", path)
    assert result.returncode == 2 and result.stderr == ""
    told = [line for line in lines_of(result) if line.startswith(f"{path}:")]
    assert any(all(word in line for word in words) for line in told), told


def test_every_case_is_either_good_or_known_to_be_bad(shared):
    directory = shared / "cases" / "declarations"
    for path in directory.glob("*.yaml"):
        assert run("validate", path).returncode == (0 if path.name in GOOD else 2), path.name
    assert {name for name, _ in CASES} | GOOD == {path.name for path in directory.glob("*.yaml")}


def test_the_line_is_shown_with_a_mark_under_the_place(shared):
    path = shared / "cases" / "declarations" / "iops-rules.yaml"
    lines = lines_of(run("validate", path))
    at = next(i for i, line in enumerate(lines) if ":11:99: error" in line)
    source = path.read_text().splitlines()[10]
    assert len(source) > 100
    assert lines[at + 1] == f"    {source}"
    assert lines[at + 2] == " " * (4 + 98) + "^"


def declaration(name, **more):
    return "".join(f"{key}: {value}\n" for key, value in {"name": name, **more}.items())


GOOD_VM = {"vm_id": "i-b121616e", "no_reboot": "true"}


def test_a_directory_is_read_as_the_daemon_reads_it(tmp_path):
    for name in (".hidden.yaml", "a.yaml~", "b.yaml.bak", "#c.yaml#", "d.txt", ".#e.yaml"):
        (tmp_path / name).write_text("][")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "f.yaml").write_text("][")
    (tmp_path / "g.yaml").write_text(declaration("good-one", **GOOD_VM))
    (tmp_path / "h.yml").write_text(declaration("good-two", **GOOD_VM))
    result = run("validate", tmp_path)
    assert (result.returncode, result.stdout) == (0, "2 files, 2 good declarations: 0 errors, 0 warnings\n")


def test_names_taken_twice_are_told_of_across_files(tmp_path):
    (tmp_path / "a.yaml").write_text(declaration("twice", **GOOD_VM))
    (tmp_path / "b.yaml").write_text("\n" + declaration("twice", **GOOD_VM))
    result = run("validate", tmp_path / "a.yaml", tmp_path / "b.yaml")
    assert result.returncode == 2
    told = [line for line in lines_of(result) if "error:" in line]
    assert len(told) == 2
    assert told[0].startswith(f"{tmp_path}/a.yaml:1:7: error: ") and f"{tmp_path}/b.yaml" in told[0]
    assert told[1].startswith(f"{tmp_path}/b.yaml:2:7: error: ") and f"{tmp_path}/a.yaml" in told[1]


def test_images_made_from_each_other_are_an_error(tmp_path):
    for name, source in (("one", "two"), ("two", "one")):
        (tmp_path / f"{name}.yaml").write_text(
            declaration(f"image-{name}", source_image_id=f"{{declared: image-{source}}}")
            + "source_region_name: eu-west-2\naccess: {is_public: false}\n"
        )
    result = run("validate", tmp_path)
    assert result.returncode == 2
    assert "image-one <- image-two <- image-one" in result.stdout


def test_standard_input_is_a_file(tmp_path):
    result = run("validate", "-", given="name: tabbed\n\tvm_id: x\n")
    assert result.returncode == 2 and lines_of(result)[0].startswith("<stdin>:2:1: error: ")
    assert run("validate", "-", given=declaration("good-one", **GOOD_VM)).returncode == 0


def test_warnings_alone_are_no_failure_and_quiet_keeps_them_back(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(declaration("some-image", vm_id="i-b121616e"))
    result = run("validate", path)
    assert result.returncode == 0 and "warning: no_reboot" in result.stdout
    assert (run("validate", "--quiet", path).returncode, run("validate", "-q", path).stdout) == (0, "")
    path.write_text(declaration("some-image"))
    result = run("validate", "-q", path)
    assert result.returncode == 2 and "error" in lines_of(result)[0] and "1 file" not in result.stdout


@pytest.mark.parametrize("kind", ["missing", "fifo", "directory", "dangling"])
def test_what_cannot_be_read_is_told_of_and_nothing_hangs(tmp_path, kind):
    path = tmp_path / "x.yaml"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    elif kind == "dangling":
        path.symlink_to(tmp_path / "nothing")
    result = run("validate", path if kind == "missing" else tmp_path)
    assert result.returncode == 1
    assert lines_of(result)[0].startswith(f"{path}: error: ")


def test_a_file_that_is_too_large_is_told_of(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("# comment\n" * 200000)
    result = run("validate", path)
    assert result.returncode == 1
    assert f"{path}: error: has 2000000 bytes; at most 1048576 are read" in result.stdout
    result = run("validate", "-", given=path.read_text())
    assert result.returncode == 2 and "at most 1048576" in result.stdout


def test_what_is_in_a_file_does_nothing_to_the_terminal(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text('name: "a\033[2J"\n\033]0;title\007: b\n"\u202edne": x\n')
    result = run("validate", path)
    assert result.returncode == 2
    assert "\033" not in result.stdout and "\007" not in result.stdout and "\u202e" not in result.stdout


def test_validate_speaks_json(shared, tmp_path):
    (tmp_path / "good.yaml").write_text(declaration("good-one", **GOOD_VM))
    bad = shared / "cases" / "declarations" / "misspelt.yaml"
    result = run("--output", "json", "validate", tmp_path, bad)
    assert result.returncode == 2
    answer = json.loads(result.stdout)
    assert (answer["errors"], answer["warnings"]) == (4, 0)
    good, misspelt = answer["files"]
    assert good == {"path": f"{tmp_path}/good.yaml", "declarations": ["good-one"], "problems": []}
    assert misspelt["problems"][0] == {
        "severity": "error",
        "line": 2,
        "column": 1,
        "path": "source_imageid",
        "message": "unknown field; did you mean source_image_id?",
    }


def test_explain_tells_of_every_field():
    overview = run("explain").stdout
    names = run("explain", "--names").stdout.splitlines()
    assert "block_device_mappings.bsu.iops" in names and "lifecycle.on_remove" in names
    for name in names:
        result = run("explain", name)
        assert result.returncode == 0 and result.stdout.startswith(f"{name}\n"), name
        assert "." in name or name in overview
    assert "13000" in run("explain", "block_device_mappings.bsu.iops").stdout


# ---- Completion


def complete(words, **environment):
    """What bash offers in place of the last word."""
    script = (
        f"source <({harness.program('imagectl')} completion bash)\n"
        "compopt() { :; }\n"  # only works while bash itself completes
        'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _imagectl\n'
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    result = subprocess.run(
        ["bash", "-uc", script, "bash", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**ENVIRONMENT, "PATH": f"{harness.BUILDDIR}:{ENVIRONMENT['PATH']}", **environment},
        timeout=harness.LIMIT,
        check=False,
    )
    assert result.stderr == ""
    return result.stdout.split("\n")[:-1]


def test_bash_completes_commands_options_and_fields():
    assert complete(["imagectl", "re"]) == ["retry", "refresh", "resume"]
    assert set(commands()) <= set(complete(["imagectl", ""]))
    assert complete(["imagectl", "status", "--n"]) == ["--names"]
    assert complete(["imagectl", "-o", "j"]) == ["json"]
    assert complete(["imagectl", "--output", "=", "t"]) == ["table"]
    assert complete(["imagectl", "--output", "="]) == ["table", "json"]
    assert complete(["imagectl", "--output", "=", "json", "wa"]) == ["watch"]
    assert complete(["imagectl", "-n", "3", "wa"]) == ["watch"]
    assert complete(["imagectl", "explain", "access."]) == ["access.inherit", "access.is_public"]
    assert complete(["imagectl", "help", "wa"]) == ["watch"]


def test_bash_completes_the_names_of_images(daemon):
    daemon.images = [image("web-base"), image("web (old)"), image("db")]
    socket = ["--socket", str(daemon.socket)]
    assert complete(["imagectl", *socket, "show", "web"]) == ["web-base", r"web\ \(old\)"]
    assert complete(["imagectl", *socket, "show", r"web\ "]) == [r"web\ \(old\)"]
    assert complete(["imagectl", "status", "-s", str(daemon.socket), "d"]) == ["db"]
    assert complete(["imagectl", "--socket", "=", str(daemon.socket), "show", "d"]) == ["db"]
    assert complete(["imagectl", "retry", "d"], IMAGED_SOCKET=str(daemon.socket)) == ["db"]
    assert complete(["imagectl", "--socket", "/nowhere", "show", ""]) == [""]


def test_zsh_gets_a_script_that_names_every_command():
    script = run("completion", "zsh").stdout
    assert script.startswith("#compdef imagectl\n")
    for name in commands():
        assert f"'{name}:" in script and f"        {name})\n" in script


# ---- A daemon


@pytest.fixture
def daemon():
    made = FakeDaemon().start()
    yield made
    made.finish()


def ask(daemon, *arguments, **environment):
    return run("--socket", daemon.socket, *arguments, **environment)


def test_without_a_daemon_it_says_where_it_looked_and_what_to_do(tmp_path):
    result = run("--socket", tmp_path / "none.sock", "status")
    assert result.returncode == 1
    assert f"{tmp_path}/none.sock: No such file or directory" in result.stderr
    assert "systemctl status imaged" in result.stderr
    result = run("status", IMAGED_SOCKET=str(tmp_path / "other.sock"))
    assert f"{tmp_path}/other.sock" in result.stderr


def test_a_dead_daemons_socket_is_told_from_a_missing_one(daemon):
    daemon.stop()
    result = ask(daemon, "status")
    assert result.returncode == 1
    assert "Connection refused; nobody listens there" in result.stderr


def test_a_path_that_no_socket_can_have_is_refused(tmp_path):
    result = run("--socket", "/" + "x" * 200, "status")
    assert result.returncode == 1 and "too long for a socket" in result.stderr


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"items": [{}]}', b""])
def test_what_is_not_imageds_is_told_of(daemon, body):
    daemon.override = {"/v1/images": (200, body)}
    result = ask(daemon, "status")
    assert result.returncode == 1 and "imaged" in result.stderr, result.stderr


def test_a_proxy_of_the_environment_is_not_asked(daemon):
    daemon.images = [image("web")]
    proxies = {"http_proxy": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"}
    assert ask(daemon, "status", **proxies).returncode == 0


def test_status_shows_a_table_and_a_summary(daemon):
    daemon.images = [
        image("db"),
        image("web", "pending", "Retrying", image_id=None, attempts=2, age_ms=3723000, message="503"),
        image("x", "pending", "ImagePending", next_attempt="2026-11-25T10:00:00Z", next_attempt_ms=4200),
    ]
    result = ask(daemon, "status")
    assert (result.returncode, result.stderr) == (0, "")
    assert lines_of(result) == [
        "NAME  STATE      REASON        AGE    ID            NEXT   MESSAGE",
        "db    available  InSync        1m05s  ami-00000001  -",
        "web   pending    Retrying      1h02m  -             -      503",
        "x     pending    ImagePending  1m05s  ami-00000001  in 5s",
        "",
        "3 images: 1 available, 2 pending",
    ]


def test_status_of_some_shows_only_those(daemon):
    daemon.images = [image("a"), image("b", "failed", "NameTaken", message="taken"), image("c")]
    result = ask(daemon, "status", "c", "a")
    assert result.returncode == 0
    assert [line.split()[0] for line in lines_of(result)] == ["NAME", "c", "a"]
    assert ask(daemon, "status", "b").returncode == 2
    result = ask(daemon, "status", "--names")
    assert result.stdout == "a\nb\nc\n"


def test_an_unknown_name_is_told_with_the_nearest(daemon):
    daemon.images = [image("web-base"), image("db")]
    for command in ("status", "show", "history", "retry", "watch"):
        result = ask(daemon, command, "web-bsae")
        assert result.returncode == 1
        assert 'there is no image "web-bsae"; did you mean "web-base"?' in result.stderr, command
    assert daemon.posts == []


@pytest.mark.parametrize(
    "fault, words",
    [
        ({"declarations": "does not exist"}, "directory /etc/imaged/images.d: does not exist"),
        ({"api": "cannot be reached"}, "API https://api.example: cannot be reached"),
        ({"record": "disk full"}, "record /var/lib/imaged/state.db: disk full"),
    ],
)
def test_a_fault_of_the_surroundings_is_something_to_see(daemon, fault, words):
    daemon.images = [image("a")]
    daemon.faults = fault
    result = ask(daemon, "status")
    assert result.returncode == 2 and words in lines_of(result)


def test_status_tells_what_waits_for_a_person(daemon):
    daemon.images = [image("a", "pending", "AwaitingApproval"), image("b", invalid="/x.yaml:3:1: error: no")]
    daemon.invalid = 1
    daemon.mode = "observe"
    result = ask(daemon, "status")
    assert result.returncode == 2
    assert "1 waits for approval: `imagectl approve NAME` lets one pass" in result.stdout
    assert "1 declaration cannot be used: `imagectl validate /etc/imaged/images.d` says why" in result.stdout
    assert "observe mode" in result.stdout
    assert "/x.yaml:3:1: error: no" in result.stdout


def test_names_of_any_kind_stay_one_line_each(daemon):
    daemon.images = [image("a\nb\033[31m", message="x\ty"), image("naïve 日本", message="\u202e")]
    result = ask(daemon, "status")
    assert "\033" not in result.stdout and "\u202e" not in result.stdout
    assert lines_of(result)[1].startswith("a\\nb\\x1b[31m  available")
    assert lines_of(result)[2].startswith("naïve 日本    available")


def test_status_as_json_has_the_daemons_words(daemon):
    daemon.images = [image("a"), image("b", "failed", "Rejected")]
    result = ask(daemon, "-o", "json", "status")
    assert result.returncode == 2
    assert json.loads(result.stdout) == {"daemon": daemon.status(), "images": daemon.images}
    only = json.loads(ask(daemon, "-o", "json", "status", "a").stdout)
    assert only["images"] == [daemon.images[0]]


def test_members_that_are_new_or_missing_do_no_harm(daemon):
    daemon.images = [{"name": "a", "state": "resting", "reason": "Newer", "more": {"x": [1]}}]
    result = ask(daemon, "status")
    assert result.returncode == 0
    assert lines_of(result)[1].split() == ["a", "resting", "Newer", "-", "-", "-"]


DETAILS = {
    "declaration": {"name": "web", "vm_id": "i-b121616e", "tags": {"Name": "My: Image"}},
    "live": {"id": "ami-00000001", "name": "web", "access": {"is_public": True}},
    "differences": [
        {"field": "access.is_public", "from": "true", "to": "false", "change": "in place"},
        {"field": "tags.Name", "from": None, "to": "My: Image", "change": "in place"},
    ],
    "source_id": "i-b121616e",
    "made": "2026-11-25T10:00:00.000Z",
    "intent": "set tags",
    "removed_since": None,
}


def test_show_tells_everything(daemon):
    daemon.images = [image("web", "pending", "Updating", attempts=2, message="setting tags")]
    daemon.details = {"web": DETAILS}
    daemon.history = [
        {
            "time": "2026-11-25T10:00:00.000Z",
            "name": "web",
            "state": "pending",
            "reason": "Creating",
            "message": "first",
            "image_id": None,
        }
    ]
    text = ask(daemon, "show", "web").stdout
    for words in (
        "state      pending, Updating, for 1m05s",
        "meaning    Tags or access are being changed on the live image.",
        "message    setting tags",
        "image      ami-00000001, available in the cloud",
        "made       2026-11-25 10:00:00, ",
        "source     i-b121616e",
        "file       /etc/imaged/images.d/web.yaml:1",
        "under way  set tags",
        "next       after 2 failed attempts",
        '    Name: "My: Image"',
        "    is_public: true",
        "  access.is_public  in place  true          false",
        "  tags.Name         in place  absent        My: Image",
        "2026-11-25 10:00:00",
        "first",
    ):
        assert words in text, words
    whole = json.loads(ask(daemon, "-o", "json", "show", "web").stdout)
    assert whole == {**daemon.images[0], **DETAILS, "history": daemon.history}


@pytest.mark.parametrize("name", ["web (old)", "a/b", "..", "ünï", "a%20b", "a?b#c"])
def test_any_name_reaches_the_daemon_as_it_is(daemon, name):
    daemon.images = [image(name)]
    assert ask(daemon, "show", name).returncode == 0
    assert ask(daemon, "suspend", name).stdout == f"suspend: accepted for {name}\n"
    assert json.loads(ask(daemon, "-o", "json", "show", name).stdout)["name"] == name


def test_history_is_shown_newest_first_within_the_limit(daemon):
    daemon.images = [image("a"), image("b")]
    daemon.history = [
        {
            "time": f"2026-11-25T10:00:{second:02}.500Z",
            "name": name,
            "state": "pending",
            "reason": "Creating",
            "message": f"m{second}",
            "image_id": None,
        }
        for second, name in ((5, "a"), (4, "b"), (3, "a"))
    ]
    lines = lines_of(ask(daemon, "history"))
    assert [line.split()[-1] for line in lines[1:]] == ["m5", "m4", "m3"]
    assert lines[1].split()[:3] == ["a", "2026-11-25", "10:00:05"]
    assert [line.split()[-1] for line in lines_of(ask(daemon, "history", "a"))[1:]] == ["m5", "m3"]
    assert len(lines_of(ask(daemon, "history", "-n", "1"))) == 2
    assert json.loads(ask(daemon, "-o", "json", "history").stdout) == {"items": daemon.history}
    daemon.images = []
    assert len(lines_of(ask(daemon, "history", "a"))) == 3, "the history outlives the image"
    daemon.history = []
    assert ask(daemon, "history").stdout == "Nothing has happened yet.\n"


@pytest.mark.parametrize("command", ["retry", "refresh", "suspend", "resume", "approve"])
def test_operations_reach_the_daemon(daemon, command):
    daemon.images = [image("a"), image("b c")]
    result = ask(daemon, command, "a", "b c")
    assert (result.returncode, result.stderr) == (0, "")
    assert daemon.posts == [f"/v1/images/a/{command}", f"/v1/images/b%20c/{command}"]
    assert ask(daemon, command, "--all").stdout == f"{command}: accepted for all images\n"
    assert daemon.posts[2:] == [f"/v1/{command}"]
    answer = json.loads(ask(daemon, "-o", "json", command, "a").stdout)
    assert answer == {"command": command, "all": False, "accepted": ["a"]}


def test_a_refusal_is_told_in_the_daemons_words(daemon):
    daemon.images = [image("a")]
    daemon.refusal = "only root and members of the group imaged may do this"
    result = ask(daemon, "approve", "a")
    assert result.returncode == 1 and result.stdout == ""
    assert 'imagectl: "a": only root and members of the group imaged may do this' in result.stderr
