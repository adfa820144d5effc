"""Inspection: what a boundary checks, for a back-end that validates (docs/inspect.md). The same on every ABI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kgen.abi.lengths import bounds, request_bounds
from kgen.inspection.types import type_text
from kgen.model.called import AS_USUAL
from kgen.model.entities import BitField, Enum, Field, Flags, Struct, TaggedUnion
from kgen.model.errors import BUILTIN
from kgen.model.predicates import Comparison, FieldRef, Number

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.called import Calling
    from kgen.model.entities import Arm, BitPart, Error, Interface, Ioctl
    from kgen.model.predicates import Condition, Operand, Predicate

    Named = Enum | Flags | BitField | Struct | TaggedUnion
    Json = dict[str, Any]


def of_ioctl(ioctl: Ioctl, layouts: Layouts) -> Json:
    """The lengths that a request may have, the least that a reply needs, and what a short buffer does."""
    request, reply = ioctl.request or ioctl.message, ioctl.reply or ioctl.message
    short = None
    if ioctl.short is not None:
        short = {
            "policy": ioctl.short.policy,
            "field": ioctl.short.field,
            "unit": ioctl.short.unit if ioctl.short.field is not None else None,
        }
    return {
        "request_size": None if request is None else _size(*request_bounds(request, layouts)),
        "reply_size": None if reply is None else _size(*bounds(reply, layouts)),
        "short": short,
        "idempotent": ioctl.idempotent,
        "calling": _calling(ioctl.calling),
    }


def _calling(calling: Calling) -> Json | None:
    if calling == AS_USUAL:
        return None
    size = "buffer" if calling.by_buffer else None
    return {
        "whole_number": calling.is_whole,
        "parameter": calling.parameter and calling.parameter._asdict(),
        "direction": calling.direction,
        "size": type_text(calling.size) if calling.size is not None else size,
        "arg": "value" if calling.by_value else "pointer",
        "returns": "length" if calling.returns_length else calling.returns and calling.returns.name,
    }


def _size(low: int, high: int) -> Json:
    return {"min": low, "max": high}


def of_type(type_: Named) -> Json:
    """Keys of a type that no layout tells; null where they have no meaning for its kind."""
    found: Json = {"open": None, "grows": None, "tag": None, "members": None, "conditions": None}
    match type_:
        case Enum() | Flags():
            found["open"] = type_.open
        case BitField():
            found["members"] = [_part(part) for part in type_.parts]
        case TaggedUnion():
            found["tag"] = type_.tag.name
            found["members"] = [_arm(arm) for arm in type_.arms]
        case Struct():
            found["grows"] = type_.grows
            found["members"] = [_field(field) for field in type_.fields]
            found["conditions"] = [_condition(condition) for condition in type_.conditions]
    return found


def _field(field: Field) -> Json:
    return _member(
        field.name,
        range=None if field.limit is None else [field.limit.low, field.limit.high],
        reserved=field.reserved,
        secret=field.secret,
        tag=field.tag,
        counts=field.counts,
        since=field.note.since,
        deprecated=field.note.deprecated,
        doc=field.note.doc,
    )


def _arm(arm: Arm) -> Json:
    note = arm.note
    return _member(
        arm.name, value=arm.value.value, since=note.since, deprecated=note.deprecated, doc=note.doc
    )


def _part(part: BitPart) -> Json:
    note = part.note
    enum = None if part.enum is None else part.enum.name
    return _member(part.name, enum=enum, since=note.since, deprecated=note.deprecated, doc=note.doc)


def _member(
    name: str,
    *,
    range: list[int] | None = None,
    reserved: bool = False,
    secret: bool = False,
    tag: str | None = None,
    counts: str | None = None,
    value: int | None = None,
    enum: str | None = None,
    since: tuple[int, int] | None,
    deprecated: str | None,
    doc: str,
) -> Json:
    return {
        "name": name,
        "range": range,
        "reserved": reserved,
        "secret": secret,
        "tag": tag,
        "counts": counts,
        "value": value,
        "enum": enum,
        "since": None if since is None else f"{since[0]}.{since[1]}",
        "deprecated": deprecated,
        "doc": doc,
    }


def _condition(condition: Condition) -> Json:
    return {
        "text": condition.text,
        "arms": [".".join(step.name for step in path) for path in condition.arms],
        "predicate": _predicate(condition.predicate),
    }


def _predicate(predicate: Predicate) -> list[Any]:
    """`["<=", a, b]`, `["and", p, q]`, `["not", p]`: an operator and what it is of."""
    if isinstance(predicate, Comparison):
        return [predicate.operator, _operand(predicate.left), _operand(predicate.right)]
    return [predicate.operator, *map(_predicate, predicate.terms)]


def _operand(operand: Operand) -> Any:
    """An integer, the path of a field as text, or an operator and its operands."""
    if isinstance(operand, Number):
        return operand.value
    if isinstance(operand, FieldRef):
        return operand.text
    return [operand.operator, _operand(operand.left), _operand(operand.right)]


def errors(interface: Interface) -> list[Json]:
    """Every error that may come back, with its number on every side: those of kgen first."""
    return [_error(error) for error in (*BUILTIN.values(), *interface.errors)]


def _error(error: Error) -> Json:
    return {
        "name": error.name,
        "builtin": error.builtin,
        "ntstatus": error.ntstatus,
        "win32": error.win32,
        "errno": error.errno,
        "doc": error.note.doc,
    }
