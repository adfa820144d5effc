"""Model: the `windows:` and `linux:` blocks. Names, security, and what follows from the interface's name.

Rules: device type 0x8000..0xFFFF and a security descriptor for every named device
(learn.microsoft.com, "Defining I/O Control Codes", "Controlling Device Access").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgen.diagnostics import closest
from kgen.model.entities import Linux, Windows
from kgen.model.guids import resolve_guid
from kgen.model.pnp import resolve_pnp
from kgen.model.words import DOS_DEVICES
from kgen.schema.tokens import shown

if TYPE_CHECKING:
    from kgen.diagnostics import Sink
    from kgen.model.scope import Scope
    from kgen.schema.nodes import LinuxNode, Name, WindowsNode

SDDL_PRESETS: dict[str, str] = {
    "system": "D:P(A;;GA;;;SY)",
    "admins": "D:P(A;;GA;;;SY)(A;;GA;;;BA)",
    "users_read": "D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GR;;;BU)",
    "everyone": "D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GRGW;;;WD)",
}
# Patterns; each is compiled when a schema first has something for it.
_SDDL = r"(O:[A-Z]{2}|O:S-[-\d]+)?(G:[A-Z]{2}|G:S-[-\d]+)?D:[PARI]*(\([^()\s\"\\%]+\))+(S:[^\"%\x00-\x1f]*)?"
_DEVICE = r"[A-Za-z][A-Za-z0-9_.-]{0,63}"
_NODE = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
_NODE_IN_FOLDERS = rf"{_NODE}(/{_NODE}){{0,7}}"
_DRIVER = r"[A-Za-z][A-Za-z0-9_]{0,63}"
_CAPABILITY = r"CAP_[A-Z_]{1,40}"
_GROUP = r"[a-z_][a-z0-9_-]{0,31}"
_PATH = r"[^\x00-\x1f\x7f]{1,255}"
_NODES = "console full kmem kmsg mem null port ptmx random tty urandom zero"
_SYSTEM_NODES = frozenset(_NODES.split())
_TAKEN_MAGIC = {0x54: "'T'", 0x58: "'X'", 0x66: "'f'", 0x94: "0x94"}
"""The kernel answers these itself before a driver sees them (fs/ioctl.c, do_vfs_ioctl)."""
_EIGHT_BIT = 0xFF


def resolve_windows(
    node: WindowsNode, interface: str, external: bool, scope: Scope, sink: Sink
) -> Windows | None:
    """The device on Windows; None where something essential was reported."""
    device_type = None if node.device_type is None else scope.evaluate(node.device_type)
    if device_type is None:
        return None
    lowest = 0 if external else 0x8000
    if node.device_type is not None and not lowest <= device_type <= 0xFFFF:
        sink.error(
            "KG401",
            node.device_type.span,
            f"device type {device_type:#x} is not {lowest:#x} to 0xffff",
            help="the types below 0x8000 are Microsoft's" if not external else None,
        )
    pnp = resolve_pnp(node, interface, external, sink)
    device = _matched(node.device, _DEVICE, "a device name", sink)
    if node.device is not None and node.device.text.lower() in DOS_DEVICES and not external:
        _report_system(node.device, "Windows", sink)
    if device is None and not external and not pnp.hardware_ids:
        device = "".join(part.title() for part in interface.split("_"))
    return Windows(
        device_type=device_type,
        device=device,
        sddl=_sddl(node, external, sink),
        class_guid=resolve_guid(node.class_guid, interface, sink),
        pool_tag=_pool_tag(node.pool_tag, interface, sink),
        exclusive=node.exclusive is not None,
        driver=_matched(node.driver, _DRIVER, "the name of a driver", sink) or interface,
        path=_matched(node.path, _PATH, "a path", sink),
        span=node.sddl.span if node.sddl is not None else node.span,
        hardware_ids=pnp.hardware_ids,
        interface_guid=pnp.interface_guid,
    )


def resolve_linux(
    node: LinuxNode, interface: str, external: bool, scope: Scope, sink: Sink
) -> Linux | None:
    """The device on Linux; None where something essential was reported."""
    magic = None if node.magic is None else scope.evaluate(node.magic)
    if node.magic is None:
        if not external:
            return None
    elif magic is None:
        return None
    elif not 0 <= magic <= _EIGHT_BIT:
        sink.error("KG402", node.magic.span, f"magic {magic:#x} does not fit into one byte")
    elif magic in _TAKEN_MAGIC and not external:
        sink.error(
            "KG402",
            node.magic.span,
            f"magic {_TAKEN_MAGIC[magic]} never reaches a driver: the kernel answers it itself",
            help="take another; Documentation/userspace-api/ioctl/ioctl-number.rst lists those in use",
        )
    if node.node is not None and node.node.text in _SYSTEM_NODES and not external:
        _report_system(node.node, "Linux", sink)
    return Linux(
        node=_matched(node.node, _NODE_IN_FOLDERS if external else _NODE, "a name below /dev", sink)
        or (None if external else interface),
        magic=magic,
        mode=_mode(node.mode, sink),
        group=_matched(node.group, _GROUP, "a group", sink),
        capability=_capability(node.capability, sink),
        exclusive=node.exclusive,
        span=node.mode.span if node.mode is not None else node.span,
    )


def _sddl(node: WindowsNode, external: bool, sink: Sink) -> str:
    name = node.sddl
    if name is None:
        if not external:
            sink.error(
                "KG403",
                node.span,
                "`windows` does not say who may open the device",
                label="no `sddl`",
                help=f"add `sddl: admins`; presets: {', '.join(SDDL_PRESETS)}",
            )
        return SDDL_PRESETS["system"]
    preset = SDDL_PRESETS.get(name.text)
    if preset is not None:
        return preset
    problem = _sddl_problem(name.text)
    if problem is None:
        return name.text
    near = closest(name.text, SDDL_PRESETS)
    sink.error(
        "KG403",
        name.span,
        f"`{shown(name.text)}` is neither a preset nor SDDL text",
        label=problem,
        help=f"did you mean `{near}`?" if near else f"presets: {', '.join(SDDL_PRESETS)}",
    )
    return SDDL_PRESETS["system"]


def _sddl_problem(text: str) -> str | None:
    """Why the text cannot be a device's descriptor; None if it can."""
    if re.match(r"[OGDS]:", text) is None:
        return "a preset is a word, SDDL begins with `D:P`"
    from kgen.sddl import SddlError, parse

    try:
        parse(text)
    except SddlError as problem:
        return str(problem)
    if re.fullmatch(_SDDL, text) is None:
        return "a device has a list of who may open it: `D:P(A;;GA;;;SY)`, conditions left out"
    return None


def _pool_tag(name: Name | None, interface: str, sink: Sink) -> str:
    if name is None:
        letters = interface.replace("_", "")
        return (letters[:4].title() + "____")[:4]
    if re.fullmatch(r"[A-Za-z0-9_]{4}", name.text) is None:
        sink.error(
            "KG404",
            name.span,
            f"`{shown(name.text)}` is no pool tag",
            help="four letters, digits or `_`",
        )
    return name.text


def _mode(name: Name | None, sink: Sink) -> int:
    if name is None:
        return 0o600
    if re.fullmatch(r"0?[0-7]{3}", name.text) is None:
        sink.error(
            "KG404",
            name.span,
            f"`{shown(name.text)}` is no mode",
            help='three octal digits after a 0: "0600"',
        )
        return 0o600
    return int(name.text, 8)


def _capability(name: Name | None, sink: Sink) -> str | None:
    if name is None:
        return None
    if re.fullmatch(_CAPABILITY, name.text) is None:
        near = f"CAP_{name.text.upper().removeprefix('CAP_')}"
        help = f"write `{near}`" if re.fullmatch(_CAPABILITY, near) else "such as `CAP_SYS_RAWIO`"
        sink.error("KG404", name.span, f"`{shown(name.text)}` is no capability", help=help)
        return None
    return name.text


def _matched(name: Name | None, pattern: str, what: str, sink: Sink) -> str | None:
    if name is None:
        return None
    if re.fullmatch(pattern, name.text) is None:
        sink.error("KG404", name.span, f"`{shown(name.text)}` is not {what}")
        return None
    return name.text


def _report_system(name: Name, system: str, sink: Sink) -> None:
    sink.error("KG404", name.span, f"`{name.text}` is a device of {system} itself")
