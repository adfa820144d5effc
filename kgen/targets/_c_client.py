"""C client: what stands for a code on each system; on Linux a row with the parts of the one argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.codes import INFO_NR, INFO_SIZE
from kgen.model.naming import symbol
from kgen.record import NamedTuple
from kgen.targets._c_abis import either
from kgen.targets._c_codes import code_name, info_name, windows_condition
from kgen.targets._c_linux_codes import expression, linux_condition
from kgen.targets._c_names import WIDTH, record_type, wrap_arguments
from kgen.targets._c_types import base_integer

if TYPE_CHECKING:
    from kgen.abi import Argument, Layouts
    from kgen.model.entities import Interface, Ioctl, Struct

_DIRECTIONS = {
    "none": "_IOC_NONE",
    "in": "_IOC_WRITE",
    "out": "_IOC_READ",
    "both": "_IOC_READ | _IOC_WRITE",
}
_PARTS = {
    "reply": "KGEN_CLIENT_REPLY",
    "reply_buffer": "KGEN_CLIENT_REPLY_BUFFER",
    "data_buffer": "KGEN_CLIENT_DATA_BUFFER",
    "request": "KGEN_CLIENT_REQUEST",
    "message": "KGEN_CLIENT_REPLY | KGEN_CLIENT_REQUEST",
}


class Row(NamedTuple):
    condition: str
    """Of the preprocessor, where not every ABI has the code."""
    values: list[str]
    """Members in the order of struct kgen_client_ioctl."""


class Code(NamedTuple):
    """What stands for a code on each system; empty where there is none."""

    windows: str
    linux: str
    condition: str = ""
    """Of the preprocessor, where the code is not everywhere."""
    is_own: bool = False
    """A parameter is added to the number: each call has a row of its own."""

    @property
    def is_long(self) -> bool:
        """Too long for an argument: it is given a name in the function."""
        return bool(self.linux)

    @property
    def names(self) -> list[str]:
        return [name for name in (self.windows, self.linux) if name]


def declared_code(code: Code) -> str:
    """The declaration of a variable, in lines as the formatter has them."""
    if code.is_own:
        own = f"    struct kgen_client_ioctl own = {code.linux.removeprefix('&')};"
        return f"{own}\n    const kgen_client_code code = &own;"
    names = code.names
    text = names[0] if len(names) == 1 else f"KGEN_CLIENT_CODE({', '.join(names)})"
    head = "    const kgen_client_code code ="
    if len(f"{head} {text};") <= WIDTH:
        return f"{head} {text};"
    if len(names) == 1:
        return f"{head}\n        {text};"
    wrapped = wrap_arguments("        KGEN_CLIENT_CODE", names, ";")
    return f"{head}\n{wrapped}"


class ClientCodes:
    """The expression of each code, and the rows of the table that those of Linux point into."""

    def __init__(self, interface: Interface, layouts: Layouts) -> None:
        self.interface = interface
        self.layouts = layouts
        self.on_windows = interface.windows is not None
        self.on_linux = interface.linux is not None
        self.rows: list[Row] = []
        self.info: Code | None = None
        self.of: dict[str, Code] = {}
        """By the ioctl's name."""
        if not interface.external:
            assert interface.linux is None or interface.linux.magic is not None
            number = _number(interface, "out", INFO_NR, str(INFO_SIZE)) if interface.linux else ""
            row = _row(number, str(INFO_SIZE), ["KGEN_CLIENT_REPLY"], [INFO_SIZE, 0, 0], True)
            linux = self._linux(Row("", row)) if interface.linux else ""
            self.info = Code(info_name(interface.name) if self.on_windows else "", linux)
        for ioctl in interface.ioctls:
            self._add(ioctl)

    @property
    def node(self) -> str:
        linux = self.interface.linux
        return f"/dev/{linux.node}" if linux is not None and linux.node is not None else ""

    @property
    def systems(self) -> str:
        named = {"Windows": self.on_windows, "Linux": self.on_linux}
        return " and ".join(name for name, is_there in named.items() if is_there)

    @property
    def teller(self) -> str:
        tellers = {"GetLastError": self.on_windows, "errno": self.on_linux}
        return " or ".join(name for name, is_there in tellers.items() if is_there)

    def _add(self, ioctl: Ioctl) -> None:
        name = self.interface.name
        windows = linux = ""
        where: list[str] = []
        """Conditions, for Windows and for Linux."""
        if self.on_windows and ioctl.function is not None:
            windows = code_name(name, ioctl)
            where.append(windows_condition(ioctl) or "defined(_WIN32)" * self.on_linux)
        if self.layouts.codes[ioctl.name].is_on_linux:
            condition = linux_condition(ioctl)
            linux = self._linux(Row(condition, self._values(ioctl)))
            where.append(condition or "!defined(_WIN32)" * self.on_windows)
        everywhere = len(where) == self.on_windows + self.on_linux and not ioctl.abis
        condition = "" if everywhere or "" in where else either(where)
        own = ioctl.calling.parameter is not None
        self.of[ioctl.name] = Code(windows, linux, condition, own)

    def _values(self, ioctl: Ioctl) -> list[str]:
        interface = self.interface
        argument = self.layouts.arguments[ioctl.name]
        size = self._size(ioctl, argument)
        if interface.external:
            number = expression(interface.name, ioctl)
        else:
            assert ioctl.nr is not None
            number = _number(interface, argument.direction, ioctl.nr, size)
        parts = [*_parts(ioctl, argument), *_answers(ioctl)]
        return _row(number, size, parts, _places(argument), ioctl.idempotent)

    def _size(self, ioctl: Ioctl, argument: Argument) -> str:
        """That of a native struct is the compiler's to say."""
        struct = _only(ioctl)
        by_value = ioctl.calling.by_value
        if struct is not None and struct.native and struct.tail is None and not by_value:
            return f"(uint32_t)sizeof({record_type(self.interface.name, struct)})"
        return str(argument.size)

    def _linux(self, row: Row) -> str:
        self.rows.append(row)
        return f"&{symbol(self.interface.name, 'client', 'ioctls')}[{len(self.rows) - 1}]"


def _number(interface: Interface, direction: str, nr: int, size: str) -> str:
    assert interface.linux is not None
    return f"_IOC({_DIRECTIONS[direction]}, 0x{interface.linux.magic or 0:02X}u, {nr}u, {size})"


def _row(number: str, size: str, parts: list[str], places: list[int], again: bool) -> list[str]:
    flags = " | ".join([*parts, *(["KGEN_CLIENT_AGAIN"] if again else [])]) or "0"
    reply = size if "sizeof" in size and places[0] else str(places[0])
    return [number, flags, size, reply, str(places[1]), str(places[2])]


def _answers(ioctl: Ioctl) -> list[str]:
    """What an existing code does in place of a message."""
    words = []
    if ioctl.calling.by_value and ioctl.request is not None:
        integer = base_integer(ioctl.request.fields[0].type)
        signed = integer is not None and integer.signed
        words += ["KGEN_CLIENT_VALUE", *(["KGEN_CLIENT_SIGNED"] if signed else [])]
    return words + ["KGEN_CLIENT_ANSWER"] * (ioctl.calling.returns is not None)


def _only(ioctl: Ioctl) -> Struct | None:
    """The struct that is the whole argument."""
    found = [each for each in (ioctl.request, ioctl.reply, ioctl.message) if each is not None]
    return found[0] if len(found) == 1 and ioctl.data is None else None


def _parts(ioctl: Ioctl, argument: Argument) -> list[str]:
    words = [_PARTS[part.role] for part in argument.parts]
    reply = ioctl.reply or ioctl.message
    if reply is not None and reply.tail is not None and _PARTS["reply_buffer"] not in words:
        words.append("KGEN_CLIENT_REPLY_TAIL")
    return words


def _places(argument: Argument) -> list[int]:
    """Size of a reply in place, offset of the descriptor of `data`, offset of the request."""
    reply = data = request = 0
    for part in argument.parts:
        if part.role in ("reply", "message"):
            reply = part.size
        elif part.role == "data_buffer":
            data = part.offset
        elif part.role == "request":
            request = part.offset
    return [reply, data, request]
