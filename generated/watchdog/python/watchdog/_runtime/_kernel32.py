"""The system functions of the Windows transport, as cffi compiled them.

What `ffi.cdef` made of these declarations, so that no C parser runs at import:

    typedef struct {
        uintptr_t Internal;
        uintptr_t InternalHigh;
        uint32_t Offset;
        uint32_t OffsetHigh;
        void *hEvent;
    } OVERLAPPED;
    void *__stdcall CreateFileW(const wchar_t *, uint32_t, uint32_t, void *, uint32_t,
                                uint32_t, void *);
    int __stdcall DeviceIoControl(void *, uint32_t, const void *, uint32_t, void *,
                                  uint32_t, uint32_t *, OVERLAPPED *);
    int __stdcall GetOverlappedResult(void *, OVERLAPPED *, uint32_t *, int);
    int __stdcall CancelIoEx(void *, OVERLAPPED *);
    int __stdcall CloseHandle(void *);
    void *__stdcall CreateEventW(void *, int, int, const wchar_t *);
    uint32_t __stdcall WaitForSingleObject(void *, uint32_t);
    int32_t __stdcall RtlGetLastNtStatus(void);
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TYPES = (
    b"\x00\x00\x0b\x0d\x00\x00\x2f\x03\x00\x00\x02\x0f\x00\x00\x0b\x0d"
    b"\x00\x00\x01\x11\x00\x00\x2c\x03\x00\x00\x02\x0f\x00\x00\x0b\x0d"
    b"\x00\x00\x01\x11\x00\x00\x05\x11\x00\x00\x0f\x03\x00\x00\x07\x01"
    b"\x00\x00\x02\x0f\x00\x00\x0b\x0d\x00\x00\x01\x11\x00\x00\x16\x01"
    b"\x00\x00\x2f\x03\x00\x00\x16\x01\x00\x00\x01\x11\x00\x00\x16\x01"
    b"\x00\x00\x0a\x11\x00\x00\x05\x11\x00\x00\x02\x0f\x00\x00\x2d\x0d"
    b"\x00\x00\x02\x0f\x00\x00\x0f\x0d\x00\x00\x01\x11\x00\x00\x16\x01"
    b"\x00\x00\x02\x0f\x00\x00\x01\x0d\x00\x00\x01\x11\x00\x00\x07\x01"
    b"\x00\x00\x07\x01\x00\x00\x30\x03\x00\x00\x02\x0f\x00\x00\x01\x0d"
    b"\x00\x00\x21\x11\x00\x00\x16\x01\x00\x00\x16\x01\x00\x00\x01\x11"
    b"\x00\x00\x16\x01\x00\x00\x16\x01\x00\x00\x01\x11\x00\x00\x02\x0f"
    b"\x00\x00\x00\x09\x00\x00\x15\x01\x00\x00\x1a\x01\x00\x00\x00\x01"
    b"\x00\x00\x10\x01"
)
_GLOBALS = (
    b"\x00\x00\x03\x23CancelIoEx",
    0,
    b"\x00\x00\x00\x23CloseHandle",
    0,
    b"\x00\x00\x1d\x23CreateEventW",
    0,
    b"\x00\x00\x23\x23CreateFileW",
    0,
    b"\x00\x00\x0d\x23DeviceIoControl",
    0,
    b"\x00\x00\x07\x23GetOverlappedResult",
    0,
    b"\x00\x00\x17\x23RtlGetLastNtStatus",
    0,
    b"\x00\x00\x19\x23WaitForSingleObject",
    0,
)
_STRUCTS = (
    (
        b"\x00\x00\x00\x2c\x00\x00\x00\x02$OVERLAPPED",
        b"\x00\x00\x2e\x11Internal",
        b"\x00\x00\x2e\x11InternalHigh",
        b"\x00\x00\x0f\x11Offset",
        b"\x00\x00\x0f\x11OffsetHigh",
        b"\x00\x00\x01\x11hEvent",
    ),
)

_backend: Any = import_module("_cffi_backend")
ffi: Any = _backend.FFI(
    "_kernel32",
    _version=0x2601,
    _types=_TYPES,
    _globals=_GLOBALS,
    _struct_unions=_STRUCTS,
    _typenames=(b"\x00\x00\x00\x2cOVERLAPPED",),
)
