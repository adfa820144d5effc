"""How exactly `kgen import` reads the headers that there are: every header of mingw-w64 and of the Linux uapi that has codes.

    python -m benchmarks.corpus [--write docs/corpus.md]

The headers are those of the Debian packages mingw-w64-common and linux-libc-dev. Each is imported alone, for the ABI
of 64 and of 32 bits of its system; codes, sizes, alignments, offsets and bit positions are then compared with
what clang says, as the import itself does before it writes anything. What falls short is listed by name.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from kgen.abi.abis import BY_NAME
from kgen.diagnostics import Sink

CORES = 2
CODES = re.compile(r"\b(CTL_CODE|_IO[RW]{0,2}(_BAD)?|_IOC)\s*\(")


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


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", metavar="PATH")
    parser.add_argument("--only", metavar="PART", default="", help="headers whose path has that")
    options = parser.parse_args()
    for corpus in CORPORA:
        tasks = [(path, corpus.abis) for path in headers(corpus) if options.only in path]
        start = time.monotonic()
        with ProcessPoolExecutor(CORES) as pool:
            answers = list(pool.map(imported, tasks, chunksize=4))
        took = time.monotonic() - start
        good = [each for each in answers if not each.broken]
        left = Counter(code for each in good for code, _ in each.left)
        print(
            f"{corpus.name}: {len(answers)} headers, {len(answers) - len(good)} do not compile alone, {took:.0f} s"
        )
        print(
            f"  codes {sum(each.codes for each in good)}, records {sum(each.records for each in good)}, the same {sum(each.same for each in good)}"
        )
        print(f"  left {dict(left)}")
        for each in answers:
            if each.broken:
                print(f"  broken {each.header}: {each.broken}")
            for wrong in each.wrong:
                print(f"  wrong {each.header}: {wrong}")
            for code, message in each.left:
                if code not in ("KG711", "KG714"):
                    print(f"  {code} {each.header}: {message}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
