"""Target `linux`: for each ioctl, where the parts of its argument are, as the adapter captures and answers it.

A message that is laid out as a compiler does has the size and the place that the compiler says. Where a 32-bit caller
has it otherwise, its number is another too, and the ioctl has a second row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.codes import INFO_SIZE
from kgen.model.naming import symbol
from kgen.record import NamedTuple
from kgen.targets._c_codes import code_name, info_name, linux_name
from kgen.targets._c_names import record_type
from kgen.targets._c_narrow import differs, has_thunk
from kgen.targets._tail_count import tail_count
from kgen.targets._uapi import PART_NAMES, is_native

if TYPE_CHECKING:
    from kgen.abi import Argument, Layouts
    from kgen.abi.argument import Part
    from kgen.model.entities import Interface, Ioctl, Struct


class Row(NamedTuple):
    """One ioctl, of one kind of callers."""

    settings: list[str]
    """`.request_size = 60`."""
    narrow: bool
    """As 32-bit callers have it."""


class NarrowArgument(NamedTuple):
    """What an ioctl takes of a 32-bit caller, where that is more than one message."""

    type: str
    """`struct relic_both_arg_32`."""
    members: list[str]


_PARTS = {
    "reply": ("KGEN_LINUX_REPLY",),
    "reply_buffer": ("KGEN_LINUX_REPLY_BUFFER",),
    "data_buffer": ("KGEN_LINUX_DATA_BUFFER",),
    "request": ("KGEN_LINUX_REQUEST",),
    "message": ("KGEN_LINUX_REPLY", "KGEN_LINUX_REQUEST"),
}
_ORDER = {"le": "KGEN_LINUX_LITTLE_ENDIAN", "be": "KGEN_LINUX_BIG_ENDIAN"}


def rows(interface: Interface, layouts: Layouts) -> list[Row]:
    """The interface-info ioctl and all others, in order of declaration."""
    found = [
        Row(
            [
                f".number = {linux_name(interface.name, 'interface_info')}",
                f".code = {info_name(interface.name)}",
                ".parts = KGEN_LINUX_REPLY",
                f".reply_size = {INFO_SIZE}",
            ],
            False,
        )
    ]
    for ioctl in interface.ioctls:
        if ioctl.nr is None:
            continue
        found.append(_Argument(ioctl, interface.name, layouts, narrow=False).row())
        if has_thunk(ioctl, layouts):
            found.append(_Argument(ioctl, interface.name, layouts, narrow=True).row())
    return found


def narrow_arguments(interface: Interface, layouts: Layouts) -> list[NarrowArgument]:
    """Structs of the module's own, for the second rows."""
    arguments = [
        _Argument(ioctl, interface.name, layouts, narrow=True)
        for ioctl in interface.ioctls
        if ioctl.nr is not None and has_thunk(ioctl, layouts)
    ]
    return [NarrowArgument(each.type, each.members()) for each in arguments if each.is_own]


class _Argument:
    """The argument of one ioctl, as one kind of callers has it."""

    def __init__(self, ioctl: Ioctl, prefix: str, layouts: Layouts, narrow: bool) -> None:
        self._ioctl = ioctl
        self._prefix = prefix
        self._layouts = layouts
        self._narrow = narrow
        self._argument: Argument = layouts.arguments[ioctl.name]
        self.is_own = len(self._argument.parts) > 1

    @property
    def type(self) -> str:
        if self.is_own:
            suffix = "_32" if self._narrow else ""
            return f"struct {symbol(self._prefix, self._ioctl.name, 'arg')}{suffix}"
        return self._type(self._argument.parts[0])

    def members(self) -> list[str]:
        return [f"{self._type(part)} {PART_NAMES[part.role]}" for part in self._argument.parts]

    def row(self) -> Row:
        ioctl, prefix = self._ioctl, self._prefix
        number = linux_name(prefix, ioctl.name)
        settings = [f".number = {number}"]
        if has_thunk(ioctl, self._layouts):
            settings = [
                f".number = KGEN_LINUX_RESIZED({number}, {self.type})"
                if self._narrow
                else settings[0],
                f".callers = KGEN_LINUX_{'NARROW' if self._narrow else 'WIDE'}",
            ]
        settings.append(f".code = {code_name(prefix, ioctl)}")
        rights = [f"KGEN_{right.upper()}_ACCESS" for right in ioctl.access if right != "any"]
        settings += [f".access = {' | '.join(rights)}"] if rights else []
        return Row([*settings, *self._places()], self._narrow)

    def _message(self, part: Part) -> Struct | None:
        roles = {
            "reply": self._ioctl.reply,
            "request": self._ioctl.request,
            "message": self._ioctl.message,
        }
        return roles.get(part.role)

    def _type(self, part: Part) -> str:
        message = self._message(part)
        if message is None:
            return "struct kgen_linux_buffer"
        is_other = self._narrow and differs(message, self._layouts)
        return f"{record_type(self._prefix, message)}{'_32' if is_other else ''}"

    def _size(self, part: Part) -> str:
        message = self._message(part)
        if message is not None and message.native:
            return f"sizeof({self._type(part)})"
        return str(part.size)

    def _offset(self, part: Part) -> str:
        """Empty at the start."""
        if part is self._argument.parts[0]:
            return ""
        if is_native(self._ioctl):
            return f"offsetof({self.type}, {PART_NAMES[part.role]})"
        return str(part.offset)

    def _places(self) -> list[str]:
        settings: list[str] = []
        parts: list[str] = []
        grows = False
        for part in self._argument.parts:
            parts += _PARTS[part.role]
            message, offset = self._message(part), self._offset(part)
            grows = grows or (message is not None and message.grows)
            if part.role in ("reply", "message"):
                settings.append(f".reply_size = {self._size(part)}")
            if part.role == "data_buffer" and offset:
                settings.append(f".data_buffer = {offset}")
            if part.role in ("request", "message"):
                assert message is not None
                settings += [f".request = {offset}"] if offset else []
                settings.append(f".request_size = {self._size(part)}")
                settings += _count(message, self._layouts)
        if grows:
            settings.insert(0, ".grows = true")
        if parts:
            settings.insert(0, f".parts = {' | '.join(parts)}")
        return settings


def _count(request: Struct, layouts: Layouts) -> list[str]:
    """What counts the request's tail."""
    count = tail_count(request, layouts)
    if count is None:
        return []
    settings = [
        f".count = {count.offset}",
        f".count_size = {count.size}",
        f".count_unit = {count.unit}",
    ]
    order = _ORDER.get(count.order or "")
    return [*settings, *([f".count_order = {order}"] if order else [])]
