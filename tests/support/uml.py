"""A kernel that checks itself: Debian's source as User-Mode Linux, with KASAN, UBSAN, lockdep, kmemleak and fault injection.

A process of this machine like any other, without root. It is built once, which takes minutes, and kept in the test cache.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
from typing import NamedTuple

from tests.support.cache import cached, file_digest
from tests.support.tools import SUPPORT, MissingTool, find_tool

CONFIG = os.path.join(SUPPORT, "uml.config")
PACKAGE = "linux-source-6.1"
NEEDS = {
    "make": "make",
    "gcc": "gcc",
    "flex": "flex",
    "bison": "bison",
    "bc": "bc",
    "xz": "xz-utils",
}
BUILD_TIMEOUT = 7200
RUN_TIMEOUT = 1800

# A processor with AMX has more state than this kernel thinks, and signal frames of it need longer stacks.
FP_FILE = "arch/x86/um/user-offsets.c"
FP_SIZE = ("DEFINE_LONGS(HOST_FP_SIZE, 2696)", "DEFINE_LONGS(HOST_FP_SIZE, 16384)")

UNUSED = ("Documentation", "drivers", "fs", "net", "samples", "sound", "tools")
"""Of the tree, for who builds modules against it."""

INIT = """\
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/
/usr/bin/mount -t proc proc /proc
/usr/bin/mount -t sysfs sysfs /sys
/usr/bin/mount -t debugfs debugfs /sys/kernel/debug
/usr/bin/mount -t devtmpfs devtmpfs /dev
/usr/bin/mount -t hostfs -o {shared} none {shared}
cd {shared}
( set -e
{steps}
) >{shared}/output 2>&1
echo $? >{shared}/status
dmesg >{shared}/log
/bin/busybox poweroff -f
"""


class Ran(NamedTuple):
    """What the steps printed, with their status; and the kernel log."""

    status: int
    output: str
    log: list[str]


def uml_kernel() -> str:
    """The built tree: the program `linux`, and what modules are built against; MissingTool where that is not possible."""
    for name, package in NEEDS.items():
        find_tool(name, package)
    return cached("uml-kernel", [file_digest(CONFIG), file_digest(__file__)], _make)


def module_options(tree: str) -> list[str]:
    """For the generated Makefile of a module: the kernel is this one."""
    return [f"KDIR={tree}", "ARCH=um"]


def run_uml(steps: str, shared: str) -> Ran:
    """Boots, runs shell commands in the folder `shared`, which can be written there, and ends. All else is read-only."""
    shared = os.path.realpath(shared)
    init = os.path.join(shared, "init")
    with open(init, "w", encoding="utf-8") as file:
        file.write(INIT.format(shared=shared, steps=steps))
    os.chmod(init, 0o755)
    command = [
        os.path.join(uml_kernel(), "linux"), "mem=1G", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro",
        f"init={init}", "panic=-1", "con=null", "ssl=null", "con0=fd:0,fd:1", "quiet",
    ]  # fmt: skip
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=RUN_TIMEOUT, check=False, encoding="utf-8", errors="replace",
    )  # fmt: skip
    try:
        status, output, log = (_read(shared, name) for name in ("status", "output", "log"))
    except FileNotFoundError as error:
        raise RuntimeError(f"the kernel did not come to its end:\n{done.stdout[-8192:]}") from error
    return Ran(int(status), output, log.splitlines())


def _read(folder: str, name: str) -> str:
    with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
        return file.read()


def _make(folder: str) -> None:
    _run(["apt-get", "-qq", "download", PACKAGE], folder)
    (package,) = glob.glob(os.path.join(folder, "*.deb"))
    _run(["dpkg-deb", "-x", package, "package"], folder)
    (archive,) = glob.glob(os.path.join(folder, "package", "usr", "src", "*.tar.xz"))
    _run(["tar", "-xf", archive, "--strip-components=1"], folder)
    os.remove(package)
    shutil.rmtree(os.path.join(folder, "package"))
    _patch(os.path.join(folder, FP_FILE))
    _configure(folder)
    _run(["make", "-s", "ARCH=um", f"-j{os.cpu_count()}", "linux", "modules"], folder)
    _trim(folder)


def _patch(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if FP_SIZE[0] not in text:
        raise MissingTool(f"{PACKAGE} is not what this expects: {path} has no {FP_SIZE[0]}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(*FP_SIZE))


def _configure(folder: str) -> None:
    """The smallest kernel, with what CONFIG says; all of which has to be possible."""
    _run(["make", "-s", "ARCH=um", "tinyconfig"], folder)
    _run(["scripts/kconfig/merge_config.sh", "-m", ".config", CONFIG], folder)
    _run(["make", "-s", "ARCH=um", "olddefconfig"], folder)
    made = _read(folder, ".config").splitlines()
    lost = sorted(set(_read(SUPPORT, os.path.basename(CONFIG)).split()) - set(made))
    if lost:
        raise MissingTool(f"{PACKAGE} cannot be configured with {', '.join(lost)}")


def _trim(folder: str) -> None:
    for name in UNUSED:
        shutil.rmtree(os.path.join(folder, name))
    for pattern in ("*.o", "*.a", ".*.cmd"):
        for path in glob.glob(os.path.join(folder, "**", pattern), recursive=True):
            if not path.startswith(os.path.join(folder, "scripts")):
                os.remove(path)


def _run(command: list[str], folder: str) -> None:
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=BUILD_TIMEOUT, check=False, encoding="utf-8", errors="replace",
    )  # fmt: skip
    if done.returncode != 0:
        raise MissingTool(f"no kernel to check with: {' '.join(command)}\n{done.stdout[-4096:]}")
