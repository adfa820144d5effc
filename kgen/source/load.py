"""Schema file -> tree of nodes. The first phase: whatever is wrong with the YAML ends here."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from yaml.error import MarkedYAMLError

from kgen.diagnostics import Sink, SourceFile, Span
from kgen.source.nodes import Mapping, Scalar
from kgen.source.parser import event_parser
from kgen.source.read import check_characters, read
from kgen.source.tree import build

if TYPE_CHECKING:
    from collections.abc import Callable

    from kgen.source.nodes import Node
    from kgen.source.parser import EventParser


def load(path: str, display: str, sink: Sink) -> Mapping | None:
    """The schema in the file `path`, shown to the user as `display`.

    None after reporting errors (KG001 to KG029, KG040 to KG042); nothing is raised for any content of the file.
    """
    file = read(path, display, sink)
    return None if file is None else parse(file, sink)


def parse(file: SourceFile, sink: Sink) -> Mapping | None:
    """The schema in a text that is at hand. As `load`."""
    return parse_with(event_parser, file, sink)


def parse_with(
    make_parser: Callable[[str], EventParser], file: SourceFile, sink: Sink
) -> Mapping | None:
    """As `parse`, with a given YAML parser."""
    if not check_characters(file, sink):
        return None
    found = Sink()
    collecting = gc.isenabled()
    # Nothing here becomes garbage, and looking for it takes as long as the reading.
    gc.disable()
    try:
        top = build(file, make_parser(file.text), found)
    except MarkedYAMLError as problem:
        found = _with_syntax_error(problem, file, found)
        top = None
    finally:
        if collecting:
            gc.enable()
    if not found.has_errors:
        _check_top(top, file, found)
    for diagnostic in found.sorted():
        sink.add(diagnostic)
    return top if isinstance(top, Mapping) and not found.has_errors else None


def _with_syntax_error(problem: MarkedYAMLError, file: SourceFile, found: Sink) -> Sink:
    """The syntax error, and what was found on lines above it; the rest may follow from it."""
    # Imported here: a schema without syntax errors needs none of it.
    from kgen.source import syntax

    kept = Sink()
    syntax.report(problem, file, kept)
    error = kept.sorted()[0]
    for diagnostic in found.sorted():
        if diagnostic.place < error.place and diagnostic.place[1] != error.place[1]:
            kept.add(diagnostic)
    return kept


def _check_top(top: Node | None, file: SourceFile, sink: Sink) -> None:
    if top is None or (isinstance(top, Scalar) and top.is_null):
        sink.error(
            "KG008",
            Span(file, 1, 1, 1, 1),
            "the file is empty",
            help="start with `kgen: 1` and `interface: NAME`",
        )
    elif not isinstance(top, Mapping):
        sink.error(
            "KG010",
            top.span,
            f"a schema is a mapping, found {top.kind}",
            help="start with `kgen: 1` and `interface: NAME`",
        )
