"""Images of the kernels that tests boot: those installed in /boot, or else packages of Debian, downloaded and never installed.

    python3 -m tests.support.kernel_images      gets what is missing; .ci/setup-system does it

They live in the test cache (see cache.py), beside Wine's template; an image is of the release that there are headers of.
"""

from __future__ import annotations

import glob
import os
import subprocess
from typing import NamedTuple

from tests.support.cache import cached
from tests.support.kernel_modules import SERIES, kernel_release
from tests.support.tools import MissingTool, find_tool

DOWNLOAD_TIMEOUT = 600


class KernelImage(NamedTuple):
    """A kernel to boot."""

    release: str
    vmlinuz: str
    modules: str
    """The folder that is /lib/modules/RELEASE where this kernel runs; it has modules.dep."""


def kernel_image(series: str) -> KernelImage:
    """The kernel of a series, downloaded on first use; MissingTool where that is not possible."""
    release = kernel_release(series)
    root = "/"
    if not os.access(f"/boot/vmlinuz-{release}", os.R_OK) or not _has_modules("/", release):
        root = cached("linux-image", [release], lambda folder: _unpack(release, folder))
    return KernelImage(
        release,
        os.path.join(root, "boot", f"vmlinuz-{release}"),
        os.path.join(root, "lib", "modules", release),
    )


def _has_modules(root: str, release: str) -> bool:
    return os.path.isfile(os.path.join(root, "lib", "modules", release, "modules.dep"))


def _unpack(release: str, folder: str) -> None:
    package = f"linux-image-{release}"
    _run(["apt-get", "-qq", "download", package], folder)
    (archive,) = glob.glob(os.path.join(folder, "*.deb"))
    _run(["dpkg-deb", "-x", archive, folder], folder)
    os.remove(archive)
    depmod = find_tool("depmod", "kmod", "/usr/sbin", "/sbin")
    _run([depmod, "-b", folder, release], folder)


def _run(command: list[str], folder: str) -> None:
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=DOWNLOAD_TIMEOUT, check=False, encoding="utf-8", errors="replace",
    )  # fmt: skip
    if done.returncode != 0:
        raise MissingTool(
            f"no kernel to boot: {' '.join(command)}\n{done.stdout}"
            "Package lists may be old: apt-get update, or .ci/setup-system test"
        )


if __name__ == "__main__":
    for name in SERIES:
        kernel_image(name)
