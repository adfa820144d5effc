"""Lint: what a control code asks of its caller, and how its buffers travel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.lengths import bounds, request_bounds
from kgen.lint.rule import ERROR, WARNING, Place, rule
from kgen.model.walk import has_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.abi import Layouts
    from kgen.model.entities import Ioctl, Struct

SMALL = 64 << 10
"""Bytes. METHOD_BUFFERED is for small amounts: each call allocates that much and copies it twice."""
LARGE = 1 << 20
"""Bytes of one message that are a memory demand whatever the method."""


def copied(ioctl: Ioctl, layouts: Layouts) -> int:
    """Bytes: the largest request or reply that the system or the driver copies."""
    request, reply = ioctl.request or ioctl.message, ioctl.reply or ioctl.message
    sizes = [request_bounds(request, layouts)[1]] if request is not None else []
    sizes += [bounds(reply, layouts)[1]] if reply is not None else []
    return max(sizes, default=0)


def _hides(message: Struct | None) -> bool:
    return message is not None and has_secret(message)


@rule(
    "any-access",
    WARNING,
    why="A handle that was opened for nothing at all can send it, even one that could not be opened for read."
    " Only what is harmless to everybody who can name the device may ask for no right.",
    source="K/defining-i-o-control-codes",
)
def any_access(layouts: Layouts) -> Iterator[Place]:
    """The code needs no right (FILE_ANY_ACCESS)."""
    for ioctl in layouts.interface.ioctls:
        if ioctl.access == ("any",):
            yield Place(f"`{ioctl.name}` needs no right of its handle", ioctl.span, ioctl.name)


@rule(
    "access-direction",
    WARNING,
    why="The right of the handle should be that of what the code does: who opened for read changes nothing, who"
    " opened for write learns nothing.",
    source="K/defining-i-o-control-codes",
)
def access_direction(layouts: Layouts) -> Iterator[Place]:
    """A reader's code only takes, or a writer's code hands out what is stored.

    A reply of one size to a request of a writer is an acknowledgement, such as a new id, and is fine.
    """
    for ioctl in layouts.interface.ioctls:
        gives = ioctl.reply is not None or ioctl.message is not None
        takes = ioctl.request is not None and not gives and ioctl.data is None
        from_caller = ioctl.data is not None and ioctl.data.direction == "from"
        if ioctl.access == ("read",) and (takes or from_caller):
            yield Place(
                f"`{ioctl.name}` only takes from its caller, and a handle for read is enough",
                ioctl.span,
                ioctl.name,
            )
        to_caller = ioctl.data is not None and ioctl.data.direction == "to"
        stored = ioctl.reply is not None and (
            ioctl.request is None or ioctl.reply.tail is not None or _hides(ioctl.reply)
        )
        if ioctl.access == ("write",) and (to_caller or stored):
            yield Place(
                f"`{ioctl.name}` hands out what is stored, and a handle for write is enough",
                ioctl.span,
                ioctl.name,
            )


@rule(
    "secret-any-access",
    ERROR,
    why="Every handle gets it, even one that was opened for nothing.",
    source="K/defining-i-o-control-codes",
)
def secret_any_access(layouts: Layouts) -> Iterator[Place]:
    """A reply carries a secret, and the code needs no right."""
    for ioctl in layouts.interface.ioctls:
        if ioctl.access == ("any",) and _hides(ioctl.reply or ioctl.message):
            yield Place(f"`{ioctl.name}` hands a secret to any handle", ioctl.span, ioctl.name)


@rule(
    "secret-not-wiped",
    WARNING,
    why="The I/O manager copies a reply of METHOD_BUFFERED to the caller after the driver is done, and frees it as it"
    " is. The secret stays in free pool until that is used again.",
    source="K/buffer-descriptions-for-i-o-control-codes",
)
def secret_not_wiped(layouts: Layouts) -> Iterator[Place]:
    """A secret goes back in a buffer that the boundary cannot wipe."""
    if layouts.interface.windows is None:
        return
    for ioctl in layouts.interface.ioctls:
        if ioctl.method == "buffered" and _hides(ioctl.reply or ioctl.message):
            yield Place(
                f"the secret in the reply of `{ioctl.name}` is not wiped after use",
                ioctl.span,
                ioctl.name,
            )


@rule(
    "method-neither",
    WARNING,
    why="The driver gets raw addresses of the caller. kgen captures them under an exception handler, and still the"
    " caller can take its memory away while the handler runs.",
    source="S/driver-security-checklist",
)
def method_neither(layouts: Layouts) -> Iterator[Place]:
    """METHOD_NEITHER where another method would do."""
    for ioctl in layouts.interface.ioctls:
        if ioctl.method == "neither":
            yield Place(f"`{ioctl.name}` is METHOD_NEITHER", ioctl.span, ioctl.name)


@rule(
    "buffered-too-big",
    WARNING,
    why="Each call makes the kernel allocate that much non-paged pool and copy it; a `data:` buffer is reached in"
    " place.",
    source="K/defining-i-o-control-codes",
)
def buffered_too_big(layouts: Layouts) -> Iterator[Place]:
    """METHOD_BUFFERED for more than 64 KiB."""
    for ioctl in layouts.interface.ioctls:
        size = copied(ioctl, layouts)
        if ioctl.method == "buffered" and size > SMALL:
            yield Place(
                f"`{ioctl.name}` is METHOD_BUFFERED with up to {size} bytes", ioctl.span, ioctl.name
            )


@rule(
    "large-message",
    WARNING,
    why="A caller can make the driver allocate that much with every call, as many at once as it has threads.",
    source="L/process/deprecated.html",
)
def large_message(layouts: Layouts) -> Iterator[Place]:
    """A message that is copied has more than 1 MiB."""
    for ioctl in layouts.interface.ioctls:
        size = copied(ioctl, layouts)
        if size > LARGE:
            yield Place(
                f"a message of `{ioctl.name}` has up to {size} bytes", ioctl.span, ioctl.name
            )
