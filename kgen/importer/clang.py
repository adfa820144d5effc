"""Find libclang, its built-in headers, and how a header of an ABI is compiled."""

from __future__ import annotations

import glob
import os
from typing import TYPE_CHECKING, Any

from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgen.abi.abis import Abi

INSTALL = "pip install 'kgen[import]'"
SKIP_BODIES = 0x40
"""CXTranslationUnit_SkipFunctionBodies (clang-c/Index.h): a header's inline functions say nothing here."""

_BUILTIN = (
    "/usr/lib/llvm-*/lib/clang/*/include",
    "/usr/lib64/llvm*/lib/clang/*/include",
    "/usr/lib/clang/*/include",
    "/usr/lib64/clang/*/include",
    "/usr/local/lib/clang/*/include",
    "/opt/homebrew/opt/llvm/lib/clang/*/include",
    "/Library/Developer/CommandLineTools/usr/lib/clang/*/include",
    "C:/Program Files/LLVM/lib/clang/*/include",
)
_GCC_BUILTIN = ("/usr/lib/gcc/*-linux-gnu/*/include",)
"""What stands in for them: stddef.h, stdarg.h and stdint.h of gcc are good for clang."""
_MINGW = (
    "/usr/x86_64-w64-mingw32/include",
    "/usr/x86_64-w64-mingw32/sys-root/mingw/include",
    "/usr/i686-w64-mingw32/include",
    "/usr/share/mingw-w64/include",
    "C:/msys64/mingw64/include",
)


class Missing(Exception):
    """What an import needs is not installed; the message says what, with a help line."""


class Parsed(NamedTuple):
    unit: Any  # clang.cindex.TranslationUnit
    errors: tuple[tuple[str, int, int, str], ...]
    """File, line, column and message of each error outside what kgen itself has added."""


PRELUDES: dict[str, tuple[tuple[str, ...], ...]] = {
    "windows": (
        (),
        ("windows.h",),
        ("ntddk.h",),
        ("ntifs.h",),
        ("windows.h", "winternl.h"),
        ("ntddk.h", "windef.h"),
        ("winsock2.h", "windows.h"),
        ("wdm.h",),
        ("wdm.h", "batclass.h"),
        ("ntddk.h", "hidusage.h"),
        ("windows.h", "hidusage.h"),
        ("ntddk.h", "d4iface.h"),
        ("windows.h", "ks.h"),
    ),
    "linux": (
        (),
        ("linux/types.h",),
        ("linux/types.h", "linux/ioctl.h"),
        ("stddef.h", "stdint.h", "sys/types.h", "sys/time.h", "sys/socket.h"),
    ),
}
"""What a header may expect to be included before it; tried in turn."""

OWN = "kgen-import.c"


def load() -> Any:
    """The module clang.cindex with a library behind it. Raises Missing."""
    try:
        from clang import cindex
    except ImportError:
        raise Missing(f"libclang is not installed\n  help: {INSTALL}") from None
    try:
        cindex.conf.get_cindex_library()
    except cindex.LibclangError as problem:
        text = str(problem).partition(". To provide")[0]
        raise Missing(f"libclang cannot be loaded: {text}\n  help: {INSTALL}") from None
    return cindex


def _newest(patterns: Sequence[str]) -> str | None:
    def version(path: str) -> list[int]:
        return [int(part) for part in path.replace("/", ".").split(".") if part.isdigit()]

    for pattern in patterns:
        found = [path for path in glob.glob(pattern) if os.path.exists(f"{path}/stddef.h")]
        if found:
            return max(found, key=version)
    return None


def _windows_folders(header: str) -> list[str]:
    """Where the headers of Windows are: around the header itself, or mingw-w64's. Empty: clang knows."""
    folder = os.path.dirname(os.path.abspath(header))
    around = [folder, os.path.dirname(folder)]
    root = next((each for each in around if os.path.exists(f"{each}/windef.h")), None)
    root = root or next((each for each in _MINGW if os.path.isdir(each)), None)
    if root is None:
        return []
    return [root, f"{root}/ddk"] if os.path.isdir(f"{root}/ddk") else [root]


def _linux_folders(abi: Abi) -> list[str]:
    triple = "x86_64-linux-gnu" if abi.name in ("linux-x86_64", "linux-i386") else abi.triple
    cross = f"/usr/{triple}/include"
    if os.path.isdir(cross):
        return [cross]
    return [f"/usr/include/{triple}", "/usr/include"]


def arguments(abi: Abi, header: str, folders: Sequence[str], macros: Sequence[str]) -> list[str]:
    """Of the compiler, for a header on an ABI."""
    triple = abi.triple
    if abi.os == "windows":
        system = _windows_folders(header)
        if system:  # mingw-w64's, which know its compilers only
            triple = f"{triple.partition('-')[0]}-w64-windows-gnu"
    else:
        system = _linux_folders(abi)
    result = ["-x", "c", "-std=gnu11", "-target", triple, "-ferror-limit=0", "-w"]
    if abi.os == "windows":
        result += ["-fms-extensions", "-mms-bitfields"]
    result += [f"-I{folder}" for folder in folders]
    result += [f"-D{macro}" for macro in macros]
    builtin = _newest(_BUILTIN) or _newest(_GCC_BUILTIN)
    if builtin is not None and system:
        result += ["-nostdinc", "-isystem", builtin]
    for folder in system:
        result += ["-isystem", folder]
    return result


def parse(
    cindex: Any, header: str, prelude: Sequence[str], own: str, arguments: Sequence[str]
) -> Parsed:
    """The header, after what it expects, and kgen's own lines behind it."""
    path = os.path.abspath(header).replace("\\", "/")
    before = "".join(f"#include <{name}>\n" for name in prelude)
    text = f'{before}#include "{path}"\n#line 1 "{OWN}-probe"\n{own}'
    unit = cindex.Index.create().parse(
        OWN, args=list(arguments), unsaved_files=[(OWN, text)], options=SKIP_BODIES
    )
    errors = []
    for found in unit.diagnostics:
        place = found.location
        name = place.file.name if place.file else ""
        presumed = "" if name != OWN else "own"
        if found.severity < 3:
            continue
        if presumed and place.line > len(prelude) + 1:
            continue
        errors.append((name, place.line, place.column, found.spelling))
    return Parsed(unit, tuple(errors))
