"""Which headers are read: those of Debian packages."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.packages import kernel_headers
from kgen.abi.abis import ABIS

CODES = re.compile(r"CTL_CODE(_\w+)?\s*\(|\b\w*_IO(C|R|W|WR)?(_BAD|_\w+)?\s*\(|DRM_IO")
_MINGW = "/usr/share/mingw-w64/include"


class Corpus(NamedTuple):
    name: str
    package: str
    root: str
    folders: tuple[str, ...]
    """Below the root; each is looked through with all that is in it."""
    abis: tuple[str, ...]
    """For which its headers are imported."""
    others: tuple[str, ...]
    """On which the same is held against clang."""
    flags: tuple[str, ...] = ()
    """What a compiler has to be told so that it finds the headers."""
    includes: tuple[str, ...] = ()
    """Folders that come before those of the system."""


WINDOWS = Corpus(
    "Windows", "mingw-w64-common", _MINGW, ("",),
    ("windows-x64", "windows-x86"), ("windows-arm64",),
    ("-idirafter", f"{_MINGW}/ddk"),
)  # fmt: skip
LINUX = Corpus(
    "Linux", "linux-libc-dev", "/usr/include",
    ("linux", "asm-generic", "misc", "mtd", "rdma", "scsi", "sound", "video", "xen", "x86_64-linux-gnu/asm"),
    ("linux-x86_64", "linux-i386"),
    tuple(
        abi.name for abi in ABIS
        if abi.os == "linux" and abi.triple and abi.name not in ("linux-x86_64", "linux-i386")
    ),
)  # fmt: skip
"""Debian takes the headers of drm out of it."""


@functools.cache
def kernel() -> Corpus:
    """The headers of the kernel's own package, drm among them; where both have one, it is the same."""
    root = kernel_headers("6.1")
    return Corpus(
        "Kernel", "linux-headers-*-common", root, ("",), LINUX.abis, (), ("-I", root), (root,)
    )


def headers(corpus: Corpus) -> Iterator[str]:
    """Those with codes."""
    for folder in corpus.folders:
        for path in sorted(Path(corpus.root, folder).rglob("*.h")):
            if CODES.search(path.read_text(encoding="utf-8", errors="replace")):
                yield str(path)
