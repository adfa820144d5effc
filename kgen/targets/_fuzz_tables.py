"""Target `fuzz`: tables of what each byte of a message may be, as designated initialisers of C."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.lengths import bounds
from kgen.model.entities import Arm, BitField, Enum, Flags, Struct, TaggedUnion
from kgen.model.predicates import Comparison, FieldRef, Logic, Number, Operation
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
)
from kgen.model.walk import members
from kgen.record import NamedTuple
from kgen.targets._c_types import base_integer, innermost
from kgen.targets._fuzz_machines import Machines, is_other

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kgen.abi import Layouts
    from kgen.model.entities import Field, Interface, Ioctl, Record
    from kgen.model.predicates import Condition, Operand, Predicate
    from kgen.model.types import Type
    from kgen.targets._fuzz_machines import Gap

_OPERATIONS = {"and": "&&", "or": "||"}


Row = list[str]
"""A row of a table, as its lines."""
_WIDTH = 100 - 4


def row(settings: list[str]) -> Row:
    """On one line, if it fits."""
    short = f"{{{', '.join(settings)}}},"
    if len(short) <= _WIDTH:
        return [short]
    return ["{", *(f"    {setting}," for setting in settings), "},"]


def value(name: str, number: str) -> Row:
    """On lines of its own: clang-format makes columns of short ones."""
    return ["{", f'    .name = "{name}",', f"    .value = {number},", "},"]


class Values(NamedTuple):
    """A closed enum, or one that fills some bits."""

    name: str
    values: list[Row]


class ConditionTable(NamedTuple):
    text: str
    tags: list[Row]
    steps: list[Row]
    name: str
    """Suffix of the names of both tables."""


class RecordTable(NamedTuple):
    name: str
    settings: list[str]
    """`.size = 60`."""
    fields: list[Row]
    conditions: list[ConditionTable]


class Tables:
    """The records that messages are made of, each after those it uses, and the values of enums."""

    def __init__(self, interface: Interface, layouts: Layouts) -> None:
        self.layouts = layouts
        self._machines, self._suffix = Machines(layouts), ""
        """Of the table that is being made."""
        self.objects = [kind.name for kind in interface.objects]
        self.values: dict[str, Values] = {}
        self.places: dict[str, dict[str, int]] = {}
        """By record and field, the first of its rows."""
        used = {
            name
            for ioctl in interface.ioctls
            for message in messages(ioctl)
            for name in (message.name, *_held(message))
        }
        self.records = [
            table
            for record in interface.records
            if record.name in used
            for table in self._tables(record)
        ]

    def _tables(self, record: Record) -> Iterator[RecordTable]:
        """One, and one more for 32-bit callers where these have it laid out otherwise."""
        yield self._record(record)
        if is_other(record, self.layouts):
            wide, self._machines = self._machines, Machines(self.layouts, narrow=True)
            self._suffix = "_32"
            yield self._record(record)
            self._machines, self._suffix = wide, ""

    def _record(self, record: Record) -> RecordTable:
        name = record.name + self._suffix
        size = self._machines.on(lambda layouts: layouts.record(record).size)
        settings = [f".size = {size}"] if size != "0" else []
        if isinstance(record, TaggedUnion):
            arms = [row(each) for arm in record.arms for each in self._arm(arm)]
            return RecordTable(name, [*settings, *_table("fields", name, arms)], arms, [])
        rows: list[list[str]] = []
        places = self.places.setdefault(record.name, {})
        gaps = {name: _padding(gap) for name, gap in self._machines.gaps(record).items()}
        for number, field in enumerate(record.fields):
            rows += gaps.get(field.name, [])
            places[field.name] = len(rows)
            rows += self._field(field, self._machines.offset(record, number), record, places)
        rows += gaps.get("", [])
        count = len(rows) - (record.tail is not None)
        settings += _table("fields", name, rows, count)
        if record.tail is not None:
            settings.append(f".tail = &fields_{name}[{count}]")
        if record.grows:
            settings += [".grows = true", f".first = {bounds(record, self.layouts)[0]}"]
        conditions = [
            self._condition(record, number, condition)
            for number, condition in enumerate(record.conditions)
        ]
        settings += _table("conditions", name, conditions)
        return RecordTable(name, settings, list(map(row, rows)), conditions)

    def _arm(self, arm: Arm) -> list[list[str]]:
        if arm.type is None:
            return []
        tag = f".tag = {unsigned(arm.value.value)}"
        return [[*each, tag] for each in self._rows(arm.name, arm.type, "0")]

    def _field(
        self, field: Field, offset: str, owner: Struct, places: dict[str, int]
    ) -> list[list[str]]:
        rows = self._rows(field.name, field.type, offset, field)
        if field.tag is not None:
            rows[0].append(f".link = {places[field.tag]}")
        if isinstance(field.type, Tail):
            tail = field.type
            size = self.layouts.size_align(tail.element)[0]
            rows[0].append(f".link = {places[tail.counter]}")
            if tail.minimum:
                rows[0].append(f".least = {tail.minimum}")
            rows[0].append(f".unit = {size if tail.unit == 'bytes' else 1}")
            if tail.text is not None:
                rows[0].append(f'.text = "{tail.text}"')
        return rows

    def _rows(
        self, name: str, type_: Type, offset: str, field: Field | None = None
    ) -> list[list[str]]:
        """One row, and one more for each closed enum that fills bits of it."""
        inner = innermost(type_)
        row = [
            f'.name = "{name}"',
            f".kind = KGEN_FUZZ_{_kind(inner, field)}",
            *([f".offset = {offset}"] if offset != "0" else []),
            f".size = {self._machines.on(lambda layouts: layouts.size_align(inner)[0])}",
            f".times = {_times(type_)}",
        ]
        integer = base_integer(inner)
        if integer is not None:
            row += _number(integer)
        if field is not None and field.reserved:
            return [row]
        match inner:
            case Integer():
                low, high = inner.minimum, inner.maximum
                if field is not None and field.limit is not None:
                    low, high = field.limit
                row += [f".low = {unsigned(low)}"] if low else []
                row.append(f".high = {unsigned(high)}")
            case Enum() if inner.open:
                row += [f".low = {unsigned(inner.type.minimum)}"] if inner.type.signed else []
                row.append(f".high = {unsigned(inner.type.maximum)}")
            case Enum():
                row += self._choice(inner, inner.name, (1 << 64) - 1)
            case Flags():
                every = (1 << inner.type.size * 8) - 1
                row.append(f".high = {unsigned(every if inner.open else inner.mask)}")
            case BitField():
                row.append(f".high = {unsigned(inner.mask)}")
                return [row, *self._parts(inner, row)]
            case ObjectId():
                kind = self.objects.index(inner.kind.name)
                row += [f".object = {kind}"] if kind else []
                row.append(f".role = KGEN_ROLE_{inner.role.upper()}")
            case MachineWord():
                row += [".is_signed = true"] if inner.signed else []
            case Struct() | TaggedUnion():
                suffix = self._suffix if is_other(inner, self.layouts) else ""
                row.append(f".record = &record_{inner.name}{suffix}")
        return [row]

    def _parts(self, bits: BitField, row: list[str]) -> list[list[str]]:
        rows = []
        for part in bits.parts:
            if part.enum is None or part.enum.open:
                continue
            found = [text for text in row if not text.startswith((".name", ".kind", ".high"))]
            mask = (1 << part.enum.type.size * 8) - 1
            rows.append(
                [
                    f'.name = "{part.name}"',
                    ".kind = KGEN_FUZZ_CHOICE",
                    *found,
                    *([f".shift = {part.low}"] if part.low else []),
                    f".width = {part.width}",
                    *self._choice(part.enum, f"{part.enum.name}_bits", mask),
                ]
            )
        return rows

    def _choice(self, enum: Enum, name: str, mask: int) -> list[str]:
        rows = [value(each.name, unsigned(each.value & mask)) for each in enum.values]
        self.values[name] = Values(name, rows)
        return [f".values = values_{name}", f".value_count = {len(rows)}"]

    # Conditions

    def _condition(self, struct: Struct, number: int, condition: Condition) -> ConditionTable:
        return ConditionTable(
            condition.text,
            [row(self._tag(struct, path)) for path in condition.arms],
            list(map(row, self._steps(struct, condition.predicate))),
            f"{struct.name}{self._suffix}_{number}",
        )

    def _tag(self, struct: Struct, path: tuple[Field | Arm, ...]) -> list[str]:
        *prefix, union_field, arm = path
        owner = prefix[-1].type if prefix else struct
        assert isinstance(owner, Struct)
        assert isinstance(arm, Arm)
        name = getattr(union_field, "tag", None)
        tag = next(field for field in owner.fields if field.name == name)
        integer = base_integer(tag.type)
        assert integer is not None
        value = arm.value.value & ((1 << integer.size * 8) - 1)
        big = [".is_big = true"] if integer.order == "be" else []
        place = f".offset = {self._machines.offset_of(struct, (*prefix, tag))}"
        return [place, f".size = {integer.size}", *big, f".value = {unsigned(value)}"]

    def _steps(self, struct: Struct, node: Predicate | Operand) -> list[list[str]]:
        match node:
            case Number():
                signed = [".is_signed = true"] if node.value < 1 << 63 else []
                return [_step("n", f".number = {_signed(node.value)}", *signed)]
            case FieldRef():
                place = node.path[-1].type
                assert place is not None
                offset = self._machines.offset_of(struct, node.path)
                integer = base_integer(place)
                size, kind = (1, []) if integer is None else (integer.size, _number(integer))
                return [_step("f", f".offset = {offset}", f".size = {size}", *kind)]
            case Logic(operator="not"):
                return [*self._steps(struct, node.terms[0]), _step("~")]
            case Logic():
                first, *rest = (self._steps(struct, term) for term in node.terms)
                joint = _step(_OPERATIONS[node.operator])
                return [*first, *(step for term in rest for step in (*term, joint))]
            case Comparison() | Operation():
                sides = [*self._steps(struct, node.left), *self._steps(struct, node.right)]
                return [*sides, _step(node.operator)]
        raise AssertionError(f"no such operand: {node!r}")


def _padding(gap: Gap) -> list[list[str]]:
    place = [f".offset = {gap.offset}", ".size = 1", f".times = {gap.size}"]
    return [['.name = "padding"', ".kind = KGEN_FUZZ_HOLE", *place]]


def _step(operation: str, *settings: str) -> list[str]:
    return [f'.operation = "{operation}"', *settings]


def messages(ioctl: Ioctl) -> list[Struct]:
    found = (ioctl.request, ioctl.reply, ioctl.message)
    return [message for message in found if message is not None]


def _held(message: Struct) -> Iterator[str]:
    """The names of the structs and unions in it."""
    for member in members(message):
        held = innermost(member.field.type)
        if isinstance(held, (Struct, TaggedUnion)):
            yield held.name


def _table(kind: str, name: str, rows: Sequence[object], count: int | None = None) -> list[str]:
    """Where the rows are, and how many; nothing for none."""
    if not rows:
        return []
    counted = len(rows) if count is None else count
    return [f".{kind} = {kind}_{name}", f".{kind.removesuffix('s')}_count = {counted}"]


_KINDS: dict[type, str] = {
    Flags: "FLAGS",
    BitField: "BITS",
    Boolean: "BOOL",
    Guid: "BYTES",
    Handle: "BYTES",
    Float: "BYTES",
    Opaque: "BYTES",
    MachineWord: "WORD",
    ObjectId: "ID",
    Struct: "RECORD",
    TaggedUnion: "UNION",
}


def _kind(type_: Type, field: Field | None) -> str:
    if field is not None and field.reserved:
        return "ZERO"
    match type_:
        case Integer() if type_.size == 1 and (field is None or field.limit is None):
            return "BYTES"
        case Enum() if not type_.open:
            return "CHOICE"
        case Text():
            return type_.encoding.upper()
    return _KINDS.get(type(type_), "NUMBER")


def _times(type_: Type) -> int:
    """Elements of an array of however many dimensions; of a tail, the most there may be."""
    if isinstance(type_, Tail):
        return type_.maximum * _times(type_.element)
    return type_.length * _times(type_.element) if isinstance(type_, Array) else 1


def _number(integer: Integer) -> list[str]:
    signed = [".is_signed = true"] if integer.signed else []
    return [*signed, *([".is_big = true"] if integer.order == "be" else [])]


def unsigned(value: int) -> str:
    """64 bits of two's complement."""
    value &= (1 << 64) - 1
    return str(value) if value < 1 << 16 else f"0x{value:X}u"


def _signed(value: int) -> str:
    value -= (1 << 64) if value >= 1 << 63 else 0
    return "INT64_MIN" if value == -(1 << 63) else str(value)
