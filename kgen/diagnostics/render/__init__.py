"""Renderers: diagnostics -> text. One module per format; none prints."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.diagnostics.diagnostic import Diagnostic
from kgen.diagnostics.render.concise import headline, summary

FORMATS = ("full", "concise", "json", "github")

__all__ = ["FORMATS", "headline", "render", "summary"]


def render(diagnostics: Sequence[Diagnostic], format: str = "full", *, color: bool = False) -> str:
    """All diagnostics in one of FORMATS, ending in a line break unless there is nothing to say.

    `color` adds terminal colours; only `full` and `concise` have any. `full` ends with the
    summary line.
    """
    # Imported as needed: a build without findings needs none, and one format is enough.
    if format == "full":
        from kgen.diagnostics.render import full

        return full.render(diagnostics, color)
    if format == "json":
        from kgen.diagnostics.render import json

        return json.render(diagnostics)
    if format == "github":
        from kgen.diagnostics.render import github

        return github.render(diagnostics)
    if format == "concise":
        from kgen.diagnostics.render import concise

        return concise.render(diagnostics, color)
    raise ValueError(f"no diagnostics format `{format}`")
