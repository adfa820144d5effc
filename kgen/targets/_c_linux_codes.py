"""Target `header`: the codes of Linux that exist already, as a program there writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.abis import ABIS
from kgen.model.abis import is_there
from kgen.model.types import Array
from kgen.model.words import MEMBERS
from kgen.record import NamedTuple
from kgen.targets._c_abis import abi_condition
from kgen.targets._c_codes import linux_name
from kgen.targets._c_names import WIDTH, Remark, continued, note_facts, record_type, remark
from kgen.targets._c_types import dimensions, element_type

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Interface, Ioctl
    from kgen.model.types import Type

_DIRECTIONS = {
    "none": "KGEN_IOC_NONE",
    "in": "KGEN_IOC_WRITE",
    "out": "KGEN_IOC_READ",
    "both": "KGEN_IOC_READ | KGEN_IOC_WRITE",
}
_LINUX = tuple(abi.name for abi in ABIS if abi.os == "linux")


_TAKEN = frozenset(
    ["answer", "client", "code", "data", "done", "in", "in_count", "in_items", "out", "out_items",
     "out_room", "own", "reply", "reply_size", "request", "request_size", "size", "status"]
)  # fmt: skip
"""What a function of the client calls its parameters and variables."""


def parameter_name(name: str) -> str:
    """What a function calls the parameter that is added to a number."""
    return f"{name}_" if name in _TAKEN or name in MEMBERS else name


class Row(NamedTuple):
    head: str
    """`#if …`, `#elif …` or `#else`; empty where it is so everywhere."""
    text: str
    """The definition, in lines."""


class LinuxCode(NamedTuple):
    name: str
    rows: list[Row]
    is_conditional: bool
    remark: Remark


def existing_name(interface: str, ioctl: Ioctl) -> str:
    """What a code of Linux is called; where Windows has one too, `c_name` is that of Windows."""
    own = ioctl.c_name if ioctl.function is None else None
    return own or linux_name(interface, ioctl.name)


def expression(interface: str, ioctl: Ioctl) -> str:
    """What comes to its number: of those with a parameter the first."""
    arguments = "(0)" if ioctl.calling.parameter is not None else ""
    return existing_name(interface, ioctl) + arguments


def linux_condition(ioctl: Ioctl) -> str:
    """How the preprocessor asks for the ABIs of Linux that have a code; empty for all of them."""
    abis = tuple(abi for abi in _LINUX if is_there(ioctl.abis, abi))
    return "" if len(abis) == len(_LINUX) else abi_condition(abis)


def linux_codes(interface: Interface, layouts: Layouts) -> list[LinuxCode]:
    """Those of an interface that exists already; a new one has them in the header of target `linux`."""
    if not interface.external:
        return []
    return [
        _code(ioctl, interface, layouts)
        for ioctl in interface.ioctls
        if layouts.codes[ioctl.name].is_on_linux
    ]


def code_values(interface: Interface, layouts: Layouts, abi: str) -> list[tuple[str, int]]:
    """What the compiler of an ABI has to come to: of the numbers that it makes of their parts."""
    found = []
    for ioctl in interface.ioctls if interface.external and abi in _LINUX else ():
        number = layouts.codes[ioctl.name].on(abi)
        if number is not None and not (ioctl.calling.is_whole or ioctl.calling.by_buffer):
            found.append((expression(interface.name, ioctl), number))
    return found


def _code(ioctl: Ioctl, interface: Interface, layouts: Layouts) -> LinuxCode:
    name = existing_name(interface.name, ioctl)
    values: dict[str, list[str]] = {}
    for abi in _LINUX:
        if not is_there(ioctl.abis, abi):
            continue
        value = _value(ioctl, interface, layouts, abi)
        values.setdefault(value, []).append(abi)
    groups = sorted(values.items(), key=lambda group: len(group[1]))
    rows: list[Row] = []
    for at, (value, abis) in enumerate(groups, 1):
        head = f"#{'elif' if rows else 'if'} {abi_condition(tuple(abis))}"
        if at == len(groups) and sum(len(each) for each in values.values()) == len(_LINUX):
            head = "#else" if rows else ""  # an ABI that kgen does not know is as most are
        rows.append(Row(head, _define(name, ioctl, value)))
    return LinuxCode(name, rows, bool(rows[0].head), remark(ioctl.note.doc, note_facts(ioctl.note)))


def _define(name: str, ioctl: Ioctl, value: str) -> str:
    parameter = ioctl.calling.parameter
    parameters = [parameter_name(parameter.name)] if parameter is not None else []
    parameters += ["size"] * ioctl.calling.by_buffer
    head = f"#define {name}" + (f"({', '.join(parameters)})" if parameters else "")
    line = f"{head} {value}"
    return line if len(line) <= WIDTH else continued([head, f"    {value}"])


def _value(ioctl: Ioctl, interface: Interface, layouts: Layouts, abi: str) -> str:
    calling = ioctl.calling
    if calling.is_whole:
        return f"0x{layouts.codes[ioctl.name].on(abi) or 0:X}u"
    assert interface.linux is not None
    argument = layouts.argument(ioctl, abi)
    magic = interface.linux.magic if calling.magic is None else calling.magic
    direction = _DIRECTIONS[calling.direction or argument.direction]
    if calling.by_buffer:
        size = "size"
    elif calling.size is not None:
        size = _size(calling.size, interface.name)
    else:
        size = _argument_size(ioctl, interface.name) or str(argument.size)
    nr = f"{ioctl.nr}u"
    if calling.parameter is not None:
        nr += f" + ({parameter_name(calling.parameter.name)})"
    return f"KGEN_IOC({direction}, 0x{magic or 0:02X}u, {nr}, {size})"


def _size(type_: Type, interface: str) -> str:
    words = element_type(type_, interface, native=True)
    lengths = dimensions(type_) if isinstance(type_, Array) else ""
    return f"sizeof({words}{lengths})"


def _argument_size(ioctl: Ioctl, interface: str) -> str:
    """The size of a native struct is the compiler's to say; empty where it is a number of bytes."""
    found = [each for each in (ioctl.request, ioctl.reply, ioctl.message) if each is not None]
    if len(found) != 1 or ioctl.data is not None or ioctl.calling.by_value:
        return ""
    struct = found[0]
    return f"sizeof({record_type(interface, struct)})" if struct.native and not struct.tail else ""
