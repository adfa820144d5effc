"""Model: GUIDs, as they are written, or as they follow from a name: the same on every machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgen.schema.tokens import shown

if TYPE_CHECKING:
    from kgen.diagnostics import Sink
    from kgen.schema.nodes import Name

_GUID = r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_NAMESPACE = bytes.fromhex("6ba7b8119dad11d180b400c04fd430c8")
"""RFC 4122 name space "URL"."""


def resolve_guid(name: Name | None, derived_from: str, sink: Sink) -> str:
    """What is written, or else what follows from `derived_from`; 8-4-4-4-12 upper case."""
    if name is not None:
        if re.fullmatch(_GUID, name.text) is not None:
            return name.text.upper()
        sink.error(
            "KG404",
            name.span,
            f"`{shown(name.text)}` is not a GUID such as 1B4E28BA-2FA1-11D2-883F-0016D3CCA427",
        )
    return derived_guid(derived_from).upper()


def derived_guid(interface: str) -> str:
    """A version 5 UUID (RFC 4122) of the interface's name: the same on every machine."""
    from hashlib import sha1

    digest = bytearray(sha1(_NAMESPACE + f"kgen:interface:{interface}".encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def initialiser(text: str) -> str:
    """As C writes it: `0x1B4E28BA, 0x2FA1, 0x11D2, {0x88, ...}`."""
    one, two, three, four, five = text.split("-")
    last = four + five
    rest = ", ".join(f"0x{last[at : at + 2]}" for at in range(0, 16, 2))
    return f"0x{one}, 0x{two}, 0x{three}, {{{rest}}}"
