"""Which ABI this is, for what is not the same on each."""

from __future__ import annotations

import os
import struct
import sys

_LINUX = (
    (("x86_64", "amd64"), "linux-x86_64", "linux-i386"),
    (("i386", "i486", "i586", "i686"), "", "linux-i386"),
    (("aarch64", "arm"), "linux-aarch64", "linux-armhf"),
    (("riscv64",), "linux-riscv64", ""),
    (("s390x",), "linux-s390x", ""),
    (("ppc64le",), "linux-powerpc64le", ""),
    (("mips",), "linux-mips64el", "linux-mipsel"),
    (("sparc64",), "linux-sparc64", ""),
    (("alpha",), "linux-alpha", ""),
)
"""How `uname -m` begins, and the ABI with 64-bit and with 32-bit pointers."""


def abi_name() -> str:
    """Return the name of the ABI at hand; empty where it is none that is known."""
    is_wide = struct.calcsize("P") == 8
    if sys.platform == "win32":
        from sysconfig import get_platform

        if get_platform() == "win-arm64":
            return "windows-arm64"
        return "windows-x64" if is_wide else "windows-x86"
    machine = os.uname().machine.lower()
    for beginnings, wide, narrow in _LINUX:
        if machine.startswith(beginnings):
            return wide if is_wide else narrow
    return ""
