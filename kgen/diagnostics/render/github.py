"""Workflow commands of GitHub Actions: each diagnostic becomes an annotation in the diff."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.diagnostics.diagnostic import Diagnostic
from kgen.diagnostics.render.full import note_text
from kgen.diagnostics.render.style import visible


def render(diagnostics: Sequence[Diagnostic]) -> str:
    return "".join(_command(found) + "\n" for found in diagnostics)


def _command(found: Diagnostic) -> str:
    properties = {"title": found.code}
    if found.span:
        span = found.span
        properties = {"file": span.file.path, "line": str(span.line), "col": str(span.column)}
        properties["endLine"] = str(span.end_line)
        if span.end_line == span.line:  # GitHub counts the last column in
            properties["endColumn"] = str(max(span.column, span.end_column - 1))
        properties["title"] = found.code
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    remarks = [found.label, *map(note_text, found.notes)]
    if found.help:
        remarks.append(f"help: {found.help}")
    text = "\n".join(visible(remark) for remark in [found.message, *remarks] if remark)
    return f"::{found.severity} {listed}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
