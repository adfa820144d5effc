"""The compilers that generated C has to pass, each a row: how it is called, for which ABI, and what it can do."""

from __future__ import annotations

from typing import NamedTuple

# The headers of mingw-w64 are the only Windows headers that are free to have. One tree serves x64 and x86.
MINGW_INCLUDE = "/usr/x86_64-w64-mingw32/include"


class Compiler(NamedTuple):
    """One compiler for one ABI.

    `flags` follow the program's name. `seh`: compiles `__try`. `ddk`: compiles mingw's kernel headers.
    `links`: makes programs and libraries, where the others make objects only.
    """

    name: str
    cc: str
    cxx: str
    flags: tuple[str, ...]
    abi: str
    package: str
    seh: bool = False
    ddk: bool = False
    links: bool = False


def _gcc(
    name: str, prefix: str, abi: str, package: str, *flags: str, ddk: bool = False
) -> Compiler:
    return Compiler(name, prefix + "gcc", prefix + "g++", flags, abi, package, ddk=ddk, links=True)


def _clang(name: str, target: str, abi: str, *, seh: bool = False, ddk: bool = False) -> Compiler:
    return Compiler(name, "clang", "clang++", (f"--target={target}",), abi, "clang", seh, ddk)


def _msvc(name: str, target: str, abi: str, *, ddk: bool = False) -> Compiler:
    """Microsoft's ABI over mingw's headers, which pass with Microsoft's extensions and without its bugs."""
    flags = (
        f"--target={target}",
        "-fms-extensions",
        "-fno-ms-compatibility",
        "-isystem",
        MINGW_INCLUDE,
    )
    return Compiler(name, "clang", "clang++", flags, abi, "clang", seh=True, ddk=ddk)


_MINGW = "gcc-mingw-w64-{0} g++-mingw-w64-{0}"

_ROWS = (
    _gcc("gcc", "", "linux-x86_64", "gcc g++"),
    _gcc("gcc-m32", "", "linux-i386", "gcc-multilib g++-multilib", "-m32"),
    _gcc("mingw-gcc", "x86_64-w64-mingw32-", "windows-x64", _MINGW.format("x86-64"), ddk=True),
    _gcc("mingw-gcc-x86", "i686-w64-mingw32-", "windows-x86", _MINGW.format("i686"), ddk=True),
    # A driver made by clang is linked by mingw's gcc, which knows where its import libraries are.
    _clang("clang", "x86_64-w64-windows-gnu", "windows-x64", seh=True, ddk=True),
    _clang("clang-x86", "i686-w64-windows-gnu", "windows-x86", ddk=True),
    _msvc("clang-msvc", "x86_64-pc-windows-msvc", "windows-x64", ddk=True),
    # For these two mingw's kernel headers do not compile: shared header, core and the __try file only.
    _msvc("clang-msvc-x86", "i686-pc-windows-msvc", "windows-x86"),
    _msvc("clang-msvc-arm64", "aarch64-pc-windows-msvc", "windows-arm64"),
    Compiler(
        "clang-linux",
        "clang",
        "clang++",
        (),
        "linux-x86_64",
        "clang libclang-rt-14-dev",
        links=True,
    ),
    _clang("clang-linux-i386", "i386-linux-gnu", "linux-i386"),
    _clang("clang-linux-aarch64", "aarch64-linux-gnu", "linux-aarch64"),
    _clang("clang-linux-armhf", "armv7-linux-gnueabihf", "linux-armhf"),
    _clang("clang-linux-riscv64", "riscv64-linux-gnu", "linux-riscv64"),
    _clang("clang-linux-s390x", "s390x-linux-gnu", "linux-s390x"),
    _clang("clang-linux-powerpc64le", "powerpc64le-linux-gnu", "linux-powerpc64le"),
    _clang("clang-linux-mips64el", "mips64el-linux-gnuabi64", "linux-mips64el"),
)

COMPILERS: dict[str, Compiler] = {row.name: row for row in _ROWS}
