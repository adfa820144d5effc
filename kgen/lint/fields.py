"""Lint: what a field of a message is likely to be used for. Some of these rules go by the names of things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.lint.rule import WARNING, Place, rule
from kgen.model.entities import Enum, Flags
from kgen.model.types import Array, Integer, Tail, Text, innermost
from kgen.model.walk import members

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.abi import Layouts
    from kgen.model.entities import Ioctl
    from kgen.model.walk import Member

_ADDRESS = frozenset(["address", "addr", "pointer", "ptr", "va", "kva", "pfn"])
_HANDLE = frozenset(["handle", "hwnd", "fd"])
_MACHINE = frozenset(["peek", "poke", "rdmsr", "wrmsr", "msr", "inb", "outb", "physmem", "mmio"])
_PHYSICAL = frozenset(["physical", "phys", "msr", "mmio"])
_ACCESSOR = frozenset(["map", "port", "memory", "pci"])
_PLACE = _ADDRESS | {"port", "offset"}
_HIDDEN = frozenset(["password", "passphrase", "pin", "secret", "token", "key", "credential"])
_POINTER_SIZE = 4


def _words(name: str) -> set[str]:
    return set(name.split("_"))


def _request(ioctl: Ioctl) -> Iterator[Member]:
    message = ioctl.request or ioctl.message
    return members(message) if message is not None else iter(())


def _reply(ioctl: Ioctl) -> Iterator[Member]:
    message = ioctl.reply or ioctl.message
    return members(message) if message is not None else iter(())


def _could_be_address(member: Member) -> bool:
    type_ = innermost(member.field.type)
    return (
        isinstance(type_, Integer)
        and type_.size >= _POINTER_SIZE
        and type_.order == "native"
        and bool(_words(member.field.name) & _ADDRESS)
    )


@rule(
    "embedded-pointer",
    WARNING,
    why="Whatever the caller says is an address of its choice, in the kernel if it likes. An offset, a tail, a"
    " `data:` buffer or `user_ptr` is checked before the handler sees it.",
    source="K/errors-in-referencing-user-space-addresses",
)
def embedded_pointer(layouts: Layouts) -> Iterator[Place]:
    """A number in a request is named like an address."""
    for ioctl in layouts.interface.ioctls:
        for member in _request(ioctl):
            if _could_be_address(member):
                yield Place(
                    f"`{member.path}` of `{ioctl.name}` looks like an address that the caller chooses",
                    member.field.span,
                    ioctl.name,
                    member.path,
                )


@rule(
    "kernel-address",
    WARNING,
    why="An address of the kernel tells a caller where to aim. An id or an offset tells it nothing.",
    source="K/security-issues-for-i-o-control-codes",
)
def kernel_address(layouts: Layouts) -> Iterator[Place]:
    """A number in a reply is named like an address."""
    for ioctl in layouts.interface.ioctls:
        for member in _reply(ioctl):
            if _could_be_address(member):
                yield Place(
                    f"`{member.path}` of `{ioctl.name}` looks like an address that is handed out",
                    member.field.span,
                    ioctl.name,
                    member.path,
                )


@rule(
    "raw-handle",
    WARNING,
    why="A handle is of one process, one type and some access, and a number says none of that. `handle KIND` is"
    " referenced in the caller's context with all three.",
    source="K/failure-to-validate-object-handles",
)
def raw_handle(layouts: Layouts) -> Iterator[Place]:
    """A number in a request is named like a handle."""
    for ioctl in layouts.interface.ioctls:
        for member in _request(ioctl):
            number = isinstance(innermost(member.field.type), Integer)
            if number and _words(member.field.name) & _HANDLE:
                yield Place(
                    f"`{member.path}` of `{ioctl.name}` looks like a handle in a number",
                    member.field.span,
                    ioctl.name,
                    member.path,
                )


@rule(
    "physical-access",
    WARNING,
    why="Who may read or write physical memory, ports or MSRs of its choice owns the kernel. No check of a field"
    " makes such a code safe; offer the operation that it is wanted for.",
    source="S/driver-security-checklist",
)
def physical_access(layouts: Layouts) -> Iterator[Place]:
    """A code is named like access to physical memory, ports or model-specific registers."""
    for ioctl in layouts.interface.ioctls:
        name = _words(ioctl.name)
        fields = [_words(member.field.name) for member in _request(ioctl)]
        asked = any(words & _PHYSICAL for words in fields) or (
            bool(name & _ACCESSOR) and any(words & _PLACE for words in fields)
        )
        if name & _MACHINE or asked:
            yield Place(
                f"`{ioctl.name}` looks like access to memory, ports or registers of the caller's choice",
                ioctl.span,
                ioctl.name,
            )


@rule(
    "open-request",
    WARNING,
    why="A value without a name reaches the handler, which must know what to do with it.",
    source="S/driver-security-checklist",
)
def open_request(layouts: Layouts) -> Iterator[Place]:
    """A request carries an enum or flags that are `open`."""
    for ioctl in layouts.interface.ioctls:
        for member in _request(ioctl):
            type_ = innermost(member.field.type)
            if isinstance(type_, (Enum, Flags)) and type_.open:
                yield Place(
                    f"`{member.path}` of `{ioctl.name}` accepts values without a name",
                    member.field.span,
                    ioctl.name,
                    member.path,
                )


@rule(
    "secret-unmarked",
    WARNING,
    why="Only what is marked `secret` is wiped from memory after use, and kept out of a client's texts.",
    source="S/driver-security-checklist",
)
def secret_unmarked(layouts: Layouts) -> Iterator[Place]:
    """Bytes or text named like a secret, without `secret`."""
    for ioctl in layouts.interface.ioctls:
        seen = set()
        for member in [*_request(ioctl), *_reply(ioctl)]:
            field = member.field
            holds = isinstance(field.type, (Array, Tail, Text)) and not field.reserved
            if not holds or field.secret or not _words(field.name) & _HIDDEN:
                continue
            if field.span not in seen:
                seen.add(field.span)
                yield Place(
                    f"`{member.path}` of `{ioctl.name}` is named like a secret and not marked `secret`",
                    field.span,
                    ioctl.name,
                    member.path,
                )
