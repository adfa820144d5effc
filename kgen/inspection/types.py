"""Inspection: a resolved type as the text that the language has for it, numbers evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.types import Array, Handle, ObjectId, Tail, Text, UserPointer

if TYPE_CHECKING:
    from kgen.model.types import Type


def type_text(type_: Type | None) -> str:
    """`u32`, `entry`, `u16[2][3]`, `utf8[32]`, `u8[1..4096]`, `utf16[0..200]`; `none` for an empty arm."""
    lengths = ""
    if isinstance(type_, Tail):
        lengths = f"[{type_.minimum}..{type_.maximum}]"
        if type_.text is not None:
            return type_.text + lengths
        type_ = type_.element
    while isinstance(type_, Array):
        lengths += "[]" if type_.open else f"[{type_.length}]"
        type_ = type_.element
    return _element(type_) + lengths


def _element(type_: Type | None) -> str:
    match type_:
        case None:
            return "none"
        case Text():
            return f"{type_.encoding}[{type_.length}]"
        case Handle():
            optional = " optional" if type_.optional else ""
            return f"handle {' '.join((type_.kind, *type_.rights))}{optional}"
        case ObjectId():
            return f"{type_.role} {type_.kind.name}"
        case UserPointer():
            return f"user_ptr({type_text(type_.element)}, {type_.maximum})"
    assert not isinstance(type_, (Array, Tail)), "unwrapped before"
    return type_.name
