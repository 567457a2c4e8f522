# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""A person who has only the README and the guides: installs the package, gives a secret, drops a file, finds out why
an image failed, and mends it. The commands are those of the documents' blocks ```console installed."""

import json
import shlex
import shutil
from pathlib import Path

import pytest

from harness import wait_until
from machine import TOP, Cloud, packages
from test_documentation import DOCUMENTS, blocks_of

SECRET = "demo-secret"

# What the person types into the editor: the two settings that must be given, and the address of a cloud to try.
EDITOR = r"""#!/bin/sh
sed -i -e 's|^  # space_id: .*|  space_id: {space_id}|' -e 's|^  # client_id: .*|  client_id: demo|' \
    -e 's|^  # host: .*|  host: {url}|' "$1"
"""


def installed_blocks(document):
    return [block for block in blocks_of(TOP / document) if block.words == ["installed"]]


def files_of(document):
    """The declarations that the document shows, by path."""
    return {
        block.words[0]: "\n".join(block.lines) + "\n"
        for block in blocks_of(TOP / document)
        if block.language == "yaml" and block.words and block.words[0].startswith("/etc/imaged/images.d/")
    }


class Person:
    """Somebody who may use sudo, at a terminal, in the directory with the packages."""

    def __init__(self, machine, cloud):
        self.machine = machine
        machine.run("useradd", "--create-home", "--shell", "/bin/bash", "newcomer")
        machine.write("/etc/sudoers.d/newcomer", "newcomer ALL=(ALL) NOPASSWD: ALL\n", mode=0o440)
        editor = EDITOR.format(space_id=cloud.scenario["space_id"], url=cloud.url)
        machine.write("/usr/local/bin/edit", editor, mode=0o755)
        for deb in packages().values():
            shutil.copy(deb, machine.path("/home/newcomer"))

    def types(self, command, said=None, status=0):
        """Runs a line; as whoever logged in just now, so that a new group counts."""
        line = f"cd; export HOME=~ USER=newcomer SUDO_EDITOR=/usr/local/bin/edit; {command}"
        done = self.machine.run(
            "env", "HOME=/home/newcomer", "bash", "-c", line, user="newcomer", said=said, check=False
        )
        assert done.returncode == status, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def plays(self, block):
        for command, _, _ in block.commands():
            self.types(command, said=f"{SECRET}\n" if "/dev/stdin" in command else None)

    def drops(self, path, text):
        self.types(f"sudo tee {shlex.quote(path)} >/dev/null", said=text)

    def sees(self, name):
        images = json.loads(self.types("sudo imagectl --output json status || true"))["images"]
        found = {each["name"]: each for each in images}
        assert name in found, found
        return found[name]

    def waits_for(self, name, state):
        def seen():
            image = self.sees(name)
            assert image["state"] == state, image
            return image

        return wait_until(seen, what=f"{name} is {state}")


@pytest.fixture
def newcomer(new_machine):
    cloud = Cloud(
        new_machine,
        9001,
        {"images": [{"id": "ami-0b7df82c", "name": "Debian-12", "is_public": True}], "vms": [{"id": "i-b121616e"}]},
    )
    shutil.copy(packages()["numspot-sim"], new_machine.path("/root"))
    new_machine.run("dpkg", "--install", f"/root/{packages()['numspot-sim'].name}")
    cloud.start()
    return Person(new_machine, cloud)


def test_the_readme_leads_to_an_image(newcomer):
    for block in installed_blocks("README.md"):
        newcomer.plays(block)
    assert "nothing is declared: each image is a file NAME.yaml in /etc/imaged/images.d" in newcomer.types(
        "sudo imagectl status"
    )
    for path, text in files_of("README.md").items():
        newcomer.drops(path, text)
    newcomer.waits_for("web-base", "available")
    newcomer.waits_for("builder", "failed")
    # Why?
    assert "`imagectl show NAME` has the whole message" in newcomer.types("sudo imagectl status", status=2)
    why = " ".join(newcomer.types("sudo imagectl show builder").split())
    assert "The VmId 'i-b121616f' doesn't exist." in why and "/etc/imaged/images.d/builder.yaml:1" in why
    # Mended, and that is all.
    newcomer.types("sudo sed -i s/i-b121616f/i-b121616e/ /etc/imaged/images.d/builder.yaml")
    newcomer.waits_for("builder", "available")


def test_the_guide_leads_from_the_installation_to_a_new_secret(newcomer):
    install, journal, rotate = installed_blocks("docs/operations.md")
    newcomer.plays(install)
    newcomer.drops("/etc/imaged/images.d/web-base.yaml", files_of("docs/operations.md")["/etc/imaged/images.d/web-base.yaml"])
    newcomer.waits_for("web-base", "available")
    assert "web-base" in newcomer.types("imagectl status"), "a member of the group needs no sudo"
    newcomer.types("sudo adduser newcomer systemd-journal")
    newcomer.plays(journal)
    assert "web-base: available, InSync" in newcomer.types("journalctl IMAGE_NAME=web-base")
    newcomer.plays(rotate)
    newcomer.waits_for("web-base", "available")


def test_a_wrong_secret_is_told_before_anything_is_declared(newcomer):
    (install,) = installed_blocks("README.md")
    for command, _, _ in install.commands()[:-1]:
        newcomer.types(command, said="a wrong one\n" if "/dev/stdin" in command else None)
    wait_until(lambda: "check client_id and client_secret" in newcomer.types("sudo imagectl status || true"))
    wait_until(
        lambda: "does not accept the credentials" in newcomer.types("systemctl show --property=StatusText imaged")
    )


def test_all_such_blocks_are_played():
    found = {document.name: len(installed_blocks(document.relative_to(TOP))) for document in DOCUMENTS}
    assert {name: count for name, count in found.items() if count} == {"README.md": 1, "operations.md": 3}
    assert Path(TOP / "README.md") in DOCUMENTS
