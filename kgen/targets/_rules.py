"""What the boundary asks of the bytes of a request, rule by rule: the model's own word, apart from any C.

A rule stands at a place of one message and tells whether it is broken there. `kgen.targets._walk` lists the rules of a
message in the order of docs/boundary.md. Integers are little-endian where the schema says nothing, as in Windows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from kgen.model.entities import Flags
from kgen.model.evaluate import apply
from kgen.model.predicates import Comparison, FieldRef, Number
from kgen.model.types import Boolean, Integer
from kgen.record import NamedTuple
from kgen.targets._handles import Permitted, Referenced
from kgen.targets._ids import SIZE, is_live

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kgen.model.entities import Enum
    from kgen.model.predicates import Condition, Operand, Predicate

    Path = tuple[str, ...]
    """Names from the outermost field inwards, as a FieldRef has them."""

Carried = Union[Integer, Boolean, "Enum", "Flags"]


def carrier(type_: Carried) -> Integer:
    if isinstance(type_, Integer):
        return type_
    if isinstance(type_, Boolean):
        return Integer("u8", 1, False, "native")
    return type_.type


def read(message: bytes, at: int, type_: Integer) -> int:
    order = "big" if type_.order == "be" else "little"
    return int.from_bytes(message[at : at + type_.size], order, signed=type_.signed)  # type: ignore[arg-type]


def write(message: bytes, at: int, type_: Integer, value: int) -> bytes:
    """The message with that value in it."""
    order = "big" if type_.order == "be" else "little"
    held = (value & ((1 << type_.size * 8) - 1)).to_bytes(type_.size, order)  # type: ignore[arg-type]
    return put(message, at, held)


def put(message: bytes, at: int, held: bytes) -> bytes:
    return message[:at] + held + message[at + len(held) :]


class Slot(NamedTuple):
    """A number that a condition reads, and the values that it may have by itself."""

    at: int
    type: Integer
    low: int
    high: int
    values: tuple[int, ...] = ()
    """All there are, where that is a closed set."""
    mask: int | None = None
    """Of flags: the bits there are."""
    fixed: bool = False
    """What else is in the message depends on it: a tag, a count."""


class Range(NamedTuple):
    path: str
    """As the trace writes it, from the message on: `points[3].x`."""
    at: int
    type: Integer
    low: int
    high: int
    rule: str = "range"

    def broken(self, message: bytes) -> bool:
        return not self.low <= read(message, self.at, self.type) <= self.high


class Members(NamedTuple):
    """One of the values that have a name; `shift` and `width` for a part of a bitfield."""

    path: str
    at: int
    type: Integer
    """Of the enum."""
    values: tuple[tuple[str, int], ...]
    tag: bool = False
    """It tells the arm of a union."""
    whole: Integer | None = None
    """What holds the part."""
    shift: int = 0
    width: int = 0
    rule: str = "enum"

    def broken(self, message: bytes) -> bool:
        return self.value(message) not in (value for _, value in self.values)

    def value(self, message: bytes) -> int:
        if self.whole is None:
            return read(message, self.at, self.type)
        bits = read(message, self.at, self.whole) >> self.shift
        return bits & ((1 << self.width) - 1)

    def having(self, message: bytes, value: int) -> bytes:
        if self.whole is None:
            return write(message, self.at, self.type, value)
        mask = ((1 << self.width) - 1) << self.shift
        rest = read(message, self.at, self.whole) & ~mask
        return write(message, self.at, self.whole, rest | value << self.shift)

    def holds(self, value: int) -> bool:
        """Whether there is room for the value at all."""
        if self.whole is None:
            return self.type.minimum <= value <= self.type.maximum
        return 0 <= value < 1 << self.width


class Mask(NamedTuple):
    """Bits without a name are zero: of flags, and of a bitfield (rule `reserved`)."""

    path: str
    at: int
    type: Integer
    mask: int
    names: tuple[tuple[str, int], ...]
    rule: str

    def broken(self, message: bytes) -> bool:
        return bool(read(message, self.at, self.type) & ~self.mask)


class Truth(NamedTuple):
    path: str
    at: int
    rule: str = "bool"

    def broken(self, message: bytes) -> bool:
        return message[self.at] > 1


class Zero(NamedTuple):
    """Bytes that are zero: a reserved field, or what is beyond the active arm (if it has bytes) of a union."""

    path: str
    at: int
    size: int
    rule: str
    arm: str = ""
    free: bool = False  # the arm ends in a byte that may be any

    def broken(self, message: bytes) -> bool:
        return any(message[self.at : self.at + self.size])


class Padded(NamedTuple):
    """A fixed text: well-formed, at least one NUL, nothing but NUL after the first."""

    path: str
    at: int
    encoding: str
    units: int
    rule: str = "string"

    @property
    def unit(self) -> int:
        return unit_size(self.encoding)

    def broken(self, message: bytes) -> bool:
        size = self.unit
        held = message[self.at : self.at + self.units * size]
        length = next(
            (i for i in range(self.units) if not any(held[i * size : i * size + size])), None
        )
        if length is None or any(held[length * size :]):
            return True
        return not is_text(held[: length * size], self.encoding)


class Counted(NamedTuple):
    """A text that is a tail: well-formed, without NUL."""

    path: str
    at: int
    encoding: str
    elements: int
    minimum: int
    maximum: int
    counter: Count
    rule: str = "string"

    @property
    def unit(self) -> int:
        return unit_size(self.encoding)

    def broken(self, message: bytes) -> bool:
        return not is_text(message[self.at : self.at + self.elements * self.unit], self.encoding)


class Count(NamedTuple):
    """How many elements a tail has; in `unit` bytes each where it counts bytes, else 1."""

    path: str
    at: int
    type: Integer
    low: int
    high: int
    unit: int
    element: int
    """Bytes of an element."""
    tail: int
    """Where the elements begin."""
    rule: str = "count"

    def broken(self, message: bytes) -> bool:
        value = read(message, self.at, self.type)
        return not self.low <= value <= self.high or value % self.unit != 0

    def elements(self, message: bytes) -> int:
        return read(message, self.at, self.type) // self.unit


class Length(NamedTuple):
    """A tail is as long as its count says."""

    path: str
    counter: Count
    rule: str = "length"

    def broken(self, message: bytes) -> bool:
        size = self.counter.elements(message) * self.counter.element
        return len(message) != self.counter.tail + size


class Growth(NamedTuple):
    """What a driver does not know of a struct that grows is zero."""

    path: str
    known: int
    rule: str = "length"

    def broken(self, message: bytes) -> bool:
        return any(message[self.known :])


class Live(NamedTuple):
    """An id names an object of the open handle. A request has placeholders for ids: `kgen.targets._ids`."""

    path: str
    at: int
    kind: int
    """Its place among the kinds of the interface."""
    others: int
    """How many kinds there are."""
    stale: str
    """The status of an id that does not."""
    rule: str = "object"

    def broken(self, message: bytes) -> bool:
        return not is_live(int.from_bytes(message[self.at : self.at + SIZE], "little"), self.kind)


class Holds(NamedTuple):
    """A `require:` line of one struct in the message."""

    path: str
    """Ends in the text of the condition."""
    place: str
    """The struct that it is of; empty for the message."""
    number: int
    """Which one of its struct it is, from 1."""
    condition: Condition
    slots: Mapping[Path, Slot]
    rule: str = "condition"

    def broken(self, message: bytes) -> bool:
        return not holds(self.condition.predicate, self.values(message))

    def values(self, message: bytes) -> dict[Path, int]:
        return {path: read(message, slot.at, slot.type) for path, slot in self.slots.items()}


Rule = Union[
    Union[Range, Members, Mask, Truth, Zero, Padded, Counted, Count, Length, Growth],
    Union[Live, Referenced, Permitted, Holds],
]


def status(rule: Rule) -> str:
    """What a caller gets where the rule is broken."""
    if isinstance(rule, Length):
        return "bad_length"
    if isinstance(rule, Live):
        return rule.stale
    if isinstance(rule, Referenced):
        return "bad_handle"
    if isinstance(rule, Permitted):
        return "access_denied"
    return "too_big" if isinstance(rule, Growth) else "invalid"


def unit_size(encoding: str) -> int:
    return 1 if encoding == "utf8" else 2


def is_text(held: bytes, encoding: str) -> bool:
    """Well-formed and without NUL. Python's strict decoders are RFC 3629, and surrogates in pairs."""
    try:
        text = held.decode("utf-8" if encoding == "utf8" else "utf-16-le")
    except UnicodeDecodeError:
        return False
    return "\0" not in text


# ---- Conditions --------------------------------------------------------------------------------


def holds(predicate: Predicate, values: Mapping[Path, int]) -> bool:
    """Exact, as a condition is meant."""
    if isinstance(predicate, Comparison):
        left, right = amount(predicate.left, values), amount(predicate.right, values)
        return compare(predicate.operator, left, right)
    if predicate.operator == "not":
        return not holds(predicate.terms[0], values)
    every = all if predicate.operator == "and" else any
    return every(holds(term, values) for term in predicate.terms)


def amount(operand: Operand, values: Mapping[Path, int]) -> int:
    if isinstance(operand, Number):
        return operand.value
    if isinstance(operand, FieldRef):
        return values[names(operand)]
    return apply(operand.operator, amount(operand.left, values), amount(operand.right, values))


def compare(operator: str, left: int, right: int) -> bool:
    match operator:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
    return left >= right


def names(ref: FieldRef) -> Path:
    return tuple(step.name for step in ref.path)


def comparisons(predicate: Predicate) -> Iterator[Comparison]:
    """Every comparison of a condition, from left to right."""
    if isinstance(predicate, Comparison):
        yield predicate
        return
    for term in predicate.terms:
        yield from comparisons(term)


def fields(predicate: Predicate) -> Iterator[FieldRef]:
    """Every field that a condition reads."""
    for comparison in comparisons(predicate):
        waiting = [comparison.left, comparison.right]
        while waiting:
            operand = waiting.pop()
            if isinstance(operand, FieldRef):
                yield operand
            elif not isinstance(operand, Number):
                waiting += (operand.right, operand.left)


def numbers(predicate: Predicate) -> Iterator[int]:
    """Every constant of a condition."""
    for comparison in comparisons(predicate):
        waiting = [comparison.left, comparison.right]
        while waiting:
            operand = waiting.pop()
            if isinstance(operand, Number):
                yield operand.value
            elif not isinstance(operand, FieldRef):
                waiting += (operand.right, operand.left)
