"""One JSON document for programs. Its keys are a public format: they are only ever added to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from kgen.diagnostics.diagnostic import ERROR, Diagnostic
from kgen.diagnostics.span import Span

_NO_PLACE = dict.fromkeys(("file", "line", "column", "end_line", "end_column"))


def render(diagnostics: Sequence[Diagnostic]) -> str:
    errors = sum(found.severity == ERROR for found in diagnostics)
    document = {
        "kgen_diagnostics": 1,
        "errors": errors,
        "warnings": len(diagnostics) - errors,
        "diagnostics": [_entry(found) for found in diagnostics],
    }
    return json.dumps(document, indent=2) + "\n"


def _entry(found: Diagnostic) -> dict[str, Any]:
    return {
        "code": found.code,
        "severity": found.severity,
        **_place(found.span),
        "message": found.message,
        "label": found.label,
        "help": found.help,
        "notes": [{"message": note.message, **_place(note.span)} for note in found.notes],
    }


def _place(span: Span | None) -> dict[str, Any]:
    return _NO_PLACE if span is None else {**span._asdict(), "file": span.file.path}
