"""Audit: what no boundary can check for a handler, and it must see to itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.audit.records import IoctlReport
    from kgen.model.entities import Interface

_MOST_PATHS = 6
_NUMBERS = ("number", "enum", "flags", "bits")


def duties(ioctl: IoctlReport, interface: Interface) -> list[str]:
    """Sentences, the most important first. `ioctl` is complete but for them."""
    return [*_of_callers(ioctl), *_of_values(ioctl), *_of_memory(ioctl), *_of_time(interface)]


def _of_callers(ioctl: IoctlReport) -> Iterator[str]:
    if ioctl.access == ["any"]:
        yield "Any handle reaches it: whatever a caller must not do is for the handler to refuse."
    elif ioctl.outsiders:
        yield "Callers who are no administrators reach it: whether this one may do this is not checked."


def _of_values(ioctl: IoctlReport) -> Iterator[str]:
    numbers = _paths(ioctl, _NUMBERS)
    if numbers:
        yield (
            f"Check {numbers} against the state of the device before it is an index, a length or part of"
            " arithmetic."
        )
    texts = _paths(ioctl, ("text",))
    if texts:
        yield f"Check {texts} before it is a name, a path or a part of either."
    for handle in ioctl.handles:
        yield f"`{handle.path}` is of the caller's choice: what is done with it must do no harm with any other."


def _paths(ioctl: IoctlReport, kinds: tuple[str, ...]) -> str:
    """Those that are left to the handler; empty for none."""
    paths = [f"`{each.path}`" for each in ioctl.unchecked if each.kind in kinds]
    more = f" and {len(paths) - _MOST_PATHS} more" if len(paths) > _MOST_PATHS else ""
    return ", ".join(paths[:_MOST_PATHS]) + more


def _of_memory(ioctl: IoctlReport) -> Iterator[str]:
    if ioctl.data is not None and ioctl.data.direction == "from":
        yield (
            "Nothing of the data buffer's content is checked, and the caller can change it meanwhile: copy once,"
            " check the copy, use the copy."
        )
    if ioctl.data is not None and ioctl.data.direction == "to":
        yield "The data buffer is memory of the caller: write what is the caller's to know, read nothing back."
    if ioctl.method == "neither":
        yield (
            "The caller can take its memory away while the handler runs, and then gets `fault` for a request"
            " that was carried out."
        )
    if ioctl.secrets:
        paths = ", ".join(f"`{each.path}`" for each in ioctl.secrets)
        yield f"What it copies of {paths} it must wipe itself (`kgen_wipe`)."


def _of_time(interface: Interface) -> Iterator[str]:
    if not interface.serialised:
        yield "It may run several times at once: state that it shares needs a lock."
