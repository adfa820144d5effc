"""C targets: declarations and values of the language's types in C."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import BitField, Enum, Flags, Struct, TaggedUnion
from kgen.model.naming import macro, symbol
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
    UserPointer,
)
from kgen.targets._c_names import member, note_facts, record_type

if TYPE_CHECKING:
    from kgen.model.entities import Field
    from kgen.model.types import Type


def integer_type(type_: Integer, native: bool = False) -> str:
    """`uint32_t`; `kgen_be32` where the byte order is written; `kgen_u64`, aligned to 8 everywhere."""
    if type_.order != "native":
        return f"kgen_{type_.order}{type_.size * 8}"
    if type_.size == 8 and not native:
        return f"kgen_{type_.name}"
    return f"{'' if type_.signed else 'u'}int{type_.size * 8}_t"


def plain_type(type_: Integer) -> str:
    """The type of the value once its byte order is taken care of."""
    return f"{'' if type_.signed else 'u'}int{type_.size * 8}_t"


def base_integer(type_: Type) -> Integer | None:
    """The integer that carries a scalar; None for what is no integer."""
    if isinstance(type_, Integer):
        return type_
    if isinstance(type_, (Enum, Flags, BitField)):
        return type_.type
    return None


def element_type(type_: Type, interface: str, native: bool = False) -> str:
    """The C type of one value: of an element, for an array."""
    match type_:
        case Array() | Tail():
            if isinstance(type_, Tail) and type_.text is not None:
                return "char" if type_.text == "utf8" else "kgen_char16"
            return element_type(type_.element, interface, native)
        case Text():
            return "char" if type_.encoding == "utf8" else "kgen_char16"
        case Boolean():
            return "uint8_t"
        case Guid():
            return "struct kgen_guid"
        case MachineWord():
            return _MACHINE_WORDS[type_.name]
        case ObjectId():
            return symbol(interface, type_.kind.name, "id")
        case Handle() | UserPointer():
            return "uint64_t" if native else "kgen_u64"
        case Struct() | TaggedUnion():
            return record_type(interface, type_)
    integer = base_integer(type_)
    assert integer is not None
    return integer_type(integer, native)


def dimensions(type_: Type) -> str:
    """`[2][3]`; `[]` for a tail; the code units of a fixed string are its last dimension."""
    match type_:
        case Array():
            return f"[{type_.length}]{dimensions(type_.element)}"
        case Tail():
            return f"[]{dimensions(type_.element)}"
        case Text():
            return f"[{type_.length}]"
    return ""


def declare(field: Field, interface: str, native: bool) -> str:
    """`uint8_t key[16]`, without the semicolon."""
    if type(field.type) is Integer:
        return f"{integer_type(field.type, native)} {member(field)}"
    type_ = element_type(field.type, interface, native)
    space = "" if type_.endswith("*") else " "
    return f"{type_}{space}{member(field)}{dimensions(field.type)}"


def innermost(type_: Type) -> Type:
    """What an array, of however many dimensions, is made of."""
    while isinstance(type_, (Array, Tail)):
        type_ = type_.element
    return type_


def value(type_: Integer, expression: str) -> str:
    """The value of a member in the byte order of the machine."""
    if type_.order == "native":
        return expression
    text = f"kgen_from_{type_.order}{type_.size * 8}({expression})"
    return f"({plain_type(type_)}){text}" if type_.signed else text


def stored(type_: Integer, expression: str) -> str:
    """The opposite of `value`: what is stored for a value."""
    if type_.order == "native":
        return expression
    return f"kgen_to_{type_.order}{type_.size * 8}({expression})"


def field_facts(field: Field, interface: str) -> str:
    """What a reader of the C declaration wants to know besides the doc."""
    if type(field.type) is Integer and not field.reserved and field.limit is None:
        # Most fields are plain integers.
        facts = "Secret. " if field.secret else ""
        return (facts + note_facts(field.note)).rstrip()
    return _facts(field, interface)


def _facts(field: Field, interface: str) -> str:
    facts = []
    type_ = innermost(field.type)
    if field.reserved:
        facts.append("Zero.")
    elif field.limit is not None:
        facts.append(f"In {field.limit.low}..{field.limit.high}.")
    elif isinstance(type_, (Enum, Flags)):
        facts.append(f"{macro(interface, type_.name)}_*.")
    elif isinstance(type_, Text):
        facts.append(f"{_ENCODINGS[type_.encoding]}, padded with NUL.")
    elif isinstance(type_, ObjectId):
        facts.append(_ROLES[type_.role])
    elif isinstance(type_, Boolean):
        facts.append("0 or 1.")
    elif isinstance(type_, UserPointer):
        facts.append(_pointer_facts(type_, interface))
    if isinstance(field.type, Tail):
        facts.append(_tail_facts(field.type))
    if field.tag is not None:
        facts.append(f"Which member holds is told by `{field.tag}`.")
    if field.secret:
        facts.append("Secret.")
    facts.append(note_facts(field.note))
    return " ".join(fact for fact in facts if fact)


def _pointer_facts(pointer: UserPointer, interface: str) -> str:
    element, what = pointer.element, "elements"
    if isinstance(element, Struct):
        what = record_type(interface, element)
    elif isinstance(element, Integer) and element.size == 1:
        what = "bytes"
    if not pointer.counter:
        return f"Address of {pointer.maximum} {what}."
    many = "many bytes" if pointer.unit == "bytes" and what != "bytes" else "many"
    return f"Address of at most {pointer.maximum} {what}, as {many} as {pointer.counter} says."


_MACHINE_WORDS = {
    "long": "long",
    "ulong": "unsigned long",
    "pointer": "void *",
    "intptr": "intptr_t",
    "uintptr": "uintptr_t",
    "wchar": "wchar_t",
}
_ROLES = {
    "ref": "Of an object in use.",
    "drop": "Of an object that is given up, if the request succeeds.",
    "new": "Of an object that was made.",
}
_ENCODINGS = {"utf8": "UTF-8", "utf16": "UTF-16"}


def _tail_facts(tail: Tail) -> str:
    counted = "bytes" if tail.unit == "bytes" else "elements"
    text = f"{tail.minimum} to {tail.maximum} elements; `{tail.counter}` tells the {counted}."
    if not tail.counter:
        text = f"{tail.minimum} to {tail.maximum} elements, up to the end of what came."
    return f"{_ENCODINGS[tail.text]} without NUL. {text}" if tail.text else text
