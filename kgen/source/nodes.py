"""The tree that a schema file is read into: mappings, sequences and untyped scalars, with places.

A node keeps its place as plain numbers; `span` is made when a diagnostic asks for it.
"""

from __future__ import annotations

from kgen.diagnostics import SourceFile, Span

NULL_WORDS = frozenset(["", "~", "null", "Null", "NULL"])


class Node:
    """A value in the source. `kind` names it in messages: "a list expected, found a mapping"."""

    __slots__ = ("column", "end_column", "end_line", "file", "line")

    kind = "a value"
    file: SourceFile
    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def span(self) -> Span:
        return Span(self.file, self.line, self.column, self.end_line, self.end_column)


class Scalar(Node):
    """One piece of text. `plain`: written without quotes. `style` is one of: '' ' " | > ."""

    __slots__ = ("plain", "style", "text")

    kind = "a single value"

    def __init__(
        self,
        file: SourceFile,
        line: int,
        column: int,
        end_line: int,
        end_column: int,
        text: str,
        style: str,
    ) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.end_line = end_line
        self.end_column = end_column
        self.text = text
        self.style = style
        self.plain = not style

    def __repr__(self) -> str:
        return f"Scalar({self.text!r})"

    @property
    def is_null(self) -> bool:
        """Nothing was written (or `~` or `null`, which YAML reads as nothing)."""
        return self.plain and self.text in NULL_WORDS


class Sequence(Node):
    """A list of nodes in source order."""

    __slots__ = ("items",)

    kind = "a list"

    def __init__(self, file: SourceFile, line: int, column: int) -> None:
        self.file = file
        self.line = self.end_line = line
        self.column = self.end_column = column
        self.items: list[Node] = []

    def __repr__(self) -> str:
        return f"Sequence({self.items!r})"


class Mapping(Node):
    """Key and value pairs in source order. Keys are scalars and unique (`load` reports others)."""

    __slots__ = ("_by_key", "entries")

    kind = "a mapping"

    def __init__(self, file: SourceFile, line: int, column: int) -> None:
        self.file = file
        self.line = self.end_line = line
        self.column = self.end_column = column
        self.entries: list[tuple[Scalar, Node]] = []
        self._by_key: dict[str, tuple[Scalar, Node]] | None = None

    def __repr__(self) -> str:
        return f"Mapping({self.entries!r})"

    def get(self, key: str) -> Node | None:
        """The value of `key`, or None if it is not there."""
        entry = self._entry(key)
        return entry[1] if entry else None

    def key(self, key: str) -> Scalar | None:
        """The node of the key itself, for its span; None if it is not there."""
        entry = self._entry(key)
        return entry[0] if entry else None

    def _entry(self, key: str) -> tuple[Scalar, Node] | None:
        if self._by_key is None:
            self._by_key = {entry[0].text: entry for entry in self.entries}
        return self._by_key.get(key)
