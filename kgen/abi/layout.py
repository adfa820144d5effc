"""ABI: sizes, alignments and offsets, as every compiler of that ABI computes them.

A new struct has one layout everywhere: each member is aligned to its own size and padding is always
declared. A `layout: native` struct follows the ABI: 64-bit integers are aligned to `Abi.align64`
(System V i386: 4), and holes are what the compiler leaves. A union is laid out as a new struct is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.abis import FIXED
from kgen.model.entities import BitField, Enum, Flags, Struct, TaggedUnion
from kgen.model.types import (
    Array,
    Boolean,
    Float,
    Guid,
    Handle,
    Integer,
    MachineWord,
    ObjectId,
    Opaque,
    Tail,
    Text,
    Type,
    UserPointer,
)
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from kgen.abi.abis import Machine
    from kgen.model.entities import Field, Record, Version


class FieldLayout(NamedTuple):
    field: Field
    offset: int
    size: int | None
    """Bytes; None for a tail."""
    align: int
    bit: int | None = None
    """Of a bit-field: its lowest bit in the integer that its bytes make in the machine's byte order."""


class RecordLayout(NamedTuple):
    """Layout of a struct or union. With a tail, `size` is where the tail begins, never sizeof."""

    size: int
    align: int
    fields: tuple[FieldLayout, ...]
    """Empty for a union: all its arms are at offset 0."""
    padding: int
    """Bytes of a struct that no field occupies."""

    @property
    def tail(self) -> FieldLayout | None:
        last = self.fields[-1] if self.fields else None
        return last if last is not None and last.size is None else None


class Hole(NamedTuple):
    """Bytes that no field occupies: before `before`, or at the end where that is None."""

    size: int
    offset: int
    before: Field | None


class Edition(NamedTuple):
    """What one version of a size-versioned struct holds."""

    since: Version | None
    """None for the fields that were there from the start."""
    size: int
    """Bytes up to the first field of a later version."""
    align: int


class Measure:
    """Layouts on one kind of machine, computed once each."""

    def __init__(self, machine: Machine = FIXED, abi: str = "") -> None:
        self.machine = machine
        self.abi = abi
        """Its name, where the presence of a member may depend on it."""
        self._align64 = machine.align64
        self._records: dict[str, RecordLayout] = {}

    def record(self, record: Record) -> RecordLayout:
        known = self._records.get(record.name)
        if known is None:
            if isinstance(record, TaggedUnion):
                known = self._union(record)
            else:
                known = self._native(record) if record.native else self._struct(record)
            self._records[record.name] = known
        return known

    def size_align(self, type_: Type, native: bool = False) -> tuple[int, int]:
        """(size, alignment) in bytes; the size of a tail is that of no elements: 0."""
        if type(type_) is Integer:  # before the slower match: most fields are integers
            size = type_.size
            return size, (self._align64 if native and size == 8 else size)
        match type_:
            case Boolean():
                return 1, 1
            case MachineWord() | Float() | Opaque():
                return self._of_the_machine(type_)
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
            case Handle() | ObjectId() | UserPointer():
                return 8, (self._align64 if native else 8)
            case Struct() | TaggedUnion():
                layout = self.record(type_)
                return layout.size, layout.align
        raise AssertionError(f"no layout for {type_!r}")

    def _of_the_machine(self, type_: MachineWord | Float | Opaque) -> tuple[int, int]:
        """What only a native struct has."""
        if isinstance(type_, Opaque):
            return type_.size, type_.align
        if isinstance(type_, MachineWord):
            size = int(getattr(self.machine, type_.width))
            return size, size
        if not type_.size:
            return self.machine.long_double
        return type_.size, (self._align64 if type_.size == 8 else type_.size)

    def _native(self, struct: Struct) -> RecordLayout:
        from kgen.abi.native import lay_out_native, needs_rules

        if needs_rules(struct):
            return lay_out_native(struct, self)
        plain = self._struct(struct)
        return plain if plain.size else lay_out_native(struct, self)

    def _struct(self, struct: Struct) -> RecordLayout:
        end, align, padding = 0, 1, 0
        fields = []
        for field in struct.fields:
            size, field_align = self.size_align(field.type, struct.native)
            gap = -end % field_align
            is_tail = type(field.type) is Tail
            fields.append(FieldLayout(field, end + gap, None if is_tail else size, field_align))
            end += gap + size
            padding += gap
            if field_align > align:
                align = field_align
        gap = 0 if struct.tail is not None else -end % align
        return RecordLayout(end + gap, align, tuple(fields), padding + gap)

    def _union(self, union: TaggedUnion) -> RecordLayout:
        sizes = [self.size_align(arm.type) for arm in union.arms if arm.type is not None]
        size = max((size for size, _ in sizes), default=0)
        align = max((align for _, align in sizes), default=1)
        return RecordLayout(size + -size % align, align, (), 0)


def has_no_bytes(layout: RecordLayout) -> bool:
    """No member occupies any: what Microsoft's compilers give 4 bytes, and mingw's none."""
    return all(not item.size for item in layout.fields)


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


def editions(layout: RecordLayout) -> list[Edition]:
    """The versions of a size-versioned struct, oldest first; the last one is the whole struct.

    The first one's size is the smallest that a driver accepts.
    """
    found: list[Edition] = []
    align = 1
    for item in layout.fields:
        since = item.field.note.since
        align = max(align, item.align)
        edition = Edition(since, item.offset + (item.size or 0), align)
        if found and found[-1].since == since:
            found[-1] = edition
        else:
            found.append(edition)
    return found
