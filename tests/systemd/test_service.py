# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""systemctl start, stop, restart, reload; what is killed or hangs comes back; a machine that boots."""

import re
import time

from harness import wait_until


def quiet_for(seconds, holds):
    """That something holds all the time."""
    end = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > end or not holds(), seconds + 10)
    return holds()


def test_start_tells_counts(imaged, cloud):
    imaged.declare("web-base")
    imaged.start()
    assert imaged.tells("ActiveState") == "active"
    imaged.wait_for("web-base", "available")
    assert cloud.image("web-base")["state"] == "available"
    wait_until(lambda: imaged.tells("StatusText") == "1 images: 1 available, 0 pending, 0 failed")
    imaged.machine.run("systemctl", "status", imaged.unit)


def test_a_file_is_noticed_at_once(imaged):
    """By inotify, and not by the next look through the directory, which is a minute away."""
    imaged.start()
    imaged.declare("dropped")
    started = time.monotonic()
    imaged.wait_for("dropped", "available")
    assert time.monotonic() - started < 15


def test_stop_during_a_creation(imaged, cloud):
    imaged.declare("slow")
    cloud.fault("POST", "/images", {"delay": "3s"})
    imaged.start()
    imaged.wait_for_creation("slow")
    imaged.stop()
    assert imaged.tells("Result") == "success"
    cloud.faults()
    imaged.start()
    imaged.wait_for("slow", "available")
    cloud.image("slow")
    assert len(cloud.requests("POST", "/images")) == 1


def test_stop_does_not_wait_for_a_dead_cloud(imaged, cloud):
    imaged.declare("stuck")
    cloud.fault("POST", "/images", {"delay": "60s"})
    imaged.start()
    imaged.wait_for_creation("stuck")
    started = time.monotonic()
    imaged.stop()
    assert time.monotonic() - started < 12
    assert imaged.tells("Result") == "success"


def test_restart_changes_nothing(imaged, cloud):
    imaged.declare("steady")
    imaged.start()
    before = imaged.wait_for("steady", "available")["image_id"]
    cloud.forget_requests()
    imaged.restart()
    assert imaged.wait_for("steady", "available")["image_id"] == before
    cloud.wait_for_lists(2)
    assert cloud.writes() == []


def test_reload(imaged):
    imaged.start()
    pid = imaged.pid
    since = imaged.now()
    imaged.configure({"log": {"level": "debug"}})
    imaged.machine.run("systemctl", "reload", imaged.unit)
    imaged.wait_for_message("is in force", since=since)
    assert imaged.pid == pid
    assert imaged.tells("ActiveState") == "active"


def test_reload_with_a_mistake_fails_and_says_where(imaged):
    imaged.declare("kept")
    imaged.start()
    imaged.wait_for("kept", "available")
    pid = imaged.pid
    since = imaged.now()
    imaged.machine.write(imaged.configuration_path, "numspot:\n  hostt: x\n")
    result = imaged.machine.run("systemctl", "reload", imaged.unit, check=False)
    assert result.returncode != 0
    assert re.search(r"/etc/imaged/imaged.yaml:2:3: .*did you mean", imaged.wait_for_message("hostt", since=since))
    # A plain signal changes nothing either, and is answered in the journal.
    imaged.machine.run("systemctl", "kill", "--signal=HUP", imaged.unit)
    imaged.wait_for_message("the old configuration stays in force", since=since)
    assert (imaged.pid, imaged.tells("ActiveState")) == (pid, "active")
    imaged.declare("later")
    imaged.wait_for("later", "available")
    imaged.configure()
    imaged.machine.run("systemctl", "reload", imaged.unit)
    imaged.wait_for_message("is in force", since=since)


def test_start_with_a_mistake_says_where(imaged):
    imaged.machine.write(imaged.configuration_path, "numspot:\n  hostt: x\n")
    since = imaged.now()
    assert imaged.machine.run("systemctl", "start", imaged.unit, check=False).returncode != 0
    assert "/etc/imaged/imaged.yaml:2:3:" in imaged.wait_for_message("hostt", since=since)
    # It is tried again by itself: whoever mends the file needs to do no more.
    imaged.configure()
    wait_until(lambda: imaged.tells("ActiveState") == "active")


def test_a_killed_daemon_comes_back(imaged, cloud):
    imaged.override("RestartSec=200ms")
    imaged.declare("survivor")
    cloud.fault("POST", "/images", {"delay": "2s"})
    imaged.start()
    imaged.wait_for_creation("survivor")
    pid = imaged.pid
    imaged.machine.kill("KILL", pid)
    wait_until(lambda: imaged.tells("NRestarts") == "1")
    wait_until(lambda: imaged.pid not in (0, pid))
    imaged.wait_for("survivor", "available")
    cloud.image("survivor")


def test_the_watchdog_ends_a_daemon_that_hangs(imaged):
    imaged.override("WatchdogSec=2s", "RestartSec=200ms", "TimeoutAbortSec=3s")
    imaged.declare("watched")
    imaged.start()
    imaged.wait_for("watched", "available")
    pid = imaged.pid
    assert quiet_for(5, lambda: imaged.pid == pid), "a daemon that is well was restarted"
    since = imaged.now()
    imaged.machine.kill("STOP", pid)
    wait_until(lambda: any("Watchdog timeout" in line for line in imaged.machine.messages(f"--since={since}")))
    wait_until(lambda: imaged.pid not in (0, pid))
    imaged.wait_for("watched", "available")


def test_boot_while_the_cloud_is_down(imaged, cloud):
    """The unit is up, says what is wrong, and needs nobody once the cloud answers."""
    machine = imaged.machine
    imaged.declare("late")
    machine.run("systemctl", "enable", imaged.unit)
    machine.power_off()
    machine.boot()
    assert imaged.tells("ActiveState") == "active"
    wait_until(lambda: "API:" in imaged.tells("StatusText"))
    assert imaged.tells("NRestarts") == "0"
    cloud.start()
    imaged.wait_for("late", "available", limit=40)
    wait_until(lambda: "API:" not in imaged.tells("StatusText"))


def test_a_power_cut_during_a_creation(imaged, cloud):
    machine = imaged.machine
    imaged.declare("cut")
    cloud.fault("POST", "/images", {"delay": "30s"})
    machine.run("systemctl", "enable", imaged.unit)
    imaged.start()
    imaged.wait_for_creation("cut")
    machine.pull_the_plug()
    machine.boot()
    cloud.start()
    imaged.wait_for("cut", "available", limit=40)
    cloud.image("cut")
