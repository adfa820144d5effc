"""Runs in Windows CPython: calls a device by cffi. The first argument names it, each other is a command with a line of output.

open:ACCESS            opens anew with this access mask
CODE:IN_HEX:OUT_SIZE   an ioctl; prints the output in hex, "ok" if it is empty, or "error NUMBER";
                       opens for reading and writing if nothing is open
close                  closes
"""

import sys

from cffi import FFI

ffi = FFI()
ffi.cdef("""
    void *CreateFileW(const wchar_t *, unsigned long, unsigned long, void *, unsigned long, unsigned long, void *);
    int DeviceIoControl(void *, unsigned long, void *, unsigned long, void *, unsigned long, unsigned long *, void *);
    int CloseHandle(void *);
""")
kernel32 = ffi.dlopen("kernel32.dll")
device = sys.argv[1]
handle = None


def error() -> str:
    return f"error {ffi.getwinerror()[0]}"


def open_device(access: int) -> str:
    global handle
    close_device()
    handle = kernel32.CreateFileW(device, access, 0, ffi.NULL, 3, 0, ffi.NULL)
    return "open" if handle != ffi.cast("void *", -1) else error()


def close_device() -> str:
    global handle
    if handle is not None:
        kernel32.CloseHandle(handle)
    handle = None
    return "closed"


def ioctl(code: int, data: bytes, out_size: int) -> str:
    if handle is None:
        open_device(0xC0000000)
    out = ffi.new("char[]", out_size)
    done = ffi.new("unsigned long *")
    if kernel32.DeviceIoControl(handle, code, data, len(data), out, out_size, done, ffi.NULL):
        return bytes(ffi.buffer(out, done[0])).hex() or "ok"
    return error()


for command in sys.argv[2:]:
    if command == "close":
        print(close_device(), flush=True)
    elif command == "keep":
        handle = None
        print("kept", flush=True)
    elif command.startswith("open:"):
        print(open_device(int(command[5:], 0)), flush=True)
    else:
        code, data, out_size = command.split(":")
        print(ioctl(int(code, 0), bytes.fromhex(data), int(out_size)), flush=True)
