"""Python target: control codes; on Linux a number with the parts of the ioctl's one argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.abis import ABIS
from kgen.abi.codes import INFO_SIZE, IOC
from kgen.model.abis import is_there
from kgen.model.entities import Enum, Flags
from kgen.model.types import Integer
from kgen.targets._pyabis import has_rules, keyed

if TYPE_CHECKING:
    from kgen.abi import Abi, Argument, Codes, Layouts
    from kgen.model.entities import Ioctl, Struct


def codes(ioctl: Ioctl, layouts: Layouts) -> list[str]:
    """The control codes of an ioctl as keyword arguments; nothing for a system that has none."""
    found = layouts.codes[ioctl.name]
    arguments = [] if found.core is None else [f"windows={_windows(ioctl, found)}"]
    if found.is_on_linux:
        arguments.append(f"linux={_linux(ioctl, layouts)}")
    return arguments


def _windows(ioctl: Ioctl, codes: Codes) -> str:
    text = f"0x{codes.core:08X}"
    if not ioctl.abis or is_there(ioctl.abis, "windows"):
        return text
    there = [abi.name for abi in ABIS if abi.os == "windows" and is_there(ioctl.abis, abi.name)]
    return f'by_abi({{"{" ".join(there)}": {text}}})'


def info_codes(layouts: Layouts) -> list[str]:
    """The same of the interface-info ioctl."""
    found = layouts.info_codes
    arguments = [] if found.core is None else [f"windows=0x{found.core:08X}"]
    if found.linux is not None:
        arguments.append(f"linux=Number(0x{found.linux:08X}, reply={INFO_SIZE})")
        arguments.append("idempotent=True")
    return arguments


def runtime_names(layouts: Layouts) -> str:
    """What the codes of the interface take from `_runtime.number`."""
    text = "".join(
        [
            *info_codes(layouts),
            *(each for ioctl in layouts.interface.ioctls for each in codes(ioctl, layouts)),
        ]
    )
    return ", ".join(name for name in ("Number", "by_abi") if f"{name}(" in text)


def _linux(ioctl: Ioctl, layouts: Layouts) -> str:
    found = _by_abi(ioctl, layouts)
    if len(set(found.values())) == 1 and not ioctl.abis:
        return next(iter(found.values()))
    rows = [f"            {abi}: {number},\n" for abi, number in found.items()]
    return "by_abi(\n        {\n" + "".join(rows) + "        }\n    )"


def _by_abi(ioctl: Ioctl, layouts: Layouts) -> dict[str, str]:
    """What makes the number, by pointer size and alignment of a u64 as a Python tuple, or by names of ABIs."""
    codes = layouts.codes[ioctl.name]
    if has_rules(layouts.interface) or ioctl.abis:
        made = {}
        for abi in ABIS:
            own = codes.on(abi.name)
            if abi.os == "linux" and own is not None:
                common = own if ioctl.calling.is_whole else _of_two_bits(own, abi)
                made[abi] = _number(common, ioctl, layouts.argument(ioctl, abi.name))
        return keyed(made, True)
    found: dict[str, str] = {}
    for abi in ABIS:
        # Of ABIs with three bits for the direction the client makes the number itself.
        if abi.os != "linux" or abi.ioc != "two":
            continue
        key = f"({abi.pointer}, {abi.align64})"
        number = codes.on(abi.name)
        assert number is not None
        if key not in found:
            found[key] = _number(number, ioctl, layouts.argument(ioctl, abi.name))
    return found


def _of_two_bits(number: int, abi: Abi) -> int:
    """The number as most ABIs would have it, of which the client makes that of its own."""
    if abi.ioc == "two":
        return number
    three, two = IOC["three"], IOC["two"]
    bits = number >> (16 + three.size_bits)
    direction = next(name for name, value in three.directions.items() if value == bits)
    rest = number & (1 << (16 + three.size_bits)) - 1
    return two.directions[direction] << (16 + two.size_bits) | rest


def _number(number: int, ioctl: Ioctl, argument: Argument) -> str:
    calling = ioctl.calling
    words = [f"0x{number:08X}"]
    words += ["whole=True"] if calling.is_whole else []
    words += ["by_buffer=True"] if calling.by_buffer else []
    words += ["coded=True"] if calling.size is not None else []
    if calling.by_value and ioctl.request is not None:
        words.append(f'by_value="{_sign(ioctl.request)}"')
    words += ["returns=True"] if calling.returns is not None or calling.returns_length else []
    for part in argument.parts:
        if part.role == "message":
            words += [f"reply={part.size}", "message=True"]
        elif part.role == "reply":
            words.append(f"reply={part.size}")
        elif part.role == "reply_buffer":
            words.append("buffer=True")
        elif part.role == "data_buffer":
            words.append(f"data={part.offset}")
        else:
            words.append(f"request=({part.offset}, {part.size})")
    if calling.by_value:
        return f"Number({', '.join(words)})"
    in_place = {part.role for part in argument.parts}
    ends = ioctl.request or ioctl.message
    if any(
        each is not None and each.tail is not None
        for each in (ends, _in_place_reply(ioctl, in_place))
    ):
        words.append("tail=True")
    grows = ends if ends is not None else ioctl.reply
    if grows is not None and grows.grows and in_place & {"request", "message", "reply"}:
        words.append("grows=True")
    return f"Number({', '.join(words)})"


def _in_place_reply(ioctl: Ioctl, roles: set[str]) -> Struct | None:
    return ioctl.reply if "reply" in roles else None


def _sign(request: Struct) -> str:
    type_ = request.fields[0].type
    integer = type_.type if isinstance(type_, (Enum, Flags)) else type_
    return "signed" if isinstance(integer, Integer) and integer.signed else "unsigned"
