"""Source: the comments, blank lines and block texts of a schema, which the tree does not keep. For `format`.

Lines and columns count from 1, as in Span.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgen.record import NamedTuple
from kgen.source.nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.diagnostics import SourceFile

_WHOLE = 1 << 30
"""Beyond the end of every line."""
_HEADER = re.compile(r"[|>][+-]?([1-9]?)[+-]?")


class Comment(NamedTuple):
    line: int
    column: int
    text: str
    """From the `#` on, without space at its end."""
    alone: bool
    """Nothing but the comment is on its line."""
    blank: bool
    """A blank line is above it."""


class BlockText(NamedTuple):
    """A text written with `|` or `>`."""

    header: str
    """`|`, `>-`, `|2+`."""
    digit: int
    """Indentation that the header states, 0 where it states none."""
    lines: list[str]
    """Without their indentation. With `+` the empty lines at the end belong to it."""
    last: int
    """Line number of the last of them, or of the header."""

    @property
    def keeps(self) -> bool:
        return "+" in self.header


def block_text(file: SourceFile, scalar: Scalar, outer: int) -> BlockText:
    """The lines of a block text; `outer` is the column of the collection that it stands in."""
    span = scalar.span
    match = _HEADER.match(file.line(span.line), span.column - 1)
    assert match, "a block text begins with its mark"
    digit = int(match[1] or 0)
    indent = outer - 1 + digit if digit else None
    widest = outer
    number = last = span.line
    end = file.text.count("\n")
    while number < end:
        number += 1
        line = file.line(number)
        spaces = len(line) - len(line.lstrip(" "))
        if indent is None and spaces < len(line):
            indent = max(widest, spaces)
        if spaces == len(line) and (indent is None or spaces <= indent):
            widest = max(widest, spaces)
            continue
        assert indent is not None
        if spaces < indent:
            break
        last = number
    text = BlockText(match[0], digit, [], last)
    if text.keeps:
        while last < end and not file.line(last + 1).strip(" "):
            last += 1
    lines = [file.line(number)[indent or 0 :] for number in range(span.line + 1, last + 1)]
    return text._replace(lines=lines, last=last)


class Gaps:
    """What is in the text between the scalars of a tree: comments and blank lines."""

    def __init__(self, file: SourceFile, top: Node) -> None:
        self.file = file
        self._covered: dict[int, list[tuple[int, int]]] = {}
        self.texts: dict[int, BlockText] = {}
        """The block texts by the line of their header."""
        self._cover(top, 0)
        self.comments = list(self._comments())

    def is_blank(self, line: int) -> bool:
        """Whether the line is there, empty, and no part of a text."""
        return line > 0 and line not in self._covered and not self.file.line(line).strip()

    def _cover(self, node: Node, outer: int) -> None:
        if isinstance(node, Mapping):
            for key, value in node.entries:
                self._cover(key, node.span.column)
                self._cover(value, node.span.column)
        elif isinstance(node, Sequence):
            for item in node.items:
                self._cover(item, node.span.column)
        elif isinstance(node, Scalar):
            self._cover_scalar(node, outer)

    def _cover_scalar(self, scalar: Scalar, outer: int) -> None:
        span = scalar.span
        if scalar.style in ("|", ">"):
            text = self.texts[span.line] = block_text(self.file, scalar, outer)
            lines = range(span.line + 1, text.last + 1)
            self._covered.update((line, [(0, _WHOLE)]) for line in lines)
            return
        for line in range(span.line, span.end_line + 1):
            start = span.column if line == span.line else 0
            end = span.end_column if line == span.end_line else _WHOLE
            if end > start:
                self._covered.setdefault(line, []).append((start, end))

    def _comments(self) -> Iterator[Comment]:
        for line in range(1, self.file.text.count("\n") + 1):
            text = self.file.line(line)
            covered = self._covered.get(line, [])
            for match in re.finditer("#", text):
                column = match.start() + 1
                if any(start <= column < end for start, end in covered):
                    continue
                alone = not text[: column - 1].strip()
                yield Comment(
                    line, column, text[column - 1 :].rstrip(), alone, self.is_blank(line - 1)
                )
                break
