"""ABI: sizes, alignments and offsets, as every compiler of that ABI computes them.

A new struct has one layout everywhere: each member is aligned to its own size and padding is always
declared. A `layout: native` struct follows the ABI: 64-bit integers are aligned to `Abi.align64`
(System V i386: 4), and holes are what the compiler leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kgen.model.entities import BitField, Enum, Flags, Struct, TaggedUnion
from kgen.model.types import Array, Boolean, Guid, Handle, Integer, Tail, Text, Type, UserPointer

if TYPE_CHECKING:
    from kgen.abi.abis import Abi
    from kgen.diagnostics.sink import Sink
    from kgen.model.entities import Field, Record


class FieldLayout(NamedTuple):
    field: Field
    offset: int
    size: int | None
    """Bytes; None for a tail."""
    align: int


class RecordLayout(NamedTuple):
    """Layout of a struct or union. With a tail, `size` is where the tail begins, never sizeof."""

    size: int
    align: int
    fields: tuple[FieldLayout, ...]
    """Empty for a union: all its arms are at offset 0."""

    @property
    def tail(self) -> FieldLayout | None:
        last = self.fields[-1] if self.fields else None
        return last if last is not None and last.size is None else None


class Hole(NamedTuple):
    """Bytes that no field occupies: before `before`, or at the end where that is None."""

    size: int
    offset: int
    before: Field | None


class Measure:
    """Layouts of one ABI, computed once each. `abi` None computes the fixed layout of new structs."""

    def __init__(self, abi: Abi | None) -> None:
        self._align64 = 8 if abi is None else abi.align64
        self._records: dict[str, RecordLayout] = {}

    def record(self, record: Record) -> RecordLayout:
        known = self._records.get(record.name)
        if known is None:
            known = self._union(record) if isinstance(record, TaggedUnion) else self._struct(record)
            self._records[record.name] = known
        return known

    def size_align(self, type_: Type, native: bool = False) -> tuple[int, int]:
        """(size, alignment) in bytes; the size of a tail is that of no elements: 0."""
        kind = type(type_)
        if kind is Integer:
            size = type_.size  # type: ignore[union-attr]
            return size, (self._align64 if native and size == 8 else size)
        match type_:
            case Boolean():
                return 1, 1
            case Enum() | Flags() | BitField():
                return self.size_align(type_.type, native)
            case Text():
                return type_.length * type_.unit_size, type_.unit_size
            case Array():
                size, align = self.size_align(type_.element, native)
                return size * type_.length, align
            case Tail():
                return 0, self.size_align(type_.element, native)[1]
            case Guid():
                return 16, 4
            case Handle() | UserPointer():
                return 8, 8
            case Struct() | TaggedUnion():
                layout = self.record(type_)
                return layout.size, layout.align
        raise AssertionError(f"no layout for {type_!r}")

    def _struct(self, struct: Struct) -> RecordLayout:
        offset, align, fields = 0, 1, []
        for field in struct.fields:
            size, field_align = self.size_align(field.type, struct.native)
            offset = _round_up(offset, field_align)
            is_tail = type(field.type) is Tail
            fields.append(FieldLayout(field, offset, None if is_tail else size, field_align))
            offset += size
            align = max(align, field_align)
        if struct.tail is None:
            offset = _round_up(offset, align)
        return RecordLayout(offset, align, tuple(fields))

    def _union(self, union: TaggedUnion) -> RecordLayout:
        sizes = [self.size_align(arm.type) for arm in union.arms if arm.type is not None]
        size = max((size for size, _ in sizes), default=0)
        align = max((align for _, align in sizes), default=1)
        return RecordLayout(_round_up(size, align), align, ())


def holes(layout: RecordLayout) -> list[Hole]:
    """Every gap between fields and at the end, in order."""
    found, end = [], 0
    for item in layout.fields:
        if item.offset > end:
            found.append(Hole(item.offset - end, end, item.field))
        end = item.offset + (item.size or 0)
    if layout.tail is None and layout.size > end:
        found.append(Hole(layout.size - end, end, None))
    return found


def check_padding(structs: tuple[Struct, ...], measure: Measure, sink: Sink) -> None:
    """A new struct declares every byte: an undeclared one would carry kernel memory out (KG201)."""
    for struct in structs:
        if struct.native:
            continue
        names = {field.name for field in struct.fields}
        for hole in holes(measure.record(struct)):
            _report(struct, hole, names, sink)


def _report(struct: Struct, hole: Hole, names: set[str], sink: Sink) -> None:
    name = "reserved"
    while name in names:
        name = f"reserved{int(name[8:] or 1) + 1}"
    names.add(name)
    fix = f"{name}: {_filler(hole)} reserved"
    count = f"{hole.size} byte{'s' if hole.size > 1 else ''} of padding"
    if hole.before is None:
        place = struct.fields[-1]
        sink.error(
            "KG201",
            place.span,
            f"{count} at the end of `{struct.name}`",
            label=f"`{place.name}` ends at offset {hole.offset}",
            help=f"append `{fix}`",
        )
        return
    sink.error(
        "KG201",
        hole.before.span,
        f"{count} before `{hole.before.name}` in `{struct.name}`",
        label=f"wants offset {hole.offset + hole.size}, the field before ends at {hole.offset}",
        help=f"put `{fix}` before it, or order the fields from large to small",
    )


def _filler(hole: Hole) -> str:
    if hole.size in (2, 4) and hole.offset % hole.size == 0:
        return f"u{hole.size * 8}"
    return "u8" if hole.size == 1 else f"u8[{hole.size}]"


def _round_up(value: int, align: int) -> int:
    return (value + align - 1) // align * align
