"""One line per diagnostic: clickable in editors and terminals, and good for grep."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.diagnostics.diagnostic import ERROR, Diagnostic
from kgen.diagnostics.render.style import paint, severity_role, visible


def render(diagnostics: Sequence[Diagnostic], color: bool) -> str:
    return "".join(headline(found, color) + "\n" for found in diagnostics)


def headline(found: Diagnostic, color: bool = False) -> str:
    """`schemas/sensor.yaml:42:16: error[KG104]: message`; without a place, from `error` on."""
    place = f"{visible(str(found.span))}: " if found.span else ""
    kind = paint(f"{found.severity}[{found.code}]", severity_role(found.severity), color)
    return f"{paint(place, 'bold', color)}{kind}: {paint(visible(found.message), 'bold', color)}"


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning in 3 files; `kgen explain KG104` tells more`; empty if there are none."""
    if not diagnostics:
        return ""
    errors = sum(found.severity == ERROR for found in diagnostics)
    counts = [(errors, "error"), (len(diagnostics) - errors, "warning")]
    text = ", ".join(_counted(number, noun) for number, noun in counts if number)
    files = len({found.span.file.path for found in diagnostics if found.span})
    place = f" in {_counted(files, 'file')}" if files else ""
    return f"{text}{place}; `kgen explain {diagnostics[0].code}` tells more"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
