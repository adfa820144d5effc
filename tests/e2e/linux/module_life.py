"""Runs in a guest, with the tour's module loaded: what a device owes to its callers, by raw calls. Prints what failed."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable, Iterator

NODE = "/dev/tour"
MAGIC = int(sys.argv[1], 0)
libc = ctypes.CDLL(None, use_errno=True)

CHECKS: list[Callable[[], None]] = []


def check(function: Callable[[], None]) -> Callable[[], None]:
    CHECKS.append(function)
    return function


def number(way: int, nr: int, size: int) -> int:
    return way << 30 | size << 16 | MAGIC << 8 | nr


READ, WRITE, BOTH = 2, 1, 3
PING = number(0, 0, 0)
SET_LEVEL, GET_LEVEL = number(WRITE, 2, 4), number(READ, 3, 4)
READ_READING = number(READ, 9, 32)
WATCH = number(WRITE, 15, 16)
LEND = number(BOTH, 16, 56)
MAKE_TOKEN, DROP_TOKEN = number(BOTH, 0x20, 24), number(BOTH, 0x22, 24)
REFUSE = 101
"""The `mode` by which the handler refuses (tour_handlers.c)."""


@contextlib.contextmanager
def opened(flags: int = os.O_RDWR) -> Iterator[int]:
    fd = os.open(NODE, flags | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


def ioctl(fd: int, number: int, argument: bytearray | None = None) -> int:
    """0 or a negative errno. Never positive."""
    if argument is None:
        result = libc.ioctl(fd, ctypes.c_ulong(number), None)
    else:
        memory = (ctypes.c_char * len(argument)).from_buffer(argument)
        result = libc.ioctl(fd, ctypes.c_ulong(number), memory)
    assert result in (0, -1), result
    return -ctypes.get_errno() if result else 0


def answers(wanted: int, got: int) -> None:
    assert wanted == got, f"{got} in place of {wanted}"


def level(fd: int) -> int:
    reply = bytearray(4)
    answers(0, ioctl(fd, GET_LEVEL, reply))
    return int(struct.unpack("I", reply)[0])


@check
def the_node_is_as_the_schema_says() -> None:
    status = os.stat(NODE)
    assert status.st_mode & 0o7777 == 0o660, oct(status.st_mode)
    assert os.major(status.st_rdev) == 10


@check
def a_number_is_compared_on_all_bits() -> None:
    with opened() as fd:
        answers(0, ioctl(fd, PING))
        for bit in range(32):
            wanted = -errno.ENOTTY
            changed = SET_LEVEL ^ 1 << bit
            # One bit away is another code of the tour, which may even be called.
            if changed & 0xFFFF in {MAGIC << 8 | nr for nr in range(0x25)} and bit < 8:
                continue
            answers(wanted, ioctl(fd, changed, bytearray(64)))
        answers(-errno.ENOTTY, ioctl(fd, 0x5401, bytearray(64)))  # TCGETS, as isatty asks
        assert not os.isatty(fd)


@check
def what_grows_is_known_by_any_size() -> None:
    with opened() as fd:
        for size in range(100):
            reply = bytearray(b"\xee" * 128)
            wanted = 0 if size >= 16 else -errno.EINVAL
            answers(wanted, ioctl(fd, number(READ, 9, size), reply))
            assert reply[size:] == b"\xee" * (128 - size)
            assert size < 16 or reply[32:size] == bytes(max(0, size - 32))


@check
def access_is_that_of_the_file() -> None:
    with opened(os.O_RDONLY) as fd:
        answers(-errno.EACCES, ioctl(fd, SET_LEVEL))
        answers(0, ioctl(fd, GET_LEVEL, bytearray(4)))
    with opened(os.O_WRONLY) as fd:
        answers(-errno.EACCES, ioctl(fd, GET_LEVEL))
        answers(0, ioctl(fd, SET_LEVEL, bytearray(4)))


def in_child(work: Callable[[], int]) -> int:
    """The exit status of a child that does it."""
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(work())
        except BaseException:
            traceback.print_exc()
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@check
def a_file_that_is_handed_on_hands_on_no_capability() -> None:
    with opened() as fd:

        def work() -> int:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            assert ioctl(fd, PING) == -errno.EPERM
            assert ioctl(fd, number(0, 0x70, 0)) == -errno.ENOTTY
            return 0

        answers(0, in_child(work))


@check
def the_last_descriptor_ends_an_open() -> None:
    event = os.eventfd(0, os.EFD_NONBLOCK)
    with opened() as fd, opened() as other:
        answers(0, ioctl(fd, WATCH, bytearray(struct.pack("QQ", 1, event))))
        answers(0, ioctl(fd, SET_LEVEL, bytearray(4)))
        answers(1, os.eventfd_read(event))
        copy = os.dup(fd)
        answers(0, in_child(lambda: os.close(fd) or 0))
        answers(0, ioctl(copy, SET_LEVEL, bytearray(4)))
        answers(1, os.eventfd_read(event))
        os.close(copy)
        # `watch` belongs to the open, and not to the device.
        answers(0, ioctl(other, SET_LEVEL, bytearray(4)))
        try:
            os.eventfd_read(event)
        except BlockingIOError:
            pass
        else:
            raise AssertionError("another open set the event")
    os.close(event)


@check
def an_event_outlives_the_descriptor_that_named_it() -> None:
    event = os.eventfd(0)
    kept = os.dup(event)
    with opened() as fd:
        answers(0, ioctl(fd, WATCH, bytearray(struct.pack("QQ", 1, event))))
        os.close(event)
        for _ in range(7):
            answers(0, ioctl(fd, SET_LEVEL, bytearray(4)))
        answers(7, os.eventfd_read(kept))
    os.close(kept)


@check
def handles_are_descriptors() -> None:
    event = os.eventfd(0)
    reading, writing = os.pipe()

    def lend(fd: int, *handles: int) -> tuple[int, bytes]:
        argument = bytearray(8) + struct.pack("<II5q", 0, 0, *handles)
        result = ioctl(fd, LEND, argument)
        return result, bytes(argument[:5])

    with opened() as fd:
        assert lend(fd, event, writing, 0, 0, 0) == (0, b"\1\1\0\0\0")
        answers(1, os.eventfd_read(event))
        assert lend(fd, 0, 0, 0, 0, 0) == (0, bytes(5))
        assert lend(fd, 0, reading, 0, 0, 0)[0] == -errno.EACCES
        assert lend(fd, writing, 0, 0, 0, 0)[0] == -errno.EBADF
        assert lend(fd, 0, fd, 0, 0, 0)[0] == -errno.EBADF
        for position in range(5):
            for bad in (1 << 20, -1, 1 << 32 | event, 1 << 31, 1 << 63 - 1):
                handles = [0] * 5
                handles[position] = bad
                assert lend(fd, *handles)[0] == -errno.EBADF
        for position in (2, 3, 4):
            handles = [0] * 5
            handles[position] = writing
            assert lend(fd, *handles)[0] == -errno.EBADF
        path_only = os.open("/", os.O_PATH)
        assert lend(fd, 0, path_only, 0, 0, 0)[0] == -errno.EBADF
        os.close(path_only)
    for each in (event, reading, writing):
        os.close(each)


@check
def objects_belong_to_an_open_and_go_with_it() -> None:
    def make(fd: int, mode: int = 0) -> tuple[int, int, int]:
        argument = bytearray(16) + struct.pack("II", 7, mode)
        result = ioctl(fd, MAKE_TOKEN, argument)
        token, alive = struct.unpack_from("QI", argument)
        return result, token, alive

    with opened() as fd, opened() as other:
        tokens = [make(fd) for _ in range(4)]
        assert [result for result, _, _ in tokens] == [0] * 4
        assert len({token for _, token, _ in tokens}) == 4
        assert tokens[-1][2] == 4
        answers(-errno.EBUSY, make(fd)[0])
        answers(-errno.EINVAL, make(other, mode=REFUSE)[0])
        drop = bytearray(8) + struct.pack("QII", tokens[0][1], 0, 0)
        answers(-errno.EBADF, ioctl(other, DROP_TOKEN, bytearray(drop)))
        answers(0, ioctl(fd, DROP_TOKEN, bytearray(drop)))
        answers(-errno.EBADF, ioctl(fd, DROP_TOKEN, bytearray(drop)))
    with opened() as fd:
        assert make(fd)[2] == 1, "three were left when their file was closed"


@check
def a_module_in_use_stays() -> None:
    with opened():
        pid = os.fork()
        if pid == 0:
            os.execvp("rmmod", ["rmmod", sys.argv[2]])
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0
    assert os.path.exists(NODE)


@check
def a_fault_after_the_handler_is_a_fault() -> None:
    """A page of the reply that may not be written: nothing is done."""
    page = os.sysconf("SC_PAGESIZE")
    libc.mmap.restype = ctypes.c_void_p
    at = libc.mmap(None, ctypes.c_size_t(page), 1, 0x22, -1, 0)  # PROT_READ
    with opened() as fd:
        before = level(fd)
        result = libc.ioctl(fd, ctypes.c_ulong(GET_LEVEL), ctypes.c_void_p(at))
        assert (result, ctypes.get_errno()) == (-1, errno.EFAULT)
        assert level(fd) == before
        made = libc.ioctl(fd, ctypes.c_ulong(MAKE_TOKEN), ctypes.c_void_p(at))
        assert made == -1


@check
def a_killed_caller_lets_go() -> None:
    """Children that call all the time are killed: the device is free, and closed."""
    children = []
    for _ in range(4):
        pid = os.fork()
        if pid == 0:
            with opened() as fd:
                while True:
                    ioctl(fd, SET_LEVEL, bytearray(4))
        children.append(pid)
    time.sleep(0.3)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    with opened() as fd:
        answers(0, ioctl(fd, PING))


@check
def fcntl_reaches_it_too() -> None:
    with opened() as fd:
        reply = bytearray(32)
        fcntl.ioctl(fd, READ_READING, reply)


def main() -> int:
    failed = 0
    for function in CHECKS:
        try:
            function()
        except BaseException:
            failed += 1
            print(f"{function.__name__}:\n{traceback.format_exc()}")
    print(f"{len(CHECKS)} checks, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
