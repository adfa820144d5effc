"""ABI: layouts and control codes of a resolved interface, on every ABI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.abis import ABIS, BY_NAME, Abi
from kgen.abi.argument import Argument, linux_argument
from kgen.abi.codes import INFO_FUNCTION, INFO_NR, INFO_SIZE, IOC, Codes, ctl_code, ioc
from kgen.abi.layout import FieldLayout, Measure, RecordLayout, check_padding

if TYPE_CHECKING:
    from kgen.diagnostics.sink import Sink
    from kgen.model.entities import Interface, Ioctl, Record
    from kgen.model.types import Type

__all__ = ["ABIS", "Abi", "Argument", "Codes", "FieldLayout", "Layouts", "RecordLayout", "lay_out"]

_LARGEST_ARGUMENT = (1 << IOC["three"].size_bits) - 1


class Layouts:
    """Every layout and code of one interface.

    `abi` is the name of an ABI; without it, a method answers with the fixed layout, which is the same on
    every ABI for all structs that are not `native`.
    """

    def __init__(self, interface: Interface) -> None:
        self.interface = interface
        self._fixed = Measure(None)
        self._measures: dict[str, Measure] = {}
        self.has_native = any(struct.native for struct in interface.structs)
        self.codes: dict[str, Codes] = {}
        """By the ioctl's name."""
        self.arguments: dict[str, Argument] = {}
        """By the ioctl's name; empty where the schema has no `linux:` block."""
        self.info_codes = self._info_codes()
        """Codes of the interface-info ioctl; (None, None) for an external interface."""
        for ioctl in interface.ioctls:
            self.codes[ioctl.name] = self._codes(ioctl)

    def record(self, record: Record, abi: str | None = None) -> RecordLayout:
        return self._measure(abi).record(record)

    def size_align(self, type_: Type, abi: str | None = None) -> tuple[int, int]:
        """(size, alignment) in bytes; the element's for an Array times its length, 0 for a Tail."""
        return self._measure(abi).size_align(type_)

    @property
    def hash(self) -> str:
        """The interface hash: 64 hex digits over codes, layouts and constraints, not docs."""
        from kgen.abi.fingerprint import fingerprint

        return fingerprint(self)

    def _measure(self, abi: str | None) -> Measure:
        if abi is None or not self.has_native:
            return self._fixed
        measure = self._measures.get(abi)
        if measure is None:
            measure = self._measures[abi] = Measure(BY_NAME[abi])
        return measure

    def _codes(self, ioctl: Ioctl) -> Codes:
        windows = linux = None
        other: tuple[tuple[str, int], ...] = ()
        if self.interface.windows is not None and ioctl.function is not None:
            device_type = ioctl.device_type
            if device_type is None:
                device_type = self.interface.windows.device_type
            windows = ctl_code(device_type, ioctl.function, ioctl.method, ioctl.access)
        if self.interface.linux is not None and ioctl.nr is not None:
            argument = linux_argument(ioctl, self._fixed)
            self.arguments[ioctl.name] = argument
            linux, other = self._linux(argument.direction, ioctl.nr, argument.size)
        return Codes(windows, linux, other)

    def _linux(self, direction: str, nr: int, size: int) -> tuple[int, tuple[tuple[str, int], ...]]:
        assert self.interface.linux is not None
        magic = self.interface.linux.magic
        common = ioc(IOC["two"], direction, magic, nr, size)
        numbers = (
            (abi.name, ioc(IOC[abi.ioc], direction, magic, nr, size))
            for abi in ABIS
            if abi.os == "linux"
        )
        return common, tuple((name, number) for name, number in numbers if number != common)

    def _info_codes(self) -> Codes:
        if self.interface.external:
            return Codes(None, None, ())
        windows = linux = None
        other: tuple[tuple[str, int], ...] = ()
        if self.interface.windows is not None:
            windows = ctl_code(
                self.interface.windows.device_type, INFO_FUNCTION, "buffered", ("any",)
            )
        if self.interface.linux is not None:
            linux, other = self._linux("out", INFO_NR, INFO_SIZE)
        return Codes(windows, linux, other)


def lay_out(interface: Interface, sink: Sink) -> Layouts | None:
    """Compute every layout and code; None where a rule is broken (reported)."""
    layouts = Layouts(interface)
    check_padding(interface.structs, layouts._fixed, sink)
    for ioctl in interface.ioctls:
        argument = layouts.arguments.get(ioctl.name)
        if argument is not None and argument.size > _LARGEST_ARGUMENT:
            sink.error(
                "KG203",
                ioctl.span,
                f"the Linux argument of `{ioctl.name}` has {argument.size} bytes, "
                f"at most {_LARGEST_ARGUMENT} fit into the number",
                label="too large for an ioctl number",
                help="move the bulk into a tail or a `data:` buffer",
            )
    return None if sink.has_errors else layouts
