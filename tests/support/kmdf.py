"""Generated KMDF drivers for Wine: compiled against declarations of ours, linked with a test double of the framework."""

from __future__ import annotations

import os
from glob import glob

from tests.support.cache import cached, file_digest
from tests.support.toolchain import SEH, compile_driver, compile_object
from tests.support.tools import SUPPORT

WDF_INCLUDE = os.path.join(SUPPORT, "wdf")
WDF_FLAGS = ("-isystem", WDF_INCLUDE)
"""As the kit's headers are: without warnings of their own."""
_LITE_SOURCES = ("kmdf_lite.c", "kmdf_lite_pnp.c", "kmdf_lite_request.c")


def kmdf_sources(generated: str, author: str) -> tuple[list[str], list[str]]:
    """Sources and include folders of a KMDF driver, whose folder `author` also serves a WDM driver."""
    entry = glob(os.path.join(author, "*_kmdf_driver.c")) or glob(
        os.path.join(generated, "driver", "*_kmdf_driver.c")
    )
    machine = [
        path for part in ("core", "kmdf") for path in glob(os.path.join(generated, part, "*.c"))
    ]
    handlers = glob(os.path.join(author, "*_handlers.c"))
    folders = [author, *(os.path.join(generated, part) for part in ("include", "core", "kmdf"))]
    return sorted([*machine, *handlers, *entry]), folders


def compile_kmdf_driver(generated: str, author: str, out: str, compiler: str) -> str:
    """Builds a generated KMDF driver with its author's handlers for Wine, and returns `out`."""
    sources, folders = kmdf_sources(generated, author)
    return compile_driver(
        sources, out, compiler, folders, extra_objects=lite_objects(), flags=WDF_FLAGS
    )


def lite_objects() -> list[str]:
    """The objects of the double, compiled once per machine and change."""
    sources = [os.path.join(SUPPORT, name) for name in _LITE_SOURCES]
    headers = [os.path.join(SUPPORT, "kmdf_lite.h"), *sorted(glob(os.path.join(WDF_INCLUDE, "*")))]
    key = [file_digest(path) for path in (*sources, *headers, __file__)]

    def make(folder: str) -> None:
        for source in sources:
            target = os.path.join(folder, os.path.basename(source) + ".o")
            compile_object(source, target, "clang", kernel=True, warnings=SEH, flags=WDF_FLAGS)

    folder = cached("kmdf-lite", key, make)
    return [os.path.join(folder, name + ".o") for name in _LITE_SOURCES]
