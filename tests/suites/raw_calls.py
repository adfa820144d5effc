"""Runs in Windows CPython: sends calls to a device as bytes, with nothing of kgen in between.

    python raw_calls.py PATH CALLS RESULTS

CALLS and RESULTS are pickle files. A call is (access, code, request, out): the handle's access, "none", "r", "w" or
"rw"; the control code; the request's bytes; and the bytes of the caller's other buffer before the call. Handles are
opened on first use and kept. A result is (NTSTATUS, Win32 error, Information, out): the buffer's bytes after the
call, or None if not one changed. Information is None where the system left it alone.
"""

from __future__ import annotations

import pickle
import sys
import time
from typing import Any

from cffi import FFI

ACCESS = {"none": 0, "r": 0x80000000, "w": 0x40000000, "rw": 0xC0000000}
UNTOUCHED = 0x5A5A5A5A5A5A5A5A
NOT_FOUND = 2
PATIENCE = 20
"""Seconds."""

ffi = FFI()
ffi.cdef("""
    typedef struct { uintptr_t Status, Information; } IO_STATUS_BLOCK;
    void *CreateFileW(const wchar_t *, uint32_t, uint32_t, void *, uint32_t, uint32_t, void *);
    int32_t NtDeviceIoControlFile(void *, void *, void *, void *, IO_STATUS_BLOCK *, uint32_t,
                                  const void *, uint32_t, void *, uint32_t);
    uint32_t RtlNtStatusToDosError(int32_t);
    int CloseHandle(void *);
""")
kernel32 = ffi.dlopen("kernel32.dll")
ntdll = ffi.dlopen("ntdll.dll")


def open_device(path: str, access: str) -> Any:
    """On a busy machine Wine knows a driver's device a moment after the driver runs."""
    end = time.monotonic() + PATIENCE
    while True:
        handle = kernel32.CreateFileW(path, ACCESS[access], 3, ffi.NULL, 3, 0, ffi.NULL)
        if handle != ffi.cast("void *", -1):
            return handle
        code, message = ffi.getwinerror()
        if code != NOT_FOUND or time.monotonic() > end:
            raise OSError(None, message, path, code)
        time.sleep(0.1)


def control(handle: Any, code: int, request: bytes, out: bytes) -> tuple[Any, ...]:
    buffer = bytearray(out)
    done = ffi.new("IO_STATUS_BLOCK *", (UNTOUCHED, UNTOUCHED))
    status = ntdll.NtDeviceIoControlFile(
        handle, ffi.NULL, ffi.NULL, ffi.NULL, done, code,
        ffi.from_buffer(request), len(request), ffi.from_buffer(buffer), len(buffer),
    )  # fmt: skip
    error = ntdll.RtlNtStatusToDosError(status)
    information = int(done.Information)
    return (
        status & 0xFFFFFFFF,
        error,
        None if information == UNTOUCHED else information,
        None if buffer == out else bytes(buffer),
    )


def main(path: str, calls_path: str, results_path: str) -> None:
    with open(calls_path, "rb") as file:
        calls = pickle.load(file)
    handles: dict[str, Any] = {}
    results = []
    for access, code, request, out in calls:
        if access not in handles:
            handles[access] = open_device(path, access)
        results.append(control(handles[access], code, request, out))
    for handle in handles.values():
        kernel32.CloseHandle(handle)
    with open(results_path, "wb") as file:
        pickle.dump(results, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
