"""Inspection: which byte of a struct belongs to which field, as rows of letters."""

from __future__ import annotations

from string import ascii_letters
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.abi import RecordLayout

ROW = 16
HOLE = "."
MORE = "+"
"""Of a tail: at its first byte, and what follows is as long as the count says."""


def letters(layout: RecordLayout) -> list[str]:
    """A letter for each field, and for the 53rd the first one again."""
    return [ascii_letters[number % len(ascii_letters)] for number in range(len(layout.fields))]


def byte_map(layout: RecordLayout) -> Iterator[str]:
    """Rows of 16 bytes behind their offset: a letter for a field, `.` for padding, `+` where a tail begins.

    Rows of one field only that repeat the row before are left out, told by `*`.
    """
    cells = [HOLE] * layout.size
    for letter, item in zip(letters(layout), layout.fields, strict=True):
        for at in range(item.offset, item.offset + (item.size or 0)):
            # Bit-fields of C share bytes: the first one has them.
            if cells[at] == HOLE:
                cells[at] = letter
    if layout.tail is not None:
        cells.append(MORE)
    before, skipping = "", False
    for start in range(0, len(cells), ROW):
        row = cells[start : start + ROW]
        text = " ".join("".join(row[at : at + 4]) for at in range(0, len(row), 4))
        if text == before and len(set(row)) == 1:
            if not skipping:
                yield "*"
            skipping = True
            continue
        before, skipping = text, False
        yield f"{start:5}  {text}"
