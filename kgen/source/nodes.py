"""The tree that a schema file is read into: mappings, sequences and untyped scalars, with places.

A node keeps its place as the two marks of the YAML parser, which cost nothing; `span` is made
when a diagnostic asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import SourceFile, Span

if TYPE_CHECKING:
    from typing import Protocol

    class Mark(Protocol):
        """A place in the text as PyYAML gives it: line and column count from 0."""

        @property
        def line(self) -> int: ...

        @property
        def column(self) -> int: ...


NULL_WORDS = frozenset(["", "~", "null", "Null", "NULL"])


class Node:
    """A value in the source. `kind` names it in messages: "expected a list, found a mapping"."""

    __slots__ = ("_file", "_start", "end")

    kind = "a value"

    def __init__(self, file: SourceFile, start: Mark, end: Mark) -> None:
        self._file = file
        self._start = start
        self.end = end

    @property
    def span(self) -> Span:
        start, end = self._start, self.end
        return Span(self._file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


class Scalar(Node):
    """One piece of text. `style` is the quote `'` or `"`, the block mark `|` or `>`, or nothing.

    The span of a quoted scalar includes the quotes; that of a block scalar is empty, at its mark.
    """

    __slots__ = ("style", "text")

    kind = "a single value"

    def __init__(self, file: SourceFile, start: Mark, end: Mark, text: str, style: str) -> None:
        # Not through super(): most of a tree is scalars, and the call would double their cost.
        self._file = file
        self._start = start
        self.end = end
        self.text = text
        self.style = style

    def __repr__(self) -> str:
        return f"Scalar({self.text!r})"

    @property
    def plain(self) -> bool:
        """Written without quotes and not as a block."""
        return not self.style

    @property
    def is_null(self) -> bool:
        """Nothing was written, or one of the words that YAML reads as nothing."""
        return not self.style and self.text in NULL_WORDS


class Sequence(Node):
    """A list of nodes in source order."""

    __slots__ = ("items",)

    kind = "a list"

    def __init__(self, file: SourceFile, start: Mark, end: Mark) -> None:
        super().__init__(file, start, end)
        self.items: list[Node] = []

    def __repr__(self) -> str:
        return f"Sequence({self.items!r})"


class Mapping(Node):
    """Key and value pairs in source order. No key is there twice."""

    __slots__ = ("by_key",)

    kind = "a mapping"

    def __init__(self, file: SourceFile, start: Mark, end: Mark) -> None:
        super().__init__(file, start, end)
        self.by_key: dict[str, tuple[Scalar, Node]] = {}

    def __repr__(self) -> str:
        return f"Mapping({self.entries!r})"

    @property
    def entries(self) -> list[tuple[Scalar, Node]]:
        return list(self.by_key.values())

    def get(self, key: str) -> Node | None:
        """The value of `key`, or None if it is not there."""
        entry = self.by_key.get(key)
        return entry[1] if entry else None

    def key(self, key: str) -> Scalar | None:
        """The node of the key itself, for its span; None if it is not there."""
        entry = self.by_key.get(key)
        return entry[0] if entry else None
