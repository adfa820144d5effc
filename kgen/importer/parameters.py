"""What the parameters of a macro do to the code that it makes: proven by what it comes to for several arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_STEPS = (1, 2, 5)
_SHIFTS = {"nr": 0, "size": 16}
"""Where an _IOC number has them (asm-generic/ioctl.h)."""


def points(count: int) -> list[tuple[int, ...]]:
    """Arguments to try: all 0, each alone at several values, and all at once."""
    alone = [
        tuple(step if at == index else 0 for at in range(count))
        for index in range(count)
        for step in _STEPS
    ]
    return [(0,) * count, *alone, tuple(range(2, 2 + count))]


def roles(count: int, values: Sequence[int | None]) -> tuple[str, ...] | None:
    """What each parameter is, by the values at `points(count)`: `nr`, `size`, or empty where it does nothing.

    None where one is something else, or two are the same.
    """
    known = [value for value in values if value is not None]
    if len(known) != len(points(count)):
        return None
    first, *alone, together = known
    found = []
    for index in range(count):
        taken = alone[index * len(_STEPS) : (index + 1) * len(_STEPS)]
        differences = [value - first for value in taken]
        word = next(
            (
                word
                for word, shift in _SHIFTS.items()
                if differences == [step << shift for step in _STEPS]
            ),
            "" if not any(differences) else None,
        )
        if word is None or (word and word in found):
            return None
        found.append(word)
    moved = sum(
        value << _SHIFTS[word]
        for word, value in zip(found, range(2, 2 + count), strict=True)
        if word
    )
    return tuple(found) if together - first == moved else None
