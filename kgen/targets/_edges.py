"""For one rule at its place: the values that break it, and those that only just keep it.

An edge is the message with that value in it. Whether other rules still hold is for whoever asks
(`kgen.targets._vectors`): what is said here is about this rule alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kgen.abi.limits import LARGEST_GROWING
from kgen.model.handles import HANDLE_RIGHTS
from kgen.record import NamedTuple
from kgen.targets._handles import CURRENT, Permitted, Referenced
from kgen.targets._handles import SIZE as HANDLE_SIZE
from kgen.targets._handles import placeholder as handle
from kgen.targets._ids import DROPPED, FOREIGN, SIZE, placeholder
from kgen.targets._rules import (
    Count,
    Counted,
    Growth,
    Length,
    Live,
    Mask,
    Members,
    Padded,
    Range,
    Truth,
    Zero,
    put,
    read,
    write,
)
from kgen.targets._texts import BAD, GOOD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kgen.targets._rules import Rule

_EVERY = 64
"""Bytes of a reserved field that are set one by one; of a longer one the first and the last of these many."""
_MOST_HOLES = 6


class Edge(NamedTuple):
    name: str
    message: bytes
    inside: bool
    """The rule is kept."""


def edges(rule: Rule, message: bytes) -> Iterator[Edge]:
    """In a fixed order; the same message may come under two names. A condition is no matter of one value."""
    return _EDGES[type(rule)](rule, message)


def _range(rule: Range, message: bytes) -> Iterator[Edge]:
    type_ = rule.type
    named = {
        "low": rule.low,
        "high": rule.high,
        "below": rule.low - 1,
        "above": rule.high + 1,
        "least": type_.minimum,
        "most": type_.maximum,
    }
    for name, value in named.items():
        if type_.minimum <= value <= type_.maximum:
            inside = rule.low <= value <= rule.high
            yield Edge(name, write(message, rule.at, type_, value), inside)


def _members(rule: Members, message: bytes) -> Iterator[Edge]:
    known = {value for _, value in rule.values}
    if not rule.tag:  # a request for each arm is made anew
        for name, value in rule.values:
            yield Edge(name, rule.having(message, value), True)
    holes = sorted({near for value in known for near in (value - 1, value + 1)} - known)
    between = [value for value in holes if min(known) < value < max(known)][:_MOST_HOLES]
    named = {
        "below": min(known) - 1,
        "above": max(known) + 1,
        **{f"hole_{value}": value for value in between},
        "least": rule.type.minimum if rule.whole is None else 0,
        "most": rule.type.maximum if rule.whole is None else (1 << rule.width) - 1,
    }
    for name, value in named.items():
        if rule.holds(value) and value not in known:
            yield Edge(name, rule.having(message, value), False)


def _mask(rule: Mask, message: bytes) -> Iterator[Edge]:
    now = read(message, rule.at, rule.type)
    for name, bits in rule.names:
        yield Edge(name, write(message, rule.at, rule.type, bits), True)
    if rule.names:
        yield Edge("none", write(message, rule.at, rule.type, 0), True)
        yield Edge("all", write(message, rule.at, rule.type, rule.mask), True)
    for bit in range(rule.type.size * 8):
        if not rule.mask >> bit & 1:
            yield Edge(f"bit_{bit}", write(message, rule.at, rule.type, now | 1 << bit), False)


def _truth(rule: Truth, message: bytes) -> Iterator[Edge]:
    for value in (0, 1, 2, 128, 255):
        yield Edge(str(value), put(message, rule.at, bytes([value])), value < 2)


def _zero(rule: Zero, message: bytes) -> Iterator[Edge]:
    places = range(rule.size)
    half = _EVERY // 2
    if rule.free:
        yield Edge(f"{rule.arm}_last", put(message, rule.at - 1, b"\1"), True)
    chosen = places if rule.size <= _EVERY else [*places[:half], *places[-half:]]
    for i in chosen:
        name = f"{rule.arm}_byte_{i}" if rule.arm else f"byte_{i}"
        yield Edge(name, put(message, rule.at + i, bytes([1 << i % 8])), False)


def _padded(rule: Padded, message: bytes) -> Iterator[Edge]:
    unit, units = rule.unit, rule.units
    plain, nul = b"k".ljust(unit, b"\0"), bytes(unit)

    def edge(name: str, held: bytes, inside: bool) -> Edge:
        return Edge(name, put(message, rule.at, held.ljust(units * unit, b"\0")), inside)

    yield edge("empty", b"", True)
    yield edge("longest", plain * (units - 1), True)
    for name, held in GOOD[rule.encoding]:
        if len(held) <= (units - 1) * unit:
            yield edge(name, held, True)
    yield edge("no_nul", plain * units, False)
    if units > 1:
        yield edge("after_nul", nul + plain, False)
        yield edge("last_byte", bytes(units * unit - 1) + b"\1", False)
    if units > 2:
        yield edge("second_text", plain + nul + plain, False)
    for name, held in BAD[rule.encoding]:
        if len(held) <= (units - 1) * unit:
            yield edge(name, held, False)


def _counted(rule: Counted, message: bytes) -> Iterator[Edge]:
    unit = rule.unit
    plain, nul = b"k".ljust(unit, b"\0"), bytes(unit)
    for texts, inside in ((GOOD, True), (BAD, False)):
        for name, held in texts[rule.encoding]:
            yield from _of_length(name, held, rule, message, inside)
    for name, held in (("nul", nul), ("nul_first", nul + plain), ("nul_last", plain + nul)):
        yield from _of_length(name, held, rule, message, False)


def _of_length(
    name: str, held: bytes, rule: Counted, message: bytes, inside: bool
) -> Iterator[Edge]:
    """The text instead of the one that is there, behind as many letters as the least length wants."""
    missing = rule.minimum - len(held) // rule.unit
    held = b"k".ljust(rule.unit, b"\0") * max(0, missing) + held
    if len(held) // rule.unit <= rule.maximum:
        yield Edge(name, resized(rule.counter, message, held), inside)


def resized(counter: Count, message: bytes, elements: bytes) -> bytes:
    """The message with these bytes for a tail, and counted so."""
    count = len(elements) // counter.element * counter.unit
    return write(message[: counter.tail], counter.at, counter.type, count) + elements


def _count(rule: Count, message: bytes) -> Iterator[Edge]:
    most, unit = rule.type.maximum, rule.unit
    if rule.low >= unit:
        fewer = rule.low // unit - 1
        yield Edge(
            "below", resized(rule, message, message[rule.tail :][: fewer * rule.element]), False
        )
        yield Edge("none", resized(rule, message, b""), False)
    now = read(message, rule.at, rule.type)
    named = {
        "above": rule.high + unit,
        "odd": now - 1 if now > rule.low else now + 1,
        "above_odd": rule.high + 1,
        "wraps_32": (1 << 32) // rule.element * unit + now,
        "wraps_64": (1 << 64) // rule.element * unit + now,
        "half": most // 2 + 1,
        "most": most,
    }
    for name, value in named.items():
        bad = not rule.low <= value <= rule.high or value % unit != 0
        if bad and value <= most:
            yield Edge(name, write(message, rule.at, rule.type, value), False)


def _length(length: Length, message: bytes) -> Iterator[Edge]:
    """The count says one thing, the length another."""
    rule = length.counter
    now, unit = read(message, rule.at, rule.type), rule.unit
    if now - unit >= rule.low:
        yield Edge("count_less", write(message, rule.at, rule.type, now - unit), False)
    if now + unit <= rule.high:
        yield Edge("count_more", write(message, rule.at, rule.type, now + unit), False)
    yield Edge("byte_more", message + b"\0", False)
    if len(message) > rule.tail:
        yield Edge("byte_less", message[:-1], False)
    if rule.element > 1:
        yield Edge("element_more", message + bytes(rule.element), False)
        if len(message) >= rule.tail + rule.element:
            yield Edge("element_less", message[: -rule.element], False)


def _growth(rule: Growth, message: bytes) -> Iterator[Edge]:
    whole = message.ljust(rule.known, b"\0")[: rule.known]
    yield Edge("newer", whole + bytes(8), True)
    yield Edge("newer_most", whole.ljust(LARGEST_GROWING, b"\0"), True)
    yield Edge("newer_one", whole + b"\1", False)
    yield Edge("newer_first", whole + b"\1" + bytes(7), False)
    yield Edge("newer_last", whole + bytes(7) + b"\x80", False)


def _live(rule: Live, message: bytes) -> Iterator[Edge]:
    named = {
        "zero": 0,
        "one": 1,
        "first": 1 << 32,
        "made_up": 0x0123456789ABCDEF,
        "most": (1 << 64) - 1,
        "dropped": placeholder(rule.kind, 0, DROPPED),
        "foreign": placeholder(rule.kind, 0, FOREIGN),
    }
    if rule.others > 1:
        named["other_kind"] = placeholder((rule.kind + 1) % rule.others, 0)
    for name, value in named.items():
        yield Edge(name, put(message, rule.at, value.to_bytes(SIZE, "little")), False)


def _referenced(rule: Referenced, message: bytes) -> Iterator[Edge]:
    """Numbers that no process has for a handle: multiples of 4 beyond what it can have open, and what is no number."""
    yield Edge("none", put(message, rule.at, bytes(HANDLE_SIZE)), rule.optional)
    named = {"unknown": 0x7FFFFFF4, "too_wide": 1 << 32 | 4, "negative": 1 << 63}
    for kind, value in CURRENT.items():
        named |= {f"current_{kind}": value, f"half_of_current_{kind}": value & 0xFFFFFFFF}
    for name, value in named.items():
        inside = CURRENT.get(rule.kind) == value
        yield Edge(name, put(message, rule.at, value.to_bytes(HANDLE_SIZE, "little")), inside)
    for kind, rights in HANDLE_RIGHTS.items():
        if kind != rule.kind:
            yield Edge(f"of_{kind}", put(message, rule.at, handle(kind, rights)), False)


def _permitted(rule: Permitted, message: bytes) -> Iterator[Edge]:
    """Just what is needed; all that there is but for one right that is."""
    yield Edge("just", put(message, rule.at, handle(rule.kind, rule.rights)), True)
    for right in rule.rights:
        rest = tuple(other for other in HANDLE_RIGHTS[rule.kind] if other != right)
        yield Edge(f"without_{right}", put(message, rule.at, handle(rule.kind, rest)), False)


_EDGES: dict[type[Any], Callable[[Any, bytes], Iterator[Edge]]] = {
    Range: _range,
    Members: _members,
    Mask: _mask,
    Truth: _truth,
    Zero: _zero,
    Padded: _padded,
    Counted: _counted,
    Count: _count,
    Length: _length,
    Growth: _growth,
    Live: _live,
    Referenced: _referenced,
    Permitted: _permitted,
}
