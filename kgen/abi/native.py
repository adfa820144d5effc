"""ABI: layout of native structs and unions that have more to say than their members: bit-fields, packing, alignment.

Two sets of rules, as clang and gcc have them (compared with compilers by tests/e2e/layout):

gnu        System V ABIs, AAPCS: a bit-field stands in the next bits, unless it would cross a boundary of its declared
           type. An unnamed one counts for the alignment on ARM alone (AAPCS 8.1.8.1).
microsoft  Bit-fields of types of one size share a unit of that type. An alignment that is asked for by
           `__declspec(align)` outlives `#pragma pack`, which counts up to the size of a pointer.

Bits are counted from the start of the record in memory: from the least significant bit of a byte where the machine is
little-endian, from the most significant one where it is big-endian. All other numbers are bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.layout import FieldLayout, RecordLayout
from kgen.model.abis import is_there
from kgen.model.entities import Struct
from kgen.model.packing import NativeField, NativeRules
from kgen.model.types import Opaque, Tail, innermost
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from kgen.abi.abis import Machine
    from kgen.abi.layout import Measure
    from kgen.model.entities import Field

_NO_RULES = NativeRules()
_NO_MORE = NativeField()
_EMPTY_OF_MICROSOFT = 4
"""Bytes of a struct without members in C."""


class _Member(NamedTuple):
    field: Field
    more: NativeField
    size: int
    align: int
    required: int
    """Alignment that was asked for, of it or of what is in it."""


def needs_rules(struct: Struct) -> bool:
    """Whether the layout takes more than one member after the other."""
    return (
        struct.rules is not None
        or not struct.fields
        or any(field.native is not None for field in struct.fields)
    )


def lay_out_native(struct: Struct, measure: Measure) -> RecordLayout:
    """Layout on one ABI. A member that is not there has no row."""
    machine = measure.machine
    rules = struct.rules or _NO_RULES
    members = [
        _member(field, measure)
        for field in struct.fields
        if field.native is None or is_there(field.native.abis, measure.abi)
    ]
    layout = _Microsoft if machine.microsoft else _Gnu
    return _up_to_tail(layout(rules, machine).lay_out(members))


def _up_to_tail(layout: RecordLayout) -> RecordLayout:
    """A record with a tail ends where that begins."""
    last = layout.fields[-1] if layout.fields else None
    if last is None or not isinstance(last.field.type, Tail):
        return layout
    fields = (*layout.fields[:-1], last._replace(size=None))
    return layout._replace(size=last.offset, fields=fields)


def _member(field: Field, measure: Measure) -> _Member:
    size, align = measure.size_align(field.type, native=True)
    more = field.native or _NO_MORE
    return _Member(field, more, size, align, _required(field, measure))


def _required(field: Field, measure: Measure) -> int:
    """Alignment that is asked for: of the member, of its type, or of a member of that."""
    asked = field.native.align if field.native else 0
    type_ = innermost(field.type)
    if isinstance(type_, Opaque):
        return max(asked, type_.align)
    if not isinstance(type_, Struct):
        return asked
    if type_.rules and type_.rules.align:
        asked = max(asked, measure.record(type_).align)
    inner = (
        _required(each, measure)
        for each in type_.fields
        if each.native is None
        or (each.native.bits is None and is_there(each.native.abis, measure.abi))
    )
    return max([asked, *inner])


class _Layout:
    """A record that is being laid out."""

    def __init__(self, rules: NativeRules, machine: Machine) -> None:
        self.rules = rules
        self.machine = machine
        self.bits = 0
        """Where what has been laid out ends; of a union its longest member."""
        self.align = 1
        self.rows: list[FieldLayout] = []

    @property
    def end(self) -> int:
        """In whole bytes."""
        return -(-self.bits // 8)

    def put(self, member: _Member, offset: int, align: int) -> None:
        self.rows.append(FieldLayout(member.field, offset, member.size, align))
        self.bits = max(self.bits, (offset + member.size) * 8)

    def put_bits(self, member: _Member, offset: int, width: int) -> None:
        """`offset` in bits. The row has the bytes that are touched, and the lowest bit of their integer."""
        if member.more.unnamed:
            return
        first, start = divmod(offset, 8)
        size = -(-(start + width) // 8)
        low = size * 8 - start - width if self.machine.big_endian else start
        self.rows.append(FieldLayout(member.field, first, size, 1, low))


class _Gnu(_Layout):
    """As clang's ItaniumRecordLayoutBuilder does it for C."""

    def lay_out(self, members: list[_Member]) -> RecordLayout:
        self.align = max(1, self.rules.align)
        for member in members:
            if member.more.bits is None:
                self._plain(member)
            else:
                self._bit_field(member, member.more.bits)
        return RecordLayout(_up(self.end, self.align), self.align, tuple(self.rows), 0)

    def _plain(self, member: _Member) -> None:
        packed = self.rules.packed or member.more.packed
        align = max(1 if packed else member.align, member.more.align)
        if self.rules.pack:
            align = min(align, self.rules.pack)
        self.put(member, 0 if self.rules.is_union else _up(self.end, align), align)
        self.align = max(self.align, align)

    def _bit_field(self, member: _Member, width: int) -> None:
        asked, pack = member.more.align * 8, self.rules.pack * 8
        packed = self.rules.packed or member.more.packed
        unpacked = max(member.align * 8, asked)
        align = max(1 if packed and width else member.align * 8, asked)
        if pack and width:
            unpacked = min(unpacked, pack)
            align = unpacked if packed else min(align, pack)
        offset = 0 if self.rules.is_union else self.bits
        crosses = not pack and offset % align + width > member.size * 8
        if width == 0 or crosses:
            offset = _up(offset, align)
        elif asked and (not pack or asked <= pack):
            offset = _up(offset, asked)
        self.put_bits(member, offset, width)
        self.bits = max(self.bits, _up(width, 8)) if self.rules.is_union else offset + width
        if not member.more.unnamed or self.machine.unnamed_aligns:
            self.align = max(self.align, align // 8)


class _Microsoft(_Layout):
    """As clang's MicrosoftRecordLayoutBuilder does it for C."""

    def __init__(self, rules: NativeRules, machine: Machine) -> None:
        super().__init__(rules, machine)
        # What is larger than a pointer is ignored.
        self.pack = rules.pack if rules.pack <= machine.pointer else 0
        if rules.packed:
            self.pack = 1
        self.required = 1 if machine.pointer == 8 else 0
        self._unit = 0
        """Bytes of the unit that the last bit-field is in; 0 where the last member was none."""
        self._left = 0
        """Bits of it that are free."""

    def lay_out(self, members: list[_Member]) -> RecordLayout:
        for member in members:
            if member.more.bits is None:
                self._plain(member)
            elif member.more.bits == 0:
                self._end_of_unit(member)
            else:
                self._bit_field(member, member.more.bits)
        size = _up(self.end, self.align)
        self.required = max(self.required, self.rules.align)
        if self.required:
            self.align = max(self.align, self.required)
            to = min(self.align, self.pack) if self.pack else self.align
            size = _up(size, max(to, self.required))
        if size == 0:
            size = self.align if self.required >= _EMPTY_OF_MICROSOFT else _EMPTY_OF_MICROSOFT
        return RecordLayout(size, self.align, tuple(self.rows), 0)

    def _alignment(self, member: _Member) -> int:
        align, required = member.align, member.required
        if member.more.bits is not None:
            align = max(align, required)
        else:
            self.required = max(self.required, required)
        if self.pack:
            align = min(align, self.pack)
        if member.more.packed:
            align = 1
        return max(align, required)

    def _plain(self, member: _Member) -> None:
        align = self._alignment(member)
        self._unit = 0
        self.put(member, 0 if self.rules.is_union else _up(self.end, align), align)
        self.align = max(self.align, align)

    def _bit_field(self, member: _Member, width: int) -> None:
        align = self._alignment(member)
        if self.rules.is_union:
            self._unit = member.size
            self.put_bits(member, 0, width)
            self.bits = max(self.bits, member.size * 8)
            return
        if self._unit != member.size or width > self._left:
            self.bits = (_up(self.end, align) + member.size) * 8
            self.align = max(self.align, align)
            self._unit, self._left = member.size, member.size * 8
        self.put_bits(member, self.bits - self._left, width)
        self._left -= width

    def _end_of_unit(self, member: _Member) -> None:
        """One of 0 bits counts behind another bit-field alone."""
        if not self._unit:
            return
        self._unit = 0
        align = self._alignment(member)
        if self.rules.is_union:
            self.bits = max(self.bits, member.size * 8)
            return
        self.bits = _up(self.end, align) * 8
        self.align = max(self.align, align)


def _up(value: int, step: int) -> int:
    return -(-value // step) * step
