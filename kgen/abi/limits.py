"""ABI: how large things may be. Lengths are 32 bits, and no sum or product of them may overflow.

Rules: learn.microsoft.com "Failure to Validate Variable-Length Buffers"; Documentation/process/deprecated.rst,
"open-coded arithmetic in allocator arguments"; include/linux/uaccess.h, copy_struct_from_user (PAGE_SIZE).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import Struct, TaggedUnion
from kgen.model.types import Integer, Tail, Type, UserPointer, innermost

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.diagnostics import Sink, Span
    from kgen.model.entities import Interface, Record

LARGEST = 0x7FFFFFFF
LARGEST_GROWING = 4096
"""A growing request is taken up to this size, whatever version sent it."""


def check_sizes(interface: Interface, layouts: Layouts, sink: Sink) -> None:
    """Report what is too large to be addressed (KG206), counted (KG132) or to grow further (KG207)."""
    too_large: set[str] = set()
    for record in interface.records:
        size = layouts.record(record).size
        tail = record.tail if isinstance(record, Struct) else None
        if tail is not None and isinstance(tail.type, Tail):
            element = layouts.size_align(tail.type.element)[0]
            size += tail.type.maximum * element
            if tail.type.unit == "bytes":
                most = tail.type.maximum * element
                _check_byte_counter(record, tail.type.counter, most, sink)
        if size > LARGEST:
            # What holds a thing that is too large is not wrong by itself.
            if too_large.isdisjoint(_parts(record)):
                place = tail.span if tail is not None else record.span
                _report(f"`{record.name}`", place, sink)
            too_large.add(record.name)
    _check_buffers(interface, layouts, sink)
    for ioctl in interface.ioctls:
        request = ioctl.request or ioctl.message
        if request is not None and request.grows:
            _check_growing(request, layouts.record(request).size, sink)


def _parts(record: Record) -> set[str]:
    members = record.arms if isinstance(record, TaggedUnion) else record.fields
    types = (innermost(member.type) for member in members if member.type is not None)
    return {type_.name for type_ in types if isinstance(type_, (Struct, TaggedUnion))}


def _check_byte_counter(record: Record, name: str, most: int, sink: Sink) -> None:
    """`name` counts up to `most` bytes."""
    assert isinstance(record, Struct)
    counter = next((field for field in record.fields if field.name == name), None)
    if counter is None or not isinstance(counter.type, Integer):
        return
    if most > counter.type.maximum:
        sink.error(
            "KG132",
            counter.span,
            f"`{counter.name}` cannot count to {most} bytes",
            label=f"{counter.type.name} ends at {counter.type.maximum}",
        )


def _check_buffers(interface: Interface, layouts: Layouts, sink: Sink) -> None:
    held: list[tuple[str, Type, int, Span]] = [
        (f"the buffer of `{ioctl.name}`", ioctl.data.type, ioctl.data.maximum, ioctl.data.span)
        for ioctl in interface.ioctls
        if ioctl.data is not None
    ]
    has_pointers = any(use.capability == "user_ptr" for use in interface.uses)
    for struct in interface.structs if has_pointers else ():
        for field in struct.fields:
            pointer = innermost(field.type)
            if isinstance(pointer, UserPointer):
                what = f"what `{field.name}` points to"
                held.append((what, pointer.element, pointer.maximum, field.span))
                if pointer.unit == "bytes":
                    _check_byte_counter(
                        struct,
                        pointer.counter,
                        pointer.maximum * layouts.size_align(pointer.element)[0],
                        sink,
                    )
    for what, type_, maximum, span in held:
        if layouts.size_align(type_)[0] * maximum > LARGEST:
            _report(what, span, sink)


def _report(what: str, span: Span, sink: Sink) -> None:
    sink.error(
        "KG206",
        span,
        f"{what} can have more than {LARGEST} bytes",
        label="lengths are 32 bits",
        help="lower the bound, or carry the bulk in several calls",
    )


def _check_growing(request: Struct, size: int, sink: Sink) -> None:
    if LARGEST_GROWING < size <= LARGEST:
        sink.error(
            "KG207",
            request.span,
            f"`{request.name}` grows and has {size} bytes, a request has at most {LARGEST_GROWING}",
            label="no version of it could be longer",
            help="move the bulk into a `data:` buffer, or drop `grows`",
        )
