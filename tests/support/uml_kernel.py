"""The kernel that tests.support.uml runs: Debian's source as User-Mode Linux, with KASAN, UBSAN, lockdep, kmemleak and faults.

It is built once, which takes minutes, and kept in the test cache.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess

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

# A processor with AMX has more state than this kernel thinks, and signal frames of it need longer stacks.
FP_FILE = "arch/x86/um/user-offsets.c"
FP_SIZE = ("DEFINE_LONGS(HOST_FP_SIZE, 2696)", "DEFINE_LONGS(HOST_FP_SIZE, 16384)")

UNUSED = ("Documentation", "drivers", "fs", "net", "samples", "sound", "tools")
"""Of the tree, for who builds modules against it."""


def uml_kernel() -> str:
    """The built tree: the program `linux`, and what modules are built against; MissingTool where that is not possible."""
    for name, package in NEEDS.items():
        find_tool(name, package)
    return cached("uml-kernel", [file_digest(CONFIG), file_digest(__file__)], _make)


def module_options(tree: str) -> list[str]:
    """For the generated Makefile of a module: the kernel is this one."""
    return [f"KDIR={tree}", "ARCH=um"]


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
    made = _lines(os.path.join(folder, ".config"))
    lost = sorted(set(_lines(CONFIG)) - set(made))
    if lost:
        raise MissingTool(f"{PACKAGE} cannot be configured with {', '.join(lost)}")


def _lines(path: str) -> list[str]:
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


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
