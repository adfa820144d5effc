"""SDDL: text -> a security descriptor. All of the language, whatever of it a device can use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgen.record import NamedTuple
from kgen.sddl.rights import CODES
from kgen.sddl.sids import sid_of

if TYPE_CHECKING:
    from kgen.sddl.sids import Sid


class SddlError(ValueError):
    """What is wrong with the text, as one phrase in lower case with names in backticks."""


class Ace(NamedTuple):
    """One entry of a list."""

    type: str
    """A key of `TYPES`."""
    flags: tuple[str, ...]
    """Keys of `FLAGS`."""
    mask: int
    """As written: generic rights are not replaced yet."""
    rights: str
    """As written: `GRGW`, `0x1f01ff`."""
    object_guid: str
    inherit_guid: str
    sid: Sid
    written: str
    """The SID as written: an alias, or in full."""
    extra: str
    """The condition of a conditional entry, or the attribute of a resource attribute; else empty."""

    @property
    def applies(self) -> bool:
        """To the device itself; else it is only for what would inherit from it."""
        return "IO" not in self.flags


class Acl(NamedTuple):
    flags: tuple[str, ...]
    """`P` protected, `AI` inherited, `AR` inheritance asked for, `NO_ACCESS_CONTROL`."""
    aces: tuple[Ace, ...]
    """In order, which decides."""

    @property
    def is_null(self) -> bool:
        """There is no list at all, so that everybody may do everything."""
        return "NO_ACCESS_CONTROL" in self.flags


class Descriptor(NamedTuple):
    """None where the text does not say it."""

    owner: Sid | None
    group: Sid | None
    dacl: Acl | None
    sacl: Acl | None


TYPES = {
    "A": "allows",
    "D": "denies",
    "OA": "allows, for an object GUID",
    "OD": "denies, for an object GUID",
    "XA": "allows, on a condition",
    "XD": "denies, on a condition",
    "ZA": "allows, for an object GUID and on a condition",
    "AU": "audits",
    "AL": "alarms",
    "OU": "audits, for an object GUID",
    "OL": "alarms, for an object GUID",
    "XU": "audits, on a condition",
    "ML": "mandatory label",
    "RA": "resource attribute",
    "SP": "central policy",
    "TL": "process trust label",
    "FL": "access filter",
}
"""Types of entries, with what each does."""
_SACL_ONLY = frozenset(["AU", "AL", "OU", "OL", "XU", "ML", "RA", "SP", "TL", "FL"])
_WITH_EXTRA = frozenset(["XA", "XD", "ZA", "XU", "RA", "FL"])

FLAGS = {
    "OI": "objects inherit it",
    "CI": "containers inherit it",
    "NP": "inherited once only",
    "IO": "for inheritance only",
    "ID": "inherited",
    "SA": "audits success",
    "FA": "audits failure",
    "TP": "audits failure of trust",
    "CR": "critical",
}
"""Flags of entries, with what each says."""

_ACL_FLAG = re.compile(r"NO_ACCESS_CONTROL|P|AI|AR")
_SID = re.compile(r"S-1-(?:0x[0-9A-F]{1,12}|\d{1,15})(?:-\d{1,10}){1,15}|[A-Z]{2}", re.IGNORECASE)
_GUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.IGNORECASE)
_NUMBER = re.compile(r"0x[0-9A-F]{1,8}|0[0-7]{1,11}|\d{1,10}", re.IGNORECASE)
_MASK = 0xFFFF_FFFF
_FIELDS = 6


def parse(text: str) -> Descriptor:
    """The descriptor that `O:…G:…D:…S:…` stands for. Raises SddlError."""
    owner = group = None
    lists: dict[str, Acl] = {}
    at, seen = 0, set()
    while at < len(text):
        key = text[at : at + 2].upper()
        if key not in ("O:", "G:", "D:", "S:"):
            raise SddlError(f"`{text[at : at + 12]}` begins no part: O:, G:, D: or S:")
        if key in seen:
            raise SddlError(f"`{key}` is there twice")
        seen.add(key)
        at += 2
        if key in ("O:", "G:"):
            sid, at = _sid_at(text, at)
            owner, group = (sid, group) if key == "O:" else (owner, sid)
        else:
            lists[key], at = _acl(text, at, key == "S:")
    return Descriptor(owner, group, lists.get("D:"), lists.get("S:"))


def _sid_at(text: str, at: int) -> tuple[Sid, int]:
    found = _SID.match(text, at)
    if found is None:
        raise SddlError(f"`{text[at : at + 12]}` is no SID")
    return _sid(found[0]), found.end()


def _sid(text: str) -> Sid:
    found = sid_of(text) if _SID.fullmatch(text) else None
    if found is None:
        raise SddlError(f"`{text}` is no SID")
    return found


def _acl(text: str, at: int, system: bool) -> tuple[Acl, int]:
    flags = []
    while (found := _ACL_FLAG.match(text, at)) is not None:
        flags.append(found[0])
        at = found.end()
    aces = []
    while text[at : at + 1] == "(":
        end = _closing(text, at)
        aces.append(_ace(text[at + 1 : end], system))
        at = end + 1
    acl = Acl(tuple(flags), tuple(aces))
    if acl.is_null and aces:
        raise SddlError("NO_ACCESS_CONTROL says that there is no list, so nothing can be in it")
    return acl, at


def _closing(text: str, at: int) -> int:
    """Where the parenthesis closes that opens at `at`; those in quotes do not count."""
    depth, quoted = 0, False
    for place in range(at, len(text)):
        character = text[place]
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "()":
            depth += 1 if character == "(" else -1
            if depth == 0:
                return place
    raise SddlError(f"`{text[at : at + 12]}` does not end: a `)` is missing")


def _ace(text: str, system: bool) -> Ace:
    fields = text.split(";", _FIELDS)
    if len(fields) < _FIELDS:
        raise SddlError(f"`({text})` has {len(fields)} parts: type;flags;rights;guid;guid;SID")
    type_, flags, rights, object_guid, inherit_guid, sid = (part.strip() for part in fields[:6])
    type_ = type_.upper()
    extra = fields[_FIELDS] if len(fields) > _FIELDS else ""
    if type_ not in TYPES:
        raise SddlError(f"`{type_}` is no type of an entry")
    if (type_ in _SACL_ONLY) != system:
        raise SddlError(f"`{type_}` stands in {'the DACL' if system else 'the SACL'} only")
    if bool(extra) != (type_ in _WITH_EXTRA):
        missing = "has no condition" if type_ in _WITH_EXTRA else "has a part too many"
        raise SddlError(f"`({text})` {missing}")
    for guid in (object_guid, inherit_guid):
        if guid and _GUID.fullmatch(guid) is None:
            raise SddlError(f"`{guid}` is no GUID")
    return Ace(
        type_,
        _pairs(flags, FLAGS, "flag of an entry"),
        _mask(rights),
        rights,
        object_guid,
        inherit_guid,
        _sid(sid),
        sid,
        extra,
    )


def _pairs(text: str, known: dict[str, str] | dict[str, int], what: str) -> tuple[str, ...]:
    pairs = tuple(text[at : at + 2].upper() for at in range(0, len(text), 2))
    for pair in pairs:
        if pair not in known:
            raise SddlError(f"`{pair}` is no {what}")
    return pairs


def _mask(text: str) -> int:
    if _NUMBER.fullmatch(text):
        is_octal = text.startswith("0") and text.isdecimal() and len(text) > 1
        number = int(text, 8) if is_octal else int(text, 0)
        if number > _MASK:
            raise SddlError(f"`{text}` has more than 32 bits")
        return number
    mask = 0
    for pair in _pairs(text, CODES, "access right"):
        mask |= CODES[pair]
    return mask
