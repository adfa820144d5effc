"""SDDL: what each principal that a descriptor names may do with the device.

As SeAccessCheck does it (learn.microsoft.com "How AccessCheck Works", "Order of ACEs in a DACL"): entries are
looked at in order, and the first that names a right for any of the caller's groups decides it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.record import NamedTuple
from kgen.sddl.rights import ALL, READ_CONTROL, WRITE_DAC, specific
from kgen.sddl.sids import Sid, sid_of

if TYPE_CHECKING:
    from kgen.sddl.parse import Ace, Descriptor

_ALLOWS = ("A", "OA")
_ALLOWS_IF = ("XA", "ZA")
_DENIES = ("D", "OD")


class Grant(NamedTuple):
    """What a caller may do who is `sid`, and what that makes it a member of, and nothing else."""

    sid: Sid
    mask: int
    """Specific rights, for sure."""
    conditional: int
    """Specific rights beyond them where a condition holds."""
    conditions: tuple[str, ...]
    """As written."""


def grants(descriptor: Descriptor) -> list[Grant]:
    """Each principal that the DACL or the owner names, in order. A conditional denial counts for nothing.

    Without a DACL, or with NO_ACCESS_CONTROL, everybody may do everything.
    """
    dacl = descriptor.dacl
    if dacl is None or dacl.is_null:
        everyone = sid_of("WD")
        assert everyone is not None
        return [Grant(everyone, ALL, 0, ())]
    aces = [ace for ace in dacl.aces if ace.applies]
    named: dict[str, Sid] = {ace.sid.id: ace.sid for ace in aces}
    if descriptor.owner is not None:
        named.setdefault(descriptor.owner.id, descriptor.owner)
    return [_grant(sid, descriptor, aces) for sid in named.values()]


def _grant(sid: Sid, descriptor: Descriptor, aces: list[Ace]) -> Grant:
    groups = {sid.id, *sid.groups}
    is_owner = descriptor.owner is not None and descriptor.owner.id in groups
    restrained = any(ace.sid.id == "OW" for ace in aces)
    if is_owner:
        groups.add("OW")
    allowed = denied = maybe = 0
    if is_owner and not restrained:
        # The owner may always read and change the list, unless an entry for OW says what it may.
        allowed = READ_CONTROL | WRITE_DAC
    conditions = []
    for ace in aces:
        if ace.sid.id not in groups:
            continue
        mask = specific(ace.mask)
        if ace.type in _ALLOWS:
            allowed |= mask & ~denied
        elif ace.type in _DENIES:
            denied |= mask & ~allowed
        elif ace.type in _ALLOWS_IF:
            if mask & ~denied & ~allowed:
                conditions.append(ace.extra)
            maybe |= mask & ~denied
    return Grant(sid, allowed, maybe & ~allowed, tuple(conditions))
