"""Inspection: model and layouts -> the JSON document of docs/inspect.md (DESIGN section 6).

Its keys and their order are frozen. Whoever adds one raises no version; whoever changes one does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kgen.inspection.constraints import errors, of_ioctl, of_type
from kgen.inspection.types import type_text
from kgen.model.abis import is_there
from kgen.model.entities import BitField, Enum, Flags, Struct, TaggedUnion
from kgen.model.types import Tail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgen.abi import Abi, FieldLayout, Layouts, Machine
    from kgen.model.entities import BitPart, Constant, Data, EnumValue, Flag, Ioctl, ObjectKind
    from kgen.model.types import Type

    Named = Enum | Flags | BitField | Struct | TaggedUnion
    Json = dict[str, Any]

FORMAT = 1
FIRST_VERSION = (1, 0)


def document(layouts: Layouts, abis: Iterable[Abi]) -> Json:
    """The resolved interface as plain dicts, lists, strings and integers; layouts of these ABIs only."""
    interface = layouts.interface
    chosen = tuple(abis)
    return {
        "kgen_inspect": FORMAT,
        "interface": interface.name,
        "version": version_text(interface.version),
        "hash": layouts.hash,
        "external": interface.external,
        "ioctls": [_ioctl(ioctl, layouts, chosen) for ioctl in interface.ioctls],
        "constants": [_constant(constant) for constant in interface.constants],
        "types": [_type(type_, layouts, chosen) for type_ in named_types(layouts)],
        "objects": [_object(kind) for kind in interface.objects],
        "errors": errors(interface),
    }


def named_types(layouts: Layouts) -> list[Named]:
    """Every type with a name, each after those that it uses."""
    interface = layouts.interface
    return [*interface.enums, *interface.flags, *interface.bitfields, *interface.records]


def version_text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _ioctl(ioctl: Ioctl, layouts: Layouts, abis: tuple[Abi, ...]) -> Json:
    codes = layouts.codes[ioctl.name]
    names = {abi.name for abi in abis}
    return {
        "name": ioctl.name,
        "c_name": ioctl.c_name,
        "codes": {
            "windows": codes.windows,
            "linux": codes.linux,
            **{name: number for name, number in codes.other if name in names},
        },
        "function": ioctl.function,
        "method": ioctl.method,
        "access": list(ioctl.access),
        "in": ioctl.request.name if ioctl.request else None,
        "out": ioctl.reply.name if ioctl.reply else None,
        "inout": ioctl.message.name if ioctl.message else None,
        "data": _data(ioctl.data, layouts) if ioctl.data else None,
        "errors": [error.name for error in ioctl.errors],
        "since": version_text(ioctl.note.since or min(FIRST_VERSION, layouts.interface.version)),
        "deprecated": ioctl.note.deprecated,
        "doc": ioctl.note.doc,
        **of_ioctl(ioctl, layouts),
    }


def _data(data: Data, layouts: Layouts) -> Json:
    return {
        "direction": data.direction,
        "type": type_text(data.type),
        "element_size": layouts.size_align(data.type)[0],
        "min": data.minimum,
        "max": data.maximum,
    }


def _constant(constant: Constant) -> Json:
    return {"name": constant.name, "c_name": constant.c_name, "value": constant.value}


def _object(kind: ObjectKind) -> Json:
    return {
        "name": kind.name,
        "per_open": kind.per_open,
        "stale": kind.stale.name,
        "full": kind.full.name,
        "doc": kind.note.doc,
    }


def _type(type_: Named, layouts: Layouts, abis: tuple[Abi, ...]) -> Json:
    kinds = {Enum: "enum", Flags: "flags", TaggedUnion: "union"}
    values = None
    if isinstance(type_, Enum):
        values = [_value(value, value.value) for value in type_.values]
    elif isinstance(type_, Flags):
        values = [_value(flag, flag.mask) for flag in type_.values]
    # One layout serves every ABI whose machine is alike.
    known: dict[Machine | str, Json] = {}
    alike = {abi.name: abi.name if layouts.by_name else abi.machine for abi in abis}
    found = {}
    for abi in abis:
        if isinstance(type_, Struct) and type_.rules and not is_there(type_.rules.abis, abi.name):
            continue
        if alike[abi.name] not in known:
            known[alike[abi.name]] = _layout(type_, layouts, abi.name)
        found[abi.name] = known[alike[abi.name]]
    return {
        "name": type_.name,
        "c_name": None if isinstance(type_, BitField) else type_.c_name,
        "kind": "union" if getattr(type_, "is_union", False) else kinds.get(type(type_), "struct"),
        "values": values,
        "layouts": found,
        **of_type(type_),
    }


def _value(named: EnumValue | Flag, value: int) -> Json:
    return {"name": named.name, "value": value, "c_name": named.c_name, "doc": named.note.doc}


def _layout(type_: Named, layouts: Layouts, abi: str) -> Json:
    size, align = layouts.size_align(type_, abi)
    return {"size": size, "align": align, "fields": _fields(type_, layouts, abi)}


def _fields(type_: Named, layouts: Layouts, abi: str) -> list[Json]:
    match type_:
        case Struct():
            return [_struct_field(item, layouts, abi) for item in layouts.record(type_, abi).fields]
        case TaggedUnion():
            return [
                _field(
                    arm.name, arm.type, 0, layouts.size_align(arm.type, abi)[0] if arm.type else 0
                )
                for arm in type_.arms
            ]
        case BitField():
            return [_bits(part, type_) for part in type_.parts]
    return [_field("value", type_.type, 0, type_.type.size)]


def _struct_field(item: FieldLayout, layouts: Layouts, abi: str) -> Json:
    field = item.field
    entry = _field(field.name, field.type, item.offset, item.size, c_name=field.c_name)
    if item.bit is not None and field.native is not None:
        entry |= {"bit_offset": item.bit, "bit_width": field.native.bits}
    if field.native is not None:
        entry["unnamed"] = field.native.unnamed
    if isinstance(field.type, Tail):
        tail = field.type
        entry["tail"] = {
            "count": (tail.counter or None) if tail.unit == "elements" else None,
            "max": tail.maximum,
            "element_size": layouts.size_align(tail.element, abi)[0],
            "min": tail.minimum,
            "counter": tail.counter or None,
            "unit": tail.unit,
            "text": tail.text,
        }
    return entry


def _bits(part: BitPart, carrier: BitField) -> Json:
    entry = _field(part.name, carrier.type, 0, carrier.type.size)
    return {**entry, "bit_offset": part.low, "bit_width": part.width}


def _field(
    name: str, type_: Type | None, offset: int, size: int | None, *, c_name: str | None = None
) -> Json:
    return {
        "name": name,
        "c_name": c_name,
        "type": type_text(type_),
        "offset": offset,
        "size": size,
        "bit_offset": None,
        "bit_width": None,
        "tail": None,
    }
