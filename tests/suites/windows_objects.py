"""Objects of this process on Windows, each with a handle: what a suite hands to a driver."""

from __future__ import annotations

import ctypes
import tempfile
from collections.abc import Iterable

# winnt.h
_RIGHTS = {
    "event": {"modify": 0x2, "wait": 0x100000},
    "file": {"read": 0x1, "write": 0x2},
    "section": {"read": 0x4, "write": 0x2},
    "thread": {"query": 0x800, "wait": 0x100000},
    "process": {"query": 0x1000, "wait": 0x100000},
}
_SAME_ACCESS = 2


def _kernel32() -> ctypes.CDLL:
    library: ctypes.CDLL = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    for name in ("CreateEventW", "CreateFileMappingW", "GetCurrentProcess", "GetCurrentThread"):
        getattr(library, name).restype = ctypes.c_void_p
    return library


class WindowsObject:
    """An object; its handle allows what `rights` say, and everything without."""

    def __init__(self, kind: str, rights: Iterable[str] | None = None) -> None:
        self._kernel32 = _kernel32()
        whole = self._made(kind)
        self.handle = self._duplicated(whole, kind, rights)

    def _made(self, kind: str) -> int:
        library, handle = self._kernel32, ctypes.c_void_p
        if kind == "event":
            return int(library.CreateEventW(None, True, False, None))
        if kind == "section":
            return int(library.CreateFileMappingW(handle(-1), None, 4, 0, 4096, None))
        if kind == "file":
            import msvcrt

            descriptor, _ = tempfile.mkstemp()
            return int(msvcrt.get_osfhandle(descriptor))  # type: ignore[attr-defined]
        if kind == "thread":
            return int(library.GetCurrentThread())
        return int(library.GetCurrentProcess())

    def _duplicated(self, whole: int, kind: str, rights: Iterable[str] | None) -> int:
        access, options = 0, _SAME_ACCESS
        if rights is not None:
            access, options = sum(_RIGHTS[kind][right] for right in rights), 0
        made = ctypes.c_void_p()
        current = ctypes.c_void_p(self._kernel32.GetCurrentProcess())
        if not self._kernel32.DuplicateHandle(
            current, ctypes.c_void_p(whole), current, ctypes.byref(made), access, False, options
        ):
            raise OSError(None, "DuplicateHandle", kind, ctypes.get_last_error())  # type: ignore[attr-defined]
        assert made.value is not None
        return made.value

    @property
    def is_set(self) -> bool:
        """Whether the event is signalled."""
        return int(self._kernel32.WaitForSingleObject(ctypes.c_void_p(self.handle), 0)) == 0

    def clear(self) -> None:
        self._kernel32.ResetEvent(ctypes.c_void_p(self.handle))

    def close(self) -> None:
        self._kernel32.CloseHandle(ctypes.c_void_p(self.handle))
