"""C targets: how the preprocessor asks for an ABI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.targets._c_names import WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

_ONE_ABI = {
    "windows": "defined(_WIN32)",
    "windows-x64": "(defined(_WIN64) && !defined(__aarch64__) && !defined(_M_ARM64))",
    "windows-x86": "(defined(_WIN32) && !defined(_WIN64))",
    "windows-arm64": "(defined(_WIN64) && (defined(__aarch64__) || defined(_M_ARM64)))",
    "linux": "defined(__linux__)",
    "linux-x86_64": "(defined(__linux__) && defined(__x86_64__))",
    "linux-i386": "(defined(__linux__) && defined(__i386__))",
    "linux-aarch64": "(defined(__linux__) && defined(__aarch64__))",
    "linux-armhf": "(defined(__linux__) && defined(__arm__))",
    "linux-riscv64": "(defined(__linux__) && defined(__riscv))",
    "linux-s390x": "(defined(__linux__) && defined(__s390x__))",
    "linux-powerpc64le": "(defined(__linux__) && defined(__powerpc64__))",
    "linux-mips64el": "(defined(__linux__) && defined(__mips64))",
    "linux-mipsel": "(defined(__linux__) && defined(__mips__) && !defined(__mips64))",
    "linux-sparc64": "(defined(__linux__) && defined(__sparc__))",
    "linux-alpha": "(defined(__linux__) && defined(__alpha__))",
}


def abi_condition(abis: tuple[str, ...]) -> str:
    """How the preprocessor asks for some ABIs; empty for all of them."""
    return either([_ONE_ABI[abi] for abi in abis])


def either(conditions: Sequence[str]) -> str:
    """That one of them holds, in lines."""
    line = " || ".join(conditions)
    return line if len(f"#if {line}") <= WIDTH else " || \\\n    ".join(conditions)
