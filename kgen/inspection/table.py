"""Inspection: model and layouts -> text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.layout import editions
from kgen.inspection.bytemap import byte_map, letters
from kgen.inspection.document import named_types, version_text
from kgen.inspection.types import type_text
from kgen.model.abis import is_there
from kgen.model.entities import BitField, Enum, Flags, Struct, TaggedUnion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kgen.abi import Abi, Argument, Codes, Layouts, RecordLayout
    from kgen.inspection.document import Named
    from kgen.model.called import Calling
    from kgen.model.entities import Ioctl


def table(layouts: Layouts, abis: Iterable[Abi]) -> str:
    """Codes, Linux arguments, and every layout with a map of its bytes; of these ABIs only."""
    return "\n".join(_Table(layouts, tuple(abis)).lines()) + "\n"


class _Table:
    def __init__(self, layouts: Layouts, abis: tuple[Abi, ...]) -> None:
        self.layouts = layouts
        self.interface = layouts.interface
        self.abis = abis
        self.names = {abi.name for abi in abis}

    def lines(self) -> Iterator[str]:
        yield from self._head()
        for ioctl in self.interface.ioctls:
            yield ""
            yield from self._ioctl(ioctl)
        for type_ in named_types(self.layouts):
            yield ""
            yield from self._type(type_)

    def _head(self) -> Iterator[str]:
        interface = self.interface
        external = ", external" if interface.external else ""
        yield f"interface {interface.name} {version_text(interface.version)}{external}"
        yield f"  hash     {self.layouts.hash}"
        if interface.windows is not None:
            yield f"  windows  device type {interface.windows.device_type:#06x}"
        if interface.linux is not None and interface.linux.magic is not None:
            yield f"  linux    magic {interface.linux.magic:#04x}"
        if not interface.external:
            yield "  its own ioctl, which tells the hash:"
            yield from self._codes(self.layouts.info_codes)
        for constant in interface.constants:
            yield f"  constant {constant.name} = {constant.value} ({constant.value:#x})"
        for error in interface.errors:
            yield f"  error    {error.name} = {error.ntstatus:#010x}, {error.errno}"

    def _ioctl(self, ioctl: Ioctl) -> Iterator[str]:
        yield f"ioctl {ioctl.name}"
        yield from self._codes(self.layouts.codes[ioctl.name])
        access = " and ".join(ioctl.access)
        yield f"  access   {access}, {ioctl.method}{', idempotent' if ioctl.idempotent else ''}"
        for role, struct in (("in", ioctl.request), ("out", ioctl.reply), ("inout", ioctl.message)):
            if struct is not None:
                yield f"  {role:8} {struct.name}"
        yield from _calling(ioctl.calling)
        if ioctl.data is not None:
            data = ioctl.data
            length = f"{data.minimum} to {data.maximum}"
            yield f"  data     {length} of {type_text(data.type)}, {data.direction} the caller"
        if ioctl.short is not None:
            what = f", `{ioctl.short.field}` tells the {ioctl.short.unit}"
            yield f"  short    {ioctl.short.policy}{what if ioctl.short.field else ''}"
        if ioctl.errors:
            yield f"  errors   {', '.join(error.name for error in ioctl.errors)}"
        yield from self._arguments(ioctl)

    def _codes(self, codes: Codes) -> Iterator[str]:
        for system, common in (("windows", codes.windows), ("linux", codes.linux)):
            found: dict[int | None, list[str]] = {}
            for name, number in codes.other:
                if name in self.names and name.startswith(system):
                    found.setdefault(number, []).append(name)
            if common is not None:
                yield f"  {system:8} {common:#010x}"
            elif any(number is not None for number in found):
                yield f"  {system:8} not everywhere"
            else:
                continue
            for number, names in found.items():
                text = "not there " if number is None else f"{number:#010x}"
                yield f"           {text} on {', '.join(names)}"

    def _arguments(self, ioctl: Ioctl) -> Iterator[str]:
        if ioctl.name not in self.layouts.arguments:
            return
        found: dict[Argument, list[str]] = {}
        for abi in self.abis:
            if abi.os == "linux" and is_there(ioctl.abis, abi.name):
                found.setdefault(self.layouts.argument(ioctl, abi.name), []).append(abi.name)
        for argument, names in found.items():
            where = f" on {', '.join(names)}" if len(found) > 1 else ""
            yield f"  argument{where}: {_argument_size(ioctl, argument)}"
            for part in argument.parts:
                yield f"    {part.offset:5} {part.size:5}  {part.role}"

    def _type(self, type_: Named) -> Iterator[str]:
        if isinstance(type_, Enum):
            yield f"enum {type_.name}, {type_.type.name}{', open' if type_.open else ''}"
            yield from (f"  {value.value:10}  {value.name}" for value in type_.values)
        elif isinstance(type_, Flags):
            yield f"flags {type_.name}, {type_.type.name}{', open' if type_.open else ''}"
            digits = 2 + 2 * type_.type.size
            yield from (f"  {flag.mask:#0{digits}x}  {flag.name}" for flag in type_.values)
        elif isinstance(type_, BitField):
            yield f"bitfield {type_.name}, {type_.type.name}"
            for part in type_.parts:
                enum = f"  {part.enum.name}" if part.enum else ""
                yield f"  {part.low:2}..{part.low + part.width - 1:<2}  {part.name}{enum}"
        elif isinstance(type_, TaggedUnion):
            yield from self._union(type_)
        else:
            yield from self._struct(type_)

    def _union(self, union: TaggedUnion) -> Iterator[str]:
        size, align = self.layouts.size_align(union)
        yield f"union {union.name} by {union.tag.name}: {size} bytes, alignment {align}"
        width = max((len(arm.name) for arm in union.arms), default=0)
        for arm in union.arms:
            bytes_ = self.layouts.size_align(arm.type)[0] if arm.type else 0
            yield f"  {bytes_:5}  {arm.name:{width}}  {type_text(arm.type)}"

    def _struct(self, struct: Struct) -> Iterator[str]:
        there = struct.rules.abis if struct.rules is not None else ()
        found: dict[tuple[tuple[int | None, ...], ...], list[str]] = {}
        for abi in self.abis:
            if not is_there(there, abi.name):
                continue
            layout = self.layouts.record(struct, abi.name)
            places = (
                (layout.size, layout.align),
                *((f.offset, f.size, f.bit) for f in layout.fields),
            )
            found.setdefault(places, []).append(abi.name)
        for names in found.values():
            is_everywhere = len(names) == len(self.abis)
            where = "" if is_everywhere else f" on {', '.join(names)}"
            yield from self._layout(struct, self.layouts.record(struct, names[0]), where)

    def _layout(self, struct: Struct, layout: RecordLayout, where: str) -> Iterator[str]:
        words = [f"{layout.size} bytes{' and the tail' if layout.tail else ''}"]
        words.append(f"alignment {layout.align}")
        if struct.grows:
            sizes = ", ".join(str(edition.size) for edition in editions(layout))
            words.append(f"grows: {sizes}")
        words += ["native"] * struct.native
        kind = "union" if struct.is_union else "struct"
        yield f"{kind} {struct.name}{where}: {', '.join(words)}"
        width = max((len(item.field.name) for item in layout.fields), default=0)
        for letter, item in zip(letters(layout), layout.fields, strict=True):
            size = "tail" if item.size is None else str(item.size)
            notes = type_text(item.field.type)
            if item.bit is not None and item.field.native is not None:
                notes += f" bits {item.field.native.bits}, from bit {item.bit}"
            if item.field.limit is not None:
                notes += f" in {item.field.limit.low}..{item.field.limit.high}"
            if item.field.tag is not None:
                notes += f" by {item.field.tag}"
            notes += " reserved" * item.field.reserved + " secret" * item.field.secret
            if item.field.note.since is not None:
                notes += f" since {version_text(item.field.note.since)}"
            yield f"  {item.offset:5} {size:>5}  {letter}  {item.field.name:{width}}  {notes}"
        if not struct.is_union:
            yield from (f"    {line}" for line in byte_map(layout))
        yield from (f"  require  {condition.text}" for condition in struct.conditions)


def _calling(calling: Calling) -> Iterator[str]:
    if calling.parameter is not None:
        yield f"  number   and {calling.parameter.name}, 0 to {calling.parameter.maximum}"
    if calling.by_value:
        yield "  arg      in place of the pointer"
    if calling.direction is not None or calling.size is not None or calling.by_buffer:
        words = [calling.direction] if calling.direction is not None else []
        words += [f"size of {type_text(calling.size)}"] if calling.size is not None else []
        words += ["size of the caller's buffer"] * calling.by_buffer
        yield f"  coded    {', '.join(words)}"
    if calling.returns is not None:
        yield f"  returns  {calling.returns.name}"
    if calling.returns_length:
        yield "  returns  the length of the reply"


def _argument_size(ioctl: Ioctl, argument: Argument) -> str:
    if argument.direction == "none":
        return "none"
    directions = {"in": "read", "out": "written", "both": "read and written"}
    struct = ioctl.request or ioctl.message or ioctl.reply
    size = f"{argument.size} bytes"
    if argument.parts[-1].role in ("request", "message", "reply") and struct is not None:
        if struct.tail is not None:
            size += " and the tail"
        elif struct.grows:
            size += " in this version"
    return f"{size}, {directions[argument.direction]} by the driver"
