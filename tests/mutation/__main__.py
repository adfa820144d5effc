"""The mutation check: each check of a generated core taken back or weakened, one at a time, and what catches it.

    python -m tests.mutation [EXAMPLE...] [--write docs/mutation.md] [--seconds 20] [--warm-up 60] [--workers 2]

Exit status 1 where a mutant is caught by nothing and no reason is known why nobody could notice it, or where one is
caught in spite of such a reason.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

from tests.mutation.equivalent import SAME as SAMES
from tests.mutation.equivalent import reason
from tests.mutation.mutants import Mutant
from tests.mutation.program import RULES, Program, mutated
from tests.mutation.report import NOTHING, SAME, SHARED, Fate, fingerprint, page
from tests.mutation.rungs import Caught, by_corpus, by_fuzzer, by_memory, by_vectors

EXAMPLES = ("vault", "tour")


class Checks:
    """All mutants of the examples, those of a header that they share once, and what became of them."""

    def __init__(self, programs: list[Program]) -> None:
        self.programs = programs
        self.places: dict[tuple[str, int], dict[str, Mutant]] = {}
        """A mutant by program, by its file and its place among those of the file."""
        self.fates: dict[tuple[str, int], Fate] = {}
        for program in programs:
            counts: Counter[str] = Counter()
            for mutant in program.mutants:
                key = (mutant.file, counts[mutant.file])
                counts[mutant.file] += 1
                self.places.setdefault(key, {})[program.name] = mutant

    def left(self, program: Program) -> list[int]:
        return [
            places[program.name].number
            for key, places in self.places.items()
            if key not in self.fates and program.name in places
        ]

    def caught(self, rung: str, program: Program, how: Caught) -> None:
        for key, places in self.places.items():
            mutant = places.get(program.name)
            if mutant is not None and mutant.number in how:
                name = SHARED if mutant.file in RULES else program.name
                self.fates.setdefault(key, Fate(name, mutant, rung, how[mutant.number]))
        _say(f"{program.name}: {rung}: {len(how)} caught, {len(self.left(program))} left")


def fates(programs: list[Program], seconds: int, warm_up: int, workers: int) -> list[Fate]:
    """What becomes of each mutant of the examples."""
    checks = Checks(programs)
    reasons = {
        program.name: {m.number: why for m in program.mutants if (why := reason(m)) is not None}
        for program in programs
    }
    for program in programs:
        _say(f"{program.name}: {len(program.mutants)} mutants")
        checks.caught("vectors", program, by_vectors(program, checks.left(program), workers))
    for program in programs:
        checks.caught("fuzzer", program, by_corpus(program, checks.left(program), workers, warm_up))
    for program in programs:
        # No time is spent on those for which there is a reason.
        numbers = [n for n in checks.left(program) if n not in reasons[program.name]]
        checks.caught("fuzzer", program, by_fuzzer(program, numbers, workers, seconds))
    for program in programs:
        checks.caught("memory", program, by_memory(program, checks.left(program), workers))
    for program in programs:
        checks.caught(SAME, program, reasons[program.name])
        checks.caught(NOTHING, program, dict.fromkeys(checks.left(program), ""))
    return [checks.fates[key] for key in checks.places]


def wrong(result: list[Fate]) -> list[str]:
    """Mutants that live, and reasons that are none."""
    alive = [f"nothing catches {_text(fate.mutant)}" for fate in result if fate.rung == NOTHING]
    for same in SAMES:
        rungs = [fate.rung for fate in result if same.matches(fate.mutant)]
        if rungs and SAME not in rungs:
            alive.append(f"all are caught for which there is a reason: {same}")
    return alive


def _text(mutant: Mutant) -> str:
    return f"{mutant.where}: {mutant.kind}: {mutant.what}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("examples", nargs="*", metavar="EXAMPLE")
    parser.add_argument("--write", metavar="PAGE", help="the page with the result")
    parser.add_argument("--seconds", type=int, default=20, help="of the fuzzer, for each mutant")
    parser.add_argument("--warm-up", type=int, default=60, help="seconds for the corpus")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        programs = [mutated(name, Path(folder)) for name in options.examples or EXAMPLES]
        result = fates(programs, options.seconds, options.warm_up, options.workers)
        texts = {program.name: fingerprint(program.mutants) for program in programs}
    problems = wrong(result)
    print("\n".join(problems) or f"all of {len(result)} mutants are caught, or the same program")
    if options.write:
        Path(options.write).write_text(page(result, date.today(), texts), encoding="utf-8")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
