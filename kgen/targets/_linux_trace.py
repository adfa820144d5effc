"""Target `linux`: the tracepoints of a module. Source: include/trace/events and samples/trace_events of Linux."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.codes import INFO_NR
from kgen.model.naming import macro
from kgen.record import NamedTuple
from kgen.targets.target import Output

if TYPE_CHECKING:
    from kgen.model.entities import Interface


class Call(NamedTuple):
    nr: int
    name: str
    comma: str
    """What follows it in a list of arguments; it ends the inner one after the last."""


class Trace(NamedTuple):
    name: str
    license: str
    trace_guard: str
    calls: list[Call]
    longest: int
    """Bytes that hold `vault.interface_info`."""


def trace_outputs(interface: Interface) -> list[Output]:
    """`linux/<interface>_trace.h`, which the adapter makes the tracepoints of."""
    name = interface.name
    named = [(ioctl.nr, ioctl.name) for ioctl in interface.ioctls if ioctl.nr is not None]
    named.append((INFO_NR, "interface_info"))
    last = len(named) - 1
    calls = [Call(nr, each, ")," if at == last else ",") for at, (nr, each) in enumerate(named)]
    longest = max(len(f"{name}.{each}") for _, each in named) + 1
    view = Trace(name, interface.license, macro(name, "trace_h"), calls, longest)
    return [Output(f"linux/{name}_trace.h", "linux/trace.h.j2", view)]
