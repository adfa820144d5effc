"""Target `fuzz`: the dictionary, words that a message of the interface may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.lengths import bounds
from kgen.model.handles import HANDLE_RIGHTS
from kgen.model.types import Handle
from kgen.record import NamedTuple
from kgen.targets._c_handles import handle_fields
from kgen.targets._c_types import base_integer, innermost
from kgen.targets._fuzz_machines import ON_LINUX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.abi import Layouts
    from kgen.model.entities import Interface
    from kgen.model.types import Integer


class Word(NamedTuple):
    what: str
    name: str
    bytes: str
    """Escaped, as AFL and libFuzzer read it."""


def words(interface: Interface, layouts: Layouts) -> list[Word]:
    """Control codes, values of enums and flags, ends of ranges, and lengths; each bytes once."""
    found: dict[bytes, Word] = {}

    def add(what: str, value: int, size: int, order: str = "native") -> None:
        value &= (1 << size * 8) - 1
        content = value.to_bytes(size, "big" if order == "be" else "little")
        if any(content):
            text = "".join(f"\\x{byte:02X}" for byte in content)
            found.setdefault(content, Word(what, f"word_{len(found)}", text))

    for ioctl in interface.ioctls:
        code = layouts.codes[ioctl.name].core
        assert code is not None
        add(ioctl.name, code, 4)
    for number, kind in enumerate(HANDLE_RIGHTS, 1):
        if any(handle.kind == kind for handle in _handles(interface)):
            add(f"a handle of {kind}", 4 * number, 8)
    for what, value, integer in _named(interface):
        add(what, value, integer.size, integer.order)
    for struct in interface.structs:
        every = {size for abi in ON_LINUX for size in bounds(struct, layouts.on(abi))}
        for size in sorted(every):
            add(f"a length of {struct.name}", size, 4)
    return list(found.values())


def _handles(interface: Interface) -> Iterator[Handle]:
    for ioctl in interface.ioctls:
        for field in handle_fields(ioctl):
            assert isinstance(field.type, Handle)
            yield field.type


def _named(interface: Interface) -> Iterator[tuple[str, int, Integer]]:
    """Values of enums and flags; the ends of ranges, and what is just behind them."""
    for enum in interface.enums:
        for item in enum.values:
            yield f"{enum.name}.{item.name}", item.value, enum.type
    for flags in interface.flags:
        for flag in flags.values:
            yield f"{flags.name}.{flag.name}", flag.mask, flags.type
    for struct in interface.structs:
        for field in struct.fields:
            integer = base_integer(innermost(field.type))
            if field.limit is not None and integer is not None:
                for value in (field.limit.low, field.limit.high, field.limit.high + 1):
                    yield f"{struct.name}.{field.name}", value, integer
