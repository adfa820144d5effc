"""Did-you-mean: the known name that an unknown one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable

# Beyond this a name is not a slip of the hand, and the quadratic distance would cost real time.
MAX_LENGTH = 64


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate nearest to `name`, or None when nothing is near.

    Near is at most one slip (a letter missing, extra, wrong, or two swapped) in three letters;
    case, `-` and `_` do not count. Of equally near ones the first by alphabet is taken.
    """
    if not name or len(name) > MAX_LENGTH:
        return None
    wanted = _folded(name)
    best: tuple[int, str] | None = None
    for candidate in candidates:
        limit = max(len(name), len(candidate)) // 3
        if len(candidate) > MAX_LENGTH or abs(len(name) - len(candidate)) > limit:
            continue
        distance = _distance(wanted, _folded(candidate))
        if distance <= limit and (best is None or (distance, candidate) < best):
            best = (distance, candidate)
    return best[1] if best else None


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")


def _distance(a: str, b: str) -> int:
    """Optimal string alignment: insert, delete, replace and swap of neighbours each cost 1."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
