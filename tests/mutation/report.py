"""The result of a mutation check: a page for readers, and what a test needs to notice that it is out of date."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from tests.mutation.mutants import Mutant

NOTHING = "nothing"
SAME = "the same program"
SHARED = "what all interfaces share"
RUNGS = ("vectors", "fuzzer", "memory", SAME, NOTHING)


class Fate(NamedTuple):
    """What becomes of a mutant."""

    program: str
    mutant: Mutant
    rung: str
    how: str
    """What told it apart, or why nothing can."""


KINDS = {
    "never true": "a check is left out: its condition never holds",
    "term left out": "a term of a condition is left out",
    "one more": "a bound, count, length or size is one more",
    "one less": "a bound, count, length or size is one less",
    "one value more": "an enum has one value more",
    "one bit less": "a mask does not have its lowest bit",
    "the opposite": "a check answers the opposite",
    "always true": "a comparison always holds",
    "always false": "a comparison never holds",
    "always the first": "of two values, always the first",
    "always the second": "of two values, always the second",
    "one of the two": "the smaller or larger of two is always the same one",
    "not called": "memory is not zeroed, copied, scrubbed or wiped; nothing is traced",
    "not set": "an assignment is left out",
    "not done": "an assignment like `+=` is left out",
    "not found": "a code is not known",
    "any status": "a handler's status is passed on, whatever it is",
    "right left out": "an access right is not needed",
    "other direction": "data goes the other way",
    "no data": "there is no data buffer",
    "no secret": "memory that held a secret is not wiped",
    "any length": "data need not be whole elements",
}
"""What each kind of mutant is."""


def page(fates: list[Fate], today: date, texts: dict[str, str]) -> str:
    """Markdown; `texts` has the fingerprint of the mutated sources by program."""
    programs = sorted({fate.program for fate in fates})
    totals = [_row(name, [fate for fate in fates if fate.program == name]) for name in programs]
    kinds = [
        _row(f"{kind}: {KINDS[kind]}", [fate for fate in fates if fate.mutant.kind == kind])
        for kind in sorted({fate.mutant.kind for fate in fates})
    ]
    files = [
        _row(f"`{file}`", [fate for fate in fates if fate.mutant.file == file])
        for file in sorted({fate.mutant.file for fate in fates})
    ]
    return PAGE.format(
        today=today.isoformat(),
        total=len(fates),
        programs=" and ".join(f"`{name}`" for name in sorted(texts)),
        totals=_table("of", [*totals, _row("all", fates)]),
        kinds=_table("what is changed", kinds),
        files=_table("file", files),
        same=_reasons([fate for fate in fates if fate.rung == SAME]),
        alive=_alive([fate for fate in fates if fate.rung == NOTHING]),
        texts="\n".join(f"- `{name}`: `{text}`" for name, text in sorted(texts.items())),
    )


def _row(head: str, fates: list[Fate]) -> list[str]:
    counts = Counter(fate.rung for fate in fates)
    return [head, str(len(fates)), *(str(counts[rung]) for rung in RUNGS)]


def _table(head: str, rows: list[list[str]]) -> str:
    lines = [[head, "mutants", *RUNGS], ["---", *["---:"] * (len(RUNGS) + 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _reasons(fates: list[Fate]) -> str:
    reasons: dict[str, list[Mutant]] = {}
    for fate in fates:
        reasons.setdefault(fate.how, []).append(fate.mutant)
    rows = []
    for why, mutants in sorted(reasons.items()):
        places = sorted({f"`{mutant.function}`" for mutant in mutants})
        rows.append(f"| {len(mutants)} | {', '.join(places)} | {why} |")
    return "\n".join(["| mutants | in | why nobody can tell |", "|---:|---|---|", *rows])


def _alive(fates: list[Fate]) -> str:
    if not fates:
        return "None.\n"
    rows = [f"- `{one.mutant.where}`: {one.mutant.kind}: `{one.mutant.what}`" for one in fates]
    return "\n".join([*rows, ""])


def fingerprint(mutants: Iterable[Mutant]) -> str:
    """Of all mutants of a program but for where they are: another where a check is another."""
    text = "\n".join(f"{one.file} {one.function} {one.kind} {one.what}" for one in mutants)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


PAGE = """\
# Mutation check

Each check of a generated core is taken back or weakened, one at a time, and has to be noticed: by the
[vectors](vectors.md), by the [fuzzer](fuzzing.md), or by MemorySanitizer. What nothing notices is a check that nobody
tests, or one that does nothing.

```sh
make mutation
```

It reads `generated/<name>/core` of {programs} with libclang and puts all mutants into one program, behind a number that
is set while it runs. With number 0 that program is the one that kgen generates.

| rung | what it does |
|---|---|
| vectors | the checked-in vectors, on the simulator with the example's handlers, under AddressSanitizer and UBSan: another status, `Information`, byte, trace or plan than that of the intact core, or a report |
| fuzzer | its seeds, then a corpus that it made of the intact core, then time of its own for each mutant that is left; handlers that do anything |
| memory | the fuzzer's inputs under MemorySanitizer: bytes that nobody wrote |
| the same program | nobody who calls can tell; the reasons are below |

Functions that only write the text of the trace are left out (`kgen_rule_name`, `kgen_place_text` and what they call): they
check nothing, and nothing of them reaches a caller. `kgen_handles.h`, which the adapters run, is looked at as the simulator
runs it: vectors with handles are sent by a 64-bit and by a 32-bit program, and afterwards no object is held.

## Result

{today}, {total} mutants.

{totals}

Left, with no reason why:

{alive}
## By what is changed

{kinds}

## By file

{files}

## The same program

{same}

A test sees to it that this page is about the cores as they are. Their fingerprints:

{texts}
"""
