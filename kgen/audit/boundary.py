"""Audit: what the boundary checks of a request, field by field, and what it leaves to the handler.

The words say what the generated core does (docs/language.md, "What the boundary checks").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.audit.records import Check, Unchecked
from kgen.inspection.types import type_text
from kgen.model.entities import BitField, Enum, Flags, Struct, TaggedUnion
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
    UserPointer,
    innermost,
)
from kgen.model.walk import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.model.entities import Field, Record
    from kgen.model.predicates import Operand, Predicate
    from kgen.model.types import Type

Fact = Check | Unchecked
_MOST_NAMES = 8
_ENCODINGS = {"utf8": "UTF-8", "utf16": "UTF-16"}


def facts(request: Struct) -> tuple[list[Check], list[Unchecked]]:
    """What is checked, in the order in which it is; and what is not."""
    limited: set[str] = set()
    found = list(_of_record(request, "", limited))
    checks = [fact for fact in found if isinstance(fact, Check)]
    if request.grows:
        text = "of any version; what is beyond the one known here is zero"
        checks.insert(0, Check("", "growth", text))
    unchecked = [
        fact._replace(text=f"{fact.text}, as far as the conditions allow")
        if fact.path in limited
        else fact
        for fact in found
        if isinstance(fact, Unchecked)
    ]
    return checks, unchecked


def _of_record(record: Record, path: str, limited: set[str]) -> Iterator[Fact]:
    """Field by field, then the conditions; `limited` gets the paths of the fields that those name."""
    prefix = f"{path}." if path else ""
    for field in fields_of(record):
        inner = prefix + field.name
        yield from _of_field(field, inner, record)
        held = innermost(field.type)
        if isinstance(held, UserPointer):
            held = held.element
        if isinstance(held, (Struct, TaggedUnion)):
            each = "[]" if isinstance(field.type, (Array, Tail, UserPointer)) else ""
            yield from _of_record(held, inner + each, limited)
    for condition in record.conditions if isinstance(record, Struct) else ():
        limited |= {prefix + name for name in _named(condition.predicate)}
        yield Check(path, "condition", condition.text)


def _of_field(field: Field, path: str, owner: Record) -> list[Fact]:
    if field.reserved:
        return [Check(path, "reserved", "zero")]
    if field.counts is not None and isinstance(owner, Struct):
        return [_count(path, owner)]
    if isinstance(field.type, Tail) and field.type.text is not None:
        encoding = _ENCODINGS[field.type.text]
        text = f"valid {encoding} without NUL, at most {field.type.maximum} code units"
        return [Check(path, "string", text), Unchecked(path, "text", "what the text says")]
    many = isinstance(field.type, (Array, Tail))
    return _of_type(innermost(field.type), path, field, "each element " if many else "")


def _count(path: str, struct: Struct) -> Check:
    assert struct.tail is not None
    tail = struct.tail.type
    assert isinstance(tail, Tail)
    unit = "bytes" if tail.unit == "bytes" else "elements"
    return Check(
        path,
        "count",
        f"{tail.minimum} to {tail.maximum} elements of `{struct.tail.name}`, counted in {unit};"
        " exactly as many as the length of the request says",
    )


def _of_type(type_: Type, path: str, field: Field, each: str) -> list[Fact]:
    """What holds of one value. mypy finds a type that is missing here."""
    match type_:
        case Integer():
            return [_integer(type_, path, field, each)]
        case Boolean():
            return [Check(path, "bool", f"{each}0 or 1")]
        case Guid() | MachineWord() | Float() | Opaque():
            return [_any(type_, path, each)]
        case Text():
            text = f"{each}valid {_ENCODINGS[type_.encoding]} of at most {type_.length - 1} code units,"
            return [
                Check(path, "string", f"{text} and nothing but NUL behind it"),
                Unchecked(path, "text", "what the text says"),
            ]
        case Enum() | Flags() | BitField():
            return _of_names(type_, path, each)
        case Struct():
            return []  # its fields follow
        case TaggedUnion():
            text = f"{each}the arm that `{field.tag}` says; zero in the bytes behind it"
            return [Check(path, "union", text)]
        case Handle():
            return [_handle(type_, path, each)]
        case ObjectId():
            text = f"{each}the id of a `{type_.kind.name}` that this open handle has"
            return [Check(path, "object", text)]
        case UserPointer():
            behind = _of_type(type_.element, path, field, "each element ")
            return [Check(path, "pointer", _pointed(type_)), *behind]
        case Array() | Tail():
            raise AssertionError("unwrapped before")


def _pointed(pointer: UserPointer) -> str:
    many = (
        f"as many {pointer.unit} as `{pointer.counter}` says" if pointer.counter else "all of them"
    )
    return (
        f"an address of the caller's; what is there is captured once: {many},"
        f" {type_text(pointer.element)} at most {pointer.maximum} times"
    )


def _any(type_: Guid | MachineWord | Float | Opaque, path: str, each: str) -> Fact:
    if isinstance(type_, Guid):
        return Unchecked(path, "guid", "any GUID")
    what = {Float: "number", Opaque: "bytes"}.get(type(type_), "integer")
    return Unchecked(path, what, f"{each}any {type_.name}")


def _integer(type_: Integer, path: str, field: Field, each: str) -> Fact:
    limit = field.limit
    if limit is not None and (limit.low > type_.minimum or limit.high < type_.maximum):
        return Check(path, "range", f"{each}{limit.low} to {limit.high}")
    if isinstance(field.type, Array) and type_.size == 1:
        return Unchecked(path, "bytes", f"any bytes: {type_text(field.type)}")
    if isinstance(field.type, Tail) and type_.size == 1:
        return Unchecked(path, "bytes", "any bytes")
    return Unchecked(path, "number", f"{each}any {type_.name}")


def _handle(type_: Handle, path: str, each: str) -> Check:
    none = ", or 0 for none" if type_.optional else ""
    text = (
        f"{each}a handle of the caller, of kind {type_.kind}, for {', '.join(type_.rights)}{none}"
    )
    return Check(path, "handle", text)


def _of_names(type_: Enum | Flags | BitField, path: str, each: str) -> list[Fact]:
    match type_:
        case Enum():
            return [_enum(type_, path, each)]
        case Flags():
            return [_flags(type_, path, each)]
        case BitField():
            return list(_bits(type_, path))


def _enum(type_: Enum, path: str, each: str) -> Fact:
    names = _list([value.name for value in type_.values])
    if type_.open:
        return Unchecked(path, "enum", f"{each}any value, also without a name; named are {names}")
    return Check(path, "enum", f"{each}one of {names}")


def _flags(type_: Flags, path: str, each: str) -> Fact:
    names = _list([flag.name for flag in type_.values])
    if type_.open:
        return Unchecked(path, "flags", f"{each}any bits, also without a name; named are {names}")
    if type_.mask == (1 << 8 * type_.type.size) - 1:
        return Unchecked(path, "flags", f"{each}any bits: each of them has a name")
    return Check(path, "flags", f"{each}no bits but {names}")


def _bits(type_: BitField, path: str) -> Iterator[Fact]:
    if type_.mask != (1 << 8 * type_.type.size) - 1:
        yield Check(path, "reserved", "zero in the bits that have no name")
    for part in type_.parts:
        inner = f"{path}.{part.name}"
        if part.enum is not None:
            yield _enum(part.enum, inner, "")
        else:
            yield Unchecked(inner, "bits", f"any value of {part.width} bit{'s' * (part.width > 1)}")


def _list(names: list[str]) -> str:
    shown = names[:_MOST_NAMES]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return ", ".join(f"`{name}`" for name in shown) + more


def _named(part: Predicate | Operand) -> Iterator[str]:
    match part:
        case Logic():
            for term in part.terms:
                yield from _named(term)
        case Comparison() | Operation():
            yield from _named(part.left)
            yield from _named(part.right)
        case FieldRef():
            yield part.text
        case Number():
            return
