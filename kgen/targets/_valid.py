"""Valid requests of an interface, made from the model alone: the same ones everywhere, every constraint kept.

`valid_requests` is what vectors, seeds of a fuzzer and other tests begin with. Conditions are met by a bounded
search (`kgen.targets._solve`): where it finds nothing, a request is missing from the list, and never wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.layout import editions
from kgen.model.entities import Arm, BitField, Enum, Field, Flags, Struct, TaggedUnion
from kgen.model.types import (
    Array,
    Boolean,
    Guid,
    Handle,
    Integer,
    MachineWord,
    ObjectId,
    Tail,
    Text,
    innermost,
)
from kgen.record import NamedTuple
from kgen.targets._handles import placeholder as handle
from kgen.targets._ids import placeholder
from kgen.targets._rules import Holds, unit_size, write
from kgen.targets._solve import Goal, Whether, solve
from kgen.targets._walk import message_of, rules, violations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgen.abi import Layouts
    from kgen.model.entities import Ioctl
    from kgen.model.types import Type

USUAL = 3
"""Elements of a tail where nothing else is asked for."""
LARGEST = 1 << 16
"""Bytes: no longer request is made; a tail may allow one."""
_MOST = 64
_APART = 32
"""Elements of an array that are made one by one."""
_WORD = "kgen"


class Request(NamedTuple):
    """A valid request, and what is special about it: nothing, an arm, the number of elements."""

    name: str
    """`valid`, `figure.line`, `points.16`: what was chosen, by its path."""
    message: bytes
    arms: bool = True
    """It may have fields that no request before it has."""


class Choice(NamedTuple):
    """One of the things that a message may be made with: an arm by its place in the union, or a number of elements."""

    path: str
    options: tuple[tuple[str, int], ...]
    """Name and value; the first is taken unless said otherwise."""


def valid_requests(ioctl: Ioctl, layouts: Layouts) -> list[Request]:
    """The plain request first, then each arm of each union, and each tail empty (or short) and full.

    Empty where the ioctl takes no request, or where no valid one was found. Ids of objects are placeholders
    (`kgen.targets._ids`): real ones are to be had from a driver alone. So are handles that have to be there
    (`kgen.targets._handles`): whoever sends the request has them.
    """
    struct = ioctl.request or ioctl.message
    if struct is None:
        return []
    found = _requests(struct, layouts)
    if struct.grows and found:
        for edition in editions(layouts.record(struct))[:-1]:
            older = settle(struct, found[0].message[: edition.size], layouts)
            if older is not None and not violations(struct, older, layouts):
                found.append(Request(f"size.{edition.size}", older, False))
    return found


def _requests(struct: Struct, layouts: Layouts) -> list[Request]:
    found: dict[bytes, Request] = {}
    waiting: list[tuple[str, dict[str, int]]] = [("valid", {})]
    tail = None if struct.tail is None else struct.tail.name
    seen: set[str] = set()
    while waiting and len(found) < _MOST:
        name, wanted = waiting.pop(0)
        maker = _Maker(layouts, wanted)
        message = settle(struct, maker.message(struct), layouts)
        if message is not None and not violations(struct, message, layouts):
            arms = name.rpartition(".")[0] != tail
            found.setdefault(message, Request(name, message, arms))
        for choice in maker.choices:
            for option, value in choice.options[1:] if choice.path not in seen else ():
                waiting.append((f"{choice.path}.{option}", {**wanted, choice.path: value}))
            seen.add(choice.path)
    return list(found.values())


def settle(
    struct: Struct,
    message: bytes,
    layouts: Layouts,
    pinned: range = range(0),
    *,
    nearly: bool = False,
) -> bytes | None:
    """The message with numbers changed so that every condition holds; None where that was not found.

    What lies in `pinned` stays as it is, and so do numbers that no broken condition depends on. `nearly`: if need be
    one condition is given up.
    """
    whole = message_of(struct, message, layouts)
    known = [rule for rule in rules(struct, message, layouts) if isinstance(rule, Holds)]
    broken = [rule for rule in known if rule.broken(whole)]
    if not broken:
        return message
    goals: list[Goal] = [Whether(rule, True) for rule in connected(broken, known)]
    tries = [goals]
    if nearly and len(goals) > 1:
        tries += [[other for other in goals if other is not goal] for goal in goals]
    for some in tries:
        settled = solve(whole, some, pinned)
        if settled is not None and not any(settled[len(message) : len(whole)]):
            return settled[: len(message)]
    return None


def connected(some: Iterable[Holds], known: Iterable[Holds]) -> list[Holds]:
    """The conditions, and all that read a number which one of them reads, and so on."""
    found = list(some)
    rest = [rule for rule in known if not any(rule is other for other in found)]
    places = {slot.at for rule in found for slot in rule.slots.values()}
    while True:
        near = [rule for rule in rest if places & {slot.at for slot in rule.slots.values()}]
        if not near:
            return found
        found += near
        rest = [rule for rule in rest if not any(rule is other for other in near)]
        places |= {slot.at for rule in near for slot in rule.slots.values()}


class _Maker:
    """Makes one message, field by field, and notes where something could have been chosen."""

    def __init__(self, layouts: Layouts, wanted: dict[str, int]) -> None:
        self.layouts = layouts
        self.wanted = wanted
        self.choices: list[Choice] = []
        self.dropped = 0
        """Objects that the message gives up."""

    def message(self, struct: Struct) -> bytes:
        made = self.struct(struct, "", 0)
        if struct.tail is None:
            return made
        tail = struct.tail.type
        assert isinstance(tail, Tail)
        size = self.layouts.size_align(tail.element)[0]
        count = self.count(struct, struct.tail, tail, size, len(made))
        for item in self.layouts.record(struct).fields:
            if item.field.counts is not None:
                assert isinstance(item.field.type, Integer)
                counted = count * size if tail.unit == "bytes" else count
                made = write(made, item.offset, item.field.type, counted)
        if tail.text is not None:
            return made + text(tail.text, count)
        return made + self.elements(
            tail.element, count, struct.tail, struct.tail.name, len(made), 0
        )

    def elements(
        self, type_: Type, count: int, field: Field | Arm, path: str, at: int, tag: int
    ) -> bytes:
        """So many elements; those of a long array are alike, and made at once."""
        if count > _APART:
            return self.value(type_, field, f"{path}[0]", at, tag) * count
        size = self.layouts.size_align(type_)[0]
        made = (self.value(type_, field, f"{path}[{i}]", at + i * size, tag) for i in range(count))
        return b"".join(made)

    def count(self, struct: Struct, field: Field, tail: Tail, size: int, start: int) -> int:
        counter = next(other for other in struct.fields if other.counts is not None)
        unit = size if tail.unit == "bytes" else 1
        low, high = tail.minimum, tail.maximum
        if counter.limit is not None:
            low, high = (
                max(low, -(-counter.limit.low // unit)),
                min(high, counter.limit.high // unit),
            )
        largest = min(high, max(low, (LARGEST - start) // size))
        usual = min(max(low, USUAL), largest)
        counts = dict.fromkeys((usual, low, min(low + 1, largest), largest))
        options = tuple((str(count), count) for count in counts)
        return self.choose(Choice(field.name, options))

    def choose(self, choice: Choice) -> int:
        self.choices.append(choice)
        return self.wanted.get(choice.path, choice.options[0][1])

    def struct(self, struct: Struct, path: str, at: int) -> bytes:
        layout = self.layouts.record(struct)
        made = bytes(layout.size)
        tags = self.tags(struct, path)
        for item in layout.fields:
            field = item.field
            if item.size is None:
                continue
            if field.name in tags:
                assert isinstance(field.type, Enum)
                made = write(made, item.offset, field.type.type, tags[field.name])
                continue
            place = f"{path}.{field.name}" if path else field.name
            tag = tags[field.tag] if field.tag is not None else 0
            held = b""
            if not field.reserved:
                held = self.value(field.type, field, place, at + item.offset, tag)
            made = made[: item.offset] + held + made[item.offset + len(held) :]
        return made

    def tags(self, struct: Struct, path: str) -> dict[str, int]:
        """The value of each field that is a tag, by its name: what the union's arm was chosen to be."""
        found: dict[str, int] = {}
        for field in struct.fields:
            if field.tag is None or field.tag in found:
                continue
            union = innermost(field.type)
            assert isinstance(union, TaggedUnion)
            options = tuple((arm.name, arm.value.value) for arm in union.arms)
            place = f"{path}.{field.name}" if path else field.name
            found[field.tag] = self.choose(Choice(place, options))
        return found

    def value(self, type_: Type, field: Field | Arm, path: str, at: int, tag: int) -> bytes:
        match type_:
            case Array():
                return self.elements(type_.element, type_.length, field, path, at, tag)
            case Struct():
                return self.nested(type_, path, at)
            case TaggedUnion():
                return self.union(type_, path, at, tag)
            case Boolean():
                return b"\1"
            case Guid():
                return bytes((at + i) % 251 + 1 for i in range(type_.size))
            case Text():
                padded = text(type_.encoding, min(type_.length - 1, len(_WORD)))
                return padded.ljust(type_.length * unit_size(type_.encoding), b"\0")
            case ObjectId():
                return self.id(type_)
            case Handle() if not type_.optional:
                return handle(type_.kind, type_.rights)
            case MachineWord():
                size = self.layouts.size_align(type_)[0]
                return (1 + at % 100).to_bytes(size, "little")
            case Integer() | Enum() | Flags() | BitField():
                whole = type_ if isinstance(type_, Integer) else type_.type
                return write(bytes(whole.size), 0, whole, _usual(type_, field, at))
        return bytes(self.layouts.size_align(type_)[0])

    def id(self, type_: ObjectId) -> bytes:
        """A placeholder: one object for all that use it, and one for each that gives it up."""
        kinds = [kind.name for kind in self.layouts.interface.objects]
        kind, number = kinds.index(type_.kind.name), 0
        if type_.role == "drop":
            self.dropped += 1
            number = self.dropped
        return placeholder(kind, number).to_bytes(type_.size, "little")

    def nested(self, struct: Struct, path: str, at: int) -> bytes:
        made = self.struct(struct, path, at)
        return settle(struct, made, self.layouts) or made

    def union(self, union: TaggedUnion, path: str, at: int, tag: int) -> bytes:
        arm = next(arm for arm in union.arms if arm.value.value == tag)
        held = b""
        if arm.type is not None:
            held = self.value(arm.type, arm, f"{path}.{arm.name}", at, 0)
        return held.ljust(self.layouts.size_align(union)[0], b"\0")


def _usual(type_: Integer | Enum | Flags | BitField, field: Field | Arm, at: int) -> int:
    """A number that is allowed; of a plain integer one that tells its place."""
    if isinstance(type_, Enum):
        return type_.values[0].value
    if isinstance(type_, Flags):
        return 0
    if isinstance(type_, BitField):
        parts = (part for part in type_.parts if part.enum is not None)
        return sum(part.enum.values[0].value << part.low for part in parts if part.enum)
    low, high = 1, 100
    if isinstance(field, Field) and field.limit is not None:
        low, high = field.limit
    return low + at % (high - low + 1)


def text(encoding: str, units: int) -> bytes:
    """So many code units of a plain text."""
    word = (_WORD * (units // len(_WORD) + 1))[:units]
    return word.encode("utf-8" if encoding == "utf8" else "utf-16-le")
