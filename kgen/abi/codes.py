"""ABI: control codes. CTL_CODE (devioctl.h) on Windows, _IOC (asm-generic/ioctl.h and its kin) on Linux."""

from __future__ import annotations

from typing import NamedTuple

METHODS = {"buffered": 0, "in_direct": 1, "out_direct": 2, "neither": 3}
ACCESS = {"any": 0, "read": 1, "write": 2}
INFO_FUNCTION = 0xFFF
"""Windows function code of the interface-info ioctl, in every interface that kgen generates."""
INFO_NR = 255
"""Linux number of the same."""
INFO_SIZE = 48
"""Bytes of its reply: u32 abi, u16 major, u16 minor, u64 features, u8[32] interface hash."""


class Codes(NamedTuple):
    windows: int | None
    linux: int | None
    """The number of ABIs whose direction has two bits."""
    other: tuple[tuple[str, int], ...]
    """ABI name and number, where that differs."""


class IocEncoding(NamedTuple):
    size_bits: int
    none: int
    write: int
    read: int


IOC = {
    "two": IocEncoding(14, 0, 1, 2),
    "three": IocEncoding(13, 1, 4, 2),
}
"""`three`: powerpc, mips, sparc and alpha (their asm/ioctl.h)."""


def ctl_code(device_type: int, function: int, method: str, access: tuple[str, ...]) -> int:
    """CTL_CODE(DeviceType, Function, Method, Access), 32 bits."""
    rights = 0
    for right in access:
        rights |= ACCESS[right]
    return (device_type << 16) | (rights << 14) | (function << 2) | METHODS[method]


def ioc(encoding: IocEncoding, direction: str, magic: int, nr: int, size: int) -> int:
    """_IOC(dir, type, nr, size), 32 bits. `direction`: `none`, `in`, `out` or `both`, seen by the caller."""
    bits = {
        "none": encoding.none,
        "in": encoding.write,
        "out": encoding.read,
        "both": encoding.read | encoding.write,
    }[direction]
    return (bits << (16 + encoding.size_bits)) | (size << 16) | (magic << 8) | nr
