"""How exactly `kgen import` reads the headers that there are: every header of mingw-w64 and of the Linux uapi that has codes.

    python -m benchmarks.corpus [--write docs/corpus.md]

The headers are those of the Debian packages mingw-w64-common and linux-libc-dev. Each is imported alone, for the ABI
of 64 and of 32 bits of its system; codes, sizes, alignments, offsets and bit positions are then compared with
what clang says, as the import itself does before it writes anything. What falls short is listed by name.
"""

from __future__ import annotations

import argparse
import datetime
import os
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from kgen.abi.abis import BY_NAME
from kgen.diagnostics import Sink

CORES = 2
CODES = re.compile(r"CTL_CODE(_\w+)?\s*\(|\b\w*_IO(C|R|W|WR)?(_BAD|_\w+)?\s*\(|DRM_IO")


class Corpus(NamedTuple):
    name: str
    package: str
    root: str
    folders: tuple[str, ...]
    """Below the root; each is looked through with all that is in it."""
    abis: tuple[str, ...]


CORPORA = (
    Corpus(
        "Windows", "mingw-w64-common", "/usr/share/mingw-w64/include", ("",),
        ("windows-x64", "windows-x86"),
    ),
    Corpus(
        "Linux", "linux-libc-dev", "/usr/include",
        ("linux", "asm-generic", "drm", "misc", "mtd", "rdma", "scsi", "sound", "video", "xen", "x86_64-linux-gnu/asm"),
        ("linux-x86_64", "linux-i386"),
    ),
)  # fmt: skip


class Answer(NamedTuple):
    """What came of one header."""

    header: str
    seconds: float
    broken: str
    """Why it does not compile alone; empty where it does."""
    codes: int
    records: int
    same: int
    """Records that are laid out equally on each ABI."""
    wrong: tuple[str, ...]
    """Codes or records of which kgen says something else than clang."""
    left: tuple[tuple[str, str], ...]
    """What has no place in a schema: code of the diagnostic, message."""


def headers(corpus: Corpus) -> Iterator[str]:
    for folder in corpus.folders:
        for path in sorted(Path(corpus.root, folder).rglob("*.h")):
            if CODES.search(path.read_text(encoding="utf-8", errors="replace")):
                yield str(path)


def imported(task: tuple[str, tuple[str, ...]]) -> Answer:
    """Import one header and compare."""
    from kgen.importer.clang import load
    from kgen.importer.convert import convert
    from kgen.importer.facts import together
    from kgen.importer.names import interface_name
    from kgen.importer.read import Broken, Request, read_facts

    header, abis = task
    start = time.monotonic()
    facts = []
    for abi in abis:
        found = read_facts(load(), header, BY_NAME[abi], Request())
        if isinstance(found, Broken):
            place, line, _, message = found.errors[0]
            why = f"{os.path.basename(place)}:{line}: {message}" if place else message
            return Answer(header, time.monotonic() - start, why, 0, 0, 0, (), ())
        facts.append(together([found], abi))
    result = convert(facts, interface_name(header), Sink())
    assert result is not None
    records = {key for each in facts for key in each.records}
    codes = {code.name for each in facts for code in each.codes}
    told = sum(left.code == "KG713" for left in result.left)
    wrong = [*result.wrong, *(f"{each.code}: {each.message}" for each in result.refused)]
    return Answer(
        header, time.monotonic() - start, "", len(codes), len(records), len(records) - told,
        tuple(wrong), tuple((left.code, left.message) for left in result.left),
    )  # fmt: skip


class Summary(NamedTuple):
    corpus: Corpus
    answers: list[Answer]
    seconds: float

    @property
    def good(self) -> list[Answer]:
        return [each for each in self.answers if not each.broken]


def measured(corpus: Corpus, only: str = "") -> Summary:
    """Import every header of a corpus whose path has `only`."""
    tasks = [(path, corpus.abis) for path in headers(corpus) if only in path]
    start = time.monotonic()
    with ProcessPoolExecutor(CORES) as pool:
        answers = list(pool.map(imported, tasks, chunksize=4))
    return Summary(corpus, answers, time.monotonic() - start)


_ROWS = (
    ("Debian package", lambda each: each.corpus.package),
    ("ABIs", lambda each: ", ".join(each.corpus.abis)),
    ("headers with codes", lambda each: f"{len(each.answers):,}"),
    ("which compile alone, or behind the usual headers", lambda each: f"{len(each.good):,}"),
    ("codes", lambda each: f"{sum(one.codes for one in each.good):,}"),
    ("codes that are another number", lambda each: str(sum(len(one.wrong) for one in each.good))),
    ("records", lambda each: f"{sum(one.records for one in each.good):,}"),
    ("of the same layout on each ABI", lambda each: f"{sum(one.same for one in each.good):,}"),
    ("seconds, on 2 processors", lambda each: f"{each.seconds:.0f}"),
)
_WHY = {
    "KG711": "macros that are text or a floating-point number",
    "KG712": "codes that are another number for each argument, or on each ABI",
    "KG713": "records that are told as bytes",
    "KG714": "constants that are not the same on each ABI",
}


def page(summaries: list[Summary], day: str) -> str:
    """Markdown."""
    names = [each.corpus.name for each in summaries]
    lines = [
        "# Every header with codes that Debian has",
        "",
        f"Written by `make corpus` on {day}. [import.md](import.md) says how a header is read.",
        "",
        f"| | {' | '.join(names)} |",
        f"|---|{'---:|' * len(names)}",
        *(f"| {what} | {' | '.join(value(each) for each in summaries)} |" for what, value in _ROWS),
        "",
        "Each schema was held against clang: sizes, alignments, offsets and bit positions of every record, and every number.",
        "",
        "## What falls short",
    ]
    for each in summaries:
        lines += ["", f"### {each.corpus.name}", ""]
        lines += [
            f"- `{_near(one.header, each.corpus)}` does not compile: {one.broken}"
            for one in each.answers
            if one.broken
        ]
        lines += [
            f"- `{_near(one.header, each.corpus)}`: {wrong}"
            for one in each.good
            for wrong in one.wrong
        ]
        for code, why in _WHY.items():
            found = [(one, text) for one in each.good for kind, text in one.left if kind == code]
            if found and code in ("KG712", "KG713"):
                lines += ["", f"{code}, {why}:", ""]
                lines += [f"- `{_near(one.header, each.corpus)}`: {text}" for one, text in found]
            elif found:
                lines += ["", f"{code}, {why}: {len(found)}."]
    return "\n".join([*lines, ""])


def _near(path: str, corpus: Corpus) -> str:
    return os.path.relpath(path, corpus.root)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", metavar="PATH", help="write the page there")
    parser.add_argument("--only", metavar="PART", default="", help="headers whose path has that")
    options = parser.parse_args()
    summaries = [measured(corpus, options.only) for corpus in CORPORA]
    text = page(summaries, datetime.date.today().isoformat())
    if options.write:
        Path(options.write).write_text(text, encoding="utf-8")
    print(text)
    return int(any(one.wrong for each in summaries for one in each.good))


if __name__ == "__main__":
    sys.exit(main())
