"""The commands that turn C into checked objects, Windows drivers and Windows programs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from tests.support.cache import cached, file_digest
from tests.support.compilers import COMPILERS, MINGW_INCLUDE
from tests.support.tools import SUPPORT, MissingTool, find_tool

DDK_INCLUDE = os.path.join(MINGW_INCLUDE, "ddk")
SHIM_SOURCES = ("wine_shim.c", "wine_verify.c", "wine_handles.c")
SHIM_ENTRY = "KgShimEntry"

STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
SEH = ("-Wall", "-Wextra", "-Wconversion", "-Werror", "-fms-extensions")
"""Warnings of the files with `__try`, which pedantic C does not know."""

COMPILE_TIMEOUT = 120


class CompileError(Exception):
    """A compiler or linker refused; carries the command and what it printed."""

    def __init__(self, command: Sequence[str], output: str) -> None:
        super().__init__(f"{' '.join(command)}\n{output}")
        self.command = tuple(command)
        self.output = output


def run_tool(command: Sequence[str], cwd: str | None = None) -> str:
    """Runs a compiler or linker and returns what it printed; CompileError if it fails or hangs."""
    try:
        done = subprocess.run(
            command, cwd=cwd, timeout=COMPILE_TIMEOUT, check=False, encoding="utf-8", errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise CompileError(command, f"no end after {COMPILE_TIMEOUT} s") from error
    if done.returncode != 0:
        raise CompileError(command, done.stdout)
    return done.stdout


def compile_command(
    compiler: str,
    sources: Sequence[str],
    include_dirs: Sequence[str] = (),
    *,
    kernel: bool = False,
    warnings: Sequence[str] = STRICT,
    flags: Sequence[str] = (),
) -> list[str]:
    """A command line of one row of COMPILERS, up to the sources: C11, or C++17 by the first source's suffix."""
    row = COMPILERS[compiler]
    cxx = sources[0].endswith((".cpp", ".cc", ".hpp"))
    program = find_tool(row.cxx if cxx else row.cc, row.package)
    command = [program, *row.flags, "-std=c++17" if cxx else "-std=c11", "-O2", "-g", *warnings]
    if kernel:
        command += _ddk_flags(compiler)
    return [*command, *flags, *(f"-I{folder}" for folder in include_dirs), *sources]


def _ddk_flags(compiler: str) -> list[str]:
    """Kernel headers as system headers: they have warnings of their own, and clang's pack warning even so."""
    row = COMPILERS[compiler]
    if not row.ddk:
        raise CompileError([compiler], "mingw's kernel headers do not compile with this compiler")
    if not os.path.isdir(DDK_INCLUDE):
        raise MissingTool(f"{DDK_INCLUDE} is missing: apt-get install mingw-w64-x86-64-dev")
    pack = ["-Wno-pragma-pack"] if row.cc == "clang" else []
    # Without POOL_TAGGING these headers, other than the real ones, drop the tag of every allocation.
    return ["-isystem", DDK_INCLUDE, "-DPOOL_TAGGING=1", *pack]


def compile_object(
    source: str,
    out: str,
    compiler: str,
    include_dirs: Sequence[str] = (),
    *,
    kernel: bool = False,
    warnings: Sequence[str] = STRICT,
    flags: Sequence[str] = (),
) -> str:
    """Compiles one file to an object; `kernel` adds the Windows kernel headers. Returns `out`."""
    command = compile_command(
        compiler, [source], include_dirs, kernel=kernel, warnings=warnings, flags=flags
    )
    run_tool([*command, "-c", "-o", out])
    return out


def check_syntax(
    source: str,
    compiler: str,
    include_dirs: Sequence[str] = (),
    *,
    kernel: bool = False,
    warnings: Sequence[str] = STRICT,
    flags: Sequence[str] = (),
) -> None:
    """Checks one file and its static assertions without making an object; for every row of COMPILERS."""
    command = compile_command(
        compiler, [source], include_dirs, kernel=kernel, warnings=warnings, flags=flags
    )
    run_tool([*command, "-fsyntax-only"])


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

    `compiler` is "mingw-gcc" or "clang" and compiles `sources`. Files with `__try` go into `seh_sources`: clang
    compiles them always, as mingw's gcc cannot. All warnings are errors. `shim` links the shim in front of
    ntoskrnl, which makes the driver one for Wine; without it the result is what a developer would ship.
    """
    folder = out + ".objects"
    os.makedirs(folder, exist_ok=True)
    jobs = [(source, compiler, STRICT) for source in sources]
    jobs += [(source, "clang", SEH) for source in seh_sources]
    objects = [
        compile_object(
            source, os.path.join(folder, f"{number}-{os.path.basename(source)}.o"), with_compiler, include_dirs,
            kernel=True, warnings=warnings, flags=flags,
        )
        for number, (source, with_compiler, warnings) in enumerate(jobs)
    ]  # fmt: skip
    if not shim:
        return link_driver([*objects, *extra_objects], out)
    return link_driver([*objects, *extra_objects, *shim_objects()], out, entry=SHIM_ENTRY)


def shim_objects() -> list[str]:
    """The objects of the shim, compiled once per machine and change."""
    sources = [os.path.join(SUPPORT, name) for name in SHIM_SOURCES]
    key = [file_digest(path) for path in (*sources, os.path.join(SUPPORT, "wine_shim.h"), __file__)]

    def make(folder: str) -> None:
        for source in sources:
            target = os.path.join(folder, os.path.basename(source) + ".o")
            compile_object(source, target, "clang", kernel=True, warnings=SEH)

    folder = cached("wine-shim", key, make)
    return [os.path.join(folder, name + ".o") for name in SHIM_SOURCES]


def link_driver(objects: Sequence[str], out: str, entry: str = "DriverEntry") -> str:
    """Links objects to a driver. What the objects define wins over ntoskrnl's export of the same name."""
    row = COMPILERS["mingw-gcc"]
    run_tool([
        find_tool(row.cc, row.package), "-shared", "-nostdlib", "-o", out,
        f"-Wl,--entry,{entry}", "-Wl,--subsystem,native", "-Wl,--dynamicbase",
        "-Wl,--exclude-all-symbols",  # else ld exports every function of a module that exports none
        "-Wl,--allow-multiple-definition",  # wdm.h makes out-of-line copies of inline functions under clang
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
    flags: Sequence[str] = (),
) -> str:
    """Builds a Windows console program for "windows-x64" or "windows-x86", statically, and returns `out`."""
    compiler = {"windows-x64": "mingw-gcc", "windows-x86": "mingw-gcc-x86"}[abi]
    command = compile_command(compiler, sources, include_dirs, flags=flags)
    run_tool([*command, "-static", "-o", out, *(f"-l{library}" for library in libraries)])
    return out
