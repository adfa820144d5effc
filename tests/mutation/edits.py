"""Text that is wrapped in other text: insertions into a source, nested as the syntax is."""

from __future__ import annotations

from typing import NamedTuple


class Insertion(NamedTuple):
    """`text` at `offset`; what wraps the larger piece of source stands outside."""

    offset: int
    closes: bool
    size: int
    """Of the piece that is wrapped, in bytes: larger pieces open earlier and close later."""
    order: int
    """Among pieces of one size: the first stands outside."""
    text: str


class Edits:
    """Wrappings of pieces of one source, which nest as they come."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.insertions: list[Insertion] = []

    def wrap(self, start: int, end: int, before: str, after: str) -> None:
        order = len(self.insertions)
        self.insertions.append(Insertion(start, False, end - start, order, before))
        self.insertions.append(Insertion(end, True, end - start, order, after))

    def insert(self, offset: int, text: str) -> None:
        """Text between two pieces: what closes there closes before it, what opens opens behind it."""
        self.insertions.append(Insertion(offset, False, 1 << 30, len(self.insertions), text))

    def text(self, start: int, end: int) -> str:
        return self.source[start:end].decode()

    def result(self) -> str:
        made, at = [], 0
        for one in sorted(self.insertions, key=_place):
            made += [self.source[at : one.offset].decode(), one.text]
            at = one.offset
        return "".join([*made, self.source[at:].decode()])


def _place(one: Insertion) -> tuple[int, int, int, int]:
    if one.closes:
        return (one.offset, 0, one.size, -one.order)
    return (one.offset, 1, -one.size, one.order)
