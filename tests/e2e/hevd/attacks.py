"""What is sent to hevd.yaml's driver, class by class of HEVD, and what has to come back."""

from __future__ import annotations

import struct
from typing import NamedTuple

from tests.suites.boundary import Interface
from tests.suites.hostile import FILL, Call

BUFFER, OBJECT = 2048, 504
WORDS = BUFFER - 4
MOST = 0xFFFFFFFF
GOOD = 0xBAD0B0B0
NUMBER, TEXT = 1, 2
KERNEL_ADDRESS = 0xFFFFF80000001000


class Shot(NamedTuple):
    """One call: what is sent, with how much room for the reply; the status and line of trace that answer, and the reply."""

    ioctl: str
    request: bytes
    status: str
    trace: str = ""
    reply: bytes = b""
    room: int = 0
    access: str = "rw"

    def call(self, interface: Interface) -> Call:
        code = interface.ioctls[self.ioctl].code
        return Call(self.ioctl, code, self.request, FILL * self.room, self.access)


def counted(count: int, size: int) -> bytes:
    """A count, and so many bytes behind it."""
    return struct.pack("<I", count) + b"A" * size


def buffer_overflow(ioctl: str, most: int) -> list[Shot]:
    return [
        Shot(ioctl, counted(most + 32, most + 32), "too_big", "length"),
        Shot(ioctl, counted(most + 1, most + 1), "too_big", "length"),
        Shot(ioctl, counted(most + 1, most), "invalid", "bytes_count: count"),
        Shot(ioctl, counted(MOST, most), "invalid", "bytes_count: count"),
        Shot(ioctl, counted(most, 16), "bad_length", "bytes: length"),
        Shot(ioctl, b"A" * (most - 4), "invalid", "bytes_count: count"),
        Shot(ioctl, counted(most, most), "ok"),
    ]


def double_fetch() -> list[Shot]:
    """The length that is checked is the one that is used; race.c changes it meanwhile."""
    ioctl = "double_fetch"
    sum_of_all = struct.pack("<I", BUFFER * ord("A"))
    return [
        *(shot._replace(room=4) for shot in buffer_overflow(ioctl, BUFFER)[:-1]),
        Shot(ioctl, counted(BUFFER, BUFFER), "ok", reply=sum_of_all, room=4),
    ]


def integer_overflow() -> list[Shot]:
    ioctl = "integer_overflow"
    refused = ("invalid", "length: count")
    return [
        Shot(ioctl, counted(MOST, 16), *refused),
        Shot(ioctl, counted(MOST - 3, 16), *refused),
        Shot(ioctl, counted(MOST - 3, WORDS), *refused),
        Shot(ioctl, counted(1 << 31, WORDS), *refused),
        Shot(ioctl, counted(BUFFER, WORDS), *refused),
        Shot(ioctl, counted(WORDS - 1, WORDS - 1), *refused),
        Shot(ioctl, counted(WORDS, 16), "bad_length", "words: length"),
        Shot(ioctl, counted(WORDS, BUFFER), "too_big", "length"),
        Shot(ioctl, counted(WORDS, WORDS), "ok"),
    ]


def arbitrary_write() -> list[Shot]:
    def write(where: int, pad: int = 0) -> bytes:
        return struct.pack("<QII", 0x4141414141414141, where, pad)

    def pointers(what: int, where: int) -> bytes:
        """What HEVD takes: two addresses."""
        return struct.pack("<QQ", what, where)

    ioctl = "arbitrary_write"
    refused = ("invalid", "where: range")
    return [
        Shot(ioctl, write(16), *refused),
        Shot(ioctl, write(1 << 31), *refused),
        Shot(ioctl, write(MOST), *refused),
        Shot(ioctl, pointers(0x41414141, KERNEL_ADDRESS), *refused),
        Shot(ioctl, pointers(0x41414141, KERNEL_ADDRESS & ~MOST), "invalid", "pad: reserved"),
        Shot(ioctl, write(15), "ok"),
    ]


def arbitrary_increment() -> list[Shot]:
    ioctl = "arbitrary_increment"
    refused = [
        Shot(ioctl, struct.pack("<I", counter), "invalid", "counter: enum")
        for counter in (3, 1 << 30, MOST)
    ]
    address = struct.pack("<Q", KERNEL_ADDRESS)
    return [
        *refused,
        Shot(ioctl, address, "bad_length", "length"),
        Shot(ioctl, struct.pack("<I", 1), "ok"),
    ]


def write_null() -> list[Shot]:
    ioctl = "write_null"
    address = struct.pack("<Q", KERNEL_ADDRESS)
    return [
        Shot(ioctl, address, "bad_length", "length", room=8),
        Shot(ioctl, b"", "short_buffer", "capacity", room=7),
        Shot(ioctl, b"", "ok", reply=bytes(8), room=12),
    ]


def memory_disclosure() -> list[Shot]:
    """Of an object that is as long as the longest reply; the handle is one that nobody else writes with."""
    whole = struct.pack("<I", OBJECT) + b"o" * OBJECT
    shots = [
        Shot("memory_disclosure", b"", "ok", reply=whole, room=room)
        for room in (4 + OBJECT, 5 + OBJECT, 4096, 1 << 16)
    ]
    part = struct.pack("<I", 60) + b"o" * 60
    shots.append(Shot("memory_disclosure", b"", "ok", reply=part, room=64))
    shots.append(Shot("memory_disclosure", b"", "short_buffer", "capacity", room=3))
    return [shot._replace(access="r") for shot in shots]


def uninitialized_memory_pool() -> list[Shot]:
    ioctl = "uninitialized_memory_pool"
    reply = struct.pack("<I", 7) + b"n" * 31 + bytes(1 + 4 + 64)
    return [Shot(ioctl, b"\0", "ok", reply=reply, room=room) for room in (104, 105, 4096)] + [
        Shot(ioctl, b"\1", "not_found", room=4096),
        Shot(ioctl, b"\2", "invalid", "fail: bool", room=104),
    ]


def magic(ioctl: str, value: int) -> list[Shot]:
    def send(number: int) -> bytes:
        return struct.pack("<I", number)

    refused = [
        Shot(ioctl, send(wrong), "invalid", "magic: enum", room=4)
        for wrong in (0, GOOD - 1, 0xBAADF00D, MOST)
    ]
    return [*refused, Shot(ioctl, send(GOOD), "ok", reply=send(value), room=4)]


def type_confusion() -> list[Shot]:
    def send(kind: int, content: bytes, pad: int = 0) -> bytes:
        return struct.pack("<II", kind, pad) + content.ljust(64, b"\0")

    ioctl = "type_confusion"
    return [
        Shot(ioctl, send(TEXT, b"A" * 64), "invalid", "content.text: string"),
        Shot(ioctl, send(TEXT, b"A\0B"), "invalid", "content.text: string"),
        Shot(ioctl, send(0, b"A" * 64), "invalid", "kind: enum"),
        Shot(ioctl, send(3, b"A" * 64), "invalid", "kind: enum"),
        Shot(ioctl, send(NUMBER, b"A" * 9), "invalid", "content: union"),
        Shot(ioctl, struct.pack("<QQ", NUMBER, KERNEL_ADDRESS), "bad_length", "length"),
        Shot(ioctl, send(NUMBER, b"A" * 8), "ok"),
        Shot(ioctl, send(TEXT, b"A" * 63), "ok"),
    ]


def weak_access() -> list[Shot]:
    """What any user could send to HEVD: the system compares the code with the rights of the handle."""
    magic = struct.pack("<I", GOOD)
    shots = []
    for ioctl, request, reply, right, less in (
        ("buffer_overflow_pool", counted(0, 0), b"", "w", ("none", "r")),
        ("arbitrary_write", bytes(16), b"", "w", ("none", "r")),
        ("null_pointer_dereference", magic, bytes(4), "rw", ("none", "r", "w")),
    ):
        shots += [Shot(ioctl, request, "access_denied", room=4, access=access) for access in less]
        shots.append(Shot(ioctl, request, "ok", room=4, reply=reply, access=right))
    return shots


ATTACKS = {
    "buffer overflow (stack)": buffer_overflow("buffer_overflow_stack", BUFFER),
    "buffer overflow (pool)": buffer_overflow("buffer_overflow_pool", OBJECT),
    "integer overflow": integer_overflow(),
    "double fetch": double_fetch(),
    "arbitrary write": arbitrary_write(),
    "arbitrary increment": arbitrary_increment(),
    "write NULL": write_null(),
    "memory disclosure": memory_disclosure(),
    "uninitialised memory (pool)": uninitialized_memory_pool(),
    "uninitialised memory (stack)": magic("uninitialized_memory_stack", 1),
    "NULL pointer dereference": magic("null_pointer_dereference", 0),
    "type confusion": type_confusion(),
    "weak access": weak_access(),
}
