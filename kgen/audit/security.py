"""Audit: the security of the device, in words; and who may open it for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.audit.records import Descriptor, Entry, LinuxDevice, Principal, WindowsDevice
from kgen.model.device import SDDL_PRESETS
from kgen.record import NamedTuple
from kgen.sddl import READ_DATA, WRITE_DATA, grants, parse, rights_words
from kgen.sddl.parse import FLAGS, TYPES
from kgen.sddl.rights import LABEL, specific

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.model.entities import Interface, Linux
    from kgen.sddl import Ace, Acl, Grant

_LIST_FLAGS = {
    "P": "protected: inherits nothing",
    "AI": "inherited by itself",
    "AR": "asks for inheritance",
    "NO_ACCESS_CONTROL": "there is no list: everybody may do everything",
}
_READ, _WRITE = 4, 2


def windows_device(interface: Interface) -> WindowsDevice | None:
    windows = interface.windows
    if windows is None:
        return None
    ours = not interface.external
    path = windows.path
    if path is None and windows.device is not None:
        path = f"\\\\.\\{windows.device}"
    presets = {sddl: name for name, sddl in SDDL_PRESETS.items()}
    return WindowsDevice(
        device=f"\\Device\\{windows.device}" if ours and windows.device else None,
        path=path,
        interface_guid=windows.interface_guid,
        hardware_ids=list(windows.hardware_ids),
        device_type=windows.device_type,
        exclusive=windows.exclusive,
        sddl=windows.sddl if ours else None,
        preset=presets.get(windows.sddl) if ours else None,
        descriptor=descriptor(windows.sddl) if ours else None,
    )


def linux_device(interface: Interface) -> LinuxDevice | None:
    linux = interface.linux
    if linux is None:
        return None
    ours = not interface.external
    return LinuxDevice(
        node=f"/dev/{linux.node}" if linux.node is not None else None,
        magic=linux.magic,
        mode=f"{linux.mode:04o}" if ours else None,
        group=linux.group if ours else None,
        capability=linux.capability if ours else None,
        exclusive=linux.exclusive,
    )


def descriptor(sddl: str) -> Descriptor:
    """A security descriptor in words."""
    found = parse(sddl)
    return Descriptor(
        owner=found.owner.name if found.owner else None,
        group=found.group.name if found.group else None,
        dacl=[_entry(ace) for ace in found.dacl.aces] if found.dacl else [],
        dacl_flags=_flags(found.dacl),
        sacl=[_entry(ace) for ace in found.sacl.aces] if found.sacl else [],
        sacl_flags=_flags(found.sacl),
    )


def _flags(acl: Acl | None) -> list[str]:
    return [_LIST_FLAGS[flag] for flag in acl.flags] if acl is not None else []


def _entry(ace: Ace) -> Entry:
    return Entry(
        type=ace.type,
        text=_sentence(ace),
        flags=[FLAGS[flag] for flag in ace.flags],
        mask=ace.mask,
        sid=ace.sid.sid or ace.sid.id,
        name=ace.sid.name,
        condition=ace.extra or None,
    )


def _sentence(ace: Ace) -> str:
    if ace.type == "ML":
        forbidden = [word for bit, word in LABEL.items() if ace.mask & bit]
        return f"who runs below {ace.sid.name.lower()} may not {' or '.join(forbidden)}"
    verb, comma, how = TYPES[ace.type].partition(",")
    rights = ", ".join(rights_words(specific(ace.mask)))
    words = f"{verb} {ace.sid.name}{comma}{how}: {rights}"
    return words if ace.applies else f"{words} (for what inherits from it, not for the device)"


class Rights(NamedTuple):
    """What a handle may be opened for."""

    open: bool
    """For anything at all."""
    read: bool
    write: bool

    def suffice(self, access: list[str]) -> bool:
        """For a code of this access."""
        held = {"any": self.open, "read": self.read, "write": self.write}
        return all(held[right] for right in access)


class Caller(NamedTuple):
    """A principal, before it is known what there is to call."""

    principal: Principal
    sure: Rights
    most: Rights
    """Where its condition holds."""

    def with_calls(self, codes: dict[str, list[str]]) -> Principal:
        """The principal with what it can send; `codes` are accesses by the ioctl's name."""
        calls = [name for name, access in codes.items() if self.most.suffice(access)]
        conditional = [name for name in calls if not self.sure.suffice(codes[name])]
        return self.principal._replace(calls=calls, conditional=conditional)


NOTHING = Rights(False, False, False)


def callers(interface: Interface) -> list[Caller]:
    """Who is named by the security of the device, on either system; nobody where it is not ours."""
    if interface.external:
        return []
    found = []
    if interface.windows is not None:
        found += [_of_windows(grant) for grant in grants(parse(interface.windows.sddl))]
    if interface.linux is not None:
        found += _of_linux(interface.linux)
    return found


def _caller(
    id: str,
    name: str,
    system: str,
    administrator: bool,
    words: list[str],
    sure: Rights,
    most: Rights,
    condition: str | None,
    note: str = "",
) -> Caller:
    principal = Principal(
        id, name, system, administrator, words, *most, condition, note, calls=[], conditional=[]
    )
    return Caller(principal, sure, most)


def _of_windows(grant: Grant) -> Caller:
    most = grant.mask | grant.conditional
    return _caller(
        grant.sid.id,
        grant.sid.name,
        "windows",
        grant.sid.administrator,
        rights_words(most),
        _file_rights(grant.mask),
        _file_rights(most),
        " or ".join(grant.conditions) or None,
        grant.sid.note,
    )


def _file_rights(mask: int) -> Rights:
    return Rights(mask != 0, bool(mask & READ_DATA), bool(mask & WRITE_DATA))


def _of_linux(linux: Linux) -> Iterator[Caller]:
    """Root may open whatever the mode is (CAP_DAC_OVERRIDE); others as their bits say (open(2))."""
    group = linux.group or "root"
    classes = [
        ("root", "root", _READ | _WRITE, True),
        ("group", f"group {group}", linux.mode >> 3 & 7, group == "root"),
        ("others", "everybody else", linux.mode & 7, False),
    ]
    for id, name, bits, administrator in classes:
        most = Rights(bool(bits & (_READ | _WRITE)), bool(bits & _READ), bool(bits & _WRITE))
        if not most.open and id == "group":
            continue
        needed = linux.capability if id != "root" and most.open else None
        condition = f"the caller has {needed}" if needed else None
        sure = NOTHING if condition else most
        words = _mode_words(bits)
        yield _caller(id, name, "linux", administrator, words, sure, most, condition)


def _mode_words(bits: int) -> list[str]:
    words = {
        _READ | _WRITE: "open for read and write",
        _READ: "open for read",
        _WRITE: "open for write",
    }
    return [words.get(bits & (_READ | _WRITE), "nothing")]
