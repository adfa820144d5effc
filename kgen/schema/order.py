"""Schema: the order of keys in a formatted file, taken from the table of keys (kgen.schema.shapes).

In `{…}` keys stand as in the table. In a block a short description reads best first: what the short
form stands for, `doc`, single values, and then what lists many names. A mapping of names keeps the
author's order, for it may be the order of memory.
"""

from __future__ import annotations

from kgen.record import NamedTuple
from kgen.schema.shapes import SHAPES

_LISTING = ("map:", "conditions")
_QUOTED = ("version", "mode")


class Place(NamedTuple):
    """A mapping of a schema file."""

    shape: str
    """A key of SHAPES; empty where nothing is known."""
    named: bool = False
    """Its keys are names, and each value has that shape."""
    spaced: bool = False
    """A blank line stands between its entries where one of them has several lines."""

    def order(self, keys: list[str], flow: bool) -> list[str]:
        """The keys in canonical order, unknown ones last."""
        if self.named or not self.shape:
            return keys
        shape = SHAPES[self.shape]
        ranks: dict[str, tuple[int, int]] = {}
        for number, key in enumerate(shape.keys):
            group = 2
            if not flow and self.shape != "file":
                if key.name == shape.short_key:
                    group = 0
                elif key.name == "doc":
                    group = 1
                elif key.kind.startswith(_LISTING):
                    group = 3
            ranks[key.name] = (group, number)
        return sorted(keys, key=lambda key: ranks.get(key, (4, 0)))

    def below(self, key: str) -> Place:
        """The place of that key's value."""
        if self.named or not self.shape:
            return Place(self.shape)
        kind, _, shape = self._kind(key).partition(":")
        if kind == "shape":
            return Place(shape)
        if kind == "map":
            return Place(shape, named=True, spaced=self.shape == "file")
        return Place("field", named=True) if kind == "message" else Place("")

    def is_quoted(self, key: str) -> bool:
        """Whether its value is always quoted: versions and modes look like numbers."""
        return not self.named and self._kind(key) in _QUOTED

    def _kind(self, key: str) -> str:
        keys = SHAPES[self.shape].keys if self.shape else ()
        return next((known.kind for known in keys if known.name == key), "")


TOP = Place("file", spaced=True)
