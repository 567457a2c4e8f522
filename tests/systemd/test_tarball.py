# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The release's tarball builds where there is a compiler and the libraries, and neither autoconf nor automake."""

import os
import shutil
import subprocess

import pytest

from machine import CACHE, PACKAGES, TOOLS, root_with, what_builds_a_tarball


@pytest.fixture
def clean_root(tmp_path):
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"a clean root needs root and {missing}")
    path = CACHE / f"tarball-{os.getpid()}"
    path.mkdir()
    subprocess.run(["tar", "-C", path, "-xf", root_with(what_builds_a_tarball())], check=True)
    yield path
    shutil.rmtree(path)


def test_tarball_builds_in_a_clean_root(clean_root):
    (tarball,) = PACKAGES.glob("imaged-*.tar.xz")
    subprocess.run(["tar", "-C", clean_root / "root", "-xf", tarball], check=True)
    for tool in ("autoconf", "automake", "m4"):
        assert not list(clean_root.glob(f"usr/bin/{tool}*"))
    steps = "cd /root/imaged-* && ./configure --quiet && make --silent -j2 && make --silent install && imagectl --version"
    result = subprocess.run(
        ["chroot", clean_root, "/bin/sh", "-c", steps], capture_output=True, text=True, check=False,
        env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-4000:]
    assert (clean_root / "usr/local/sbin/imaged").exists()
    assert (clean_root / "usr/local/etc/imaged/imaged.yaml").exists()
