"""Runs in Windows CPython against the harness driver: what the Windows transport promises.

One line per check: its name, and `ok` or what went wrong. HARNESS_WAIT pends until HARNESS_WAKE.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable

from vault._runtime.windows import WindowsTransport

DEVICE = r"\\.\Harness"
BUFFERED, GET, SET = 0x81232000, 0x81236010, 0x8123A014
WAIT, WAKE = 0x81232020, 0x81232024
OUT_DIRECT = 0x8123200A


def raised(kind: type[BaseException], call: Callable[[], object]) -> BaseException:
    """What the call raises, which has to be of that kind."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


def waiting(device: WindowsTransport) -> tuple[threading.Thread, list[object]]:
    """A thread that waits in the driver, and what it came back with."""
    came: list[object] = []

    def wait() -> None:
        reply = bytearray(4)
        failure, done = device.control(WAIT, None, reply)
        came.append((failure, bytes(reply[:done])))

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.2)
    assert thread.is_alive(), came
    return thread, came


def bytes_come_back() -> None:
    device = WindowsTransport(DEVICE)
    reply = bytearray(5)
    assert device.control(BUFFERED, b"HAL", reply) == (None, 3)
    assert reply == b"IBM\0\0"
    view = memoryview(bytearray(6)).cast("H")
    assert device.control(OUT_DIRECT, b"\x01", view) == (None, 6)
    assert view.tobytes() == bytes([1, 2, 3, 4, 5, 6])
    device.close()


def a_refused_call_tells_its_status() -> None:
    device = WindowsTransport(DEVICE)
    failure, done = device.control(0x81232FF0, None, None)
    assert failure is not None
    assert (failure.code, failure.ntstatus, done) == (1, 0xC0000010, 0)
    assert failure.message
    device.close()


def rights_are_those_of_open() -> None:
    for access, allowed in (("none", []), ("r", [GET]), ("w", [SET]), ("rw", [GET, SET])):
        device = WindowsTransport(DEVICE, access)  # type: ignore[arg-type]
        for code, request, size in ((GET, None, 4), (SET, bytes(4), 0)):
            failure, _ = device.control(code, request, bytearray(size))
            found = None if failure is None else (failure.code, failure.ntstatus)
            assert found == (None if code in allowed else (5, 0xC0000022)), (access, code, found)
        device.close()


def opening_fails_as_open_does() -> None:
    error = raised(FileNotFoundError, lambda: WindowsTransport(r"\\.\NoSuchDevice"))
    assert isinstance(error, FileNotFoundError)
    assert (error.winerror, error.filename) == (2, r"\\.\NoSuchDevice"), error
    raised(ValueError, lambda: WindowsTransport(DEVICE, "x"))  # type: ignore[arg-type]


def one_call_waits_while_others_run() -> None:
    device = WindowsTransport(DEVICE)
    thread, came = waiting(device)
    for _ in range(50):
        reply = bytearray(1)
        assert device.control(BUFFERED, b"a", reply) == (None, 1)
    assert device.control(WAKE, b"\x07", None)[0] is None
    thread.join(5)
    assert came == [(None, b"\x07")] or (came[0][0] is None and came[0][1][:1] == b"\x07"), came
    device.close()


def close_ends_a_waiting_call() -> None:
    device = WindowsTransport(DEVICE)
    thread, came = waiting(device)
    device.close()
    thread.join(5)
    assert not thread.is_alive()
    failure = came[0][0]  # type: ignore[index]
    assert (failure.code, failure.ntstatus) == (995, 0xC0000120), failure
    error = raised(ValueError, lambda: device.control(BUFFERED, b"a", bytearray(1)))
    assert "closed" in str(error)
    device.close()


def an_interrupt_ends_a_waiting_call() -> None:
    device = WindowsTransport(DEVICE)
    threading.Timer(0.3, _thread.interrupt_main, (signal.SIGINT,)).start()
    start = time.monotonic()
    raised(KeyboardInterrupt, lambda: device.control(WAIT, None, bytearray(4)))
    assert time.monotonic() - start < 5
    # Nobody waits any more, and the device goes on.
    assert device.control(BUFFERED, b"a", bytearray(1)) == (None, 1)
    device.close()


def threads_do_not_mix() -> None:
    device = WindowsTransport(DEVICE)
    wrong: list[object] = []

    def call(number: int) -> None:
        for _ in range(100):
            reply = bytearray(2)
            answer = device.control(BUFFERED, bytes([number, number]), reply)
            if answer != (None, 2) or reply != bytes([number + 1, number + 1]):
                wrong.append((answer, bytes(reply)))

    threads = [threading.Thread(target=call, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]
    device.close()


CHECKS: list[Callable[[], None]] = [
    bytes_come_back,
    a_refused_call_tells_its_status,
    rights_are_those_of_open,
    opening_fails_as_open_does,
    one_call_waits_while_others_run,
    close_ends_a_waiting_call,
    an_interrupt_ends_a_waiting_call,
    threads_do_not_mix,
]

if __name__ == "__main__":
    for check in CHECKS:
        try:
            check()
            print(check.__name__, "ok", flush=True)
        except Exception:
            print(
                check.__name__, "failed:", traceback.format_exc().replace("\n", " | "), flush=True
            )
    sys.exit(0)
