"""Where the YAML parser gave up, with the surrounding text at hand for those who explain it."""

from __future__ import annotations

import re

from yaml.error import MarkedYAMLError

from kgen.diagnostics import SourceFile, Span
from kgen.record import NamedTuple

_COMMENT = re.compile(r"(?:^|\s)#.*")


class Stumble(NamedTuple):
    """`problem` and `context` are the parser's words; both parsers use much the same.

    The place is where the parser stopped, `opened_*` where the thing begins that it was reading.
    Lines and columns count from 1.
    """

    file: SourceFile
    problem: str
    context: str
    line: int
    column: int
    opened_line: int
    opened_column: int
    at_end: bool

    @property
    def character(self) -> str:
        """What stands where the parser stopped; empty at the end of a line."""
        return self.file.line(self.line)[self.column - 1 : self.column]

    @property
    def before(self) -> str:
        """The line up to where the parser stopped."""
        return self.file.line(self.line)[: self.column - 1]

    @property
    def opening(self) -> str:
        """The character that begins what the parser was reading."""
        return self.file.line(self.opened_line)[self.opened_column - 1 : self.opened_column]

    @property
    def span(self) -> Span:
        return self.span_of(self.line, self.column, 1)

    @property
    def opening_span(self) -> Span:
        return self.span_of(self.opened_line, self.opened_column, 1)

    def span_of(self, line: int, column: int, length: int) -> Span:
        return Span(self.file, line, column, line, column + length)

    def rest_of(self, line: int, column: int) -> tuple[str, Span]:
        """The text from a place to the end of its line, without a comment."""
        text = _COMMENT.sub("", self.file.line(line)[column - 1 :]).rstrip()
        return text, self.span_of(line, column, max(1, len(text)))

    def line_above(self) -> int:
        """The nearest line above that says anything; 0 if there is none."""
        number = self.line - 1
        while number and not _COMMENT.sub("", self.file.line(number)).strip():
            number -= 1
        return number


def stumble(error: MarkedYAMLError, file: SourceFile) -> Stumble:
    mark = error.problem_mark or error.context_mark
    opened = error.context_mark or mark
    assert mark is not None, "a parser's error has a place"
    assert opened is not None
    return Stumble(
        file,
        error.problem or "",
        error.context or "",
        mark.line + 1,
        mark.column + 1,
        opened.line + 1,
        opened.column + 1,
        not file.text[mark.index :].strip(),
    )
