"""Model: types and clauses that only what exists already has: machine words, tails that nothing counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import Use
from kgen.model.types import Float, MachineWord, Opaque, Tail, innermost

if TYPE_CHECKING:
    from kgen.diagnostics import Span
    from kgen.model.entities import Field
    from kgen.model.packing import NativeField, NativeRules
    from kgen.model.resolve_types import Types
    from kgen.model.types import Type
    from kgen.schema.nodes import FieldNode, StructNode


_OF_THE_MACHINE = (MachineWord, Float, Opaque)


def check_layout(node: StructNode, fields: tuple[Field, ...], types: Types) -> NativeRules | None:
    """What a native struct says of its layout; in another one, report what is the machine's (KG142)."""
    if node.native:
        types.uses.append(Use("native_layout", node.name.span, f"struct `{node.name.text}`"))
        types.uses += [
            Use("native_tail", field.span, f"tail `{field.name}`")
            for field in fields
            if type(field.type) is Tail
        ]
    for field in fields:
        # Most fields are no such thing, and there are many.
        if type(innermost(field.type)) in _OF_THE_MACHINE:
            if not node.native:
                report_machine_word(field.type, field.span, types)
            elif type(innermost(field.type)) is MachineWord:
                types.uses.append(Use("machine_word", field.span, f"field `{field.name}`"))
    if not node.native:
        return None
    from kgen.model.native import check_members, rules_of

    check_members(node, fields, types)
    return rules_of(node, types)


def member(node: FieldNode, type_: Type, is_native: bool, types: Types) -> NativeField | None:
    """What a member of a native struct has to say besides its type."""
    from kgen.model.native import member_of

    return member_of(node, type_, is_native, types)


def report_machine_word(type_: Type | None, span: Span, types: Types) -> bool:
    """Whether a type has the size of a machine word where it has to be the same everywhere (KG142)."""
    word = None if type_ is None else innermost(type_)
    if type(word) not in _OF_THE_MACHINE:
        return False
    if not isinstance(word, MachineWord):
        from kgen.model.native import report_native_type

        return report_native_type(type_, span, types)
    fixed = "user_ptr(u8, 4096)" if word.is_pointer else "s64" if word.signed else "u64"
    types.sink.error(
        "KG142",
        span,
        f"`{word.name}` has another size on other machines",
        label="only a struct with `layout: native` may have it",
        help=f"write `{fixed}`, which is 64 bits everywhere",
    )
    return True


def check_rest(node: FieldNode, type_: Type | None, types: Types) -> None:
    """Report `rest` where it has no place (KG132)."""
    span = node.clauses.rest
    assert span is not None
    counted = node.clauses.counter or node.clauses.size
    if type_ is None:
        return
    if not isinstance(type_, Tail):
        types.sink.error(
            "KG132",
            span,
            f"`{node.name.text}` has a fixed length, and is no rest",
            help="write the type as a tail: `[..64]`",
        )
    elif counted is not None:
        types.sink.error(
            "KG132", span, f"`{node.name.text}` is counted, and is no rest", help="drop `rest`"
        )
    elif not types.external:
        types.sink.error(
            "KG132",
            span,
            "a tail that nothing counts is for what exists already",
            help="drop `rest`: the count is put before it",
        )
    types.uses.append(Use("rest", node.name.span, f"tail `{node.name.text}`"))
