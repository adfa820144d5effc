"""ABI: what a layout must keep to. Reports; computes nothing that anyone else needs."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from kgen.abi.abis import ABIS
from kgen.abi.codes import LARGEST_SIZE
from kgen.abi.layout import Hole, RecordLayout, editions, holes
from kgen.abi.lengths import bounds
from kgen.model.entities import Struct, TaggedUnion
from kgen.model.types import Array, Tail

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.diagnostics import Sink, Span
    from kgen.model.entities import Interface
    from kgen.model.types import Type

_ODD_ABI = min(ABIS, key=lambda abi: abi.align64).name
"""Where a native struct is laid out unlike everywhere else, if it has 64-bit integers."""


def check_structs(interface: Interface, layouts: Layouts, sink: Sink) -> None:
    """Report what keeps a new struct from having one layout, and one only, in every version of it."""
    for struct in interface.structs:
        if struct.native:
            continue
        layout = layouts.record(struct)
        if layout.padding:
            _check_padding(struct, layout, sink)
        elif struct.grows:
            _check_editions(struct, layout, sink)
        if layouts.has_native:
            _check_native_inside(struct, layout, layouts.record(struct, _ODD_ABI), sink)
    if any(struct.grows for struct in interface.structs):
        _check_held(interface, sink)


def check_arguments(interface: Interface, layouts: Layouts, sink: Sink) -> None:
    """Report each ioctl whose Linux argument has more bytes than its number can say (KG203)."""
    for ioctl in interface.ioctls:
        argument = layouts.arguments.get(ioctl.name)
        if argument is None or ioctl.calling.is_whole or ioctl.calling.size is not None:
            continue
        size = argument.size
        message = ioctl.reply or ioctl.request
        if ioctl.calling.by_buffer and message is not None:
            size = bounds(message, layouts)[1]
        if size > LARGEST_SIZE:
            sink.error(
                "KG203",
                ioctl.span,
                f"the Linux argument of `{ioctl.name}` has {size} bytes, "
                f"at most {LARGEST_SIZE} fit into the number",
                label="too large for an ioctl number",
                help="move the bulk into a tail or a `data:` buffer",
            )


def _check_padding(struct: Struct, layout: RecordLayout, sink: Sink) -> None:
    """A new struct declares every byte: an undeclared one would carry kernel memory out (KG201)."""
    names = {field.name for field in struct.fields}
    for hole in holes(layout):
        name = "reserved"
        while name in names:
            name = f"reserved{int(name[8:] or 1) + 1}"
        names.add(name)
        _report_hole(struct, hole, f"{name}: {_filler(hole)} reserved", sink)


def _report_hole(struct: Struct, hole: Hole, fix: str, sink: Sink) -> None:
    padding = f"{hole.size} byte{'s' if hole.size > 1 else ''} of padding"
    place = hole.before or struct.fields[-1]
    if place.note.since is not None:
        fix += f" since {place.note.since[0]}.{place.note.since[1]}"
    if hole.before is None:
        sink.error(
            "KG201",
            place.span,
            f"{padding} at the end of `{struct.name}`",
            label=f"`{place.name}` ends at offset {hole.offset}",
            help=f"append `{fix}`",
        )
        return
    sink.error(
        "KG201",
        place.span,
        f"{padding} before `{place.name}` in `{struct.name}`",
        label=f"wants offset {hole.offset + hole.size}, the field before ends at {hole.offset}",
        help=f"put `{fix}` before it, or order the fields from large to small",
    )


def _filler(hole: Hole) -> str:
    if hole.size in (2, 4) and hole.offset % hole.size == 0:
        return f"u{hole.size * 8}"
    return "u8" if hole.size == 1 else f"u8[{hole.size}]"


def _check_editions(struct: Struct, layout: RecordLayout, sink: Sink) -> None:
    """Each version was a struct of its own, whose sizeof callers send: it ended without padding (KG202)."""
    for edition, later in pairwise(editions(layout)):
        missing = -edition.size % edition.align
        if missing and later.since is not None:
            field = next(f for f in struct.fields if f.note.since == later.since)
            newer = f"{later.since[0]}.{later.since[1]}"
            sink.error(
                "KG202",
                field.span,
                f"before version {newer} `{struct.name}` ended in {missing} bytes of padding",
                label=f"offset {edition.size}, its fields are aligned to {edition.align}",
                help=f"what is new begins at a multiple of {edition.align}: "
                "fill the version before with reserved fields",
            )


def _check_native_inside(
    struct: Struct, fixed: RecordLayout, odd: RecordLayout, sink: Sink
) -> None:
    """A native struct inside brings its ABI along (KG204)."""
    for item, other in zip(fixed.fields, odd.fields, strict=True):
        if (item.offset, item.size, item.align) != (other.offset, other.size, other.align):
            sink.error(
                "KG204",
                item.field.span,
                f"`{struct.name}` has one layout everywhere, `{item.field.name}` has not",
                label="holds a native struct with 64-bit integers",
                help="declare it under `structs` with `layout: native`"
                if struct.inline
                else f"write `layout: native` in `{struct.name}` too",
            )
            return


def _check_held(interface: Interface, sink: Sink) -> None:
    """What holds a struct that grows would change with it, without a size to tell (KG205)."""
    held: list[tuple[Type | None, Span]] = []
    for record in interface.records:
        members = record.arms if isinstance(record, TaggedUnion) else record.fields
        held += [(member.type, member.span) for member in members]
    held += [(ioctl.data.type, ioctl.data.span) for ioctl in interface.ioctls if ioctl.data]
    for type_, span in held:
        while isinstance(type_, (Array, Tail)):
            type_ = type_.element
        if isinstance(type_, Struct) and type_.grows:
            sink.error(
                "KG205",
                span,
                f"`{type_.name}` grows, so that it cannot be a part of anything",
                label="its size tells its version",
                help="a struct that grows is a message: `in`, `out` or `inout` of an ioctl",
            )
