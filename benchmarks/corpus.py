"""How exactly `kgen import` reads the headers that there are: every header of mingw-w64 and of the Linux uapi that has codes.

    python -m benchmarks.corpus [--write docs/corpus.md] [--only PART]

Each header is imported alone, for the ABI of 64 and of 32 bits of its system; codes, sizes, alignments, offsets and
bit positions are compared with what clang says, as the import itself does before it writes anything. Then
the header that kgen makes of the schema is compiled beside it, by gcc and mingw. What falls short is listed by name.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import io
import re
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.corpora import LINUX, WINDOWS, Corpus, headers, kernel
from benchmarks.elsewhere import Elsewhere, facts_of, libraries, on_others
from benchmarks.roundtrip import Trip, refused, round_trip
from kgen.diagnostics import Sink
from kgen.importer.convert import convert
from kgen.importer.names import interface_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgen.importer.convert import Converted
    from kgen.importer.facts import Facts

CORES = 2


class Answer(NamedTuple):
    """What came of one header."""

    header: str
    seconds: float
    """Of the import alone."""
    broken: str = ""
    """Why it does not compile alone; empty where it does."""
    codes: int = 0
    records: int = 0
    same: int = 0
    """Records that are laid out equally on each ABI."""
    wrong: tuple[str, ...] = ()
    """Codes or records of which kgen says something else than clang."""
    left: tuple[tuple[str, str], ...] = ()
    """What has no place in a schema: code of the diagnostic, message."""
    trips: tuple[Trip, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()


def answer(task: tuple[Corpus, str]) -> Answer:
    """Import one header and compare."""
    corpus, header = task
    start = time.process_time()
    found = imported(header, corpus.abis, corpus.includes)
    seconds = time.process_time() - start
    if isinstance(found, str):
        return Answer(header, seconds, found)
    facts, result = found
    records = {key for each in facts for key in each.records}
    codes = {code.name for each in facts for code in each.codes}
    told = sum(left.code == "KG713" for left in result.left)
    wrong = [*result.wrong, *(f"{each.code}: {each.message}" for each in result.refused)]
    return Answer(
        header, seconds, "", len(codes), len(records), len(records) - told, tuple(wrong),
        tuple((left.code, left.message) for left in result.left),
        () if wrong else round_trips(header, facts, result, corpus.flags),
        () if wrong else on_others(header, facts, result, corpus.others),
    )  # fmt: skip


def imported(
    header: str, abis: Sequence[str], includes: Sequence[str] = ()
) -> tuple[list[Facts], Converted] | str:
    """The facts of a header on each ABI and the schema of them; or why it does not compile."""
    facts = []
    for abi in abis:
        found = facts_of(header, abi, includes)
        if isinstance(found, str):
            return found
        facts.append(found)
    result = convert(facts, interface_name(header), Sink())
    assert result is not None
    return facts, result


def round_trips(
    header: str, facts: Sequence[Facts], result: Converted, flags: Sequence[str]
) -> tuple[Trip, ...]:
    """The header that kgen makes of the schema, and this one, on each ABI."""
    from kgen.cli import main

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "schema.yaml").write_text(result.text, encoding="utf-8")
        out = folder / "out"
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            code = main(
                ["build", str(folder / "schema.yaml"), "--target", "header", "-o", str(out), "-q"]
            )
        if code != 0:
            why = said.getvalue().strip().partition("\n")[0].partition(": ")[2]
            return tuple(refused(each, f"kgen builds no header: {why}") for each in facts)
        (made,) = (path for path in out.rglob("*.h") if path.name != "kgen_types.h")
        listed = {
            name
            for left in result.left
            if left.code in ("KG712", "KG714", "KG718")
            for name in re.findall(r"`(\w+)", left.message)[:1]
        }
        return tuple(round_trip(header, str(made), each, flags, folder, listed) for each in facts)


class Summary(NamedTuple):
    corpus: Corpus
    answers: list[Answer]

    @property
    def good(self) -> list[Answer]:
        return [each for each in self.answers if not each.broken]

    @property
    def seconds(self) -> float:
        """Of the imports, one on each processor."""
        return sum(each.seconds for each in self.answers) / CORES


def measured(corpus: Corpus, only: str = "") -> Summary:
    """Import every header of a corpus whose path has `only`."""
    tasks = [(corpus, path) for path in headers(corpus) if only in path]
    with ProcessPoolExecutor(CORES) as pool:
        return Summary(corpus, list(pool.map(answer, tasks, chunksize=4)))


def main() -> int:
    from benchmarks.corpus_page import page

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", metavar="PATH", help="write the page there")
    parser.add_argument("--only", metavar="PART", default="", help="headers whose path has that")
    parser.add_argument(
        "--system", metavar="NAME", default="", help="Windows, Linux or Kernel alone"
    )
    options = parser.parse_args()
    chosen = [each for each in (WINDOWS, LINUX, kernel()) if options.system in ("", each.name)]
    libraries()
    summaries = [measured(corpus, options.only) for corpus in chosen]
    text = page(summaries, datetime.date.today().isoformat())
    if options.write:
        Path(options.write).write_text(text, encoding="utf-8")
    print(text)
    return int(any(one.wrong for each in summaries for one in each.good))


if __name__ == "__main__":
    sys.exit(main())
