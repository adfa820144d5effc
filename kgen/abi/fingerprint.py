"""ABI: the interface hash, which driver and client compare.

It covers what both sides must agree on: codes, layouts and constraints. Docs, comments, the order of
declarations and the version are not part of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import BitField, Enum, Flags, Struct, TaggedUnion
from kgen.model.types import Array, Tail, Text, Type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.abi import Layouts
    from kgen.model.entities import Field, Interface, Ioctl


def fingerprint(layouts: Layouts) -> str:
    """SHA-256 as 64 hex digits."""
    from hashlib import sha256

    lines = sorted(_lines(layouts))
    return sha256("\n".join(lines).encode()).hexdigest()


def _lines(layouts: Layouts) -> Iterator[str]:
    interface = layouts.interface
    yield f"interface {interface.name}"
    for ioctl in interface.ioctls:
        yield _ioctl(ioctl, layouts)
    for error in interface.errors:
        yield f"error {error.name} {error.ntstatus:#x} {error.errno}"
    yield from _named_values(interface)
    for union in interface.unions:
        arms = " ".join(f"{arm.value.value}={_type(arm.type)}" for arm in union.arms)
        yield f"union {union.name} {layouts.record(union).size} {union.tag.name} {arms}"
    for struct in interface.structs:
        layout = layouts.record(struct)
        yield f"struct {struct.name} {layout.size} {layout.align} {struct.grows} {struct.native}"
        for item in layout.fields:
            yield f"field {struct.name} {item.offset} {item.size} {_field(item.field)}"
        for condition in struct.conditions:
            yield f"require {struct.name} {' '.join(condition.text.split())}"


def _named_values(interface: Interface) -> Iterator[str]:
    for enum in interface.enums:
        values = " ".join(f"{value.name}={value.value}" for value in enum.values)
        yield f"enum {enum.name} {enum.type.name} {enum.open} {values}"
    for flags in interface.flags:
        bits = " ".join(f"{flag.name}={flag.mask}" for flag in flags.values)
        yield f"flags {flags.name} {flags.type.name} {flags.open} {bits}"
    for bitfield in interface.bitfields:
        parts = " ".join(
            f"{part.name}={part.low}:{part.width}:{part.enum.name if part.enum else ''}"
            for part in bitfield.parts
        )
        yield f"bits {bitfield.name} {bitfield.type.name} {parts}"


def _ioctl(ioctl: Ioctl, layouts: Layouts) -> str:
    codes = layouts.codes[ioctl.name]
    messages = " ".join(
        struct.name if struct else "-" for struct in (ioctl.request, ioctl.reply, ioctl.message)
    )
    data = ioctl.data
    text = f"{data.direction} {_type(data.type)} {data.minimum} {data.maximum}" if data else "-"
    short = f"{ioctl.short.policy} {ioctl.short.field}" if ioctl.short else "-"
    errors = " ".join(sorted(error.name for error in ioctl.errors))
    return f"ioctl {ioctl.name} {codes.windows} {codes.linux} {messages} {text} {short} {errors}"


def _field(field: Field) -> str:
    limit = f"{field.limit.low}..{field.limit.high}" if field.limit else "-"
    return f"{field.name} {_type(field.type)} {limit} {field.reserved} {field.tag} {field.counts}"


def _type(type_: Type | None) -> str:
    match type_:
        case None:
            return "none"
        case Array():
            return f"{_type(type_.element)}[{type_.length}]"
        case Tail():
            text = type_.text or _type(type_.element)
            return f"{text}[{type_.minimum}..{type_.maximum}] {type_.counter} {type_.unit}"
        case Text():
            return f"{type_.encoding}[{type_.length}]"
        case Struct() | TaggedUnion() | Enum() | Flags() | BitField():
            return type_.name
    return getattr(type_, "name", type(type_).__name__)
