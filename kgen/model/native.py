"""Model: what a struct or union that is laid out as a compiler does says of itself, and of its members.

GCC manual, "Type Attributes", "Variable Attributes" and "Structure-Layout Pragmas"; C11 6.7.2.1 (bit-fields).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.abis import ABI_WORDS, abi_names, is_there
from kgen.model.entities import BitField, Enum, Flags, Struct, Use
from kgen.model.packing import NativeField, NativeRules
from kgen.model.types import Array, Boolean, Float, Integer, MachineWord, Opaque, innermost

if TYPE_CHECKING:
    from kgen.diagnostics import Span
    from kgen.model.entities import Field
    from kgen.model.resolve_types import Types
    from kgen.model.types import Type
    from kgen.schema.nodes import Expression, FieldNode, StructNode, TypeNode

PACKS = (1, 2, 4, 8, 16)
LARGEST_ALIGN = 1 << 13


def rules_of(node: StructNode, types: Types) -> NativeRules | None:
    """What a native struct or union has to say; None where that is nothing."""
    written = node.rules
    if written is None:
        return NativeRules(is_union=True) if node.is_union else None
    return NativeRules(
        is_union=node.is_union,
        pack=_pack(written.pack, types),
        packed=written.packed,
        align=_align(written.align, types),
        abis=abi_names(written.abis, "KG144", types.sink),
        c_kind=written.c_kind or "",
    )


def member_of(node: FieldNode, type_: Type, is_native: bool, types: Types) -> NativeField | None:
    """What a member has to say besides its type; None where that is nothing."""
    written, bits = node.native, node.clauses.bits
    if written is None and bits is None:
        return None
    span = bits[1] if bits is not None else written.span if written is not None else None
    if not is_native:
        types.sink.error(
            "KG143",
            span,
            f"`{node.name.text}` is in a struct that has one layout everywhere",
            label="for `layout: native` alone",
            help="a new interface cuts an integer with `bitfields`"
            if bits is not None
            else "drop it, or write `layout: native` in the struct",
        )
        return None
    if written is None:
        return NativeField(_width(node, type_, False, types))
    if written.unnamed and bits is None and not isinstance(type_, Struct):
        types.sink.error(
            "KG144",
            written.span,
            f"`{node.name.text}` needs a name in C: it is no bit-field, struct or union",
            help="drop `unnamed`",
        )
    return NativeField(
        bits=_width(node, type_, written.unnamed, types),
        unnamed=written.unnamed,
        align=_align(written.align, types),
        packed=written.packed,
        abis=abi_names(written.abis, "KG144", types.sink),
    )


def resolve_opaque(node: TypeNode, types: Types) -> Opaque | None:
    """`opaque(SIZE, ALIGN)`."""
    assert node.maximum is not None
    assert node.align is not None
    size = types.scope.evaluate(node.maximum)
    align = _align((node.align, node.align.span), types)
    if size is None or align == 0:
        return None
    if size < 0:
        types.sink.error("KG117", node.maximum.span, f"a length of {size} cannot be")
        return None
    return Opaque(size, align)


def check_members(node: StructNode, fields: tuple[Field, ...], types: Types) -> None:
    """Report a flexible array that is not the last (KG144), and remember what targets have to carry."""
    for field in fields[:-1]:
        if isinstance(field.type, Array) and field.type.open and not node.is_union:
            types.sink.error(
                "KG144",
                field.span,
                f"`{field.name}` has no length and is not the last",
                help="`[0]` has no bytes either, and may stand anywhere",
            )
    _check_names(fields, types)
    _check_packs(node, fields, types)
    for field in fields:
        if _has_rules(field):
            types.uses.append(Use("native_rules", field.span, f"member `{field.name}`"))
    if node.rules is not None or node.is_union or not fields:
        kind = "union" if node.is_union else "struct"
        types.uses.append(Use("native_rules", node.name.span, f"{kind} `{node.name.text}`"))


def _check_names(fields: tuple[Field, ...], types: Types) -> None:
    """Report a name that a member without a name brings in a second time (KG144)."""
    seen: dict[str, Field] = {}
    for field in fields:
        for name in _names(field):
            first = seen.get(name)
            if first is None or first is field or not _may_meet(first, field):
                seen.setdefault(name, field)
                continue
            if _is_unnamed(field) or _is_unnamed(first):
                types.sink.error(
                    "KG144",
                    field.span,
                    f"`{name}` is there twice",
                    label=f"by `{first.name}` and by `{field.name}`",
                    help="what has no name brings in the names of its members",
                )


def _may_meet(one: Field, other: Field) -> bool:
    """Whether some ABI has both."""
    first, second = (field.native.abis if field.native else () for field in (one, other))
    return (
        not first
        or not second
        or any(is_there(first, abi) and is_there(second, abi) for abi in ABI_WORDS if "-" in abi)
    )


def _check_packs(node: StructNode, fields: tuple[Field, ...], types: Types) -> None:
    """Report a member without a name that has another packing: it is written within its struct (KG144)."""
    if not any(map(_is_unnamed, fields)):
        return
    written = node.rules.pack if node.rules is not None else None
    pack = 0 if written is None else types.scope.evaluate(written[0])
    for field in fields:
        inner = field.type
        if not _is_unnamed(field) or not isinstance(inner, Struct):
            continue
        within = inner.rules.pack if inner.rules is not None else 0
        if within != pack:
            types.sink.error(
                "KG144",
                field.span,
                f"`{inner.name}` has another `pack` than `{node.name.text}`, in which it is",
                label="`#pragma pack` is in force for both",
                help=f"write `pack: {pack}` in `{inner.name}`"
                if pack
                else f"drop it in `{inner.name}`",
            )


def _names(field: Field) -> list[str]:
    if not _is_unnamed(field):
        return [field.c_name or field.name]
    inner = field.type
    return (
        [name for each in inner.fields for name in _names(each)]
        if isinstance(inner, Struct)
        else []
    )


def _is_unnamed(field: Field) -> bool:
    return field.native is not None and field.native.unnamed


def _has_rules(field: Field) -> bool:
    if field.native is not None:
        return True
    type_ = field.type
    while isinstance(type_, Array):
        if type_.length == 0:
            return True
        type_ = type_.element
    if isinstance(type_, MachineWord):
        return type_.width == "wchar"
    return isinstance(type_, (Float, Opaque))


def _width(node: FieldNode, type_: Type, unnamed: bool, types: Types) -> int | None:
    """Bits of a bit-field; None where it is none, or was reported (KG144)."""
    if node.clauses.bits is None:
        return None
    expression, span = node.clauses.bits
    width = types.scope.evaluate(expression)
    size = _bit_size(type_)
    if width is None:
        return None
    if size is None:
        types.sink.error(
            "KG144", span, f"`{node.name.text}` is no bit-field: its type is no integer"
        )
    elif not 0 <= width <= size or (width == 0 and not unnamed):
        types.sink.error(
            "KG144",
            expression.span,
            f"a bit-field of {width} bits cannot be",
            label=f"1 to {size}",
            help="one of 0 bits has no name: `unnamed: true`" if width == 0 else None,
        )
    return width


def _bit_size(type_: Type) -> int | None:
    match type_:
        case Integer():
            return type_.size * 8
        case Enum() | Flags() | BitField():
            return type_.type.size * 8
        case Boolean():
            return 1
        case MachineWord() if not type_.is_pointer:
            return 64
    return None


def _pack(written: tuple[Expression, Span] | None, types: Types) -> int:
    if written is None:
        return 0
    value = types.scope.evaluate(written[0])
    if value is None or value in PACKS:
        return value or 0
    types.sink.error("KG144", written[1], f"`pack: {value}` cannot be", label="1, 2, 4, 8 or 16")
    return 0


def _align(written: tuple[Expression, Span] | None, types: Types) -> int:
    if written is None:
        return 0
    value = types.scope.evaluate(written[0])
    if value is None:
        return 0
    if 0 < value <= LARGEST_ALIGN and value & (value - 1) == 0:
        return value
    types.sink.error(
        "KG144",
        written[1],
        f"an alignment of {value} bytes cannot be",
        label=f"a power of two, up to {LARGEST_ALIGN}",
    )
    return 0


def report_native_type(type_: Type | None, span: Span, types: Types) -> bool:
    """Whether a type is one that only a native struct has, besides words of the machine (KG142)."""
    inner = None if type_ is None else innermost(type_)
    if not isinstance(inner, (Float, Opaque)):
        return False
    types.sink.error(
        "KG142",
        span,
        f"`{inner.name}` is for what exists already",
        label="only a struct with `layout: native` may have it",
        help="a kernel has no floating point; send an integer, or its bytes"
        if isinstance(inner, Float)
        else "write `u8[N]`",
    )
    return True
