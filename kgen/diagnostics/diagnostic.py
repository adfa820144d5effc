"""What kgen says about a source: a stable code plus data. Renderers turn it into text."""

from __future__ import annotations

from kgen.diagnostics.span import Span
from kgen.record import NamedTuple

ERROR = "error"
WARNING = "warning"


class Note(NamedTuple):
    """A second fact that explains a diagnostic, such as where the first definition stands."""

    message: str
    span: Span | None = None


class Diagnostic(NamedTuple):
    """One finding. `code` is its identity (`KG104`); the wording may change at any time.

    `message` is one lower-case phrase with names in backticks. `label` says what is wrong at the
    marked place, `help` says what to do about it.
    """

    code: str
    severity: str
    span: Span | None
    message: str
    label: str | None = None
    help: str | None = None
    notes: tuple[Note, ...] = ()

    @property
    def place(self) -> tuple[str, int, int, str, str]:
        """Where it is listed, and what makes two diagnostics one: file, line, column, code, message."""
        if self.span is None:
            return ("", 0, 0, self.code, self.message)
        return (self.span.file.path, self.span.line, self.span.column, self.code, self.message)
