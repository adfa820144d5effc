"""The system function of the Linux transport, as cffi compiled it.

What `ffi.cdef` made of this declaration, so that no C parser runs at import:

    int ioctl(int, unsigned long, ...);
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TYPES = b"\x00\x00\x01\x0d\x00\x00\x07\x01\x00\x00\x0a\x01\x00\x00\x01\x0f"
_GLOBALS = (
    b"\x00\x00\x00\x23ioctl",
    0,
)

_backend: Any = import_module("_cffi_backend")
ffi: Any = _backend.FFI("_libc", _version=0x2601, _types=_TYPES, _globals=_GLOBALS)
