"""Model: the types a field may have, resolved. A named type is the entity itself, never its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from kgen.record import NamedTuple

if TYPE_CHECKING:
    from kgen.model.entities import BitField, Enum, Flags, ObjectKind, Struct, TaggedUnion


class Integer(NamedTuple):
    """A fixed-width integer: `u32`, `s64`, `u16be`."""

    name: str
    size: int
    """Bytes: 1, 2, 4 or 8."""
    signed: bool
    order: str
    """`native`, `le` or `be`."""

    @property
    def minimum(self) -> int:
        return -(1 << (self.size * 8 - 1)) if self.signed else 0

    @property
    def maximum(self) -> int:
        return (1 << (self.size * 8 - self.signed)) - 1


class MachineWord(NamedTuple):
    """`long`, `uintptr`, `pointer`, `wchar`: as wide as the ABI has it, so for native structs only."""

    name: str
    signed: bool
    is_pointer: bool
    width: str = "long"
    """What of the machine it is as wide as: `long`, `pointer` or `wchar`."""


class Float(NamedTuple):
    """`f32`, `f64`, `long_double`: IEEE 754, or what the ABI has; for native structs only."""

    name: str
    size: int
    """Bytes; 0 where the ABI says."""


class Opaque(NamedTuple):
    """Bytes that cannot be said otherwise, of a native struct."""

    size: int
    align: int

    @property
    def name(self) -> str:
        return f"opaque({self.size}, {self.align})"


class Boolean(NamedTuple):
    """One byte, 0 or 1."""

    name: str = "bool"
    size: int = 1


class Guid(NamedTuple):
    """Sixteen bytes, aligned to four: u32, u16, u16, u8[8]."""

    name: str = "guid"
    size: int = 16


class Text(NamedTuple):
    """A fixed NUL-padded string: at least one NUL, nothing but NUL after the first."""

    encoding: str
    """`utf8` or `utf16`."""
    length: int
    """Code units, the NUL among them."""

    @property
    def unit_size(self) -> int:
        return 1 if self.encoding == "utf8" else 2


class Array(NamedTuple):
    """`length` elements, one after the other. An array of arrays has an Array as its element."""

    element: Type
    length: int
    """0 in a native struct alone."""
    open: bool = False
    """A flexible array member of a native struct: no length, and no bytes of its size."""


class Tail(NamedTuple):
    """The variable end of a message: `minimum` to `maximum` elements, counted by a field before it."""

    element: Type
    minimum: int
    maximum: int
    counter: str
    """Name of the field that holds the count; empty where the tail is the rest of a message."""
    unit: str
    """What the counter counts: `elements` or `bytes`."""
    text: str | None
    """`utf8` or `utf16` where the elements are code units of a string without NUL."""


class Handle(NamedTuple):
    """A handle or file descriptor of the caller, 64 bits on the wire."""

    kind: str
    rights: tuple[str, ...]
    """What the driver may do with the object, of kgen.model.handles; never empty."""
    optional: bool = False
    """0 stands for none."""
    size: int = 8


class ObjectId(NamedTuple):
    """The id of an object that belongs to the caller's open, 64 bits on the wire; 0 names none."""

    kind: ObjectKind
    role: str
    """`ref`: the request uses the object. `drop`: it also gives it up. `new`: the reply names it."""
    size: int = 8


class UserPointer(NamedTuple):
    """A caller's address, 64 bits on the wire, with at most `maximum` elements behind it."""

    element: Type
    maximum: int
    size: int = 8
    counter: str = ""
    """Name of the field that says how many there are; empty where there are always `maximum`."""
    unit: str = "elements"
    """What the counter counts: `elements` or `bytes`."""


Type = Union[
    Integer,
    MachineWord,
    Float,
    Opaque,
    Boolean,
    Guid,
    Text,
    Array,
    Tail,
    Handle,
    ObjectId,
    UserPointer,
    "Enum",
    "Flags",
    "BitField",
    "Struct",
    "TaggedUnion",
]

NATIVE = "native"
INTEGERS: dict[str, Integer] = {
    f"{'s' if signed else 'u'}{size * 8}{suffix}": Integer(
        f"{'s' if signed else 'u'}{size * 8}{suffix}", size, signed, suffix or NATIVE
    )
    for size in (1, 2, 4, 8)
    for signed in (False, True)
    for suffix in (("",) if size == 1 else ("", "le", "be"))
}
MACHINE_WORDS: dict[str, MachineWord] = {
    "long": MachineWord("long", True, False),
    "ulong": MachineWord("ulong", False, False),
    "pointer": MachineWord("pointer", False, True, "pointer"),
    "intptr": MachineWord("intptr", True, False, "pointer"),
    "uintptr": MachineWord("uintptr", False, False, "pointer"),
    "wchar": MachineWord("wchar", False, False, "wchar"),
}
FLOATS: dict[str, Float] = {
    "f32": Float("f32", 4),
    "f64": Float("f64", 8),
    "long_double": Float("long_double", 0),
}
BOOLEAN = Boolean()
GUID = Guid()
SIMPLE: dict[str, Type] = {
    **INTEGERS,
    **MACHINE_WORDS,
    **FLOATS,
    BOOLEAN.name: BOOLEAN,
    GUID.name: GUID,
}
"""The types that are one word and need nothing else."""


def innermost(type_: Type) -> Type:
    """What an array or tail, of however many dimensions, is made of."""
    while isinstance(type_, (Array, Tail)):
        type_ = type_.element
    return type_


def natural_alignment(type_: Type) -> int:
    """Alignment in bytes inside a new struct: every scalar is aligned to its own size."""
    if isinstance(type_, (Integer, Boolean)):
        return type_.size
    if isinstance(type_, (Array, Tail)):
        return natural_alignment(type_.element)
    if isinstance(type_, Text):
        return type_.unit_size
    if isinstance(type_, Guid):
        return 4
    if isinstance(type_, (Handle, ObjectId, UserPointer, MachineWord, Float)):
        return 8
    if isinstance(type_, Opaque):
        return type_.align
    return type_.alignment
