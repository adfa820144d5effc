"""Target `linux`: declarations of the language's types as a uapi header of Linux has them (linux/types.h)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgen.model.entities import Struct, TaggedUnion
from kgen.model.types import Array, Guid, Handle, ObjectId, Tail, UserPointer
from kgen.targets._c_names import member, record_type
from kgen.targets._c_types import dimensions, element_type, field_facts, innermost

if TYPE_CHECKING:
    from kgen.model.entities import Arm, Field
    from kgen.model.types import Type

_SIGNED64 = "__s64"
_NAMES = {
    "char": "char",
    "kgen_char16": "__u16",
    "kgen_u64": "__aligned_u64",
    "kgen_s64": _SIGNED64,
    "kgen_be16": "__be16",
    "kgen_be32": "__be32",
    "kgen_be64": "__aligned_be64",
    "kgen_le16": "__le16",
    "kgen_le32": "__le32",
    "kgen_le64": "__aligned_le64",
    "long": "long",
    "unsigned long": "unsigned long",
    "void *": "void *",
    "intptr_t": "long",
    "uintptr_t": "unsigned long",
}
"""What differs from the shared header in more than the spelling of a fixed width."""


def uapi_type(type_: Type, interface: str, native: bool = False) -> str:
    """`__u32`, `__be16`, `struct vault_entry`; of an array the type of its elements."""
    if isinstance(innermost(type_), ObjectId):
        return "__aligned_u64"
    name = element_type(type_, interface, native)
    if name.startswith(("struct ", "union ")):
        return name
    fixed = re.fullmatch(r"(u?)int(\d+)_t", name)
    return f"__{fixed[1] or 's'}{fixed[2]}" if fixed else _NAMES[name]


def uapi_declaration(item: Field | Arm, interface: str, native: bool = False) -> str:
    """`__u8 key[16]`, without the semicolon."""
    assert item.type is not None
    type_ = uapi_type(item.type, interface, native)
    # There is no __aligned_s64 in the headers of many a kernel.
    aligned = " __attribute__((aligned(8)))" if type_ == _SIGNED64 and not native else ""
    space = "" if type_.endswith("*") else " "
    return f"{type_}{space}{member(item)}{dimensions(item.type)}{aligned}"


def uapi_facts(field: Field, interface: str) -> str:
    """What the comment of a member says besides the doc; never empty, for kernel-doc wants a text."""
    return field_facts(field, interface) or (
        "" if field.note.doc else plain_facts(field.type, interface)
    )


def plain_facts(type_: Type, interface: str) -> str:
    """Of what has neither a doc nor a rule."""
    inner = innermost(type_)
    if isinstance(inner, (Struct, TaggedUnion)):
        return f"See {record_type(interface, inner)}."
    if isinstance(inner, Guid):
        return "A GUID."
    if isinstance(inner, Handle):
        return "A file descriptor."
    if isinstance(inner, UserPointer):
        return "An address of the caller."
    return "Any values." if isinstance(type_, (Array, Tail)) else "Any value."
