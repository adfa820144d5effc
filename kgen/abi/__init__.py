"""ABI: layouts and control codes of a resolved interface, on every ABI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.abis import ABIS, BY_NAME, COMMON_LINUX, COMMON_WINDOWS, FIXED, Abi, Machine
from kgen.abi.argument import Argument, linux_argument
from kgen.abi.codes import (
    INFO_FUNCTION,
    INFO_NR,
    INFO_SIZE,
    IOC,
    SIMULATED_FUNCTION,
    SIMULATED_TYPE,
    Codes,
    ctl_code,
    ioc,
)
from kgen.abi.layout import FieldLayout, Measure, RecordLayout
from kgen.abi.limits import check_sizes
from kgen.abi.rules import check_arguments, check_structs
from kgen.model.abis import is_there

if TYPE_CHECKING:
    from kgen.diagnostics.sink import Sink
    from kgen.model.entities import Interface, Ioctl, Record
    from kgen.model.types import Type

__all__ = [
    "ABIS",
    "Abi",
    "Argument",
    "Codes",
    "FieldLayout",
    "Layouts",
    "Machine",
    "RecordLayout",
    "lay_out",
]

_OTHER_LINUX = tuple(abi for abi in ABIS if abi.os == "linux" and abi is not COMMON_LINUX)
_UNLIKE_LINUX = tuple(
    abi
    for abi in _OTHER_LINUX
    if (abi.ioc, abi.machine) != (COMMON_LINUX.ioc, COMMON_LINUX.machine)
)
"""Where a number may differ from the common one, unless something exists on some ABIs only."""


class Layouts:
    """Every layout and code of one interface.

    `abi` is the name of an ABI; without it, a method answers with the fixed layout, which is the same on
    every ABI for all structs that are not `native`; or for the ABI that `on` was asked for.
    """

    def __init__(self, interface: Interface) -> None:
        self.interface = interface
        self.has_native = any(struct.native for struct in interface.structs)
        self.by_name = self.has_native and _asks_for_abis(interface)
        """Something exists on some ABIs only."""
        self._other_linux = _OTHER_LINUX if self.by_name else _UNLIKE_LINUX
        self._measures = {(FIXED, ""): Measure()}
        self._hash: str | None = None
        self._usual: str | None = None
        self.codes: dict[str, Codes] = {}
        """By the ioctl's name."""
        self.arguments: dict[str, Argument] = {}
        """By the ioctl's name, for the common number; empty where the schema has no `linux:` block."""
        self.info_codes = self._info_codes()
        """Codes of the interface-info ioctl; (None, None) for an external interface."""
        for ioctl in interface.ioctls:
            self.codes[ioctl.name] = self._codes(ioctl)

    def record(self, record: Record, abi: str | None = None) -> RecordLayout:
        return self.measure(abi).record(record)

    def size_align(
        self, type_: Type, abi: str | None = None, native: bool = False
    ) -> tuple[int, int]:
        """(size, alignment) in bytes; the element's for an Array times its length, 0 for a Tail.

        `native` measures a member of a native struct.
        """
        return self.measure(abi).size_align(type_, native)

    def on(self, abi: str) -> Layouts:
        """The same, for that ABI wherever none is named."""
        bound = object.__new__(Layouts)
        bound.__dict__.update(self.__dict__)
        bound._usual = abi
        return bound

    def argument(self, ioctl: Ioctl, abi: str) -> Argument:
        """The Linux argument on one ABI: another than the common one only where a struct is native."""
        return linux_argument(ioctl, self.measure(abi), self.interface.external)

    @property
    def hash(self) -> str:
        """The interface hash: 64 hex digits over what both sides must agree on (kgen.abi.fingerprint)."""
        if self._hash is None:
            from kgen.abi.fingerprint import fingerprint

            self._hash = fingerprint(self)
        return self._hash

    def measure(self, abi: str | None = None) -> Measure:
        """Measures records on one ABI; without native structs, all ABIs share one."""
        abi = abi or self._usual
        if abi is None or not self.has_native:
            return self._measures[FIXED, ""]
        key = BY_NAME[abi].machine, abi if self.by_name else ""
        known = self._measures.get(key)
        if known is None:
            known = self._measures[key] = Measure(*key)
        return known

    def _codes(self, ioctl: Ioctl) -> Codes:
        linux = core = None
        other: tuple[tuple[str, int], ...] = ()
        function = self.core_function(ioctl)
        if function is not None:
            of = self.device_type if ioctl.device_type is None else ioctl.device_type
            core = ctl_code(of, function, ioctl.method, ioctl.access)
        windows = core if self.interface.windows else None
        calling = ioctl.calling
        if self.interface.linux is not None and (ioctl.nr is not None or calling.is_whole):
            common = self.arguments[ioctl.name] = self.argument(ioctl, COMMON_LINUX.name)
            if calling.is_whole or ioctl.nr is None:
                return _existing(Codes(windows, calling.number, calling.numbers, core), ioctl)
            sizes = {COMMON_LINUX.name: self._coded_size(ioctl, COMMON_LINUX)}
            if self.has_native or calling.size is not None:
                sizes.update((abi.name, self._coded_size(ioctl, abi)) for abi in self._other_linux)
            direction = calling.direction or common.direction
            linux, other = self._linux(direction, ioctl.nr, sizes, calling.magic)
        return _existing(Codes(windows, linux, other, core), ioctl)

    @property
    def device_type(self) -> int:
        """Of the codes that the core knows outside of a Linux kernel."""
        windows, linux = self.interface.windows, self.interface.linux
        if windows is not None:
            return windows.device_type
        return SIMULATED_TYPE + ((linux.magic or 0) if linux is not None else 0)

    def core_function(self, ioctl: Ioctl) -> int | None:
        """The same of one of them; None where it is on Linux alone, in an interface that exists already."""
        if self.interface.windows is not None:
            return ioctl.function
        simulated = ioctl.nr is not None and not self.interface.external
        return SIMULATED_FUNCTION + ioctl.nr if simulated and ioctl.nr is not None else None

    def _coded_size(self, ioctl: Ioctl, abi: Abi) -> int:
        """What the number says of the size; 0 where the caller's buffer tells it."""
        calling = ioctl.calling
        if calling.by_buffer:
            return 0
        if calling.size is None:
            return self.argument(ioctl, abi.name).size
        return Measure(abi.machine, abi.name).size_align(calling.size, native=True)[0]

    def _linux(
        self, direction: str, nr: int, sizes: dict[str, int], own: int | None = None
    ) -> tuple[int, tuple[tuple[str, int], ...]]:
        """The common number and those that differ. `sizes`: what the number says of it, by ABI."""
        assert self.interface.linux is not None
        magic = (self.interface.linux.magic or 0) if own is None else own
        common_size = sizes[COMMON_LINUX.name]
        common = ioc(IOC[COMMON_LINUX.ioc], direction, magic, nr, common_size)
        known: dict[tuple[str, int], int] = {}
        other = []
        for abi in self._other_linux:
            size = sizes.get(abi.name, common_size)
            number = known.get((abi.ioc, size))
            if number is None:
                number = known[abi.ioc, size] = ioc(IOC[abi.ioc], direction, magic, nr, size)
            if number != common:
                other.append((abi.name, number))
        return common, tuple(other)

    def _info_codes(self) -> Codes:
        if self.interface.external:
            return Codes(None, None, ())
        linux = None
        other: tuple[tuple[str, int], ...] = ()
        core = ctl_code(self.device_type, INFO_FUNCTION, "buffered", ("any",))
        if self.interface.linux is not None:
            linux, other = self._linux("out", INFO_NR, {COMMON_LINUX.name: INFO_SIZE})
        return Codes(core if self.interface.windows else None, linux, other, core)


def _existing(codes: Codes, ioctl: Ioctl) -> Codes:
    """The codes where the ioctl is, and None where it is not."""
    if not ioctl.abis:
        return codes
    found = {
        abi.name: codes.on(abi.name) if is_there(ioctl.abis, abi.name) else None for abi in ABIS
    }
    windows, linux = found[COMMON_WINDOWS.name], found[COMMON_LINUX.name]
    common = {"windows": windows, "linux": linux}
    other = [(abi.name, found[abi.name]) for abi in ABIS if found[abi.name] != common[abi.os]]
    return Codes(windows, linux, tuple(other), codes.core)


def _asks_for_abis(interface: Interface) -> bool:
    return any(
        (struct.rules is not None and struct.rules.abis)
        or any(field.native is not None and field.native.abis for field in struct.fields)
        for struct in interface.structs
    )


def lay_out(interface: Interface, sink: Sink) -> Layouts | None:
    """Compute every layout and code; None where a rule is broken (reported)."""
    mark = sink.error_count
    layouts = Layouts(interface)
    check_sizes(interface, layouts, sink)
    check_structs(interface, layouts, sink)
    check_arguments(interface, layouts, sink)
    return None if sink.failed_since(mark) else layouts
