"""_IOC as each kernel has it: documented constants, and the real headers where they are installed."""

from __future__ import annotations

import os

_TWO = {"NONE": 0, "WRITE": 1, "READ": 2, "SIZEBITS": 14}
_THREE = {"NONE": 1, "READ": 2, "WRITE": 4, "SIZEBITS": 13}

IOC = {
    "linux-x86_64": _TWO,
    "linux-i386": _TWO,
    "linux-aarch64": _TWO,
    "linux-armhf": _TWO,
    "linux-riscv64": _TWO,
    "linux-s390x": _TWO,
    "linux-powerpc64le": _THREE,
    "linux-mips64el": _THREE,
    "linux-mipsel": _THREE,
    "linux-sparc64": _THREE,
    "linux-alpha": _THREE,
}
"""include/uapi/asm-generic/ioctl.h, and arch/{powerpc,mips,sparc,alpha}/include/uapi/asm/ioctl.h."""

_TRIPLETS = {
    "linux-x86_64": "x86_64-linux-gnu",
    "linux-i386": "i686-linux-gnu",
    "linux-aarch64": "aarch64-linux-gnu",
    "linux-armhf": "arm-linux-gnueabihf",
    "linux-riscv64": "riscv64-linux-gnu",
    "linux-s390x": "s390x-linux-gnu",
    "linux-powerpc64le": "powerpc64le-linux-gnu",
    "linux-mips64el": "mips64el-linux-gnuabi64",
    "linux-mipsel": "mipsel-linux-gnu",
    "linux-sparc64": "sparc64-linux-gnu",
    "linux-alpha": "alpha-linux-gnu",
}
"""Debian's names: linux-libc-dev-ARCH-cross puts the headers below /usr/TRIPLET/include."""


def constants(abi: str) -> str:
    """_IOC of one ABI as C macros, from the documented constants."""
    row = IOC[abi]
    return (
        f"#define _IOC_NONE {row['NONE']}u\n"
        f"#define _IOC_WRITE {row['WRITE']}u\n"
        f"#define _IOC_READ {row['READ']}u\n"
        "#define _IOC(direction, type, nr, size) ((uint32_t)(((direction) << "
        f"{16 + row['SIZEBITS']}) | ((type) << 8) | (nr) | ((size) << 16)))\n"
    )


def folder(abi: str) -> str | None:
    """Where that kernel's own headers are; None where the package is not installed."""
    for place in (f"/usr/{_TRIPLETS[abi]}/include", f"/usr/include/{_TRIPLETS[abi]}"):
        if os.path.isfile(f"{place}/asm/ioctl.h"):
            return place
    return None


INSTALLED = [abi for abi in IOC if folder(abi) is not None]
