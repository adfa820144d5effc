"""Target `core`: how C reaches the elements, the count and the tag of a field, in a request or a reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import Struct
from kgen.model.types import Array, Tail
from kgen.targets._c_names import literal, member
from kgen.targets._c_types import base_integer, value

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Field, Record
    from kgen.model.types import Integer, Type


def loop(type_: Type, owner: Record, variable: str, layouts: Layouts) -> tuple[str, str]:
    """How many elements there are, and the index of element `i`; both empty for a single value."""
    lengths: list[int] = []
    inner = type_.element if isinstance(type_, Tail) else type_
    while isinstance(inner, Array):
        lengths.append(inner.length)
        inner = inner.element
    total = 1
    for length in lengths:
        total *= length
    if isinstance(type_, Tail):
        times = tail_count(owner, type_, variable, layouts)
        return (f"{times} * {total}" if total > 1 else times), _index([0, *lengths])
    return (str(total), _index(lengths)) if lengths else ("", "")


def tail_count(owner: Record, tail: Tail, variable: str, layouts: Layouts) -> str:
    """How many elements the tail has, as 32 bits; its bounds were checked before."""
    assert isinstance(owner, Struct)
    counter = next(field for field in owner.fields if field.name == tail.counter)
    integer = base_integer(counter.type)
    assert integer is not None
    text = narrow(integer, field_value(counter, variable))
    unit = element_size(tail, layouts) if tail.unit == "bytes" else 1
    return f"{text} / {unit}" if unit > 1 else text


def element_size(tail: Tail, layouts: Layouts) -> int:
    return layouts.size_align(tail.element)[0]


def tag_value(field: Field, owner: Record, variable: str) -> str:
    """The value of the field that tells which arm of this union holds."""
    assert isinstance(owner, Struct)
    tag = next(other for other in owner.fields if other.name == field.tag)
    return field_value(tag, variable)


def field_value(field: Field, variable: str) -> str:
    """The number in a field, in the byte order of the machine."""
    integer = base_integer(field.type)
    assert integer is not None
    return value(integer, f"{variable}->{member(field)}")


def narrow(type_: Integer, expression: str) -> str:
    """A number that is known to fit into 32 bits, so that no kernel divides 64."""
    return f"(uint32_t){expression}" if type_.size == 8 else expression


def outside(type_: Integer, expression: str, low: int, high: int) -> str:
    """The condition that a value is not in low..high; empty where every value is."""
    tests = []
    if low > type_.minimum:
        tests.append(f"{expression} < {literal(low, type_)}")
    if high < type_.maximum:
        tests.append(f"{expression} > {literal(high, type_)}")
    return " || ".join(tests)


def miscounted(counter: Field, tail: Tail, variable: str, size: int) -> str:
    """The condition that a count is none that the schema allows; empty where every count is.

    `size` is that of an element, in bytes.
    """
    integer = base_integer(counter.type)
    assert integer is not None
    expression = field_value(counter, variable)
    unit = size if tail.unit == "bytes" else 1
    low, high = tail.minimum * unit, tail.maximum * unit
    if counter.limit is not None:
        low, high = max(low, counter.limit.low), min(high, counter.limit.high)
    tests = [outside(integer, expression, low, high)]
    if unit > 1:
        tests.append(f"{narrow(integer, expression)} % {unit} != 0")
    return " || ".join(test for test in tests if test)


def is_full(mask: int, type_: Integer) -> bool:
    """Every bit has a name."""
    return bool(mask == (1 << type_.size * 8) - 1)


def _index(lengths: list[int]) -> str:
    """`[i / 3][i % 3]`: element `i` of all, for arrays of any dimension."""
    parts, stride = [], 1
    for position in range(len(lengths) - 1, -1, -1):
        text = "i" if stride == 1 else f"i / {stride}"
        if position > 0:
            text += f" % {lengths[position]}"
        parts.append(f"[{text}]")
        stride *= lengths[position]
    return "".join(reversed(parts))
