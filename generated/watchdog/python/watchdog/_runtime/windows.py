"""DeviceIoControl through cffi.

Handles are always opened FILE_FLAG_OVERLAPPED: calls of several threads do not queue up
behind one another, a call can be cancelled (Ctrl+C, `close` in another thread), and the
driver's exact NTSTATUS can be read from the OVERLAPPED.
"""
# Values are of the types that a schema says.
# ruff: noqa: ANN401, RUF100

from __future__ import annotations

from _thread import allocate_lock

from ._kernel32 import ffi
from .transport import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Buffer

    from .transport import Access

_RIGHTS = {"none": 0, "r": 0x80000000, "w": 0x40000000, "rw": 0xC0000000}
_FILE_SHARE_READ_WRITE = 3
_OPEN_EXISTING = 3
_FILE_FLAG_OVERLAPPED = 0x40000000
_ERROR_IO_PENDING = 997
_STATUS_PENDING = 0x103
_WAIT_TIMEOUT = 258
_CUSTOMER = 0x20000000
_SEVERE = 0x80000000
_TICK = 50
"""Milliseconds between two looks for Ctrl+C and `close`."""

_kernel32: Any = ffi.dlopen("kernel32.dll")
_ntdll: Any = ffi.dlopen("ntdll.dll")
_NULL: Any = ffi.NULL
_INVALID_HANDLE: Any = ffi.cast("void *", -1)


class WindowsTransport:
    """One open handle, for all threads of the process that opened it."""

    system = "windows"

    def __init__(self, path: str, access: Access = "rw") -> None:
        """Open a device by its path; raises what `open` does: FileNotFoundError etc."""
        self._closed = True
        if access not in _RIGHTS:
            raise ValueError(f"access {access!r} is none of {', '.join(_RIGHTS)}")
        self._handle = _kernel32.CreateFileW(
            path,
            _RIGHTS[access],
            _FILE_SHARE_READ_WRITE,
            _NULL,
            _OPEN_EXISTING,
            _FILE_FLAG_OVERLAPPED,
            _NULL,
        )
        if self._handle == _INVALID_HANDLE:
            code, message = ffi.getwinerror()
            raise OSError(None, message, path, code)
        self.path = path
        self._closed = False
        self._lock = allocate_lock()
        self._calls = 0
        self._idle: list[Any] = []

    def control(
        self, code: int, request: Buffer | None, reply: Buffer | None
    ) -> tuple[Failure | None, int]:
        """Call DeviceIoControl and wait; see `Transport.control`."""
        with self._lock:
            if self._closed:
                raise ValueError(f"{self.path} is closed")
            self._calls += 1
        try:
            try:
                overlapped = self._idle.pop()
            except IndexError:
                overlapped = _new_overlapped()
            source = _NULL if request is None else ffi.from_buffer(request)
            target = _NULL if reply is None else ffi.from_buffer(reply)
            done = _kernel32.DeviceIoControl(
                self._handle,
                code,
                source,
                0 if request is None else len(source),
                target,
                0 if reply is None else len(target),
                _NULL,
                overlapped,
            )
            failure = None if done else self._finish(overlapped)
            transferred = int(overlapped.InternalHigh)
            self._idle.append(overlapped)
            return failure, transferred
        finally:
            self._leave()

    def _finish(self, overlapped: Any) -> Failure | None:
        """Wait for a pending call, and tell how it failed if it did."""
        # Asked first: getwinerror looks up a message, and a search in vain leaves
        # a status of its own.
        last = _ntdll.RtlGetLastNtStatus() & 0xFFFFFFFF
        code, message = _last_error()
        if code != _ERROR_IO_PENDING:
            if int(overlapped.Internal) == _STATUS_PENDING:
                overlapped.InternalHigh = 0
                return Failure(code, _refusal(code, last), message)
            return Failure(code, int(overlapped.Internal) & 0xFFFFFFFF, message)
        try:
            while (
                _kernel32.WaitForSingleObject(overlapped.hEvent, _TICK) == _WAIT_TIMEOUT
            ):
                if self._closed:
                    _kernel32.CancelIoEx(self._handle, overlapped)
        except BaseException:
            # The driver writes to the buffers until the call ends: it has to end here.
            _kernel32.CancelIoEx(self._handle, overlapped)
            _kernel32.WaitForSingleObject(overlapped.hEvent, 0xFFFFFFFF)
            raise
        if _kernel32.GetOverlappedResult(
            self._handle, overlapped, ffi.new("uint32_t *"), 1
        ):
            return None
        code, message = _last_error()
        return Failure(code, int(overlapped.Internal) & 0xFFFFFFFF, message)

    def _leave(self) -> None:
        with self._lock:
            self._calls -= 1
            last = self._closed and self._calls == 0
        if last:
            self._free()

    def close(self) -> None:
        """Cancel the calls of other threads; the last one closes the handle."""
        if self._closed:
            return
        with self._lock:
            if self._closed:
                return
            self._closed = True
            last = self._calls == 0
        if last:
            self._free()
        else:
            _kernel32.CancelIoEx(self._handle, _NULL)

    def _free(self) -> None:
        _kernel32.CloseHandle(self._handle)
        self._idle.clear()

    def __del__(self) -> None:
        """Close what was left open."""
        self.close()


def _last_error() -> tuple[int, str]:
    """Return the Win32 code, unsigned as in the headers, and the system's words."""
    code, message = ffi.getwinerror()
    return code & 0xFFFFFFFF, message


def _refusal(code: int, last: int) -> int | None:
    """Return the NTSTATUS of a call that was refused at once.

    Customer codes are the same number on both sides. Of others the thread's last status
    tells, unless the wait for the interpreter's lock has since put its own there, which
    is no error.
    """
    if code & _CUSTOMER:
        return code
    return last if last & _SEVERE else None


def _new_overlapped() -> Any:
    overlapped = ffi.new("OVERLAPPED *")
    event = _kernel32.CreateEventW(_NULL, 1, 0, _NULL)
    if not event:
        code, message = ffi.getwinerror()
        raise OSError(None, message, None, code)
    overlapped.hEvent = event
    return ffi.gc(overlapped, _close_event)


def _close_event(overlapped: Any) -> None:
    _kernel32.CloseHandle(overlapped.hEvent)
