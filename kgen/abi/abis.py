"""ABI: one data row per ABI. Nothing else in kgen asks which system or processor it is."""

from __future__ import annotations

from kgen.record import NamedTuple


class Machine(NamedTuple):
    """What of an ABI the layout of a native struct depends on; bytes."""

    align64: int
    """Alignment of a 64-bit integer, and of a double."""
    pointer: int
    long: int
    """Either is aligned to its size."""
    long_double: tuple[int, int] = (16, 16)
    """Size and alignment."""
    microsoft: bool = False
    """Bit-fields, packing and alignment by Microsoft's rules, else by those of System V ABIs."""
    big_endian: bool = False
    unnamed_aligns: bool = False
    """An unnamed bit-field counts for the alignment of its struct."""

    @property
    def wchar(self) -> int:
        return 2 if self.microsoft else 4


FIXED = Machine(8, 8, 8)
"""What every other struct is laid out by, with `aligned(8)` where the ABI says otherwise."""


class Abi(NamedTuple):
    name: str
    os: str
    """`windows` or `linux`: which control code and which argument rule applies."""
    pointer: int
    """Bytes of a pointer."""
    long: int
    """Bytes of C `long`."""
    align64: int
    """Alignment of a 64-bit integer inside a struct, where nothing says otherwise."""
    long_double: tuple[int, int]
    """Size and alignment of C `long double`."""
    big_endian: bool
    unnamed_aligns: bool
    """An unnamed bit-field counts for the alignment of its struct (AAPCS)."""
    ioc: str
    """Bits of the direction in an _IOC number, a key of kgen.abi.codes.IOC; empty on Windows."""
    triple: str
    """clang's name of it; empty where clang has none."""

    @property
    def machine(self) -> Machine:
        return Machine(
            self.align64,
            self.pointer,
            self.long,
            self.long_double,
            self.os == "windows",
            self.big_endian,
            self.unnamed_aligns,
        )


_8, _12, _16 = (8, 8), (12, 4), (16, 16)
ABIS: tuple[Abi, ...] = (
    Abi("windows-x64", "windows", 8, 4, 8, _8, False, False, "", "x86_64-pc-windows-msvc"),
    Abi("windows-x86", "windows", 4, 4, 8, _8, False, False, "", "i686-pc-windows-msvc"),
    Abi("windows-arm64", "windows", 8, 4, 8, _8, False, False, "", "aarch64-pc-windows-msvc"),
    Abi("linux-x86_64", "linux", 8, 8, 8, _16, False, False, "two", "x86_64-linux-gnu"),
    Abi("linux-i386", "linux", 4, 4, 4, _12, False, False, "two", "i386-linux-gnu"),
    Abi("linux-aarch64", "linux", 8, 8, 8, _16, False, True, "two", "aarch64-linux-gnu"),
    Abi("linux-armhf", "linux", 4, 4, 8, _8, False, True, "two", "arm-linux-gnueabihf"),
    Abi("linux-riscv64", "linux", 8, 8, 8, _16, False, False, "two", "riscv64-linux-gnu"),
    Abi("linux-s390x", "linux", 8, 8, 8, (16, 8), True, False, "two", "s390x-linux-gnu"),
    Abi("linux-powerpc64le", "linux", 8, 8, 8, _16, False, False, "three", "powerpc64le-linux-gnu"),
    Abi("linux-mips64el", "linux", 8, 8, 8, _16, False, False, "three", "mips64el-linux-gnuabi64"),
    Abi("linux-mipsel", "linux", 4, 4, 8, _8, False, False, "three", "mipsel-linux-gnu"),
    Abi("linux-sparc64", "linux", 8, 8, 8, _16, True, False, "three", "sparc64-linux-gnu"),
    Abi("linux-alpha", "linux", 8, 8, 8, _16, False, False, "three", ""),
)

BY_NAME: dict[str, Abi] = {abi.name: abi for abi in ABIS}

COMMON_WINDOWS = BY_NAME["windows-x64"]
COMMON_LINUX = BY_NAME["linux-x86_64"]
"""Their numbers are what `Codes` says of a system; an ABI whose number differs is listed beside it."""
