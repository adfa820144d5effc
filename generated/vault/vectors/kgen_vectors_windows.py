"""Handles of this process on Windows, for vectors that want some."""
# ruff: noqa: PLR2004, RUF100

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

SYNCHRONIZE = 0x100000
# winnt.h: the access that stands for each right of a schema, by the kind of object.
ACCESS = {
    "event": {"modify": 0x0002, "wait": SYNCHRONIZE},
    "file": {"read": 0x0001, "write": 0x0002},
    "section": {"read": 0x0004, "write": 0x0002},
    "thread": {
        "query": 0x0800,
        "wait": SYNCHRONIZE,
        "suspend": 0x0002,
        "terminate": 0x0001,
    },
    "process": {
        "query": 0x1000,
        "wait": SYNCHRONIZE,
        "read": 0x0010,
        "write": 0x0028,
        "duplicate": 0x0040,
        "terminate": 0x0001,
    },
}


class WindowsObject:
    """An object of that kind, and a handle to it that allows this and no more."""

    def __init__(self, kind: str, rights: tuple[str, ...]) -> None:
        """Make it. A thread or a process is the one that runs; a file is `NUL`."""
        if sys.platform != "win32":
            raise OSError("this vector has a handle: `kernel_object` makes one here")
        self._kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        this = self._call("GetCurrentProcess")
        source, is_ours = self._source(kind, this)
        access = sum({ACCESS[kind][right] for right in rights})
        made = ctypes.c_void_p()
        self._call(
            "DuplicateHandle", this, source, this, ctypes.byref(made), access, 0, 0
        )
        if is_ours:
            self._call("CloseHandle", source)
        self.handle = made.value or 0

    def close(self) -> None:
        """Close the handle."""
        self._call("CloseHandle", ctypes.c_void_p(self.handle))

    def _source(self, kind: str, process: Any) -> tuple[Any, bool]:  # noqa: ANN401
        """Return a handle that allows everything, and whether it is to be closed."""
        if kind == "event":
            return self._call("CreateEventW", None, 1, 0, None), True
        if kind == "file":
            wide, share = 0xC0000000, 7  # read and write
            return self._call(
                "CreateFileW", os.devnull, wide, share, None, 3, 0, None
            ), True
        if kind == "section":
            backing = ctypes.c_void_p(-1)  # the paging file
            return self._call(
                "CreateFileMappingW", backing, None, 4, 0, 4096, None
            ), True
        if kind == "thread":
            return self._call("GetCurrentThread"), False
        return process, False

    def _call(self, name: str, *arguments: Any) -> Any:  # noqa: ANN401
        function = getattr(self._kernel, name)
        function.restype = ctypes.c_void_p
        result = function(*arguments)
        if result in (None, ctypes.c_void_p(-1).value) and not name.startswith(
            "GetCurrent"
        ):
            raise ctypes.WinError(ctypes.get_last_error())
        return ctypes.c_void_p(result)
