"""A 32-bit CPython for Linux: Debian's i386 packages, unpacked in one folder and never installed.

    python3 -m tests.support.python32      gets it where it is missing; .ci/setup-system does it

They cannot be installed beside those of amd64. apt fetches them with lists of its own, so that this machine does not get a
second architecture, and root is not needed.
"""

from __future__ import annotations

import glob
import os
import shutil
import stat
import subprocess
from collections.abc import Sequence

from tests.support.cache import cached, file_digest
from tests.support.tools import MissingTool

PACKAGES = (
    "python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib", "python3-cffi-backend",
    "libc6", "libexpat1", "libffi8", "zlib1g",
)  # fmt: skip
TIMEOUT = 600

LAUNCHER = """#!/bin/sh
# The interpreter with its own loader and C library, whatever the system has.
root={root}
export PYTHONHOME=$root/usr
exec $root/lib/i386-linux-gnu/ld-linux.so.2 --library-path $root/lib/i386-linux-gnu:$root/usr/lib/i386-linux-gnu \\
    $root/usr/bin/python3.11 "$@"
"""


def python32() -> str:
    """The program to run, as `python3` is; MissingTool where it cannot be had."""
    return os.path.join(cached("linux-python32", [file_digest(__file__)], _make), "python32")


def _make(folder: str) -> None:
    _download(os.path.join(folder, "apt"))
    for archive in glob.glob(os.path.join(folder, "apt", "*.deb")):
        _run(["dpkg-deb", "-x", archive, folder])
    shutil.rmtree(os.path.join(folder, "apt"))
    library = os.path.join(folder, "usr", "lib")
    backend = glob.glob(os.path.join(library, "python3", "dist-packages", "_cffi_backend.*.so"))
    shutil.move(backend[0], os.path.join(library, "python3.11", "lib-dynload"))
    # The folder has another name while it is made.
    _write_launcher(folder, folder)
    # A guest's root is read-only, and compiling there is slow.
    final = folder.removesuffix(".unfinished")
    program = os.path.join(folder, "python32")
    _run([program, "-m", "compileall", "-q", "-s", folder, "-p", final, f"{library}/python3.11"])
    _write_launcher(folder, final)


def _write_launcher(folder: str, root: str) -> None:
    path = os.path.join(folder, "python32")
    with open(path, "w", encoding="utf-8") as file:
        file.write(LAUNCHER.format(root=root))
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _download(folder: str) -> None:
    """Fetches the newest of Debian's packages, each checked by apt."""
    lists, archives = os.path.join(folder, "lists"), os.path.join(folder, "archives")
    for each in (lists, archives):
        os.makedirs(os.path.join(each, "partial"))
    apt = [
        "apt-get", "-qq", "-o", "APT::Architecture=i386", "-o", "APT::Architectures::=i386",
        "-o", f"Dir::State::Lists={lists}", "-o", f"Dir::Cache={archives}", "-o", "Acquire::Retries=3",
        "-o", "Acquire::Languages=none",
    ]  # fmt: skip
    # A list that is just being replaced on the server is no reason to fail: what counts is the packages.
    told = _ran([*apt, "update"], folder).stdout
    done = _ran([*apt, "download", *PACKAGES], folder)
    if done.returncode != 0:
        raise MissingTool(f"Debian's 32-bit Python cannot be downloaded:\n{told}{done.stdout}")


def _run(command: Sequence[str]) -> None:
    done = _ran(command, None)
    if done.returncode != 0:
        raise MissingTool(f"{' '.join(command)}\n{done.stdout}")


def _ran(command: Sequence[str], folder: str | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=TIMEOUT, check=False, encoding="utf-8", errors="replace",
    )  # fmt: skip


if __name__ == "__main__":
    python32()
