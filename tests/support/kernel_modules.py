"""Linux modules: which kernels there are headers of, and modules built for them as a user builds them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from glob import glob

from tests.support.toolchain import run_tool
from tests.support.tools import MissingTool, find_tool

SERIES = ("6.1", "6.12")
"""Both of Debian 12: its own kernel, and the newest that is built for it."""


def kernel_release(series: str) -> str:
    """The newest release of a series that there are headers of, such as `6.1.0-56-amd64`; MissingTool without one."""
    pattern = f"/lib/modules/{series}.*/build"
    found = [
        path.split("/")[3] for path in glob(pattern) if os.path.isfile(f"{path}/Module.symvers")
    ]
    if not found:
        raise MissingTool(f"{pattern} is missing: apt-get install linux-headers-{series}*")
    return max(found, key=lambda release: [int(number) for number in re.findall(r"\d+", release)])


def build_module(
    folder: str, release: str, build: str, handlers: str | None = None, options: Sequence[str] = ()
) -> tuple[str, str]:
    """Runs `make` in the folder `linux` of a generated interface; the module, and what make printed."""
    find_tool("sparse", "sparse")
    arguments = [f"KDIR=/lib/modules/{release}/build", f"BUILD={build}", *options]
    if handlers is not None:
        arguments.append(f"HANDLERS={handlers}")
    printed = run_tool(["make", "-C", os.path.join(folder, "linux"), *arguments])
    (module,) = glob(os.path.join(build, "*.ko"))
    return module, printed
