"""Values for the fields that conditions read, found by descent: the alternating variable method.

Each goal has a distance from being met, as search-based testing measures branches (Korel 1990): a number is moved by
whatever brings the sum down, and where nothing does, the search begins again elsewhere. It is exact, bounded, and the
same everywhere; what it does not find may still exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from kgen.model.evaluate import apply
from kgen.model.predicates import Comparison, FieldRef
from kgen.model.predicates import Number as Constant
from kgen.record import NamedTuple
from kgen.targets._rules import compare, comparisons, names, numbers, read, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from kgen.model.predicates import Operand, Predicate
    from kgen.targets._rules import Holds, Path, Slot

    State = Sequence[int]
    """The value of each slot."""
    Number = Callable[[State], int]
    Places = Mapping[Path, int]
    """Where in the state a field is."""

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

    def distance(self, places: Mapping[int, int]) -> Number:
        return self._distance(self.rule.condition.predicate, self.wanted, _named(self.rule, places))

    def _distance(self, predicate: Predicate, wanted: bool, places: Places) -> Number:
        if predicate is self.forced:
            far = 0 if self.taken == wanted else _FAR
            return lambda state: far
        if isinstance(predicate, Comparison):
            return _apart(predicate, wanted, places)
        if predicate.operator == "not":
            return self._distance(predicate.terms[0], not wanted, places)
        parts = [self._distance(term, wanted, places) for term in predicate.terms]
        if (predicate.operator == "and") == wanted:
            return lambda state: sum([part(state) for part in parts])
        return lambda state: min([part(state) for part in parts])


class Gap(NamedTuple):
    """One comparison's left side is so far above its right side."""

    rule: Holds
    comparison: Comparison
    gap: int

    def distance(self, places: Mapping[int, int]) -> Number:
        named, gap = _named(self.rule, places), self.gap
        left, right = _amount(self.comparison.left, named), _amount(self.comparison.right, named)
        return lambda state: abs(left(state) - right(state) - gap)


def _named(rule: Holds, places: Mapping[int, int]) -> Places:
    return {path: places[slot.at] for path, slot in rule.slots.items()}


def _apart(comparison: Comparison, wanted: bool, places: Places) -> Number:
    """How far a comparison is from what is wanted of it."""
    operator = comparison.operator if wanted else _OPPOSITE[comparison.operator]
    left, right = _amount(comparison.left, places), _amount(comparison.right, places)

    def distance(state: State) -> int:
        one, other = left(state), right(state)
        return 0 if compare(operator, one, other) else abs(one - other) + 1

    return distance


def _amount(operand: Operand, places: Places) -> Number:
    """One side of a comparison, as a function of the numbers."""
    if isinstance(operand, Constant):
        constant = operand.value
        return lambda state: constant
    if isinstance(operand, FieldRef):
        place = places[names(operand)]
        return lambda state: state[place]
    operator = operand.operator
    left, right = _amount(operand.left, places), _amount(operand.right, places)
    return lambda state: apply(operator, left(state), right(state))


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
    found = {slot.at: slot for goal in goals for slot in goal.rule.slots.values()}
    slots = [found[at] for at in sorted(found)]
    state = [read(message, slot.at, slot.type) for slot in slots]
    free = [i for i, slot in enumerate(slots) if not slot.fixed and not _meets(slot, pinned)]
    solved = _Search(goals, slots, free).run(state)
    if solved is None:
        return None
    for slot, value in zip(slots, solved, strict=True):
        message = write(message, slot.at, slot.type, value)
    return message


def _meets(slot: Slot, pinned: range) -> bool:
    return bool(pinned) and slot.at < pinned.stop and pinned.start < slot.at + slot.type.size


class _Search:
    """Numbers for the slots, of which those that are free may change."""

    def __init__(self, goals: Sequence[Goal], slots: Sequence[Slot], free: Sequence[int]) -> None:
        places = {slot.at: i for i, slot in enumerate(slots)}
        self.distances = [goal.distance(places) for goal in goals]
        self.slots, self.free = slots, free
        said = {number for goal in goals for number in numbers(goal.rule.condition.predicate)}
        self.steps = sorted(said)

    def run(self, start: list[int]) -> list[int] | None:
        chance = _chance()
        state, least, patience = start, (_FAR, 0), _PATIENCE
        for restart in range(_RESTARTS):
            cost, state = self.descend(state)
            if cost == (0, 0):
                return state
            patience = _PATIENCE if cost < least else patience - 1
            least = min(least, cost)
            if not self.free or patience == 0:
                return None
            state = self.scattered(start, chance, restart)
        return None

    def descend(self, state: list[int]) -> tuple[tuple[int, int], list[int]]:
        """The best move, again and again, until no move is better."""
        cost = self.cost(state)
        for _ in range(_STEPS):
            best = min(
                ((self.cost(moved), moved) for moved in self.moves(state, cost[1])),
                default=((_FAR, 0), state),
            )
            if cost == (0, 0) or best[0] >= cost:
                break
            cost, state = best
        return cost, state

    def cost(self, state: State) -> tuple[int, int]:
        """How many goals are not met, and how far that is in all."""
        distances = [distance(state) for distance in self.distances]
        return len(distances) - distances.count(0), sum(distances)

    def moves(self, state: list[int], far: int) -> Iterator[list[int]]:
        for i in self.free if far else ():
            for value in _choices(self.slots[i], state[i], [*self.steps, *state], far):
                if value != state[i]:
                    yield [*state[:i], value, *state[i + 1 :]]

    def scattered(self, state: State, chance: Iterator[int], restart: int) -> list[int]:
        """Another place to begin at: any value of each number, or one that a move could give."""
        moved = list(state)
        for i in self.free:
            slot = self.slots[i]
            choices = _choices(slot, state[i], self.steps, 1 << restart % 64)
            moved[i] = choices[next(chance) % len(choices)]
            if restart % 2 and not slot.values and slot.mask is None:
                moved[i] = slot.low + next(chance) % (slot.high - slot.low + 1)
        return moved


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


def _chance() -> Iterator[int]:
    """Numbers that look random and are the same everywhere (SplitMix64)."""
    state = 0
    while True:
        state = (state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        mixed = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
        yield mixed ^ mixed >> 31
