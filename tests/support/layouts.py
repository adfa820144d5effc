"""Schemas up to their layouts, without targets and without files to write."""

from __future__ import annotations

import os
from typing import Any

from kgen import model, schema, source
from kgen.abi import Layouts, lay_out
from kgen.diagnostics import Diagnostic, Sink, SourceFile
from kgen.source import parse

HEAD = """\
kgen: 1
interface: lamp
version: "1.2"
windows: {device_type: 0x8A17, sddl: admins}
linux: {magic: 0xB9}
"""


def analyse(
    text: str, folder: str = ".", path: str = "lamp.yaml"
) -> tuple[Layouts | None, list[Diagnostic]]:
    """The layouts of a schema's text, and what was found; imports are looked up in `folder`."""
    sink = Sink()

    def load(name: Any, _: Sink) -> schema.File | None:
        nodes = source.load(os.path.join(folder, name.text), name.text, sink)
        return None if nodes is None else schema.parse(nodes, sink)

    nodes = parse(SourceFile(path, text), sink)
    file = schema.parse(nodes, sink) if nodes is not None else None
    interface = model.resolve(file, sink, load) if file is not None else None
    layouts = lay_out(interface, sink) if interface is not None else None
    return layouts, sink.sorted()


def layouts_of(text: str, folder: str = ".") -> Layouts:
    """The layouts of a text that has no errors."""
    layouts, found = analyse(text, folder)
    assert layouts is not None, [f"{each.span}: {each.code} {each.message}" for each in found]
    return layouts


def layouts_of_file(path: str | os.PathLike[str]) -> Layouts:
    """The layouts of a schema file that has no errors."""
    with open(path, encoding="utf-8") as file:
        return layouts_of(file.read(), os.path.dirname(path))
