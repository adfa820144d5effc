"""Model: what of `windows:` makes a Plug and Play device, and what contradicts it.

Rules: a function driver gives its device no name; its callers find a device interface, and the INF holds the
security descriptor (learn.microsoft.com, "Driver security checklist", "Controlling Device Access in KMDF Drivers",
"Hardware ID", "Using Device Interfaces").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgen.model.guids import resolve_guid
from kgen.record import NamedTuple
from kgen.schema.tokens import shown

if TYPE_CHECKING:
    from kgen.diagnostics import Sink
    from kgen.schema.nodes import Name, WindowsNode

_HARDWARE_ID = r"[!#$&-+\--:<-~]{1,199}"
"""Printable ASCII without space and comma ("Hardware ID"), nor what an INF file would take for its own."""


class Pnp(NamedTuple):
    """See `kgen.model.entities.Windows`."""

    hardware_ids: tuple[str, ...]
    interface_guid: str | None


def resolve_pnp(node: WindowsNode, interface: str, external: bool, sink: Sink) -> Pnp:
    """What the schema says of Plug and Play; both are empty for a device with a name."""
    hardware_ids = tuple(_hardware_id(name, sink) for name in node.hardware_ids)
    if external:
        _check_external(node, sink)
    elif hardware_ids:
        _check_device(node, sink)
    elif node.interface_guid is not None:
        sink.error(
            "KG405",
            node.interface_guid.span,
            "`interface_guid` is of a Plug and Play device, and this one has a name",
            label="no `hardware_id`",
            help=r"add `hardware_id: Root\NAME`, or remove `interface_guid`",
        )
    if not hardware_ids and node.interface_guid is None:
        return Pnp((), None)
    return Pnp(
        hardware_ids, resolve_guid(node.interface_guid, f"{interface}:device_interface", sink)
    )


def _hardware_id(name: Name, sink: Sink) -> str:
    if re.fullmatch(_HARDWARE_ID, name.text) is None:
        sink.error(
            "KG404", name.span, rf"`{shown(name.text)}` is not a hardware ID such as Root\Lamp"
        )
    return name.text


def _check_device(node: WindowsNode, sink: Sink) -> None:
    for key, name in (("device", node.device), ("path", node.path)):
        if name is not None:
            sink.error(
                "KG405",
                name.span,
                f"a Plug and Play device has no `{key}`",
                label="callers find it by its device interface",
                help=f"remove `{key}`, or `hardware_id`",
            )
    if node.exclusive is not None:
        sink.error(
            "KG405",
            node.exclusive,
            "a Plug and Play device cannot be `exclusive`",
            label="what is opened is the bus driver's device",
            help="count the opens in the hook for them, and refuse the second",
        )
    same = node.class_guid and node.interface_guid
    if same and node.class_guid and node.class_guid.text.upper() == same.text.upper():
        sink.error(
            "KG405",
            same.span,
            "the device interface class is also the device setup class",
            help="they are two things: give each a GUID of its own, or leave both to kgen",
        )


def _check_external(node: WindowsNode, sink: Sink) -> None:
    if node.hardware_ids:
        sink.error(
            "KG405",
            node.hardware_ids[0].span,
            "an external interface has a driver, and that has an INF",
            help="remove `hardware_id`; `interface_guid` is what its callers look for",
        )
    other = node.device or node.path
    if node.interface_guid is not None and other is not None:
        sink.error(
            "KG405",
            other.span,
            "`interface_guid` tells already what a client opens",
            help="keep one of them",
        )
