"""The devices that a driver published under a device interface class, by SetupAPI."""
# Values are of the types that a schema says.
# ruff: noqa: ANN401, RUF100

from __future__ import annotations

from ._setupapi import ffi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_PRESENT_INTERFACES = 0x12
"""DIGCF_PRESENT and DIGCF_DEVICEINTERFACE."""
_NO_MORE_ITEMS = 259
_PATH_AT = 4
"""Where the path begins in SP_DEVICE_INTERFACE_DETAIL_DATA_W, behind its `cbSize`."""
_DETAIL_SIZE = 8 if ffi.sizeof("void *") == 8 else 6
"""Size of that struct, as far as it is fixed."""

_setupapi: Any = ffi.dlopen("setupapi.dll")
_NULL: Any = ffi.NULL
_INVALID_HANDLE: Any = ffi.cast("void *", -1)


def device_paths(interface_guid: str) -> list[str]:
    """Return the path of each device of that class that works now."""
    from uuid import UUID

    guid = ffi.from_buffer(UUID(interface_guid).bytes_le)
    devices = _setupapi.SetupDiGetClassDevsW(guid, _NULL, _NULL, _PRESENT_INTERFACES)
    if devices == _INVALID_HANDLE:
        raise _failure()
    try:
        return [_path(devices, found) for found in _interfaces(devices, guid)]
    finally:
        _setupapi.SetupDiDestroyDeviceInfoList(devices)


def _interfaces(devices: Any, guid: Any) -> Iterator[Any]:
    found = ffi.new("SP_DEVICE_INTERFACE_DATA *")
    found.cbSize = ffi.sizeof("SP_DEVICE_INTERFACE_DATA")
    index = 0
    while _setupapi.SetupDiEnumDeviceInterfaces(devices, _NULL, guid, index, found):
        yield found
        index += 1
    if ffi.getwinerror()[0] != _NO_MORE_ITEMS:
        raise _failure()


def _path(devices: Any, found: Any) -> str:
    size = ffi.new("uint32_t *")
    ask = _setupapi.SetupDiGetDeviceInterfaceDetailW
    ask(devices, found, _NULL, 0, size, _NULL)  # fails, and tells the size
    detail = ffi.new("uint8_t[]", max(size[0], _DETAIL_SIZE))
    ffi.cast("uint32_t *", detail)[0] = _DETAIL_SIZE
    if not ask(devices, found, detail, len(detail), _NULL, _NULL):
        raise _failure()
    return bytes(ffi.buffer(detail))[_PATH_AT:].decode("utf-16-le").partition("\0")[0]


def _failure() -> OSError:
    code, message = ffi.getwinerror()
    return OSError(None, message, None, code)
