"""Target `vectors`: which machines have the bytes of an ioctl's messages in common.

Only messages of native structs differ. A file of vectors is little-endian, so that other machines have none of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi import ABIS
from kgen.targets._c_narrow import shape

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Ioctl

Group = tuple[str, ...]
"""Names of ABIs; none of them stands for all there are."""
EVERYWHERE: Group = ()


def groups(ioctl: Ioctl, layouts: Layouts) -> list[Group]:
    """ABIs on which its messages are laid out alike, in the order of their first ones."""
    messages = [
        message
        for message in (ioctl.request, ioctl.reply, ioctl.message)
        if message is not None and message.native
    ]
    if not messages:
        return [EVERYWHERE]
    found: dict[object, list[str]] = {}
    for abi in ABIS:
        if not abi.big_endian:
            key = tuple(shape(message, layouts, abi.name) for message in messages)
            found.setdefault(key, []).append(abi.name)
    return [tuple(names) for names in found.values()] if len(found) > 1 else [EVERYWHERE]


def on(group: Group, layouts: Layouts) -> Layouts:
    """The layouts of that group."""
    return layouts.on(group[0] if group else ABIS[0].name)
