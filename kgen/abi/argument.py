"""ABI: the one struct that a Linux ioctl takes (DESIGN, "Linux argument").

The reply comes first and the request last, so that a request's tail ends the struct. What the driver
fills to a length of its own goes through {u64 pointer, u32 length, u32 done}: a `data:` buffer, a reply
with a tail, and a reply that grows beside anything else, because what follows it could not be found.

    in           struct request                          _IOW
    out          struct reply                            _IOR
    in, out      {struct reply; struct request}          _IOWR
    out a tail   {buffer}                                _IOWR
    inout        struct message                          _IOWR
    nothing                                              _IO

A size-versioned struct is found at the same place in every version of the interface: it begins at a
multiple of 8, whatever it holds, and nothing is added after it, so that the number's size tells its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.record import NamedTuple

if TYPE_CHECKING:
    from kgen.abi.layout import Measure
    from kgen.model.entities import Ioctl, Struct

BUFFER_SIZE = 16
BUFFER_ALIGN = 8
GROWING_ALIGN = 8
"""Of a size-versioned struct: a later version may hold 64-bit fields where the first had none."""


class Part(NamedTuple):
    role: str
    """`message`, `reply`, `reply_buffer`, `data_buffer` or `request`."""
    offset: int
    size: int
    """Bytes; up to the tail for a struct that has one."""


class Argument(NamedTuple):
    direction: str
    """`none`, `in`, `out` or `both`, seen by the caller."""
    size: int
    """What the number carries: the bytes up to a tail, else the whole struct."""
    parts: tuple[Part, ...]
    """By offset. Bytes between two parts, or after the last, are padding."""


def linux_argument(ioctl: Ioctl, measure: Measure, external: bool = False) -> Argument:
    """The argument of one ioctl. With `external`, a reply with a tail stands in place, as existing drivers have it.

    What is passed by value has no parts.
    """
    if ioctl.calling.by_value:
        return Argument("none", 0, ())
    if ioctl.message is not None:
        size = measure.record(ioctl.message).size
        return Argument("both", size, (Part("message", 0, size),))
    struct = _Parts(measure)
    if ioctl.reply is not None:
        alone = ioctl.request is None and ioctl.data is None
        if _is_in_place(ioctl.reply, alone, external):
            struct.add_record("reply", ioctl.reply)
        else:
            struct.add("reply_buffer", BUFFER_SIZE, BUFFER_ALIGN)
    if ioctl.data is not None:
        struct.add("data_buffer", BUFFER_SIZE, BUFFER_ALIGN)
    if ioctl.request is not None:
        struct.add_record("request", ioctl.request)
    return Argument(_direction(struct.parts), struct.size, tuple(struct.parts))


def _is_in_place(reply: Struct, alone: bool, external: bool) -> bool:
    if reply.tail is not None:
        return external and alone
    return alone or not reply.grows


class _Parts:
    """Places one part after the other."""

    def __init__(self, measure: Measure) -> None:
        self.parts: list[Part] = []
        self._measure = measure
        self._end = 0
        self._align = 1
        self._open = False

    @property
    def size(self) -> int:
        return self._end if self._open else _round_up(self._end, self._align)

    def add_record(self, role: str, struct: Struct) -> None:
        layout = self._measure.record(struct)
        self.add(role, layout.size, GROWING_ALIGN if struct.grows else layout.align)
        self._open = struct.grows or struct.tail is not None

    def add(self, role: str, size: int, align: int) -> None:
        self._align = max(self._align, align)
        self.parts.append(Part(role, _round_up(self._end, align), size))
        self._end = self.parts[-1].offset + size


def _direction(parts: list[Part]) -> str:
    """A buffer descriptor is both read and written, so it counts as both."""
    if not parts:
        return "none"
    if len(parts) == 1 and parts[0].role == "request":
        return "in"
    if len(parts) == 1 and parts[0].role == "reply":
        return "out"
    return "both"


def _round_up(value: int, align: int) -> int:
    return (value + align - 1) // align * align
