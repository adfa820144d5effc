"""The page docs/corpus.md."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from benchmarks.roundtrip import COMPILERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.corpus import Answer, Summary
    from benchmarks.elsewhere import Elsewhere
    from benchmarks.roundtrip import Trip

_ROWS: tuple[tuple[str, Callable[[Summary], str]], ...] = (
    ("Debian package", lambda each: each.corpus.package),
    ("ABIs", lambda each: ", ".join(each.corpus.abis)),
    ("headers with codes", lambda each: f"{len(each.answers):,}"),
    ("which compile alone, or behind the usual headers", lambda each: f"{len(each.good):,}"),
    ("codes", lambda each: f"{sum(one.codes for one in each.good):,}"),
    ("codes that are another number", lambda each: str(sum(len(one.wrong) for one in each.good))),
    ("records", lambda each: f"{sum(one.records for one in each.good):,}"),
    ("of the same layout on each ABI", lambda each: f"{sum(one.same for one in each.good):,}"),
    ("seconds of the import, on 2 processors (their own time)", lambda each: f"{each.seconds:.0f}"),
)
_WHY = {
    "KG711": "macros that are text or a floating-point number",
    "KG712": "codes that are another number for each argument, or on each ABI",
    "KG713": "records that are told as bytes",
    "KG714": "constants that are not the same on each ABI",
    "KG718": "codes that are made of what no included header declares",
}
_BY_NAME = ("KG712", "KG713", "KG718")
"""Those of which each is listed."""
_KINDS = {
    "code": "codes",
    "sizeof": "sizes",
    "alignof": "alignments",
    "offset": "offsets of members",
    "bits": "bit-fields",
    "constant": "constants, and values of enums",
}


def page(summaries: Sequence[Summary], day: str) -> str:
    """Markdown."""
    lines = [
        "# Every header with codes that Debian has",
        "",
        f"Written by `make corpus` on {day}. [import.md](import.md) says how a header is read.",
        "",
        *_table(
            [each.corpus.name for each in summaries],
            [(what, [value(each) for each in summaries]) for what, value in _ROWS],
        ),
        "",
        "Each schema was held against clang: sizes, alignments, offsets and bit positions of every record, and every number.",
        "",
        *_round_trip(summaries),
        "",
        *_elsewhere(summaries),
        "",
        "## What falls short",
    ]
    for each in summaries:
        lines += ["", f"### {each.corpus.name}", "", *_short(each)]
    return "\n".join([*lines, ""])


def _table(names: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    return [
        f"| | {' | '.join(names)} |",
        f"|---|{'---:|' * len(names)}",
        *(f"| {what} | {' | '.join(values)} |" for what, values in rows),
    ]


def _round_trip(summaries: Sequence[Summary]) -> list[str]:
    by_abi: dict[str, list[Trip]] = {}
    for each in summaries:
        for one in each.good:
            for trip in one.trips:
                name = trip.abi if each.corpus.others else f"{trip.abi}, {each.corpus.name}"
                by_abi.setdefault(name, []).append(trip)
    trips = list(by_abi.values())
    rows = [
        ("compiler", [f"`{' '.join(COMPILERS[each[0].abi])}`" for each in trips]),
        ("headers, each beside the generated one", [f"{len(each):,}" for each in trips]),
        *((what, [_of(each, kind) for each in trips]) for kind, what in _KINDS.items()),
        (
            "records that have a name, all of it the same",
            [
                _share(
                    sum(len(one.records) - len(one.wrong) for one in each),
                    sum(len(one.records) for one in each),
                )
                for each in trips
            ],
        ),
    ]
    return [
        "## Round trip",
        "",
        "Header → schema → header: `kgen build` made a header of each schema, and the same compiler compiled both, each alone.",
        "The numbers in the two object files were compared; of a bit-field the bytes of a record in which it alone is all ones.",
        "",
        *_table(list(by_abi), rows),
    ]


def _elsewhere(summaries: Sequence[Summary]) -> list[str]:
    by_abi: dict[str, list[Elsewhere]] = {}
    for summary in summaries:
        for one in summary.good:
            for each in one.elsewhere:
                by_abi.setdefault(each.abi, []).append(each)
    rows = []
    for abi, found in by_abi.items():
        good = [each for each in found if not each.broken]
        records = sum(each.records for each in good)
        cells = [
            f"{len(good):,} of {len(found):,}",
            f"{sum(each.codes for each in good):,}",
            f"{records:,}",
            f"{sum(len(each.unlike) for each in good):,}",
            f"{sum(len(each.wrong) for each in good):,}",
        ]
        rows.append((f"{abi}", cells))
    return [
        "## Other ABIs",
        "",
        "Each schema, read for the two usual ABIs, was held against what clang says on every other one of its system. Where a",
        "header says something else there (`asm/`, `#if`), it was imported again for all ABIs at once, and held against clang anew.",
        "",
        *_table(
            [
                "headers that compile there",
                "codes",
                "records",
                "not the same: the header differs there",
                "not the same once read there, too",
            ],
            rows,
        ),
    ]


def _wrong_elsewhere(summary: Summary) -> list[tuple[Answer, str]]:
    """What is not right though it was read there; and what does not compile there."""
    found: dict[tuple[str, str], list[str]] = {}
    by_header = {one.header: one for one in summary.good}
    for one in summary.good:
        for each in one.elsewhere:
            for text in (
                *each.wrong,
                *([f"does not compile: {each.broken}"] if each.broken else []),
            ):
                found.setdefault((one.header, text), []).append(each.abi)
    return [
        (by_header[header], f"{text} ({', '.join(abis)})") for (header, text), abis in found.items()
    ]


def _of(trips: Sequence[Trip], kind: str) -> str:
    same, asked = (
        sum(counts.get(kind, 0) for counts in each)
        for each in ([one.same for one in trips], [one.asked for one in trips])
    )
    return _share(same, asked)


def _share(same: int, asked: int) -> str:
    return f"{same:,}" if same == asked else f"{same:,} of {asked:,}"


def _short(summary: Summary) -> list[str]:
    """What falls short of one corpus."""

    def near(one: Answer) -> str:
        return os.path.relpath(one.header, summary.corpus.root)

    lines = [f"- `{near(one)}` does not compile: {one.broken}" for one in summary.answers if one.broken]  # fmt: skip
    lines += [f"- `{near(one)}`: {wrong}" for one in summary.good for wrong in one.wrong]
    differs = [(one, text) for one in summary.good for text in _differences(one.trips)]
    if differs:
        lines += ["", "Not the same after the round trip:", ""]
        lines += [f"- `{near(one)}`: {text}" for one, text in differs]
    wrong = _wrong_elsewhere(summary)
    if wrong:
        lines += ["", "On other ABIs:", ""]
        lines += [f"- `{near(one)}`: {text}" for one, text in wrong]
    for code, why in _WHY.items():
        found = [(one, text) for one in summary.good for kind, text in one.left if kind == code]
        if found and code in _BY_NAME:
            lines += ["", f"{code}, {why}:", ""]
            lines += [f"- `{near(one)}`: {text}" for one, text in found]
        elif found:
            lines += ["", f"{code}, {why}: {len(found)}."]
    return lines


def _differences(trips: Sequence[Trip]) -> list[str]:
    """Each once, with the ABIs where it is so."""
    where: dict[str, list[str]] = {}
    for trip in trips:
        for text in trip.differences:
            where.setdefault(text, []).append(trip.abi)
    return [f"{text} ({', '.join(abis)})" for text, abis in where.items()]
