"""Headers of Debian packages that need not be installed: downloaded by apt, unpacked into the cache."""

from __future__ import annotations

import glob
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support.cache import cached

_EXPORTED = (
    (re.compile(r"([\s(])(__user|__force|__iomem)\s"), r"\1"),
    (re.compile(r"__attribute_const__(\s|$)"), r"\1"),
    (re.compile(r"^#include <linux/compiler(|_types)\.h>", re.M), ""),
    (re.compile(r"(^|[^a-zA-Z0-9])__packed([^a-zA-Z0-9_]|$)", re.M), r"\1__attribute__((packed))\2"),
    (re.compile(r"(^|[\s(])(inline|asm|volatile)([\s(]|$)", re.M), r"\1__\2__\3"),
    (re.compile(r"#(ifndef|define|endif\s*/[*])\s*_UAPI"), r"#\1 "),
)  # fmt: skip
"""What scripts/headers_install.sh of the kernel does to a header before user mode sees it."""


def unpacked(packages: Sequence[str]) -> str:
    """The folder that the packages are unpacked into. Raises CalledProcessError where apt has none of them."""
    found = subprocess.run(
        ["apt-get", "download", "--print-uris", *packages], capture_output=True, text=True, check=True
    ).stdout  # fmt: skip

    def make(folder: str) -> None:
        subprocess.run(
            ["apt-get", "download", "-q", *packages], cwd=folder, check=True, capture_output=True
        )
        for path in sorted(Path(folder).glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", str(path), folder], check=True)
            path.unlink()

    return cached("corpus-packages", sorted(found.split()), make)


def kernel_headers(series: str) -> str:
    """The uapi headers of an installed linux-headers-*-common for x86, as the kernel's build would export them."""
    (common,) = glob.glob(f"/usr/src/linux-headers-{series}.*-common")
    (built,) = glob.glob(f"/usr/src/linux-headers-{series}.*-amd64")

    def make(folder: str) -> None:
        for source in (
            f"{built}/arch/x86/include/generated/uapi",
            f"{built}/include/generated/uapi",
            f"{common}/arch/x86/include/uapi",
            f"{common}/include/uapi",
        ):
            for path in sorted(Path(source).rglob("*.h")):
                target = Path(folder) / path.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                text = path.read_text(encoding="utf-8", errors="replace")
                for pattern, replacement in _EXPORTED:
                    text = pattern.sub(replacement, text)
                target.write_text(text, encoding="utf-8")
        shutil.copystat(common, folder)

    return cached("corpus-kernel", [common, "1"], make)
