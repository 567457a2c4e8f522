# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""imaged.service, or an instance of imaged@.service, in a machine: its files, and what systemctl does with it."""

import json
import time

import yaml

from harness import merged, wait_until


class Service:
    """Everything has the place that the unit gives it; nothing in the configuration names a path."""

    def __init__(self, machine, cloud, instance=None):
        self.machine = machine
        self.cloud = cloud
        self.unit = f"imaged@{instance}.service" if instance else "imaged.service"
        self.name = f"imaged-{instance}" if instance else "imaged"
        self.declarations = f"/etc/imaged/{instance}/images.d" if instance else "/etc/imaged/images.d"
        self.configuration_path = f"/etc/imaged/{instance or 'imaged'}.yaml"
        self.secret_path = f"/etc/imaged/{instance}.secret" if instance else "/etc/imaged/client_secret"
        self.socket = f"/run/{self.name}/control.sock"
        self.drop_in = f"/etc/systemd/system/{self.unit}.d/test.conf"
        self.configuration = {
            "numspot": {
                "host": cloud.url,
                "space_id": cloud.scenario["space_id"],
                "client_id": cloud.scenario["credentials"]["client_id"],
                "request_timeout": "15s",
            },
            "limits": {"rate": 200, "burst": 400},
            "poll": {"pending_min": "50ms", "pending_max": "500ms", "resync": "1s"},
            "ambiguity_window": "2s",
        }

    # ---- Files

    def configure(self, changes=None, secret=True):
        self.configuration = merged(self.configuration, changes or {})
        self.machine.write(self.configuration_path, yaml.safe_dump(self.configuration))
        self.machine.path(self.declarations).mkdir(parents=True, exist_ok=True)
        if secret:
            self.give_secret(self.cloud.scenario["credentials"]["client_secret"])

    def give_secret(self, text):
        self.machine.write(self.secret_path, f"{text}\n", mode=0o600)

    def declare(self, name, mode=0o644, **more):
        """A declaration of a copy, or with vm_id= of an image of a VM."""
        source = {} if "vm_id" in more else {
            "source_image_id": "ami-0b7df82c",
            "source_region_name": "cloudgouv-eu-west-1",
        }  # fmt: skip
        text = yaml.safe_dump({"name": name, **source, **more})
        self.machine.write(f"{self.declarations}/{name}.yaml", text, mode)

    def override(self, *lines):
        """Lays lines upon the unit's [Service], until forget()."""
        self.machine.write(self.drop_in, "\n".join(["[Service]", *lines, ""]))
        self.machine.run("systemctl", "daemon-reload")

    def forget(self):
        """Takes away all that this test has left, the record as well."""
        run = self.machine.run
        run("systemctl", "stop", self.unit, check=False)
        run("systemctl", "disable", "--quiet", self.unit, check=False)
        run("systemctl", "reset-failed", self.unit, check=False)
        run("sh", "-c", f"rm -rf /var/lib/private/{self.name}/* {self.declarations}/*.yaml {self.drop_in}")
        self.machine.remove_file(self.secret_path)
        run("systemctl", "daemon-reload")

    # ---- The service

    def start(self):
        self.machine.run("systemctl", "start", self.unit)
        return self

    def stop(self):
        self.machine.run("systemctl", "stop", self.unit)

    def restart(self):
        self.machine.run("systemctl", "restart", self.unit)

    def tells(self, name):
        return self.machine.tells(self.unit, name)

    @property
    def pid(self):
        return int(self.tells("MainPID"))

    def ctl(self, *arguments, check=True, user=None):
        return self.machine.run("imagectl", "--socket", self.socket, *arguments, check=check, user=user)

    def images(self):
        """What imagectl tells, by name."""
        result = self.ctl("--output", "json", "status", check=False)
        assert result.returncode in (0, 2), result.stderr
        return {image["name"]: image for image in json.loads(result.stdout)["images"]}

    def wait_for(self, name, state, reason=None, limit=20):
        def reached():
            image = self.images()[name]
            assert (image["state"], reason or image["reason"]) == (state, image["reason"]), image
            return image

        def known():
            try:
                return reached()
            except KeyError as error:
                raise AssertionError(f"{error} is not known") from None

        return wait_until(known, limit, f"{name} is {state}")

    def wait_for_creation(self, name):
        """Waits until the image's creation is on record as begun, and its request about to leave or under way."""

        def begun():
            image = json.loads(self.ctl("--output", "json", "show", name).stdout)
            assert image["intent"] == "create", image["intent"]
            return image

        return wait_until(begun, what=f"the creation of {name} begins")

    def wait_for_message(self, text, limit=20, since=None):
        """Waits for an entry of the unit in the journal that has this text, and returns its message."""
        matches = [f"--unit={self.unit}"] + ([f"--since={since}"] if since else [])

        def seen():
            return next((line for line in self.machine.messages(*matches) if text in line), None)

        return wait_until(seen, limit, f"{self.unit} says {text!r}")

    @staticmethod
    def now():
        """For journalctl --since. (--after-cursor leaves out a match where the cursor's entry is none.)"""
        return f"@{time.time():.6f}"
