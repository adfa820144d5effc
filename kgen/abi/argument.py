"""ABI: the one struct that a Linux ioctl takes (DESIGN, "Linux argument").

The reply comes first and the request last, so that a request's tail ends the struct. A variable reply
or a `data:` buffer is reached through {u64 pointer, u32 length, u32 done}.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kgen.abi.layout import Measure
    from kgen.model.entities import Ioctl, Struct

BUFFER_SIZE = 16
BUFFER_ALIGN = 8


class Part(NamedTuple):
    role: str
    """`message`, `reply`, `reply_buffer`, `data_buffer` or `request`."""
    offset: int
    size: int
    """Bytes; up to the tail for a request that has one."""


class Argument(NamedTuple):
    direction: str
    """`none`, `in`, `out` or `both`, seen by the caller."""
    size: int
    """What the number carries: the bytes up to a request's tail, else the whole struct."""
    parts: tuple[Part, ...]


def linux_argument(ioctl: Ioctl, measure: Measure) -> Argument:
    """The argument of one ioctl. A buffer descriptor is both read and written, so it counts as both."""
    if ioctl.message is not None:
        size = measure.record(ioctl.message).size
        return Argument("both", size, (Part("message", 0, size),))
    parts: list[Part] = []
    offset, align = 0, 1

    def place(role: str, size: int, part_align: int) -> None:
        nonlocal offset, align
        offset = (offset + part_align - 1) // part_align * part_align
        parts.append(Part(role, offset, size))
        offset += size
        align = max(align, part_align)

    def place_struct(role: str, struct: Struct) -> None:
        layout = measure.record(struct)
        place(role, layout.size, layout.align)

    if ioctl.reply is not None:
        if ioctl.reply.tail is None:
            place_struct("reply", ioctl.reply)
        else:
            place("reply_buffer", BUFFER_SIZE, BUFFER_ALIGN)
    if ioctl.data is not None:
        place("data_buffer", BUFFER_SIZE, BUFFER_ALIGN)
    if ioctl.request is not None:
        place_struct("request", ioctl.request)
    has_tail = ioctl.request is not None and ioctl.request.tail is not None
    size = offset if has_tail else (offset + align - 1) // align * align
    return Argument(_direction(parts), size, tuple(parts))


def _direction(parts: list[Part]) -> str:
    roles = {part.role for part in parts}
    if not roles:
        return "none"
    if roles == {"request"}:
        return "in"
    if roles == {"reply"}:
        return "out"
    return "both"
