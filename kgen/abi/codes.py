"""ABI: control codes. CTL_CODE (devioctl.h) on Windows, _IOC (asm-generic/ioctl.h and its kin) on Linux."""

from __future__ import annotations

from kgen.record import NamedTuple

METHODS = {"buffered": 0, "in_direct": 1, "out_direct": 2, "neither": 3}
ACCESS = {"any": 0, "read": 1, "write": 2}
INFO_FUNCTION = 0xFFF
"""Windows function code of the interface-info ioctl, in every interface that kgen generates."""
INFO_NR = 255
"""Linux number of the same."""
SIMULATED_TYPE = 0x8000
SIMULATED_FUNCTION = 0x800
"""Of an interface for Linux alone, to which its magic and its numbers are added: what a simulator takes."""
LARGEST_NR = 0xFF
"""What a number has room for."""
INFO_SIZE = 48
"""Bytes of its reply: u32 abi, u16 major, u16 minor, u64 features, u8[32] interface hash."""


class Codes(NamedTuple):
    windows: int | None
    linux: int | None
    """The number on x86-64 and on every ABI that is not in `other`."""
    other: tuple[tuple[str, int | None], ...]
    """ABI name and number, where that differs; None where that ABI has no such code."""
    core: int | None = None
    """What the core knows it by, but in a Linux kernel: that of Windows, or one of the same make."""

    def on(self, abi: str) -> int | None:
        """The number on an ABI."""
        common = self.windows if abi.startswith("windows") else self.linux
        return dict(self.other).get(abi, common)

    def first(self, system: str) -> int | None:
        """The common number of a system; of one that has none, that of its first ABI with the code."""
        common = self.windows if system == "windows" else self.linux
        rows = (number for abi, number in self.other if abi.startswith(system) and number)
        return next(rows, None) if common is None else common

    @property
    def is_on_linux(self) -> bool:
        """Some ABI of Linux has it."""
        return self.linux is not None or any(
            number is not None and abi.startswith("linux") for abi, number in self.other
        )


class IocEncoding(NamedTuple):
    size_bits: int
    directions: dict[str, int]
    """Value of the direction bits by `none`, `in`, `out` and `both`, seen by the caller."""


IOC = {
    "two": IocEncoding(14, {"none": 0, "in": 1, "out": 2, "both": 3}),
    "three": IocEncoding(13, {"none": 1, "in": 4, "out": 2, "both": 6}),
}
"""`two`: asm-generic/ioctl.h. `three`: powerpc, mips, sparc and alpha (their uapi asm/ioctl.h)."""

LARGEST_SIZE = min((1 << encoding.size_bits) - 1 for encoding in IOC.values())
"""Bytes that fit into the number everywhere. sparc's 14th size bit is its _IOC_NONE: not to be had."""


def ctl_code(device_type: int, function: int, method: str, access: tuple[str, ...]) -> int:
    """CTL_CODE(DeviceType, Function, Method, Access), 32 bits."""
    rights = 0
    for right in access:
        rights |= ACCESS[right]
    return (device_type << 16) | (rights << 14) | (function << 2) | METHODS[method]


def ioc(encoding: IocEncoding, direction: str, magic: int, nr: int, size: int) -> int:
    """_IOC(dir, type, nr, size), 32 bits. `direction`: `none`, `in`, `out` or `both`, seen by the caller."""
    bits = encoding.directions[direction]
    return (bits << (16 + encoding.size_bits)) | (size << 16) | (magic << 8) | nr
