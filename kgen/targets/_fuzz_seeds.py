"""Target `fuzz`: seeds of the corpus, and the fields by which a finding is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.layout import holes
from kgen.abi.lengths import bounds
from kgen.model.entities import Struct
from kgen.model.handles import HANDLE_RIGHTS
from kgen.model.objects import places as object_places
from kgen.model.types import Handle, Tail
from kgen.record import NamedTuple
from kgen.targets._c_handles import handle_fields
from kgen.targets._handles import SIZE, placeholder, wanted
from kgen.targets._rules import put
from kgen.targets._valid import valid_requests

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.abi.layout import Hole
    from kgen.model.entities import Ioctl

LONGEST = 256
"""Bytes of a request: one that is longer is no file that people review, and the mutator makes it."""


class FieldPlace(NamedTuple):
    """A field of a request, by its path."""

    name: str
    offset: int
    size: str
    """In Python: `None` for a tail."""


class Piece(NamedTuple):
    name: str
    hex: str


class Seed(NamedTuple):
    ioctl: str
    name: str
    """`valid`, `figure.line`: what is special about it."""
    pieces: list[Piece]


def places(struct: Struct, layouts: Layouts, at: int = 0, path: str = "") -> list[FieldPlace]:
    """Its fields, those of nested structs in place of these, and holes; arrays and unions as a whole."""
    found: list[FieldPlace] = []
    layout = layouts.record(struct)
    gaps = {hole.before and hole.before.name: hole for hole in holes(layout)}
    for item in layout.fields:
        name, offset = f"{path}{item.field.name}", at + item.offset
        if item.field.name in gaps:
            found.append(_padding(gaps[item.field.name], at))
        if isinstance(item.field.type, Struct):
            found += places(item.field.type, layouts, offset, f"{name}.")
        else:
            found.append(FieldPlace(name, offset, str(item.size)))
    if None in gaps:
        found.append(_padding(gaps[None], at))
    return found


def _padding(hole: Hole, at: int) -> FieldPlace:
    return FieldPlace("(padding)", at + hole.offset, str(hole.size))


class IdPlace(NamedTuple):
    """Where a message has the id of an object, or those of its tail."""

    offset: int
    stride: int
    """Bytes from one to the next up to the end of the message; 0 where it is one alone."""


def id_places(struct: Struct | None, layouts: Layouts) -> list[IdPlace]:
    found: list[IdPlace] = []
    for place in object_places(struct):
        offset, owner = 0, struct
        for field in place.path:
            assert owner is not None
            rows = layouts.record(owner).fields
            offset += next(row.offset for row in rows if row.field.name == field.name)
            owner = field.type if isinstance(field.type, Struct) else None
        if isinstance(place.field.type, Tail):
            found.append(IdPlace(offset, place.id.size))
        else:
            found += [IdPlace(offset + i * place.id.size, 0) for i in range(place.most)]
    return found


class CountPlace(NamedTuple):
    """A number of a reply that says how long it is, or would be."""

    offset: int
    size: int
    most: int


def count_places(ioctl: Ioctl, layouts: Layouts) -> list[CountPlace]:
    reply, short = ioctl.reply, ioctl.short
    if reply is None or reply.tail is None or short is None:
        return []
    tail = reply.tail.type
    assert isinstance(tail, Tail)
    size = layouts.size_align(tail.element)[0]
    most = tail.maximum * (size if tail.unit == "bytes" else 1)
    names = (tail.counter, short.field)
    rows = layouts.record(reply).fields
    return [
        CountPlace(row.offset, row.size, most)
        for row in rows
        if row.field.name in names and row.size is not None
    ]


class TailPlace(NamedTuple):
    """Where the elements of a message's tail begin, and the bytes of one."""

    offset: int
    size: int


def tail_place(struct: Struct | None, layouts: Layouts) -> TailPlace:
    if struct is None or struct.tail is None:
        return TailPlace(0, 0)
    tail = struct.tail.type
    assert isinstance(tail, Tail)
    return TailPlace(layouts.record(struct).fields[-1].offset, layouts.size_align(tail.element)[0])


def seeds(ioctl: Ioctl, layouts: Layouts) -> list[Seed]:
    struct = ioctl.request or ioctl.message
    if struct is None:
        return []
    known, ids = places(struct, layouts), id_places(struct, layouts)
    found = [
        (request.name, _linked(request.message, ids)) for request in valid_requests(ioctl, layouts)
    ]
    if handle_fields(ioctl) and found:
        found.append(("handles", _with_handles(ioctl, found[0][1], struct, layouts)))
    found = [(name, _numbered(message)) for name, message in found]
    return [
        Seed(ioctl.name, name, _pieces(message, known))
        for name, message in found
        if len(message) <= LONGEST
    ]


def _linked(message: bytes, ids: list[IdPlace]) -> bytes:
    """With the newest id that there is where it names an object, see kgen_fuzz_link."""
    made = bytearray(message)
    for place in ids:
        for at in range(place.offset, len(message), place.stride or len(message)):
            made[at : at + 8] = (1).to_bytes(8, "little")
    return bytes(made)


def _with_handles(ioctl: Ioctl, message: bytes, struct: Struct, layouts: Layouts) -> bytes:
    """With every handle that there may be."""
    offsets = {item.field.name: item.offset for item in layouts.record(struct).fields}
    for field in handle_fields(ioctl):
        assert isinstance(field.type, Handle)
        message = put(message, offsets[field.name], placeholder(field.type.kind, field.type.rights))
    return message


def _numbered(message: bytes) -> bytes:
    """With the handles that the harness has made: 4, 8 and so on, one of each kind."""
    for one in wanted(message):
        number = 4 * (1 + tuple(HANDLE_RIGHTS).index(one.kind))
        message = put(message, one.at, number.to_bytes(SIZE, "little"))
    return message


def _pieces(message: bytes, known: list[FieldPlace]) -> list[Piece]:
    found = []
    for name, offset, size in known:
        part = message[offset:] if size == "None" else message[offset : offset + int(size)]
        if part:
            found.append(Piece(name, part.hex().upper()))
    return found


def reply_room(ioctl: Ioctl, layouts: Layouts) -> int:
    """Bytes of the caller's buffer that a seed has: the whole reply, or a little data."""
    if ioctl.data is not None:
        size = layouts.size_align(ioctl.data.type)[0]
        return size * min(ioctl.data.maximum, ioctl.data.minimum + 15)
    reply = ioctl.reply or ioctl.message
    return 0 if reply is None else min(bounds(reply, layouts)[1], 4096)
