"""The functions that find devices by their interface class, as cffi compiled them.

What `ffi.cdef` made of these declarations, so that no C parser runs at import:

    typedef struct {
        uint32_t cbSize;
        uint8_t InterfaceClassGuid[16];
        uint32_t Flags;
        uintptr_t Reserved;
    } SP_DEVICE_INTERFACE_DATA;
    void *__stdcall SetupDiGetClassDevsW(const void *, const wchar_t *, void *,
                                         uint32_t);
    int __stdcall SetupDiEnumDeviceInterfaces(void *, void *, const void *, uint32_t,
                                              SP_DEVICE_INTERFACE_DATA *);
    int __stdcall SetupDiGetDeviceInterfaceDetailW(void *,
                                                   SP_DEVICE_INTERFACE_DATA *, void *,
                                                   uint32_t, uint32_t *, void *);
    int __stdcall SetupDiDestroyDeviceInfoList(void *);
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TYPES = (
    b"\x00\x00\x19\x0d\x00\x00\x1e\x03\x00\x00\x02\x0f\x00\x00\x19\x0d"
    b"\x00\x00\x01\x11\x00\x00\x18\x03\x00\x00\x01\x11\x00\x00\x16\x01"
    b"\x00\x00\x07\x03\x00\x00\x01\x11\x00\x00\x02\x0f\x00\x00\x19\x0d"
    b"\x00\x00\x01\x11\x00\x00\x01\x11\x00\x00\x1e\x03\x00\x00\x16\x01"
    b"\x00\x00\x05\x11\x00\x00\x02\x0f\x00\x00\x01\x0d\x00\x00\x0e\x11"
    b"\x00\x00\x1f\x03\x00\x00\x01\x11\x00\x00\x16\x01\x00\x00\x02\x0f"
    b"\x00\x00\x00\x09\x00\x00\x07\x01\x00\x00\x12\x01\x00\x00\x1a\x05"
    b"\x00\x00\x00\x10\x00\x00\x1a\x01\x00\x00\x00\x01\x00\x00\x10\x01"
)
_GLOBALS = (
    b"\x00\x00\x00\x23SetupDiDestroyDeviceInfoList",
    0,
    b"\x00\x00\x0b\x23SetupDiEnumDeviceInterfaces",
    0,
    b"\x00\x00\x12\x23SetupDiGetClassDevsW",
    0,
    b"\x00\x00\x03\x23SetupDiGetDeviceInterfaceDetailW",
    0,
)
_STRUCTS = (
    (
        b"\x00\x00\x00\x18\x00\x00\x00\x02$SP_DEVICE_INTERFACE_DATA",
        b"\x00\x00\x07\x11cbSize",
        b"\x00\x00\x1b\x11InterfaceClassGuid",
        b"\x00\x00\x07\x11Flags",
        b"\x00\x00\x1d\x11Reserved",
    ),
)

_backend: Any = import_module("_cffi_backend")
ffi: Any = _backend.FFI(
    "_setupapi",
    _version=0x2601,
    _types=_TYPES,
    _globals=_GLOBALS,
    _struct_unions=_STRUCTS,
    _typenames=(b"\x00\x00\x00\x18SP_DEVICE_INTERFACE_DATA",),
)
