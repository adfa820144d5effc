"""ioctl through cffi.

The interpreter's own `fcntl.ioctl` keeps its lock during a long argument, and copies a
short one to memory that is never cleared.
"""
# Values are of the types that a schema says.
# ruff: noqa: ANN401, RUF100

from __future__ import annotations

import os
import sys
from _thread import allocate_lock
from errno import EINTR
from struct import pack_into, unpack_from

from ._libc import ffi
from .number import DESCRIPTOR, DONE_AT, Number
from .transport import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Buffer

    from .transport import Access

_MODES = {"none": 3, "r": os.O_RDONLY, "w": os.O_WRONLY, "rw": os.O_RDWR}
"""3 is Linux's own: a file that can neither be read nor written (open(2))."""

_libc: Any = ffi.dlopen(None)
_NULL: Any = ffi.NULL


class LinuxTransport:
    """One open file, for all threads of the process that opened it."""

    system = "linux"

    def __init__(self, path: str, access: Access = "rw") -> None:
        """Open a device by its path; raises what `open` does: FileNotFoundError etc."""
        self._closed = True
        if access not in _MODES:
            raise ValueError(f"access {access!r} is none of {', '.join(_MODES)}")
        self._file = os.open(path, _MODES[access] | os.O_CLOEXEC | os.O_NOCTTY)
        self.path = path
        self._closed = False
        self._lock = allocate_lock()
        self._calls = 0

    def fileno(self) -> int:
        """Return the file descriptor, which is closed by `close`."""
        if self._closed:
            raise ValueError(f"{self.path} is closed")
        return self._file

    def control(
        self, code: int, request: Buffer | None, reply: Buffer | None
    ) -> tuple[Failure | None, int]:
        """Call ioctl and wait; see `Transport.control`.

        `code` is a Number. Any other gets one argument, which is the request and
        becomes the reply.
        """
        with self._lock:
            if self._closed:
                raise ValueError(f"{self.path} is closed")
            self._calls += 1
        try:
            if not isinstance(code, Number):
                return self._control_unknown(code, request, reply)
            if code.by_value:
                return self._control_value(code, request)
            if code.is_direct:
                return self._control_direct(code, request, reply)
            return self._control_parts(code, request, reply)
        finally:
            self._leave()

    def _control_direct(
        self, number: Number, request: Buffer | None, reply: Buffer | None
    ) -> tuple[Failure | None, int]:
        """Hand over the caller's own buffer."""
        if number.message and request is not None and reply is not None:
            source = memoryview(request).cast("B")
            memoryview(reply).cast("B")[: len(source)] = source
        buffer = request if reply is None else reply
        argument = _NULL if buffer is None else ffi.from_buffer(buffer)
        size = 0 if buffer is None else len(argument)
        sized = number.of_request(size) if reply is None else number.of_reply(size)
        failure, answer = self._ioctl(sized, argument, retry=number.retry)
        if failure is not None:
            return failure, 0
        if number.returns:
            return None, answer if reply is None else min(answer, size)
        if reply is None:
            return None, 0
        return None, size if number.grows or number.tail else number.reply

    def _control_value(
        self, number: Number, request: Buffer | None
    ) -> tuple[Failure | None, int]:
        """Pass an integer in place of the pointer."""
        signed = number.by_value == "signed"
        value = int.from_bytes(request or b"", sys.byteorder, signed=signed)
        return self._ioctl(number, ffi.cast("intptr_t", value), retry=number.retry)

    def _control_parts(
        self, number: Number, request: Buffer | None, reply: Buffer | None
    ) -> tuple[Failure | None, int]:
        """Make the argument of its parts, and take it apart again."""
        size, sized = number.size, int(number)
        if number.request is not None and request is not None:
            size = max(size, number.request[0] + _size(request))
            sized = number.of_request(_size(request))
        argument = bytearray(size)
        try:
            kept = _fill(argument, number, request, reply)
            whole = ffi.from_buffer(argument)
            failure, _ = self._ioctl(sized, whole, retry=number.retry)
            if failure is not None or reply is None:
                return failure, 0
            if kept is None:
                done = min(number.reply, _size(reply))
                memoryview(reply).cast("B")[:done] = memoryview(argument)[:done]
                return None, done
            at = 0 if number.buffer else number.data or 0
            (done,) = unpack_from("=I", argument, at + DONE_AT)
            return None, min(done, len(kept))
        finally:
            # It may have held a secret.
            argument[:] = bytes(len(argument))

    def _control_unknown(
        self, code: int, request: Buffer | None, reply: Buffer | None
    ) -> tuple[Failure | None, int]:
        sent = b"" if request is None else bytes(memoryview(request))
        room = 0 if reply is None else _size(reply)
        argument = bytearray(sent.ljust(room, b"\0"))
        failure, _ = self._ioctl(code, ffi.from_buffer(argument), retry=False)
        if failure is not None or reply is None:
            return failure, 0
        memoryview(reply).cast("B")[:] = memoryview(argument)[:room]
        return None, room

    def _ioctl(
        self, number: int, argument: Any, *, retry: bool
    ) -> tuple[Failure | None, int]:
        what, pointer = ffi.cast("unsigned long", number), ffi.cast("void *", argument)
        while True:
            answer: int = _libc.ioctl(self._file, what, pointer)
            if answer >= 0:
                return None, answer
            error = ffi.errno
            if error != EINTR or not retry:
                return Failure(error, None, os.strerror(error)), 0

    def _leave(self) -> None:
        with self._lock:
            self._calls -= 1
            last = self._closed and self._calls == 0
        if last:
            os.close(self._file)

    def close(self) -> None:
        """Refuse further calls; the last of those that still wait closes the file."""
        if self._closed:
            return
        with self._lock:
            if self._closed:
                return
            self._closed = True
            last = self._calls == 0
        if last:
            os.close(self._file)

    def __del__(self) -> None:
        """Close what was left open."""
        self.close()


def _size(buffer: Buffer) -> int:
    return memoryview(buffer).nbytes


def _fill(
    argument: bytearray, number: Number, request: Buffer | None, reply: Buffer | None
) -> Any:
    """Write the parts; return what keeps the memory elsewhere alive, None without."""
    if number.request is not None and request is not None:
        source = memoryview(request).cast("B")
        memoryview(argument)[number.request[0] :][: len(source)] = source
    at = 0 if number.buffer else number.data
    if at is None:
        return None
    elsewhere = ffi.from_buffer(b"" if reply is None else reply)
    address = int(ffi.cast("uintptr_t", elsewhere)) if len(elsewhere) else 0
    pack_into(DESCRIPTOR, argument, at, address, len(elsewhere), 0)
    return elsewhere
