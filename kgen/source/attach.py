"""Source: a tree with its comments -> entries that carry theirs along, wherever they are moved. For `format`.

A comment on a line of its own belongs to the entry below it, or, indented deeper than that, to the
end of the block above. A comment after something belongs to the entry that ends there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.source.nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from kgen.diagnostics import SourceFile
    from kgen.source.comments import Comment, Gaps

_Place = tuple[int, int]
_END: _Place = (1 << 30, 0)


class Entry:
    """A key with its value, or an item of a list (`key` None)."""

    __slots__ = ("above", "after", "below", "blank", "children", "flow", "key", "value")

    def __init__(self, key: Scalar | None, value: Node) -> None:
        self.key = key
        self.value = value
        self.blank = False
        """A blank line is above it and its comments."""
        self.above: list[str] = []
        """Comments, and `` for a blank line."""
        self.after = ""
        """The comment on its line."""
        self.children: list[Entry] = []
        self.below: list[str] = []
        """Comments after the last of the children, inside the block."""
        self.flow = False
        """The value is written `{…}` or `[…]`."""

    @property
    def is_commented(self) -> bool:
        """Whether a comment is inside the value."""
        return bool(self.below) or any(
            child.above or child.after or child.is_commented for child in self.children
        )

    @property
    def order(self) -> str:
        return self.key.text if self.key is not None else ""


def attach(file: SourceFile, top: Mapping, gaps: Gaps) -> Entry:
    """An entry without key whose value is the whole file; `above` is what comes before the first key."""
    reader = _Reader(file, gaps)
    root = Entry(None, top)
    root.flow = reader.is_flow(top)
    root.children = reader.children(root, False)
    rest = reader.take(_END)
    if root.flow:
        reader.put(root.below, rest)
    else:
        rest = reader.sink_below(root.children[-1], rest, top.span.column)
        reader.put(root.below, rest)
    first = root.children[0]
    root.above, first.above = first.above, []
    return root


class _Reader:
    def __init__(self, file: SourceFile, gaps: Gaps) -> None:
        self.file = file
        self.gaps = gaps
        self._next = 0

    def is_flow(self, node: Node) -> bool:
        span = node.span
        return self.file.line(span.line)[span.column - 1 : span.column] in ("{", "[")

    def children(self, parent: Entry, in_flow: bool) -> list[Entry]:
        node = parent.value
        flow = in_flow or parent.flow
        entries: list[Entry] = []
        if isinstance(node, Mapping):
            entries = [Entry(key, value) for key, value in node.entries]
        elif isinstance(node, Sequence):
            entries = [Entry(None, value) for value in node.items]
        starts = [_start(entry.key or entry.value) for entry in entries]
        limits = [*starts[1:], _end(node)] if flow else [_END] * len(starts)
        for number, entry in enumerate(entries):
            pending = self.take(starts[number])
            if number and not flow:
                pending = self.sink_below(entries[number - 1], pending, node.span.column)
            self._lead(entry, pending, starts[number])
            self._value(entry, limits[number], flow)
        return entries

    def take(self, limit: _Place) -> list[Comment]:
        """The comments before a place that were not taken yet."""
        first, comments = self._next, self.gaps.comments
        while self._next < len(comments) and _place(comments[self._next]) < limit:
            self._next += 1
        return comments[first : self._next]

    def put(self, texts: list[str], comments: list[Comment]) -> None:
        for comment in comments:
            if comment.blank:
                texts.append("")
            texts.append(comment.text)

    def sink_below(self, entry: Entry, pending: list[Comment], column: int) -> list[Comment]:
        """Give `entry` the comments that stand deeper than `column`; what is left of them."""
        for number, comment in enumerate(pending):
            owner = _owner(entry, comment.column) if comment.column > column else None
            if owner is None:
                return pending[number:]
            self.put(owner.below, [comment])
        return []

    def _lead(self, entry: Entry, comments: list[Comment], start: _Place) -> None:
        blank = self.gaps.is_blank(start[0] - 1)
        entry.blank = comments[0].blank if comments else blank
        self.put(entry.above, comments)
        if entry.above and not entry.above[0]:
            del entry.above[0]
        if comments and blank:
            entry.above.append("")

    def _value(self, entry: Entry, limit: _Place, in_flow: bool) -> None:
        value = entry.value
        start = _start(value)
        line = entry.key.span.line if entry.key is not None else start[0]
        if isinstance(value, Scalar):
            for comment in self.take(start):
                self._follow(entry, comment)
            end = value.span.line if value.style in ("|", ">") else value.span.end_line
            self._trailing(entry, end, limit)
            return
        entry.flow = in_flow or self.is_flow(value)
        self._trailing(entry, line, start)
        entry.children = self.children(entry, in_flow)
        if entry.flow:
            for comment in self.take(_end(value)):
                entry.below.append(comment.text)
            self._trailing(entry, value.span.end_line, limit)

    def _trailing(self, entry: Entry, line: int, limit: _Place) -> None:
        comments = self.gaps.comments
        if self._next < len(comments) and comments[self._next].line == line:
            for comment in self.take(min(limit, (line + 1, 0))):
                self._follow(entry, comment)

    def _follow(self, entry: Entry, comment: Comment) -> None:
        if comment.alone or entry.after:
            entry.above.append(comment.text)
        else:
            entry.after = comment.text


def _owner(entry: Entry, column: int) -> Entry | None:
    """The innermost open block that a comment in that column continues."""
    found = None
    while not entry.flow:
        value = entry.value
        if isinstance(value, Scalar):
            key = entry.key
            is_open = value.is_null and key is not None and column > key.span.column
            return entry if is_open else found
        if value.span.column > column:
            return found
        found = entry
        entry = entry.children[-1]
    return found


def _place(comment: Comment) -> _Place:
    return comment.line, comment.column


def _start(node: Node) -> _Place:
    span = node.span
    return span.line, span.column


def _end(node: Node) -> _Place:
    span = node.span
    return span.end_line, span.end_column
