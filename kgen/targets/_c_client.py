"""C client: what stands for a code on each system; on Linux a row with the parts of the one argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.codes import INFO_NR, INFO_SIZE
from kgen.model.naming import symbol
from kgen.record import NamedTuple
from kgen.targets._c_codes import code_name, info_name
from kgen.targets._c_names import WIDTH, record_type, wrap_arguments

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


class Code(NamedTuple):
    """What stands for a code on each system; empty where there is none."""

    windows: str
    linux: str

    @property
    def is_long(self) -> bool:
        """Too long for an argument: it is given a name in the function."""
        return bool(self.linux)


def declared_code(code: Code) -> str:
    """The declaration of a variable, in lines as the formatter has them."""
    names = [name for name in code if name]
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
        self.rows: list[list[str]] = []
        """Members in the order of struct kgen_client_ioctl."""
        self.info: Code | None = None
        self.of: dict[str, Code] = {}
        """By the ioctl's name; those that are on one system only are in it where that is the only one."""
        if not interface.external:
            row = self._row(
                "out", INFO_NR, str(INFO_SIZE), ["KGEN_CLIENT_REPLY"], [INFO_SIZE, 0, 0], True
            )
            self.info = self._code(info_name(interface.name), row)
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
        if (self.on_windows and ioctl.function is None) or (self.on_linux and ioctl.nr is None):
            return
        row: list[str] = []
        if self.on_linux:
            argument = self.layouts.arguments[ioctl.name]
            assert ioctl.nr is not None
            row = self._row(
                argument.direction,
                ioctl.nr,
                self._size(ioctl, argument),
                _parts(ioctl, argument),
                _places(argument),
                ioctl.idempotent,
            )
        self.of[ioctl.name] = self._code(code_name(self.interface.name, ioctl), row)

    def _size(self, ioctl: Ioctl, argument: Argument) -> str:
        """That of a native struct is the compiler's to say."""
        struct = _only(ioctl)
        if struct is not None and struct.native and struct.tail is None:
            return f"(uint32_t)sizeof({record_type(self.interface.name, struct)})"
        return str(argument.size)

    def _row(
        self, direction: str, nr: int, size: str, parts: list[str], places: list[int], again: bool
    ) -> list[str]:
        linux = self.interface.linux
        if linux is None or linux.magic is None:
            return []
        number = f"_IOC({_DIRECTIONS[direction]}, 0x{linux.magic:02X}u, {nr}u, {size})"
        flags = " | ".join([*parts, *(["KGEN_CLIENT_AGAIN"] if again else [])]) or "0"
        reply = size if "sizeof" in size and places[0] else str(places[0])
        return [number, flags, size, reply, str(places[1]), str(places[2])]

    def _code(self, windows: str, row: list[str]) -> Code:
        linux = ""
        if row:
            self.rows.append(row)
            linux = f"&{symbol(self.interface.name, 'client', 'ioctls')}[{len(self.rows) - 1}]"
        return Code(windows if self.on_windows else "", linux)


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
