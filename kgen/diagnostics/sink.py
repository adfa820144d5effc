"""Collects the diagnostics of a run. Every phase gets the sink and reports into it; none raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics.diagnostic import ERROR, WARNING, Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgen.diagnostics.diagnostic import Note
    from kgen.diagnostics.span import Span


class Sink:
    """All diagnostics of one run.

    The gate between two phases reads: `mark = sink.error_count`, run the phase over everything,
    stop if `sink.failed_since(mark)`.
    """

    __slots__ = ("_found", "error_count")

    def __init__(self) -> None:
        self._found: list[Diagnostic] = []
        self.error_count = 0

    @property
    def has_errors(self) -> bool:
        return self.error_count > 0

    def failed_since(self, mark: int) -> bool:
        """Whether an error came in since `error_count` was `mark`."""
        return self.error_count > mark

    def error(
        self,
        code: str,
        span: Span | None,
        message: str,
        *,
        label: str | None = None,
        help: str | None = None,
        notes: Iterable[Note] = (),
    ) -> None:
        self.add(Diagnostic(code, ERROR, span, message, label, help, tuple(notes)))

    def warning(
        self,
        code: str,
        span: Span | None,
        message: str,
        *,
        label: str | None = None,
        help: str | None = None,
        notes: Iterable[Note] = (),
    ) -> None:
        self.add(Diagnostic(code, WARNING, span, message, label, help, tuple(notes)))

    def add(self, diagnostic: Diagnostic) -> None:
        self._found.append(diagnostic)
        self.error_count += diagnostic.severity == ERROR

    def sorted(self) -> list[Diagnostic]:
        """Everything by file, line, column and code; what was said twice is listed once."""
        unique = {found.place: found for found in reversed(self._found)}
        return [unique[place] for place in sorted(unique)]
