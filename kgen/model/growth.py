"""Model: size-versioned structs, which are only ever appended to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kgen.diagnostics import Sink
    from kgen.model.entities import Struct


def check_growth(struct: Struct, sink: Sink) -> None:
    """Report each field that is older than the one before it (KG137)."""
    newest = (0, 0)
    for field in struct.fields:
        since = field.note.since or (0, 0)
        if since < newest:
            sink.error(
                "KG137",
                field.span,
                f"`{field.name}` is older than the field before it",
                label="a struct that grows is only appended to",
            )
        newest = max(newest, since)
