"""A sample of the mutation check: mutants of every part of the examples' cores, caught as docs/mutation.md says.

`make mutation` tries all of them.
"""

from __future__ import annotations

import pytest

from tests.mutation.equivalent import reason
from tests.mutation.program import RULES, Program, mutated
from tests.mutation.rungs import by_seeds, by_vectors

CAUGHT_BY_VECTORS = ("never true", "one value more", "right left out", "not found")
"""Kinds of changes of an example's own checks, each of which some vector notices."""
CAUGHT_BY_SEEDS = ("any status", "not called")
"""Kinds that are about what a handler does."""


@pytest.fixture(scope="module", params=["vault", "tour"])
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Program:
    return mutated(request.param, tmp_path_factory.mktemp("mutation"))


def sample(program: Program, kinds: tuple[str, ...], most: int) -> list[int]:
    """Mutants of the interface's own core, spread evenly over those of each kind."""
    found: list[int] = []
    for kind in kinds:
        numbers = [
            one.number
            for one in program.mutants
            if one.kind == kind and one.file not in RULES and reason(one) is None
            and one.function.startswith(FUNCTIONS[kind])
        ]  # fmt: skip
        step = max(1, len(numbers) * len(kinds) // most)
        found += numbers[::step]
    return found


FUNCTIONS = {
    "never true": ("check_",),
    "one value more": ("is_",),
    "right left out": ("operations",),
    "not found": ("find",),
    "any status": ("run_",),
    "not called": ("tidy_",),
}


def test_vectors_notice(program: Program) -> None:
    numbers = sample(program, CAUGHT_BY_VECTORS, 40)
    assert len(numbers) >= 12
    missed = set(numbers) - set(by_vectors(program, numbers, 2))
    assert not missed, [program.mutants[number - 1] for number in missed]


def test_the_fuzzer_notices(program: Program) -> None:
    numbers = sample(program, CAUGHT_BY_SEEDS, 10)
    assert len(numbers) >= 4
    missed = set(numbers) - set(by_seeds(program, numbers, 2))
    assert not missed, [program.mutants[number - 1] for number in missed]
