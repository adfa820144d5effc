"""Lint: who may open the device."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgen.abi.codes import INFO_NR
from kgen.lint.ioctl_number import taken
from kgen.lint.rule import WARNING, Place, rule
from kgen.sddl import WRITE_DATA, grants, parse
from kgen.sddl.rights import WRITE_DAC, WRITE_OWNER, specific

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.abi import Layouts
    from kgen.diagnostics import Span
    from kgen.sddl import Ace, Descriptor, Grant

_OTHERS_WRITE = 0o002
# What IoCreateDeviceSecure is documented to take ("SDDL for Device Objects").
_RIGHTS = re.compile(r"(GA|GR|GW|GX|RC|SD|WD|WO)+|0x[0-9A-Fa-f]+")
_SIDS = re.compile(r"SY|LS|NS|BA|BU|BG|AU|AN|IU|NU|WD|RC|UD|S-1-[0-9-]+")
_CONTROL = WRITE_DAC | WRITE_OWNER


def _outsiders(layouts: Layouts) -> list[tuple[Grant, Span]]:
    """What those may do with a device of ours who are not administrators."""
    interface = layouts.interface
    if interface.external or interface.windows is None:
        return []
    found = grants(parse(interface.windows.sddl))
    span = interface.windows.span
    return [(grant, span) for grant in found if not grant.sid.administrator]


@rule(
    "sddl-world",
    WARNING,
    why="Every program that such a user runs can call the driver: its checks and its handlers are all that stands"
    " between that program and the kernel.",
    source="K/controlling-device-access",
)
def sddl_world(layouts: Layouts) -> Iterator[Place]:
    """Somebody who is no administrator may open the device for write."""
    for grant, span in _outsiders(layouts):
        if (grant.mask | grant.conditional) & WRITE_DATA:
            yield Place(f"`{grant.sid.name}` may open the device for write", span)


@rule(
    "sddl-control",
    WARNING,
    why="Who may change the list of who may open the device, or own it, has every right that there is.",
    source="K/sddl-for-device-objects",
)
def sddl_control(layouts: Layouts) -> Iterator[Place]:
    """Somebody who is no administrator may change who may open the device."""
    for grant, span in _outsiders(layouts):
        if (grant.mask | grant.conditional) & _CONTROL:
            yield Place(f"`{grant.sid.name}` may change who may open the device", span)


@rule(
    "sddl-subset",
    WARNING,
    why="IoCreateDeviceSecure is documented to take `D:P` and entries that allow, with generic and standard rights or"
    " a hexadecimal mask, for some of the aliases. With anything else it may fail, and the driver does not load.",
    source="K/sddl-for-device-objects",
)
def sddl_subset(layouts: Layouts) -> Iterator[Place]:
    """The descriptor says more than the routine that makes the device is documented to take.

    That of a Plug and Play device is in its INF, which takes the whole language.
    """
    interface = layouts.interface
    windows = interface.windows
    if interface.external or windows is None or windows.hardware_ids:
        return
    for what in _beyond(parse(windows.sddl)):
        yield Place(f"the device's SDDL has {what}", windows.span)


def _beyond(descriptor: Descriptor) -> Iterator[str]:
    if descriptor.owner is not None or descriptor.group is not None:
        yield "an owner or group"
    if descriptor.sacl is not None:
        yield "a SACL"
    if descriptor.dacl is None or descriptor.dacl.flags != ("P",):
        yield "a DACL that is not just protected (`D:P`)"
    aces: tuple[Ace, ...] = descriptor.dacl.aces if descriptor.dacl is not None else ()
    if any(ace.type != "A" for ace in aces):
        yield "entries that do not just allow (`A`)"
    if any(ace.flags or ace.object_guid or ace.inherit_guid for ace in aces):
        yield "entries with inheritance or GUIDs"
    for ace in aces:
        if _RIGHTS.fullmatch(ace.rights) is None:
            yield f"the rights `{ace.rights}`: write a mask, as in `{specific(ace.mask):#x}`"
        if _SIDS.fullmatch(ace.written) is None:
            yield f"the alias `{ace.written}`: write the SID in full"
    named = {ace.sid.id for ace in aces}
    if "RC" in named and "WD" not in named:
        yield "`RC` without `WD`, which its callers must be in as well"


@rule(
    "magic-taken",
    WARNING,
    why="A number that another driver has too does there what that driver says, where a program opened the wrong"
    " device; and strace shows it by the other's name.",
    source="L/userspace-api/ioctl/ioctl-number.html",
)
def magic_taken(layouts: Layouts) -> Iterator[Place]:
    """The kernel's table gives numbers of the interface to somebody else."""
    interface = layouts.interface
    linux = interface.linux
    if interface.external or linux is None or linux.magic is None:
        return
    numbers = [ioctl.nr for ioctl in interface.ioctls if ioctl.nr is not None]
    owners = [
        row.owner
        for row in taken(linux.magic)
        if any(row.first <= number <= row.last for number in (*numbers, INFO_NR))
    ]
    if owners:
        of = ", ".join(f"`{owner}`" for owner in owners)
        yield Place(f"numbers of magic {linux.magic:#04x} are those of {of}", linux.span)


@rule(
    "node-world",
    WARNING,
    why="Every program of every user can call the driver. A group of its own is the usual way to let some in.",
    source="L/process/botching-up-ioctls.html",
)
def node_world(layouts: Layouts) -> Iterator[Place]:
    """The node's mode lets everybody open it for write, and no capability is asked for."""
    interface = layouts.interface
    linux = interface.linux
    if interface.external or linux is None or linux.capability is not None:
        return
    if linux.mode & _OTHERS_WRITE:
        yield Place(f"mode {linux.mode:04o} lets everybody open the node for write", linux.span)


@rule(
    "broad-capability",
    WARNING,
    why="CAP_SYS_ADMIN is nearly all of root: who needs this device alone is given everything with it.",
    source="L/process/adding-syscalls.html",
)
def broad_capability(layouts: Layouts) -> Iterator[Place]:
    """Callers need CAP_SYS_ADMIN, where a narrower capability would do."""
    linux = layouts.interface.linux
    if linux is not None and linux.capability == "CAP_SYS_ADMIN":
        yield Place("callers need CAP_SYS_ADMIN", linux.span)
