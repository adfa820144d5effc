"""Which imports of a driver abort in Wine: read from the driver and from the installed Wine itself, before it hangs a test."""

from __future__ import annotations

import functools
import os
import struct
from collections.abc import Iterator
from typing import NamedTuple

from tests.support.tools import MissingTool

WINE_MODULES = (
    "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows",
    "/usr/lib64/wine/x86_64-windows",
    "/usr/lib/wine/x86_64-windows",
    "/opt/wine-stable/lib64/wine/x86_64-windows",
)

# winebuild writes every unimplemented export as: sub rsp,40; lea rcx,[module name]; lea rdx,[function name]; call abort
STUB_LENGTH = 23
_EXPORTS, _IMPORTS = 0, 1


class Import(NamedTuple):
    """One import that cannot work: which name, from which module, and why."""

    module: str
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.module}!{self.name} ({self.reason})"


class Image:
    """A 64-bit PE file, as far as its export and import tables go."""

    def __init__(self, path: str) -> None:
        with open(path, "rb") as file:
            self._data = file.read()
        (header,) = struct.unpack_from("<I", self._data, 0x3C)
        if self._data[header : header + 4] != b"PE\0\0" or self._u16(header + 24) != 0x20B:
            raise ValueError(f"{path} is not a 64-bit PE file")
        optional = header + 24
        table = optional + self._u16(header + 20)
        self._sections = [
            struct.unpack_from("<4I", self._data, table + 40 * i + 8)
            for i in range(self._u16(header + 6))
        ]
        self._directories = [
            struct.unpack_from("<2I", self._data, optional + 112 + 8 * i) for i in range(16)
        ]

    def _u16(self, offset: int) -> int:
        return int.from_bytes(self._data[offset : offset + 2], "little")

    def _u32(self, offset: int) -> int:
        return int.from_bytes(self._data[offset : offset + 4], "little")

    def _offset(self, rva: int) -> int:
        """Where the byte at `rva` of the loaded image is in the file."""
        for size, start, raw_size, raw in self._sections:
            if start <= rva < start + max(size, raw_size):
                return int(raw + rva - start)
        raise ValueError(f"address {rva:#x} is in no section")

    def _text(self, rva: int) -> str:
        start = self._offset(rva)
        return self._data[start : self._data.index(b"\0", start)].decode("ascii", "replace")

    def exports(self) -> dict[str, int]:
        """Exported names with their addresses relative to the image."""
        rva, _ = self._directories[_EXPORTS]
        if rva == 0:
            return {}
        count, functions, names, ordinals = struct.unpack_from(
            "<4I", self._data, self._offset(rva) + 24
        )
        functions, names, ordinals = (
            self._offset(functions),
            self._offset(names),
            self._offset(ordinals),
        )
        return {
            self._text(self._u32(names + 4 * i)): self._u32(
                functions + 4 * self._u16(ordinals + 2 * i)
            )
            for i in range(count)
        }

    def imports(self) -> Iterator[tuple[str, str]]:
        """Pairs of module, in lower case, and imported name; imports by ordinal are not listed."""
        rva, _ = self._directories[_IMPORTS]
        at = self._offset(rva) if rva else None
        while at is not None and (name := self._u32(at + 12)):
            module, thunk = (
                self._text(name).lower(),
                self._offset(self._u32(at) or self._u32(at + 16)),
            )
            while entry := struct.unpack_from("<Q", self._data, thunk)[0]:
                if not entry >> 63:
                    yield module, self._text(entry + 2)
                thunk += 8
            at += 20

    def is_wine_stub(self, name: str, rva: int) -> bool:
        """Whether the export is winebuild's code for "unimplemented function", which ends the process when called."""
        start, size = self._directories[_EXPORTS]
        if start <= rva < start + size:  # forwarded to another module
            return False
        at = self._offset(rva)
        code = self._data[at : at + STUB_LENGTH]
        if not (
            code.startswith(b"\x48\x83\xec\x28\x48\x8d\x0d")
            and code[11:14] == b"\x48\x8d\x15"
            and code[18] == 0xE8
        ):
            return False
        (distance,) = struct.unpack_from("<i", code, 14)
        return self._text(rva + 18 + distance) == name


def wine_modules_dir() -> str:
    """The folder with the 64-bit modules of the installed Wine."""
    for folder in WINE_MODULES:
        if os.path.exists(os.path.join(folder, "ntoskrnl.exe")):
            return folder
    raise MissingTool("Wine's 64-bit modules are not installed: apt-get install wine64")


@functools.cache
def _wine_exports(module: str) -> dict[str, bool] | None:
    """Every export of a module of Wine, with whether it is implemented. None where Wine has no such module."""
    path = os.path.join(wine_modules_dir(), module)
    if not os.path.exists(path):
        return None
    image = Image(path)
    return {name: not image.is_wine_stub(name, rva) for name, rva in image.exports().items()}


def unimplemented_imports(driver: str) -> list[Import]:
    """Imports of a built driver that Wine lacks or has only as an aborting stub, sorted; empty means that it can run."""
    problems = []
    for module, name in Image(driver).imports():
        exports = _wine_exports(module)
        if exports is None:
            problems.append(Import(module, name, "Wine has no such module"))
        elif name not in exports:
            problems.append(Import(module, name, "Wine does not export it"))
        elif not exports[name]:
            problems.append(Import(module, name, "aborts when called"))
    return sorted(problems)
