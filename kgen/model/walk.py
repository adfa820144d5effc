"""Model: every field of a message, nested ones where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import Field, Struct, TaggedUnion
from kgen.model.types import Array, Tail, UserPointer, innermost
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.model.entities import Record
    from kgen.model.types import Type


class Member(NamedTuple):
    path: str
    """From the message: `figure.line.from_.x`; `points[].x` in each element, also behind a pointer."""
    field: Field
    """Of an arm that is one made for it, with the arm's name and type."""
    owner: Record


def members(record: Record, prefix: str = "") -> Iterator[Member]:
    """Every field and arm, in order; one that is a struct or union stands before what it holds."""
    for field in fields_of(record):
        path = prefix + field.name
        yield Member(path, field, record)
        held = innermost(field.type)
        if isinstance(held, UserPointer):
            held = held.element
        if isinstance(held, (Struct, TaggedUnion)):
            each = "[]" if isinstance(field.type, (Array, Tail, UserPointer)) else ""
            yield from members(held, f"{path}{each}.")


def leaves(type_: Type | None) -> Iterator[Field]:
    """Fields and arms below a type that are no record, through arrays, tails and pointers."""
    if isinstance(type_, (Struct, TaggedUnion)):
        for field in fields_of(type_):
            yield from leaves_of(field)


def leaves_of(field: Field) -> Iterator[Field]:
    """The field itself, or where it is made of records the fields of those."""
    type_ = pointed = field.type
    while isinstance(type_, (Array, Tail, UserPointer)):
        pointed, type_ = type_, type_.element
    if isinstance(pointed, UserPointer):
        yield field
    if isinstance(type_, (Struct, TaggedUnion)):
        yield from leaves(type_)
    elif not isinstance(pointed, UserPointer):
        yield field


def has_secret(record: Record) -> bool:
    """Whether any field, however deep, is secret."""
    return any(member.field.secret for member in members(record))


def fields_of(record: Record) -> tuple[Field, ...]:
    """Those of a struct; of a union its arms that hold something."""
    if isinstance(record, Struct):
        return record.fields
    return tuple(
        Field(arm.name, arm.type, arm.note, arm.span) for arm in record.arms if arm.type is not None
    )
