"""Values for the fields that conditions read, found by descent: the alternating variable method.

Each goal has a distance from being met, as search-based testing measures branches (Korel 1990): a number is moved by
whatever brings the sum down, and where nothing does, the search begins again elsewhere. It is exact, bounded, and the
same everywhere; what it does not find may still exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from kgen.model.predicates import Comparison
from kgen.record import NamedTuple
from kgen.targets._rules import amount, compare, comparisons, numbers, read, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kgen.model.predicates import Predicate
    from kgen.targets._rules import Holds, Path, Slot

    Values = Mapping[Path, int]

_RESTARTS = 40
_PATIENCE = 12
"""Restarts in a row that come no closer."""
_STEPS = 80
_FAR = 1 << 70
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_JUST = {"<=": (0, 1), "<": (-1, 0), ">=": (0, -1), ">": (1, 0), "==": (0, 1), "!=": (1, 0)}
"""How far left is above right where a comparison only just holds, and where it only just does not."""


class Whether(NamedTuple):
    """The condition is true or false; one of its comparisons may be taken for either."""

    rule: Holds
    wanted: bool
    forced: Comparison | None = None
    taken: bool = False

    def distance(self, message: bytes) -> int:
        return self._distance(self.rule.condition.predicate, self.wanted, self.rule.values(message))

    def _distance(self, predicate: Predicate, wanted: bool, values: Values) -> int:
        if predicate is self.forced:
            return 0 if self.taken == wanted else _FAR
        if isinstance(predicate, Comparison):
            operator = predicate.operator if wanted else _OPPOSITE[predicate.operator]
            left, right = amount(predicate.left, values), amount(predicate.right, values)
            return 0 if compare(operator, left, right) else abs(left - right) + 1
        if predicate.operator == "not":
            return self._distance(predicate.terms[0], not wanted, values)
        parts = [self._distance(term, wanted, values) for term in predicate.terms]
        return sum(parts) if (predicate.operator == "and") == wanted else min(parts)


class Gap(NamedTuple):
    """One comparison's left side is so far above its right side."""

    rule: Holds
    comparison: Comparison
    gap: int

    def distance(self, message: bytes) -> int:
        values = self.rule.values(message)
        left, right = amount(self.comparison.left, values), amount(self.comparison.right, values)
        return abs(left - right - self.gap)


Goal = Union[Whether, Gap]


def edge(rule: Holds, comparison: Comparison, inside: bool, *, near: bool) -> list[list[Goal]]:
    """Lists of goals, any of which will do: this comparison alone makes the rule hold (`inside`) or not.

    `near`: it only just does.
    """
    truth = inside == _is_plain(rule.condition.predicate, comparison)
    decisive: list[Goal] = [
        Whether(rule, inside),
        Whether(rule, inside, comparison, truth),
        Whether(rule, not inside, comparison, not truth),
    ]
    gap = _JUST[comparison.operator][0 if truth else 1]
    if not near:
        return [decisive]
    gaps = [gap, -gap] if comparison.operator in ("==", "!=") and gap else [gap]
    return [[*decisive, Gap(rule, comparison, each)] for each in gaps]


def _is_plain(predicate: Predicate, comparison: Comparison) -> bool:
    """Whether the predicate is nearer to true with the comparison true: an even number of `not` above it."""
    if isinstance(predicate, Comparison):
        return predicate is comparison
    inner = [_is_plain(term, comparison) for term in predicate.terms]
    if predicate.operator == "not":
        return any(found is comparison for found in comparisons(predicate)) and not inner[0]
    return any(inner)


def solve(message: bytes, goals: Iterable[Goal], pinned: range = range(0)) -> bytes | None:
    """The message with numbers of the goals' rules changed so that all are met; None where none was found.

    What lies in `pinned`, and what other parts of a message depend on, stays as it is.
    """
    goals = list(goals)
    slots = _slots(goals, pinned)
    steps = sorted({number for goal in goals for number in numbers(goal.rule.condition.predicate)})
    chance = _chance()
    found, least, patience = message, (_FAR, 0), _PATIENCE
    for restart in range(_RESTARTS):
        cost = _cost(found, goals)
        for _ in range(_STEPS):
            if cost == (0, 0):
                return found
            best = min(
                ((_cost(moved, goals), moved) for moved in _moves(found, slots, steps, cost[1])),
                default=((_FAR, 0), found),
            )
            if best[0] >= cost:
                break
            cost, found = best
        patience = _PATIENCE if cost < least else patience - 1
        least = min(least, cost)
        if not slots or patience == 0:
            return None
        found = _scatter(message, slots, steps, chance, restart)
    return None


def _slots(goals: Sequence[Goal], pinned: range) -> list[Slot]:
    found: dict[int, Slot] = {}
    for goal in goals:
        for slot in goal.rule.slots.values():
            if not slot.fixed and slot.at not in pinned:
                found[slot.at] = slot
    return [found[at] for at in sorted(found)]


def _cost(message: bytes, goals: Iterable[Goal]) -> tuple[int, int]:
    distances = [goal.distance(message) for goal in goals]
    return sum(distance > 0 for distance in distances), sum(distances)


def _moves(
    message: bytes, slots: Sequence[Slot], steps: Sequence[int], far: int
) -> Iterator[bytes]:
    held = [read(message, slot.at, slot.type) for slot in slots]
    for slot, now in zip(slots, held, strict=True):
        for value in _choices(slot, now, [*steps, *held], far):
            if value != now:
                yield write(message, slot.at, slot.type, value)


def _choices(slot: Slot, now: int, near: Iterable[int], far: int) -> list[int]:
    """Values that the slot may have, and that may bring a goal closer; sorted."""
    if slot.values:
        return list(slot.values)
    if slot.mask is not None:
        mask = slot.mask
        bits = [1 << bit for bit in range(64) if mask >> bit & 1]
        return sorted({0, mask, *(now ^ bit for bit in bits), *(value & mask for value in near)})
    wanted = {slot.low, slot.high, now + 1, now - 1, now >> 1, now << 1}
    for distance in (far, far - 1, far + 1, far >> 1, far >> 8):
        wanted |= {now + distance, now - distance}
    for value in near:
        wanted |= {value, value - 1, value + 1, -value, now + far * value, now - far * value}
    return sorted(value for value in wanted if slot.low <= value <= slot.high)


def _scatter(
    message: bytes, slots: Sequence[Slot], steps: Sequence[int], chance: Iterator[int], restart: int
) -> bytes:
    """Another place to begin at: any value of each number, or one that a move could give."""
    for slot in slots:
        choices = _choices(slot, read(message, slot.at, slot.type), steps, 1 << restart % 64)
        value = choices[next(chance) % len(choices)]
        if restart % 2 and not slot.values and slot.mask is None:
            value = slot.low + next(chance) % (slot.high - slot.low + 1)
        message = write(message, slot.at, slot.type, value)
    return message


def _chance() -> Iterator[int]:
    """Numbers that look random and are the same everywhere (SplitMix64)."""
    state = 0
    while True:
        state = (state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        mixed = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
        yield mixed ^ mixed >> 31
