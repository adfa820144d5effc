"""Compilers as data rows, and the commands that turn C into Windows drivers, Windows programs and checked objects."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from typing import NamedTuple

SUPPORT = os.path.dirname(os.path.abspath(__file__))
SHIM_SOURCE = os.path.join(SUPPORT, "wine_shim.c")

# The headers of mingw-w64 are the only Windows headers that are free to have. One tree serves x64 and x86.
MINGW_INCLUDE = "/usr/x86_64-w64-mingw32/include"
DDK_INCLUDE = os.path.join(MINGW_INCLUDE, "ddk")

STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
"""Warnings of every file but those with `__try`, which is a language extension."""
RELAXED = ("-Wall", "-Wextra", "-Werror", "-fms-extensions")

COMPILE_TIMEOUT = 120


class MissingTool(Exception):
    """A program that the tests need is not installed; the text names the apt package."""


class CompileError(Exception):
    """A compiler or linker refused; carries the command and what it printed."""

    def __init__(self, command: Sequence[str], output: str) -> None:
        super().__init__(f"{' '.join(command)}\n{output}")
        self.command = tuple(command)
        self.output = output


class Compiler(NamedTuple):
    """One compiler for one ABI. `cxx` is None where C++ is not to be had; `links` is False where only objects can be made."""

    name: str
    cc: tuple[str, ...]
    cxx: tuple[str, ...] | None
    abi: str
    seh: bool
    ddk: bool
    links: bool
    package: str


def _clang(name: str, triple: str, abi: str, package: str = "clang", **more: bool) -> Compiler:
    facts = {"seh": False, "ddk": False, "links": False, **more}
    target = f"--target={triple}"
    return Compiler(name, ("clang", target), ("clang++", target), abi, package=package, **facts)


def _msvc(name: str, triple: str, abi: str, ddk: bool) -> Compiler:
    """clang with Microsoft's ABI over mingw's headers: they pass only with Microsoft's extensions and without its bugs."""
    flags = (
        f"--target={triple}",
        "-fms-extensions",
        "-fno-ms-compatibility",
        "-isystem",
        MINGW_INCLUDE,
    )
    return Compiler(
        name,
        ("clang", *flags),
        ("clang++", *flags),
        abi,
        seh=True,
        ddk=ddk,
        links=False,
        package="clang",
    )


COMPILERS: dict[str, Compiler] = {
    row.name: row
    for row in (
        Compiler(
            "gcc",
            ("gcc",),
            ("g++",),
            "linux-x86_64",
            seh=False,
            ddk=False,
            links=True,
            package="gcc g++",
        ),
        Compiler(
            "gcc-m32",
            ("gcc", "-m32"),
            ("g++", "-m32"),
            "linux-i386",
            seh=False,
            ddk=False,
            links=True,
            package="gcc-multilib g++-multilib",
        ),
        Compiler(
            "mingw-gcc",
            ("x86_64-w64-mingw32-gcc",),
            ("x86_64-w64-mingw32-g++",),
            "windows-x64",
            seh=False,
            ddk=True,
            links=True,
            package="gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64",
        ),
        Compiler(
            "mingw-gcc-x86",
            ("i686-w64-mingw32-gcc",),
            ("i686-w64-mingw32-g++",),
            "windows-x86",
            seh=False,
            ddk=True,
            links=True,
            package="gcc-mingw-w64-i686 g++-mingw-w64-i686",
        ),
        # A driver made by clang is linked by mingw's gcc, which knows where its import libraries are.
        _clang("clang", "x86_64-w64-windows-gnu", "windows-x64", seh=True, ddk=True),
        _clang("clang-x86", "i686-w64-windows-gnu", "windows-x86", ddk=True),
        _msvc("clang-msvc", "x86_64-pc-windows-msvc", "windows-x64", ddk=True),
        # mingw's kernel headers do not compile for these two: shared header, core and the __try file only.
        _msvc("clang-msvc-x86", "i686-pc-windows-msvc", "windows-x86", ddk=False),
        _msvc("clang-msvc-arm64", "aarch64-pc-windows-msvc", "windows-arm64", ddk=False),
        _clang(
            "clang-linux",
            "x86_64-linux-gnu",
            "linux-x86_64",
            package="clang libclang-rt-14-dev",
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
}


def find_tool(name: str, package: str) -> str:
    """The full path of a program, or MissingTool naming the apt package that has it."""
    found = shutil.which(name)
    if found is None:
        raise MissingTool(
            f"{name} is not installed: apt-get install {package}  (or run .ci/setup-system test)"
        )
    return found


def run_tool(command: Sequence[str], cwd: str | None = None) -> str:
    """Runs a compiler or linker; returns what it printed, raises CompileError where it fails or takes too long."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMPILE_TIMEOUT,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired as error:
        raise CompileError(command, f"no end after {COMPILE_TIMEOUT} s") from error
    if done.returncode != 0:
        raise CompileError(command, done.stdout)
    return done.stdout


def compiler_command(compiler: str, source: str) -> list[str]:
    """The start of a command line that compiles `source`, by its suffix C or C++."""
    row = COMPILERS[compiler]
    is_cxx = source.endswith((".cpp", ".cc", ".hpp"))
    argv = row.cxx if is_cxx else row.cc
    if argv is None:
        raise CompileError([compiler, source], f"{compiler} has no C++")
    return [find_tool(argv[0], row.package), *argv[1:], "-std=c++17" if is_cxx else "-std=c11"]


def _includes(include_dirs: Iterable[str]) -> list[str]:
    return [argument for folder in include_dirs for argument in ("-I", folder)]


def _ddk_flags(compiler: str) -> list[str]:
    """Kernel headers as system headers: they are not clean under our warnings, and push packing without popping it."""
    row = COMPILERS[compiler]
    if not row.ddk:
        raise CompileError([compiler], f"mingw's kernel headers do not compile with {compiler}")
    if not os.path.isdir(DDK_INCLUDE):
        raise MissingTool(f"{DDK_INCLUDE} is missing: apt-get install mingw-w64-x86-64-dev")
    pragma = ["-Wno-pragma-pack"] if "clang" in row.cc[0] else []
    return ["-isystem", DDK_INCLUDE, *pragma]


def compile_object(
    source: str,
    out: str,
    compiler: str,
    include_dirs: Iterable[str] = (),
    *,
    kernel: bool = False,
    warnings: Sequence[str] = STRICT,
    flags: Sequence[str] = (),
) -> str:
    """Compiles one file to an object; `kernel` adds the Windows kernel headers. Returns `out`."""
    command = [
        *compiler_command(compiler, source),
        "-O2",
        "-g",
        *warnings,
        *flags,
        *_includes(include_dirs),
    ]
    if kernel:
        command += _ddk_flags(compiler)
    run_tool([*command, "-c", source, "-o", out])
    return out


def check_syntax(
    source: str,
    compiler: str,
    include_dirs: Iterable[str] = (),
    *,
    kernel: bool = False,
    warnings: Sequence[str] = STRICT,
    flags: Sequence[str] = (),
) -> None:
    """Checks one file, its static assertions with it, without making an object. Works for every row of COMPILERS."""
    command = [
        *compiler_command(compiler, source),
        "-fsyntax-only",
        *warnings,
        *flags,
        *_includes(include_dirs),
    ]
    if kernel:
        command += _ddk_flags(compiler)
    run_tool([*command, source])


def compile_driver(
    sources: Sequence[str],
    out: str,
    compiler: str = "mingw-gcc",
    include_dirs: Sequence[str] = (),
    seh_sources: Sequence[str] = (),
    extra_objects: Sequence[str] = (),
    *,
    flags: Sequence[str] = (),
    shim: bool = True,
) -> str:
    """Builds a 64-bit Windows driver (.sys) and returns `out`.

    `compiler` is "mingw-gcc" or "clang" and compiles `sources`, warnings being errors. Files with `__try` go into
    `seh_sources`: clang compiles them always, as mingw's gcc cannot. `shim` links wine_shim.c in front of ntoskrnl,
    which makes the driver one for Wine only; without it the result is what a developer would ship.
    """
    objects_dir = out + ".objects"
    os.makedirs(objects_dir, exist_ok=True)
    jobs = [(source, compiler, STRICT) for source in sources] + [
        (source, "clang", RELAXED) for source in seh_sources
    ]
    if shim:
        jobs.append((SHIM_SOURCE, "clang", RELAXED))
    objects = []
    for number, (source, with_compiler, warnings) in enumerate(jobs):
        target = os.path.join(objects_dir, f"{number}-{os.path.basename(source)}.o")
        objects.append(
            compile_object(
                source,
                target,
                with_compiler,
                include_dirs,
                kernel=True,
                warnings=warnings,
                flags=flags,
            )
        )
    return link_driver(
        [*objects, *extra_objects], out, entry="KgShimEntry" if shim else "DriverEntry"
    )


def link_driver(objects: Sequence[str], out: str, entry: str = "DriverEntry") -> str:
    """Links objects to a driver. `objects` come before ntoskrnl, so what they define wins over the kernel's export."""
    row = COMPILERS["mingw-gcc"]
    run_tool([
        find_tool(row.cc[0], row.package), "-shared", "-nostdlib", "-o", out,
        f"-Wl,--entry,{entry}", "-Wl,--subsystem,native", "-Wl,--dynamicbase",
        "-Wl,--exclude-all-symbols",  # else ld exports every function of a DLL that exports none
        "-Wl,--allow-multiple-definition",  # wdm.h emits out-of-line copies of its inline functions under clang
        *objects, "-lntoskrnl", "-lhal", "-lgcc",
    ])  # fmt: skip
    return out


def compile_exe(
    sources: Sequence[str],
    out: str,
    abi: str = "windows-x64",
    include_dirs: Sequence[str] = (),
    libraries: Sequence[str] = (),
    *,
    warnings: Sequence[str] = STRICT,
    flags: Sequence[str] = (),
) -> str:
    """Builds a Windows console program for "windows-x64" or "windows-x86", statically, and returns `out`."""
    compiler = {"windows-x64": "mingw-gcc", "windows-x86": "mingw-gcc-x86"}[abi]
    command = [*compiler_command(compiler, sources[0]), "-O2", "-g", *warnings, *flags]
    command += [*_includes(include_dirs), *sources, "-o", out, "-static"]
    run_tool([*command, *(f"-l{library}" for library in libraries)])
    return out
