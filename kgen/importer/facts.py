"""What a header says on one ABI: plain data, the same on every run, as JSON too.

A type is a tuple whose first word is its kind:

    ("int", bytes, signed, word)    word: `long` where C says long, else empty
    ("bool",) ("pointer",) ("guid",) ("wchar", bytes) ("float", "f32" | "f64" | "long_double")
    ("array", length, element)      length None: a flexible array
    ("record", key) ("enum", key)
    ("opaque", bytes, align)        what kgen has no word for
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

Type = tuple[Any, ...]


class Place(NamedTuple):
    file: str
    line: int
    column: int


class Member(NamedTuple):
    name: str
    """Empty where C gives none."""
    type: Type
    offset: int
    """Bits from the start of the record."""
    bits: int | None
    """Width of a bit-field."""
    align: int | None
    """Bytes of its own attribute `aligned`, or of its typedef's."""
    packed: bool
    natural: int
    """Bytes that its type is aligned to, where nothing packs it."""
    place: Place
    doc: str


class Record(NamedTuple):
    key: str
    """`struct foo`, `FOO` of a typedef, `struct foo::member` of what has no name."""
    kind: str
    """`struct` or `union`."""
    c_name: str
    c_kind: str
    """What C writes before the name: `struct`, `union`; `typedef` for nothing; empty without a name."""
    size: int
    align: int
    natural: int
    """The largest alignment of a member, bytes; what is above `align` was packed away."""
    packed: bool
    aligned: bool
    members: tuple[Member, ...]
    place: Place
    doc: str


class Value(NamedTuple):
    name: str
    value: int
    place: Place
    doc: str
    hexadecimal: bool = False
    """Written so."""


class Enum(NamedTuple):
    key: str
    c_name: str
    c_kind: str
    size: int
    signed: bool
    values: tuple[Value, ...]
    place: Place
    doc: str


class Code(NamedTuple):
    name: str
    value: int
    type: Type | None
    """What the size in an _IOC number is of, as the header writes it."""
    size: int
    """Bytes of that type; 0 without one."""
    plain: bool
    """Written as a number, of which no macro tells the parts."""
    parametric: bool
    """`NAME(len)`: the parameter is the size in the number, which is 0 in `value`."""
    by: str
    """The parameter that is added to the number, and 0 in `value`; empty without."""
    place: Place
    doc: str


class Left(NamedTuple):
    """What has no place in a schema, and why."""

    code: str
    place: Place
    message: str


class Facts(NamedTuple):
    abi: str
    records: dict[str, Record]
    """By key; what a record holds stands before it."""
    enums: dict[str, Enum]
    constants: tuple[Value, ...]
    codes: tuple[Code, ...]
    left: tuple[Left, ...]
    before: tuple[str, ...] = ()
    """What had to be included first."""


def as_data(thing: Any) -> Any:
    """Facts as what JSON can hold: records as mappings, in the order of their fields."""
    if isinstance(thing, tuple) and hasattr(thing, "_fields"):
        return {name: as_data(value) for name, value in zip(thing._fields, thing, strict=True)}
    if isinstance(thing, dict):
        return {key: as_data(value) for key, value in thing.items()}
    if isinstance(thing, tuple):
        return [as_data(each) for each in thing]
    return thing


def together(parts: Sequence[Facts], abi: str) -> Facts:
    """The facts of several headers on one ABI; what two of them have is there once."""
    records: dict[str, Record] = {}
    enums: dict[str, Enum] = {}
    constants: dict[str, Value] = {}
    codes: dict[str, Code] = {}
    left: list[Left] = []
    before = dict.fromkeys(name for part in parts for name in part.before)
    for part in parts:
        records |= part.records
        enums |= part.enums
        constants |= {value.name: value for value in part.constants}
        codes |= {code.name: code for code in part.codes}
        left += part.left
    return Facts(
        abi, records, enums, tuple(constants.values()), tuple(codes.values()), tuple(left), tuple(before)
    )  # fmt: skip
