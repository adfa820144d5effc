"""Source: the canonical form of a schema. What a file says and what its comments say never changes.

Two spaces of indentation, keys in the order of the language, quotes only where they are needed,
`{…}` where the author wrote it and it fits. docs/cli.md has the rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kgen.diagnostics import Sink, SourceFile
from kgen.source.attach import Entry, attach
from kgen.source.comments import Gaps
from kgen.source.load import parse
from kgen.source.nodes import Mapping, Node, Scalar, Sequence
from kgen.source.quote import can_be_plain, looks_typed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgen.source.comments import BlockText

WIDTH = 100
_STEP = 2
_BLOCK = ("|", ">")


class Place(Protocol):
    """What the language knows of a mapping (kgen.schema.order)."""

    @property
    def spaced(self) -> bool:
        """A blank line stands between its entries where one of them has several lines."""

    def order(self, keys: list[str], flow: bool) -> list[str]:
        """The keys in canonical order."""

    def below(self, key: str) -> Place:
        """The place of that key's value."""

    def is_quoted(self, key: str) -> bool:
        """Whether its value is always quoted."""


def format_text(text: str, path: str, top: Place, sink: Sink) -> str | None:
    """The canonical form of a schema's text; None after reporting that it is not valid YAML.

    Line ends are `\\n`. Raises AssertionError rather than give back a text that says something else.
    """
    file = _normalised(path, text)
    tree = parse(file, sink)
    if tree is None:
        return None
    if not tree.entries:
        return file.text
    gaps = Gaps(file, tree)
    root = attach(file, tree, gaps)
    result = "\n".join(_Writer(file, gaps).file(root, top)) + "\n"
    _check_same(file, tree, gaps, result)
    return result


def _normalised(path: str, text: str) -> SourceFile:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return SourceFile(path, text if text.endswith("\n") else text + "\n")


class _Writer:
    def __init__(self, file: SourceFile, gaps: Gaps) -> None:
        self.source = file
        self.texts = gaps.texts

    def file(self, root: Entry, top: Place) -> list[str]:
        lines = _trimmed([*root.above, *self._block(root, top, 0)])
        end = root.below
        if end and self._keeps(root) and not end[0]:
            end = end[1:]
        return [*lines, *end]

    def _block(self, parent: Entry, place: Place, indent: int) -> list[str]:
        pad = " " * indent
        entries = parent.children = self._ordered(parent, place, False)
        lines: list[str] = []
        before: Entry | None = None
        was_long = False
        for entry in entries:
            written = self._entry(entry, place, indent)
            is_long = len(written) > 1 and not isinstance(entry.value, Scalar)
            apart = entry.blank or (place.spaced and (is_long or was_long))
            if before is not None and apart and (before.below or not self._keeps(before)):
                lines.append("")
            lines += _padded(entry.above, pad)
            lines += written
            before, was_long = entry, is_long
        return lines

    def _ordered(self, parent: Entry, place: Place, flow: bool) -> list[Entry]:
        if not isinstance(parent.value, Mapping):
            return parent.children
        by_key = {entry.order: entry for entry in parent.children}
        return [by_key[key] for key in place.order(list(by_key), flow)]

    def _entry(self, entry: Entry, place: Place, indent: int) -> list[str]:
        """The lines of an entry, without the comments above it."""
        pad = " " * indent
        head = f"{pad}-" if entry.key is None else f"{pad}{self._one_line(entry.key, False)}:"
        after = f"  {entry.after}" if entry.after else ""
        if isinstance(entry.value, Scalar):
            forced = place.is_quoted(entry.order)
            lines = self._scalar(entry.value, head, indent, after, forced)
            return lines + _padded(entry.below, pad + " " * _STEP)
        below = place.below(entry.order) if entry.key is not None else place
        if entry.flow and (not entry.is_commented or not entry.children):
            inline = self._inline(entry, below)
            fits = inline is not None and len(head) + 1 + len(inline) <= WIDTH
            if fits or not entry.children:
                return [*_padded(entry.below, pad), f"{head} {inline}{after}"]
        lines = [head + after, *self._block(entry, below, indent + _STEP)]
        end = entry.below
        if end and not end[0] and self._keeps(entry):
            end = end[1:]
        return lines + _padded(end, pad + " " * _STEP)

    def _keeps(self, entry: Entry) -> bool:
        """Whether its last child ends in a text to which every empty line below belongs (`|+`)."""
        while entry.children:
            entry = entry.children[-1]
            if entry.below:
                return False
        value = entry.value
        return isinstance(value, Scalar) and value.style in _BLOCK and self._text(value).keeps

    def _text(self, scalar: Scalar) -> BlockText:
        return self.texts[scalar.span.line]

    # Values

    def _inline(self, entry: Entry, place: Place) -> str | None:
        """A value on one line; None where it has a text of several lines."""
        parts: list[str] = []
        for child in self._ordered(entry, place, True):
            written: str | None
            if not isinstance(child.value, Scalar):
                below = place.below(child.order) if child.key is not None else place
                written = self._inline(child, below)
            elif "\n" in child.value.text or child.value.style in _BLOCK:
                written = None
            else:
                written = self._one_line(child.value, True, place.is_quoted(child.order))
            if written is None:
                return None
            key = "" if child.key is None else f"{self._one_line(child.key, True)}: "
            parts.append(key + written)
        text = ", ".join(parts)
        return f"{{{text}}}" if isinstance(entry.value, Mapping) else f"[{text}]"

    def _scalar(
        self, scalar: Scalar, head: str, indent: int, after: str, forced: bool
    ) -> list[str]:
        span = scalar.span
        if scalar.style in _BLOCK:
            return self._block_text(scalar, head, indent, after)
        if span.end_line == span.line or forced:
            text = self._one_line(scalar, False, forced)
            return [f"{head} {text}{after}" if text else head + after]
        lines = self._several_lines(scalar)
        pad = " " * (indent + _STEP)
        if len(head) + 1 + len(lines[0]) <= WIDTH:
            written = [f"{head} {lines[0]}", *_padded(lines[1:], pad)]
        else:
            written = [head, *_padded(lines, pad)]
        return [*written[:-1], written[-1] + after]

    def _block_text(self, scalar: Scalar, head: str, indent: int, after: str) -> list[str]:
        text = self._text(scalar)
        pad = " " * (indent + (text.digit or _STEP))
        return [f"{head} {text.header}{after}", *_padded(text.lines, pad)]

    def _several_lines(self, scalar: Scalar) -> list[str]:
        """The lines of a quoted or plain text as they are, without what indents them."""
        span = scalar.span
        lines = [self.source.line(number) for number in range(span.line, span.end_line + 1)]
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        return [
            line if line.rstrip().endswith("\\") else line.rstrip() for line in map(_left, lines)
        ]

    def _one_line(self, scalar: Scalar, flow: bool, forced: bool = False) -> str:
        text, span = scalar.text, scalar.span
        if scalar.style == '"' and span.line == span.end_line:
            raw = self.source.line(span.line)[span.column - 1 : span.end_column - 1]
            if "\\" in raw.replace("\\\\", "").replace('\\"', ""):
                return raw
        if forced and not scalar.is_null:
            return quoted(text)
        if scalar.plain:
            return text
        return text if can_be_plain(text, flow) and not looks_typed(text) else quoted(text)


def _left(line: str) -> str:
    return line.lstrip(" \t")


def _padded(lines: Iterable[str], pad: str) -> list[str]:
    return [pad + line if line else "" for line in lines]


def _trimmed(lines: list[str]) -> list[str]:
    return lines[1:] if lines and not lines[0] else lines


def _check_same(file: SourceFile, tree: Mapping, gaps: Gaps, result: str) -> None:
    """A formatter that changes what a file says would be worse than none."""
    written = SourceFile(file.path, result)
    again = parse(written, Sink())
    assert again is not None, f"{file.path}: the formatted text is not valid"
    assert _same(tree, again), f"{file.path}: formatting would change a value"
    before = sorted(comment.text for comment in gaps.comments)
    after = sorted(comment.text for comment in Gaps(written, again).comments)
    assert before == after, f"{file.path}: formatting would lose a comment"


def _same(first: Node, second: Node) -> bool:
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.by_key.keys() == second.by_key.keys() and all(
            _same(value, second.by_key[key][1]) for key, (_, value) in first.by_key.items()
        )
    if isinstance(first, Sequence) and isinstance(second, Sequence):
        return len(first.items) == len(second.items) and all(map(_same, first.items, second.items))
    if isinstance(first, Scalar) and isinstance(second, Scalar):
        return first.text == second.text and first.is_null == second.is_null
    return False
