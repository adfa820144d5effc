"""What kgen has against a schema with an overlay on it, at the place of the overlay that it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen import source
from kgen.diagnostics import Note, Sink
from kgen.source import Mapping

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict
    from collections.abc import Sequence

    from kgen.diagnostics import Span
    from kgen.diagnostics.diagnostic import Diagnostic
    from kgen.importer.laying import Path
    from kgen.source import Node


def blame(
    refused: Sequence[Diagnostic], origins: Dict[Path, Span], whole: Span
) -> list[Diagnostic]:
    """The diagnostics of a schema's text with spans of the overlay; `whole` where none of it is nearer."""
    result = []
    for each in refused:
        path = _path(each.span) if each.span is not None else ()
        span = _nearest(path, origins)
        label = each.label if span is not None else f"with this overlay, in `{'.'.join(path)}`"
        notes = tuple(Note(note.message) for note in each.notes)
        result.append(each._replace(span=span or whole, label=label, notes=notes))
    return result


def _path(span: Span) -> Path:
    """Keys down to the node in which a place is."""
    node: Node | None = source.parse(span.file, Sink())
    at = (span.line, span.column)
    path: list[str] = []
    while isinstance(node, Mapping):
        inside = None
        for key, value in node.entries:
            start = (key.span.line, key.span.column)
            if start <= at < (value.span.end_line, value.span.end_column):
                path.append(key.text)
                inside = value
        node = inside
    return tuple(path)


def _nearest(path: Path, origins: Dict[Path, Span]) -> Span | None:
    """Of what stands there, in it or around it; the deepest."""
    related = [each for each in origins if each[: len(path)] == path[: len(each)]]
    return origins[max(related, key=len)] if path and related else None
