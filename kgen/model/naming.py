"""Model: names of the generated C, so that two that would collide are found before anything is written.

Symbol shapes (`vault` is the interface; upper case for macros):

    VAULT_MAX_SECRET             constant
    VAULT_LIFETIME_ONCE          value of an enum, bit of flags
    VAULT_LINK_MODE_SPEED_SHIFT  part of a bitfield; also _MASK
    VAULT_ERROR_WRONG_KEY        error
    IOCTL_VAULT_SEAL             control code on Windows
    VAULT_IOC_SEAL               control code on Linux
    struct vault_entry           struct; union vault_target
    vault_seal                   function of the C client
    vault_on_seal                handler
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import Note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.diagnostics import Sink, Span
    from kgen.model.entities import Enum, Flags, Interface


def macro(interface: str, *words: str) -> str:
    """`VAULT_LIFETIME_ONCE` from `vault`, `lifetime`, `once`."""
    return "_".join((interface, *words)).upper()


def symbol(interface: str, *words: str) -> str:
    """`vault_entry` from `vault`, `entry`."""
    return "_".join((interface, *words))


def check_names(interface: Interface, sink: Sink) -> None:
    """Report two things whose C names would be the same (KG301)."""
    seen: dict[str, tuple[str, Span]] = {}
    for name, what, span in _macros(interface):
        if name in seen:
            first, first_span = seen[name]
            sink.error(
                "KG301",
                span,
                f"{what} and {first} both become `{name}` in C",
                label="rename one of them",
                notes=(Note("the other one", first_span),),
            )
        else:
            seen[name] = (what, span)


def _macros(interface: Interface) -> Iterator[tuple[str, str, Span]]:
    prefix = interface.name
    for constant in interface.constants:
        yield (
            constant.c_name or macro(prefix, constant.name),
            f"constant `{constant.name}`",
            constant.span,
        )
    named: list[Enum | Flags] = [*interface.enums, *interface.flags]
    for type_ in named:
        for value in type_.values:
            name = value.c_name or macro(prefix, type_.name, value.name)
            yield name, f"`{type_.name}.{value.name}`", value.span
    for bitfield in interface.bitfields:
        for part in bitfield.parts:
            for suffix in ("shift", "mask"):
                name = macro(prefix, bitfield.name, part.name, suffix)
                yield name, f"`{bitfield.name}.{part.name}`", part.span
    for error in interface.errors:
        if error.span is not None:
            yield macro(prefix, "error", error.name), f"error `{error.name}`", error.span
    for ioctl in interface.ioctls:
        if interface.linux is not None:
            yield (
                ioctl.c_name or macro(prefix, "ioc", ioctl.name),
                f"ioctl `{ioctl.name}`",
                ioctl.span,
            )
