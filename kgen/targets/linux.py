"""Target `linux`: the interface in a Linux kernel: the uapi header, and a module around the core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.targets._linux_module import module_outputs
from kgen.targets._linux_trace import trace_outputs
from kgen.targets._uapi import uapi_outputs
from kgen.targets.target import BOUNDARY, NATIVE, POINTERS, Target

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Interface
    from kgen.targets.target import Output


def outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    return [
        *uapi_outputs(interface, layouts),
        *module_outputs(interface, layouts),
        *trace_outputs(interface),
    ]


TARGET = Target(
    name="linux",
    doc="Linux: the header for programs, a kernel module, and files to build and install it.",
    capabilities=(BOUNDARY - {"no_linux", "windows_handle"}) | NATIVE | POINTERS,
    needs=("core",),
    outputs=outputs,
)
