# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""Files as editors, copying tools, checkouts and mounts leave them: read once, when they are whole, and never taken for gone."""

import os
import shutil
import socket
import subprocess

import pytest
import yaml

from harness import copy_of

# Kinds of log entries, which stay the same whatever their words.
DIRECTORY_FAULT = "message_id=5f1bfb255eef4f8dbde54e17c7836f95"
RELOADED = "message_id=32f46174fc864b1ca5196bd0bcde15a0"


def text_of(name, **more):
    return yaml.safe_dump(copy_of(name, **more), sort_keys=False)


def made(sim):
    """The bodies of all creations that were asked for."""
    return [each["body"] for each in sim.requests("POST", "/images")]


def rests(imaged, sim):
    """Waits until imaged has looked at directory and cloud again, and nothing was written meanwhile."""
    before = len(sim.writes())
    imaged.reload()
    sim.wait_for_lists(3)
    assert len(sim.writes()) == before


def reloads(imaged):
    """Has it read configuration and directory again, and waits until that is done."""
    before = imaged.log.count(RELOADED)
    imaged.reload()
    imaged.wait_until(lambda: imaged.log.count(RELOADED) > before, what="it has reloaded")


@pytest.fixture
def patient(make_imaged, sim):
    """A daemon that waits a while before it reads, and long before it deletes."""
    return make_imaged(sim, {"declarations": {"settle": "150ms"}, "deletion": {"grace": "1h"}})


# ---- Editors and copying tools: one read of the final content


def with_vim(directory, name, old, new):
    """backupcopy=no: probe, backup by rename, new file, backup removed."""
    target = directory / name
    (directory / "4913").touch()
    (directory / "4913").unlink()
    (directory / f".{name}.swp").write_bytes(b"b0VIM 9.0\0")
    if target.exists():
        target.rename(directory / f"{name}~")
    target.write_text(new[: len(new) // 2])
    target.write_text(new)
    (directory / f"{name}~").unlink(missing_ok=True)
    (directory / f".{name}.swp").unlink()


def with_emacs(directory, name, old, new):
    lock = directory / f".#{name}"
    lock.symlink_to("somebody@host.1234:1700000000")
    (directory / f"#{name}#").write_text(new[: len(new) // 2])
    if old is not None:
        (directory / f"{name}~").write_text(old)
    (directory / name).write_text(new)
    (directory / f"#{name}#").unlink()
    lock.unlink()


def with_sed(directory, name, old, new):
    temporary = directory / "sedXb4Qz1"
    temporary.write_text(new)
    temporary.replace(directory / name)


def with_mv(directory, name, old, new):
    outside = directory.parent / "outside.yaml"
    outside.write_text(new)
    outside.replace(directory / name)


def with_cp_in_pieces(directory, name, old, new):
    with (directory / name).open("w") as file:
        for character in new:
            file.write(character)
            file.flush()


def with_rsync(directory, name, old, new):
    temporary = directory / f".{name}.Xy12Zw"
    with temporary.open("w") as file:
        for line in new.splitlines(keepends=True):
            file.write(line)
            file.flush()
    temporary.replace(directory / name)


def with_a_browser(directory, name, old, new):
    temporary = directory / f"{name}.tmp"
    temporary.write_text(new)
    (directory / name).unlink(missing_ok=True)
    temporary.rename(directory / name)


def with_truncation(directory, name, old, new):
    (directory / name).write_text("")
    (directory / name).write_text(new)


TOOLS = [
    with_vim,
    with_emacs,
    with_sed,
    with_mv,
    with_cp_in_pieces,
    with_rsync,
    with_a_browser,
    with_truncation,
]


@pytest.mark.parametrize("write", TOOLS)
def test_a_file_is_read_when_it_is_whole(patient, sim, write):
    patient.start()
    first = text_of("edited", description="one", tags={"edition": "1"})
    write(patient.declarations, "edited.yaml", None, first)
    patient.wait_for("edited")
    identifier = sim.image("edited")["id"]
    second = text_of("edited", description="one", tags={"edition": "2"})
    write(patient.declarations, "edited.yaml", first, second)
    patient.wait_until(lambda: {"key": "edition", "value": "2"} in sim.image("edited")["tags"])
    patient.wait_for("edited")
    assert sim.image("edited")["id"] == identifier
    assert [body["description"] for body in made(sim)] == ["one"]
    assert len(sim.requests("PATCH")) == 2 and not sim.requests("DELETE")
    assert "level=error" not in patient.log


def test_what_tools_leave_behind_is_no_declaration(imaged, sim):
    for name in ["a.yaml~", ".a.yaml", "#a.yaml#", ".#a.yaml", "a.yaml.swp", "a.tmp", "a.yaml.bak"]:
        (imaged.declarations / name).write_text(text_of("litter"))
    for name in ["README", "a.json", "a.yaml.orig", "yaml"]:
        (imaged.declarations / name).write_text("nothing of ours: [")
    imaged.start()
    imaged.declare("good.yaml", copy_of("good"))
    imaged.wait_for("good")
    assert imaged.status()["declarations"]["files"] == 1 and "level=error" not in imaged.log
    assert [body["name"] for body in made(sim)] == ["good"]


# ---- Many files at once


def test_kubernetes_swaps_are_seen(imaged, sim):
    def publish(version, names):
        data = imaged.declarations / f"..{version}"
        data.mkdir()
        for name in names:
            (data / f"{name}.yaml").write_text(text_of(name, tags={"version": version}))
        link = imaged.declarations / "..data_tmp"
        link.symlink_to(data.name)
        link.replace(imaged.declarations / "..data")

    publish("2026_11_24", ["one", "two"])
    for name in ["one", "two"]:
        (imaged.declarations / f"{name}.yaml").symlink_to(f"..data/{name}.yaml")
    imaged.start()
    imaged.wait_for_all(2)
    publish("2026_11_25", ["one", "two"])
    shutil.rmtree(imaged.declarations / "..2026_11_24")
    for name in ["one", "two"]:
        wanted = {"key": "version", "value": "2026_11_25"}
        imaged.wait_until(lambda name=name: wanted in sim.image(name)["tags"])
    assert len(made(sim)) == 2 and len(sim.requests("DELETE", None)) == 0


def test_a_checkout_that_takes_files_away_for_a_while_deletes_nothing(make_imaged, sim):
    imaged = make_imaged(sim, {"deletion": {"grace": "5s", "max": 1000}, "limits": {"in_flight": 32}})
    names = [f"image-{n:03}" for n in range(200)]
    for name in names:
        imaged.declare(f"{name}.yaml", text_of(name))
    imaged.start()
    imaged.wait_for_all(200)
    sim.forget_requests()
    kept = imaged.declarations / f"{names[0]}.yaml"
    for file in imaged.declarations.iterdir():
        if file != kept:
            file.unlink()
    imaged.wait_until(lambda: imaged.image(names[-1])["reason"] == "Deleting")
    for name in names:
        (imaged.declarations / f"{name}.yaml").write_text(text_of(name))
    imaged.wait_for_all(200)
    rests(imaged, sim)
    assert sim.writes() == []


def test_thousands_of_files_at_once_are_all_seen(make_imaged, sim):
    imaged = make_imaged(sim, {"mode": "observe", "declarations": {"rescan": "60s"}})
    imaged.start()
    for number in range(3000):
        (imaged.declarations / f"{number}.yaml").write_text(text_of(f"image-{number}"))
    imaged.wait_until(lambda: imaged.status()["images"]["total"] == 3000)


def test_thousands_of_events_that_overflow_the_kernels_queue_lose_no_file(make_imaged, sim):
    with open("/proc/sys/fs/inotify/max_queued_events", encoding="ascii") as limit:
        events = int(limit.read())
    imaged = make_imaged(sim, {"mode": "observe", "declarations": {"rescan": "1h"}})
    imaged.start()
    imaged.signal(19)  # SIGSTOP: nobody empties the queue
    for _ in range(events // 2 + 100):  # each is created and removed
        os.close(os.open(imaged.declarations / "noise", os.O_CREAT | os.O_WRONLY))
        (imaged.declarations / "noise").unlink()
    imaged.declare("last.yaml", copy_of("last"))
    imaged.signal(18)  # SIGCONT
    imaged.wait_until(lambda: "last" in imaged.images())


# ---- The directory itself


def check_that_nothing_went(imaged, sim):
    imaged.wait_until(lambda: imaged.status()["declarations"]["fault"], what="the directory's fault")
    sim.wait_for_lists(3)
    assert sim.writes() == []
    assert {row["state"] for row in imaged.images().values()} == {"available"}
    assert imaged.log.count(DIRECTORY_FAULT) == 1


def check_that_it_is_well_again(imaged, sim):
    imaged.wait_until(lambda: imaged.status()["declarations"]["fault"] is None, what="recovery")
    rests(imaged, sim)
    imaged.declare("new.yaml", copy_of("new"))
    imaged.wait_for("new")
    imaged.wait_for_all(3)


@pytest.fixture
def two(imaged, sim):
    """A daemon that made two images and has no more to do."""
    for name in ["one", "two"]:
        imaged.declare(f"{name}.yaml", copy_of(name))
    imaged.start()
    imaged.wait_for_all(2)
    sim.forget_requests()
    return imaged


def test_a_directory_moved_away_and_back_changes_nothing(two, sim):
    elsewhere = two.directory / "elsewhere"
    two.declarations.rename(elsewhere)
    check_that_nothing_went(two, sim)
    elsewhere.rename(two.declarations)
    check_that_it_is_well_again(two, sim)


def test_a_directory_replaced_by_an_empty_one_is_a_fault(two, sim):
    elsewhere = two.directory / "elsewhere"
    two.declarations.rename(elsewhere)
    two.declarations.mkdir()
    check_that_nothing_went(two, sim)
    two.declarations.rmdir()
    elsewhere.rename(two.declarations)
    check_that_it_is_well_again(two, sim)


def test_a_directory_that_loses_all_files_at_once_is_a_fault(two, sim):
    files = {file: file.read_text() for file in two.declarations.iterdir()}
    for file in files:
        file.unlink()
    check_that_nothing_went(two, sim)
    two.restart()
    two.wait_until(lambda: two.status()["declarations"]["fault"])
    reloads(two)
    assert sim.writes() == []
    for file, text in files.items():
        file.write_text(text)
    check_that_it_is_well_again(two, sim)


def test_an_emptied_directory_that_is_meant_can_be_approved(two, sim):
    for file in two.declarations.iterdir():
        file.unlink()
    check_that_nothing_went(two, sim)
    two.command("approve")
    two.wait_until(lambda: not two.images())
    assert not sim.images("one") and not sim.images("two")


@pytest.mark.root
def test_an_unmounted_directory_is_a_fault(make_imaged, sim, tmp_path):
    mount = tmp_path / "mount"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(mount)], check=True)
    imaged = make_imaged(sim, {"declarations": {"directory": str(mount)}})
    imaged.declarations = mount
    try:
        for name in ["one", "two"]:
            imaged.declare(f"{name}.yaml", copy_of(name))
        imaged.start()
        imaged.wait_for_all(2)
        sim.forget_requests()
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)
    check_that_nothing_went(imaged, sim)
    for name in ["one", "two"]:
        imaged.declare(f"{name}.yaml", copy_of(name))
    check_that_it_is_well_again(imaged, sim)


def test_a_directory_that_is_missing_at_start_comes_later(imaged, sim):
    imaged.declarations.rmdir()
    imaged.start()  # ready all the same
    imaged.wait_until(lambda: imaged.status()["declarations"]["fault"])
    imaged.declarations.mkdir()
    imaged.declare("late.yaml", copy_of("late"))
    imaged.wait_for("late")
    assert imaged.status()["declarations"]["fault"] is None


def test_a_directory_that_is_missing_after_a_restart_changes_nothing(two, sim):
    two.stop()
    elsewhere = two.directory / "elsewhere"
    two.declarations.rename(elsewhere)
    two.start()
    two.wait_until(lambda: two.status()["declarations"]["fault"])
    reloads(two)
    assert {row["state"] for row in two.images().values()} == {"available"} and sim.writes() == []
    elsewhere.rename(two.declarations)
    check_that_it_is_well_again(two, sim)


def test_a_directory_made_anew_is_watched_again(two, sim):
    files = {file: file.read_text() for file in two.declarations.iterdir()}
    shutil.rmtree(two.declarations)
    check_that_nothing_went(two, sim)
    two.declarations.mkdir()
    for file, text in files.items():
        file.write_text(text)
    check_that_it_is_well_again(two, sim)


def test_a_file_in_place_of_the_directory_is_a_fault(two, sim):
    elsewhere = two.directory / "elsewhere"
    two.declarations.rename(elsewhere)
    two.declarations.write_text("not a directory")
    check_that_nothing_went(two, sim)
    two.declarations.unlink()
    elsewhere.rename(two.declarations)
    check_that_it_is_well_again(two, sim)


# ---- Files that are none, or cannot be read


def make_fifo(path):
    os.mkfifo(path)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(path.parent)  # a socket's path is short by law
        listener.bind(path.name)


def make_directory(path):
    path.mkdir()


def make_loop(path):
    path.symlink_to(path.name)


def make_large(path):
    with path.open("wb") as file:
        file.truncate(2 << 30)


def make_device(path):
    path.symlink_to("/dev/zero")


def make_broken(path):
    path.write_bytes(b"name: \xff\xfe\x00\x01\n")


def make_utf16(path):
    path.write_bytes(text_of("sixteen").encode("utf-16"))


def make_list(path):
    path.write_text("- a\n- b\n")


def make_deep(path):
    path.write_text("name: deep\ntags: " + "[" * 300 + "]" * 300 + "\n")


ODDITIES = [
    make_fifo,
    make_socket,
    make_directory,
    make_loop,
    make_large,
    make_device,
    make_broken,
    make_utf16,
    make_list,
    make_deep,
]


@pytest.mark.parametrize("make", ODDITIES)
def test_an_odd_file_is_said_and_hinders_nobody(imaged, sim, monkeypatch, make):
    monkeypatch.chdir(imaged.directory)
    make(imaged.declarations / "odd.yaml")
    imaged.declare("good.yaml", copy_of("good"))
    imaged.start()
    imaged.wait_for("good")
    imaged.wait_for_log(r"level=error .*/odd\.yaml")
    assert [body["name"] for body in made(sim)] == ["good"]
    assert imaged.status()["declarations"]["invalid"] == 1


@pytest.mark.parametrize("make", ODDITIES)
def test_a_file_that_turned_odd_keeps_its_last_good_version(two, sim, monkeypatch, make):
    monkeypatch.chdir(two.directory)
    (two.declarations / "one.yaml").unlink()
    make(two.declarations / "one.yaml")
    two.wait_for("one", "failed", "InvalidDeclaration")
    sim.wait_for_lists(3)
    assert sim.image("one") and sim.writes() == []


@pytest.mark.parametrize(
    "content", ["", "\n\n", "# nothing but a comment\n", "---\n", "---\n...\n", "{}\n", "~\n"], ids=repr
)
def test_a_file_that_turned_empty_is_bad_and_not_removed(two, sim, content):
    (two.declarations / "one.yaml").write_text(content)
    two.wait_for("one", "failed", "InvalidDeclaration")
    sim.wait_for_lists(3)
    assert sim.image("one") and sim.writes() == []
    (two.declarations / "one.yaml").write_text(text_of("one"))
    two.wait_for_all(2)
    assert sim.writes() == []


def test_a_trailing_separator_is_no_removal(two, sim):
    (two.declarations / "one.yaml").write_text(text_of("one") + "---\n")
    rests(two, sim)
    two.wait_for_all(2)


def test_a_link_that_lost_its_target_is_not_ready_and_not_removed(imaged, sim):
    target = imaged.directory / "target.yaml"
    target.write_text(text_of("linked"))
    (imaged.declarations / "linked.yaml").symlink_to(target)
    imaged.start()
    imaged.wait_for("linked")
    sim.forget_requests()
    target.unlink()
    rests(imaged, sim)
    assert sim.image("linked")
    target.write_text(text_of("linked", tags={"a": "1"}))
    imaged.wait_until(lambda: {"key": "a", "value": "1"} in sim.image("linked")["tags"])


def test_a_link_that_comes_before_its_target_is_found_later(imaged, sim):
    target = imaged.directory / "target.yaml"
    (imaged.declarations / "linked.yaml").symlink_to(target)
    imaged.start()
    reloads(imaged)
    target.write_text(text_of("linked"))
    imaged.wait_for("linked")


def test_an_edit_of_the_same_size_in_the_same_moment_is_seen(imaged, sim):
    path = imaged.declarations / "a.yaml"
    path.write_text(text_of("same", tags={"a": "1"}))
    before = path.stat()
    imaged.start()
    imaged.wait_for("same")
    path.write_text(text_of("same", tags={"a": "2"}))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    imaged.wait_until(lambda: {"key": "a", "value": "2"} in sim.image("same")["tags"])


@pytest.mark.parametrize(
    "name", ["with space.yaml", "with\nnewline.yaml", "ümläut.yaml", b"in\xffvalid.yaml", "-v.yaml"], ids=repr
)
def test_a_file_of_any_name_is_read(imaged, sim, name):
    path = os.path.join(os.fsencode(imaged.declarations), os.fsencode(name))
    with open(path, "w", encoding="utf-8") as file:
        file.write(text_of("oddly-named"))
    imaged.start()
    imaged.wait_for("oddly-named")
    assert all(line.startswith("time=") for line in imaged.log.splitlines())


@pytest.mark.parametrize("content", ["name: [\n", "name: half\nsource_im", "\0\0\0"], ids=repr)
def test_half_a_file_keeps_the_last_good_one(two, sim, content):
    (two.declarations / "one.yaml").write_text(content)
    two.wait_for("one", "failed", "InvalidDeclaration")
    sim.wait_for_lists(2)
    assert sim.image("one") and sim.writes() == []


def test_a_bad_file_does_not_survive_as_good_after_a_restart(two, sim):
    (two.declarations / "one.yaml").write_text("name: one\nnonsense: true\n")
    two.wait_for("one", "failed", "InvalidDeclaration")
    two.restart()
    two.wait_for("one", "failed", "InvalidDeclaration")
    sim.wait_for_lists(2)
    assert sim.image("one") and sim.writes() == []
