"""Python target: what a type is called in an annotation, and in the client's type table.

The table's notation is the schema's, resolved: class names for named types, and the dimensions of
an array from the outermost inwards behind the tail's range: `Entry[0..64] count entries_count`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    UserPointer,
)

if TYPE_CHECKING:
    from kgen.model.entities import Field
    from kgen.model.types import Type

BYTES = "bytes | bytearray | memoryview"


class TypeNames:
    """Spells types with the class names of one package."""

    def __init__(self, classes: dict[str, str]) -> None:
        self.classes = classes
        """Class by the name in the schema."""
        self.used: set[str] = set()
        """Every name that an annotation made here needs, but for Python's own."""

    def annotation(self, field: Field, *, parameter: bool = False) -> str:
        """What a field holds; as a parameter it may be any kind of bytes or sequence."""
        return self._annotation(field.type, field.limit is not None, parameter)

    def cls(self, name: str) -> str:
        """The class of a named type."""
        found = self.classes[name]
        self.used.add(found)
        return found

    def arm(self, type_: Type) -> str:
        """What an arm of a union holds."""
        return self._annotation(type_, False, False)

    def _annotation(self, type_: Type, limited: bool, parameter: bool) -> str:
        kind = type(type_)
        if kind is Integer:
            return "int"
        match type_:
            case Boolean():
                return "bool"
            case Guid():
                self.used.add("UUID")
                return "UUID"
            case Text() | Tail(text=str()):
                return "str"
            case ObjectId():
                return self.cls(type_.kind.name)
            case Handle():
                self.used.add("HasHandle")
                kinds = "int | HasHandle | HasFileno"
                return f"{kinds} | None" if type_.optional else kinds
            case UserPointer():
                return "int | bytearray | memoryview"
            case Enum() | Flags() | BitField() | Struct() | TaggedUnion():
                return self.cls(type_.name)
            case Float() | Opaque():
                return "float" if type_.size and isinstance(type_, Float) else "bytes"
            case Array() | Tail():
                return self._sequence(type_, limited, parameter)
        return "int"

    def _sequence(self, type_: Array | Tail, limited: bool, parameter: bool) -> str:
        element = type_.element
        if isinstance(element, MachineWord) and element.width == "wchar":
            return "str"
        if is_bytes(element) and not limited:
            return BYTES if parameter else "bytes"
        held = self._annotation(element, limited, parameter)
        if not parameter:
            return f"tuple[{held}, ...]"
        self.used.add("Sequence")
        return f"Sequence[{held}]"

    def text(self, field: Field) -> str:
        """The table's notation of a field's type, with the clauses of the type."""
        limit = field.limit
        range_ = "" if limit is None else f" in {limit.low}..{limit.high}"
        optional = " optional" if is_optional(field) else ""
        return self.type_text(field.type) + range_ + optional

    def type_text(self, type_: Type) -> str:
        """The table's notation of a type."""
        if type(type_) is Integer:
            return type_.name
        tail = ""
        if isinstance(type_, Tail):
            tail = f"[{type_.minimum}..{type_.maximum}]"
            if type_.text is not None:
                return f"{type_.text}{tail}"
            type_ = type_.element
        dimensions = ""
        while isinstance(type_, Array):
            dimensions += f"[{type_.length}]"
            type_ = type_.element
        if isinstance(type_, Text):
            return f"{type_.encoding}[{type_.length}]{tail}{dimensions}"
        if isinstance(type_, Opaque):
            return f"u8{tail}{dimensions}[{type_.size}]"
        return f"{self._word(type_)}{tail}{dimensions}"

    def _word(self, type_: Type) -> str:
        match type_:
            case Handle():
                return "handle"
            case ObjectId():
                return self.classes[type_.kind.name]
            case UserPointer():
                return "pointer"
            case MachineWord(is_pointer=True):
                return "address"
            case Integer() | Boolean() | Guid() | MachineWord() | Float():
                return type_.name
            case Text() | Tail() | Array() | Opaque():
                raise AssertionError("unwrapped before")
        return self.classes[type_.name]


def is_optional(field: Field) -> bool:
    """A handle that need not be given."""
    return isinstance(field.type, Handle) and field.type.optional


def is_bytes(element: Type) -> bool:
    """Whether an array of these is `bytes` in Python."""
    return isinstance(element, Integer) and element.size == 1 and not element.signed
