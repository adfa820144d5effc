"""Target `linux`: the interface in a Linux kernel module: device, opens, arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.targets._linux_module import module_outputs
from kgen.targets.target import Target

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Interface
    from kgen.targets.target import Output


def outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    return module_outputs(interface, layouts)


TARGET = Target(
    name="linux",
    doc="A Linux kernel module: device, opens and requests, and files to build and install it.",
    capabilities=frozenset({"method_neither", "method_direct", "objects", "handle", "pnp_device"}),
    needs=("core",),
    outputs=outputs,
)
