"""What handlers answer in the seeds of a fuzzer: each status, each count and copy at its ends.

Copied as it is by kgen. The form of an answer is that of kgen_fuzz_any.c.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

FILL, APPEND, APPEND_AGAIN, READ, WRITE, FILL_AGAIN, FIT = 1, 2, 4, 8, 16, 32, 64
FITS, FITS_NOT = 251, 252
"""As many elements as there is room for, and one more."""
PATTERNS = b"\xff", b"\x01", b"\x02", b"A", b"\x00A", b"A\x00", b"\x00\xff\xff"


def answers(
    room: int,
    counts: Sequence[tuple[int, int, int]],
    tail: tuple[int, int],
    *,
    has_data: bool,
    wide: int = 0,
) -> Iterator[tuple[bytes, int]]:
    """Yield what the handler of an ioctl may do, and the room that its caller has for it.

    `room` is enough for its longest reply, or the size of a `data:` buffer. The rest is
    that of Ioctl.
    """
    for status in (*range(128, 160), *range(224, 240)):
        yield bytes([status, 0]), room
        if room:
            yield bytes([status]) + _filled(0, b"\xff" * min(room, 4096)), room
    if has_data:
        yield from ((answer, room) for answer in _copies())
    elif room:
        yield from _replies(room)
        yield from ((answer, room) for answer in _words(wide))
        for offset, size, most in counts:
            yield from _counts(offset, size, most, room)
            yield from _short(offset, size, *tail)
        if counts:
            yield from _appends(room, *tail)


def _replies(room: int) -> Iterator[tuple[bytes, int]]:
    """Replies whose strings, bits and reserved bytes are to be tidied; less room, and more."""
    for pattern in PATTERNS:
        content = (pattern * room)[:room]
        yield _answer(content), room
        yield _answer(content, 3), room
    for less in range(-2, 20):
        yield _answer(b"\xff" * 8), max(room - less, 0)


def _words(wide: int) -> Iterator[bytes]:
    """Replies with words of a driver that 32 bits hold, all of them or all but one."""
    for pattern in (b"\xff", b"\x80\x01") if wide else ():
        filled = bytes([0, FILL | FIT]) + _fill(0, (pattern * wide)[:wide])
        yield filled
        for but in range(1, 8):
            yield from (filled + bytes([but, end]) for end in range(7))


def _counts(
    offset: int, size: int, most: int, room: int
) -> Iterator[tuple[bytes, int]]:
    """A count at its ends, then as many elements as it says or others."""
    last = (1 << size * 8) - 1
    for value in (0, 1, 2, most - 1, most, most + 1, 1 << 32, last - 1, last):
        count = min(value, last).to_bytes(size, "little")
        yield b"\x00" + _filled(offset, count), room
        for append in (0, 1, 2, FITS, FITS_NOT):
            yield b"\x00" + _filled(offset, count, bytes([append])), room


def _short(
    offset: int, size: int, head: int, element: int
) -> Iterator[tuple[bytes, int]]:
    """A count around that for which there is room: two elements, and a part of one."""
    for value in range(5):
        count = value.to_bytes(size, "little")
        again = bytes([0, APPEND | FILL_AGAIN, FITS_NOT]) + _fill(offset, count)
        for room in (head + 2 * element, head + 3 * element - 1):
            yield b"\x00" + _filled(offset, count), room
            yield again, room


def _appends(room: int, head: int, element: int) -> Iterator[tuple[bytes, int]]:
    for less in (room, room - 1, head + 2 * element, head + 3 * element - 1):
        for first in (0, 1, 2, FITS, FITS_NOT):
            yield _answer(b"", first), less
            for second in (0, 1, 2, FITS, FITS_NOT):
                both = bytes([0, APPEND | APPEND_AGAIN, first, second])
                yield both + b"\x11" * 64, less


def _copies() -> Iterator[bytes]:
    """Copies of the caller's buffer, at its ends, far from it, and such as fail."""
    for far in range(64):
        for place in ((0, 0), (0, 1), (1, 0), (1, 1), (2, 5)):
            touch = struct.pack(">BHH", far, *place)
            yield bytes([0, READ | WRITE]) + touch * 2


def _answer(content: bytes, *append: int) -> bytes:
    return b"\x00" + _filled(0, content, bytes(append))


def _filled(offset: int, content: bytes, append: bytes = b"") -> bytes:
    actions = FILL | (APPEND if append else 0)
    return bytes([actions]) + _fill(offset, content) + append


def _fill(offset: int, content: bytes) -> bytes:
    return struct.pack(">HH", offset, len(content)) + content
