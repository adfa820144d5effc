"""The rules of one message, in the order in which the boundary checks them (`kgen.targets._rules`).

A rule that presupposes another is listed where that one is kept: the length of a tail presupposes its count,
its elements presuppose the length, an arm presupposes its tag, a condition the arms that it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import Arm, BitField, Enum, Field, Flags, Struct, TaggedUnion
from kgen.model.types import Array, Boolean, Guid, Handle, Integer, ObjectId, Tail, Text, innermost
from kgen.targets._handles import Permitted, Referenced
from kgen.targets._rules import (
    Count,
    Counted,
    Growth,
    Holds,
    Length,
    Live,
    Mask,
    Members,
    Padded,
    Range,
    Slot,
    Truth,
    Zero,
    carrier,
    fields,
    names,
    read,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.abi import Layouts
    from kgen.model.entities import BitPart
    from kgen.model.predicates import Condition, FieldRef
    from kgen.model.types import Type
    from kgen.targets._rules import Rule

_FULL = {size: (1 << size * 8) - 1 for size in (1, 2, 4, 8)}


def violations(struct: Struct, message: bytes, layouts: Layouts) -> list[Rule]:
    """Every rule that a request breaks, the one first that the boundary answers; its length is one that it may have."""
    whole = message_of(struct, message, layouts)
    return [rule for rule in rules(struct, message, layouts) if rule.broken(whole)]


def message_of(struct: Struct, message: bytes, layouts: Layouts) -> bytes:
    """The request as captured: what an older caller does not know of is zero."""
    return message.ljust(layouts.record(struct).size, b"\0") if struct.grows else message


def rules(
    struct: Struct, message: bytes, layouts: Layouts, *, ends: bool = False
) -> Iterator[Rule]:
    """Every rule of the request; `ends`: of elements the first and the last alone."""
    return _Walk(message_of(struct, message, layouts), layouts, ends).request(struct)


class _Walk:
    def __init__(self, message: bytes, layouts: Layouts, ends: bool) -> None:
        self.message = message
        self.layouts = layouts
        self.ends = ends

    def request(self, struct: Struct) -> Iterator[Rule]:
        for item in self.layouts.record(struct).fields:
            type_ = item.field.type
            if isinstance(type_, Handle):
                name, at = item.field.name, item.offset
                yield Referenced(name, at, type_.kind, type_.optional)
                yield Permitted(name, at, type_.kind, type_.rights)
        if struct.grows:
            yield Growth("", self.layouts.record(struct).size)
        yield from self.struct(struct, 0, "")

    def struct(self, struct: Struct, at: int, path: str) -> Iterator[Rule]:
        counter: Count | None = None
        for item in self.layouts.record(struct).fields:
            field, place = item.field, _join(path, item.field.name)
            if field.counts is not None:
                counter = self.count(field, struct, at + item.offset, place)
                yield counter
            elif isinstance(field.type, Tail):
                assert counter is not None
                if not counter.broken(self.message):
                    yield from self.tail(field, field.type, counter, place)
            else:
                yield from self.field(field, struct, at, at + item.offset, place)
        for number, condition in enumerate(struct.conditions, 1):
            if all(self.active(struct, at, arm) for arm in condition.arms):
                yield self.condition(condition, struct, at, path, number)

    # Fields

    def field(self, field: Field, owner: Struct, base: int, at: int, path: str) -> Iterator[Rule]:
        if field.reserved:
            yield Zero(path, at, self.layouts.size_align(field.type)[0], "reserved")
            return
        if _is_free(field, innermost(field.type)):
            return
        tagged = _is_tag(field, owner)
        tag = self.tag(field, owner, base) if field.tag is not None else 0
        for place, element, inner in self.elements(field.type, at, path):
            yield from self.value(inner, element, place, field, tag, tagged)

    def elements(
        self, type_: Type, at: int, path: str, count: int = 1
    ) -> Iterator[tuple[str, int, Type]]:
        """(path, offset, type) of each innermost element; arrays of arrays are counted through."""
        inner = innermost(type_)
        if not isinstance(type_, (Array, Tail)):
            yield path, at, type_
            return
        size = self.layouts.size_align(inner)[0]
        held = self.layouts.size_align(type_.element if isinstance(type_, Tail) else type_)[0]
        total = count * held // size
        chosen = sorted({0, total - 1}) if self.ends else range(total)
        for i in chosen if total else ():
            yield f"{path}[{i}]", at + i * size, inner

    def value(
        self, type_: Type, at: int, path: str, field: Field | Arm, tag: int, tagged: bool
    ) -> Iterator[Rule]:
        match type_:
            case Struct():
                yield from self.struct(type_, at, path)
            case TaggedUnion():
                yield from self.union(type_, at, path, tag)
            case Boolean():
                yield Truth(path, at)
            case Text():
                yield Padded(path, at, type_.encoding, type_.length)
            case ObjectId():
                kinds = [kind.name for kind in self.layouts.interface.objects]
                place = kinds.index(type_.kind.name)
                yield Live(path, at, place, len(kinds), type_.kind.stale.name)
            case Flags() if not type_.open and type_.mask != _FULL[type_.type.size]:
                bits = tuple((flag.name, flag.mask) for flag in type_.values)
                yield Mask(path, at, type_.type, type_.mask, bits, "flags")
            case Enum() if not type_.open:
                yield Members(path, at, type_.type, _values(type_), tagged)
            case BitField():
                yield from self.bits(type_, at, path)
            case Integer() if isinstance(field, Field) and field.limit is not None:
                low, high = field.limit
                if (low, high) != (type_.minimum, type_.maximum):
                    yield Range(path, at, type_, low, high)

    def bits(self, type_: BitField, at: int, path: str) -> Iterator[Rule]:
        if type_.mask != _FULL[type_.type.size]:
            yield Mask(path, at, type_.type, type_.mask, (), "reserved")
        for part in type_.parts:
            if part.enum is not None and not part.enum.open:
                yield self.part(part, part.enum, type_, at, path)

    def part(self, part: BitPart, enum: Enum, type_: BitField, at: int, path: str) -> Members:
        return Members(
            f"{path}.{part.name}",
            at,
            enum.type,
            _values(enum),
            False,
            type_.type,
            part.low,
            part.width,
        )

    def union(self, union: TaggedUnion, at: int, path: str, tag: int) -> Iterator[Rule]:
        arm = next((arm for arm in union.arms if arm.value.value == tag), None)
        if arm is None:
            return
        used = 0
        if arm.type is not None:
            used = self.layouts.size_align(arm.type)[0]
            for place, element, inner in self.elements(arm.type, at, f"{path}.{arm.name}"):
                yield from self.value(inner, element, place, arm, 0, False)
        size = self.layouts.size_align(union)[0]
        if used < size:
            free = arm.type is not None and isinstance(innermost(arm.type), Integer)
            yield Zero(path, at + used, size - used, "union", arm.name if used else "", free)

    def tag(self, field: Field, owner: Struct, base: int) -> int:
        for item in self.layouts.record(owner).fields:
            if item.field.name == field.tag:
                assert isinstance(item.field.type, Enum)
                return read(self.message, base + item.offset, item.field.type.type)
        raise AssertionError(f"{field.name} has no tag")

    # Tails

    def count(self, field: Field, struct: Struct, at: int, path: str) -> Count:
        assert isinstance(field.type, Integer)
        assert struct.tail is not None
        tail = struct.tail.type
        assert isinstance(tail, Tail)
        element = self.layouts.size_align(tail.element)[0]
        unit = element if tail.unit == "bytes" else 1
        low, high = tail.minimum * unit, tail.maximum * unit
        if field.limit is not None:
            low, high = max(low, field.limit.low), min(high, field.limit.high)
        start = self.layouts.record(struct).size
        return Count(path, at, field.type, low, high, unit, element, start)

    def tail(self, field: Field, tail: Tail, counter: Count, path: str) -> Iterator[Rule]:
        length = Length(path, counter)
        yield length
        if length.broken(self.message):
            return
        count = counter.elements(self.message)
        if tail.text is None and _is_free(field, innermost(tail)):
            return
        if tail.text is not None:
            yield Counted(path, counter.tail, tail.text, count, tail.minimum, tail.maximum, counter)
            return
        for place, element, inner in self.elements(tail, counter.tail, path, count):
            yield from self.value(inner, element, place, field, 0, False)

    # Conditions

    def active(self, struct: Struct, at: int, path: tuple[Field | Arm, ...]) -> bool:
        *steps, arm = path
        owner, base = struct, at
        for step in steps[:-1]:
            if isinstance(step, Field):
                base += self.offset(owner, step)
            if isinstance(step.type, Struct):
                owner = step.type
        field = steps[-1]
        assert isinstance(field, Field)
        assert isinstance(arm, Arm)
        return self.tag(field, owner, base) == arm.value.value

    def offset(self, owner: Struct, field: Field) -> int:
        return next(
            item.offset
            for item in self.layouts.record(owner).fields
            if item.field.name == field.name
        )

    def condition(
        self, condition: Condition, struct: Struct, at: int, path: str, number: int
    ) -> Holds:
        slots = {names(ref): self.slot(ref, struct, at) for ref in fields(condition.predicate)}
        return Holds(_join(path, condition.text), path, number, condition, slots)

    def slot(self, ref: FieldRef, struct: Struct, at: int) -> Slot:
        owner, base = struct, at
        for step in ref.path:
            holder = owner
            if isinstance(step, Field):
                base += self.offset(owner, step)
            if isinstance(step.type, Struct):
                owner = step.type
        last = ref.path[-1]
        assert isinstance(last.type, (Integer, Boolean, Enum, Flags))
        whole = carrier(last.type)
        fixed = isinstance(last, Field) and (last.counts is not None or _is_tag(last, holder))
        return _slot(last, base, whole, fixed)


def _slot(last: Field | Arm, at: int, whole: Integer, fixed: bool) -> Slot:
    low, high = whole.minimum, whole.maximum
    if isinstance(last, Field) and last.reserved:
        return Slot(at, whole, 0, 0, (0,), fixed=True)
    match last.type:
        case Boolean():
            return Slot(at, whole, 0, 1, (0, 1))
        case Enum() if not last.type.open:
            values = tuple(sorted({value for _, value in _values(last.type)}))
            return Slot(at, whole, values[0], values[-1], values, fixed=fixed)
        case Enum():
            return Slot(at, whole, low, high, fixed=fixed)
        case Flags():
            return Slot(at, whole, low, high, mask=high if last.type.open else last.type.mask)
    if isinstance(last, Field) and last.limit is not None:
        low, high = last.limit
    return Slot(at, whole, low, high, fixed=fixed)


def _is_free(field: Field, inner: Type) -> bool:
    """Any value will do, of however many."""
    return isinstance(inner, Guid) or (isinstance(inner, Integer) and field.limit is None)


def _is_tag(field: Field, owner: Struct) -> bool:
    return any(other.tag == field.name for other in owner.fields)


def _values(enum: Enum) -> tuple[tuple[str, int], ...]:
    return tuple((value.name, value.value) for value in enum.values)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
