"""A target for tests: a list of the ioctls in C and in Python, a copied file, an author's file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kgen.targets.target import Output, Target

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model import Interface


class Entry(NamedTuple):
    name: str
    doc: str


class Listing(NamedTuple):
    name: str
    doc: str
    entries: list[Entry]


def outputs(interface: Interface, layouts: Layouts) -> list[Output]:
    entries = [Entry(ioctl.name, ioctl.note.doc) for ioctl in interface.ioctls]
    view = Listing(interface.name, interface.note.doc, entries)
    handlers = tuple(f"{interface.name}_on_{entry.name}" for entry in entries)
    return [
        Output(f"{interface.name}.h", "fake/list.h.j2", view),
        Output(f"python/{interface.name}.py", "fake/list.py.j2", view),
        Output("runtime.h", None, source="fake/runtime.h"),
        Output("handlers.c", "fake/handlers.c.j2", view, author=True, handlers=handlers),
    ]


TARGET = Target(
    name="fake",
    doc="Lists the ioctls.",
    capabilities=frozenset({"method_direct", "no_linux"}),
    needs=(),
    outputs=outputs,
)
