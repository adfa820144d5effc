"""What catches a mutant: vectors first, then the fuzzer, then MemorySanitizer."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.mutation.program import Program
from tests.suites.vectors import vectors
from tests.support.generated import ROOT
from tests.support.tools import find_tool

RUNNER = os.path.join(ROOT, "tests", "mutation", "runner.py")
INTACT = 0

Caught = dict[int, str]
"""What told a mutant from the intact program, by its number."""


def by_vectors(program: Program, numbers: list[int], workers: int) -> Caught:
    """The mutants that the vectors tell apart, with the example's handlers under AddressSanitizer and UBSan."""
    library = program.library()
    path = program.folder / "vectors.pickle"
    path.write_bytes(pickle.dumps([_plain(vector) for vector in vectors(program.name)]))
    return _shared(numbers, workers, lambda part: _replay(program, library, path, part))


def _plain(vector: Any) -> tuple[str, list[tuple[object, ...]], bool]:
    """Its access, its calls, and whether they are about handles; types that a pickle has without their module."""
    calls = [*vector.before, vector.call]
    lends = ".handle." in vector.id or any(call.handles for call in calls)
    return vector.access, [tuple(call) for call in calls], lends


def _replay(program: Program, library: Path, calls: Path, numbers: list[int]) -> Caught:
    results = program.folder / f"results-{numbers[0]}.pickle"
    asan = subprocess.run(
        [find_tool("gcc", "gcc"), "-print-file-name=libasan.so"], capture_output=True, encoding="utf-8", check=True,
    ).stdout.strip()  # fmt: skip
    environment = {
        **os.environ,
        "PYTHONPATH": str(program.folder / "python"),
        "LD_PRELOAD": asan,
        "PYTHONMALLOC": "malloc",
        "ASAN_OPTIONS": "detect_leaks=0",
    }
    command = [sys.executable, RUNNER, program.name, str(library), str(calls), str(results)]
    _run([*command, *map(str, numbers)], environment)
    found: Caught = pickle.loads(results.read_bytes())
    return found


def by_seeds(program: Program, numbers: list[int], workers: int) -> Caught:
    """The mutants that the fuzzer's judge finds in the seed corpus."""
    return _by_inputs(program, [program.seeds()], numbers, workers)


def by_corpus(program: Program, numbers: list[int], workers: int, seconds: int) -> Caught:
    """The mutants that inputs find which the fuzzer made of the intact program in so many seconds."""
    seeds, corpus = program.seeds(), program.corpus
    corpus.mkdir(exist_ok=True)
    found = _fuzz(program.fuzzer(), INTACT, seconds, corpus, seeds)
    assert not found, f"the fuzzer finds something in the intact program: {found}"
    return _by_inputs(program, [seeds, corpus], numbers, workers)


def by_fuzzer(program: Program, numbers: list[int], workers: int, seconds: int) -> Caught:
    """The mutants that the fuzzer finds from that corpus on, in so many seconds for each."""
    fuzzer, seeds = program.fuzzer(), program.seeds()

    def fuzz(number: int) -> tuple[int, str]:
        # What is new to a mutant is no part of the corpus that the next one begins with.
        with tempfile.TemporaryDirectory(dir=program.folder) as own:
            return number, _fuzz(fuzzer, number, seconds, Path(own), program.corpus, seeds)

    with ThreadPoolExecutor(workers) as pool:
        return {number: said for number, said in pool.map(fuzz, numbers) if said}


def by_memory(program: Program, numbers: list[int], workers: int) -> Caught:
    """The mutants that MemorySanitizer finds in the same inputs: bytes that nobody wrote."""
    folders = [program.seeds(), program.corpus]
    return _by_inputs(program, folders, numbers, workers, sanitizer="msan") if numbers else {}


def _by_inputs(
    program: Program, folders: list[Path], numbers: list[int], workers: int, sanitizer: str = "asan"
) -> Caught:
    bank = program.bank(sanitizer)
    command = [str(bank), *map(str, folders), "--"]
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}

    def play(part: list[int]) -> Caught:
        lines = _run([*command, *map(str, part)], environment).splitlines()
        rows = (line.split(" ", 1) for line in lines)
        return {int(number): said for number, said in rows}

    intact = play([INTACT])
    assert not intact, f"an input finds something in the intact program: {intact[INTACT]}"
    return _shared(numbers, workers, play)


def _fuzz(fuzzer: Path, number: int, seconds: int, *corpora: Path) -> str:
    """What the fuzzer reports with this mutant alive; empty where it found nothing."""
    command = [
        str(fuzzer), f"-max_total_time={seconds}", "-max_len=16384", "-timeout=10", "-seed=1",
        f"-artifact_prefix={corpora[0].parent}/finding-", "-reload=0",
    ]  # fmt: skip
    done = subprocess.run(
        [*command, *map(str, corpora)],
        env={**os.environ, "KGEN_MUTANT": str(number), "ASAN_OPTIONS": "detect_leaks=0"},
        stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    return _reason(done.stderr) if done.returncode else ""


def _reason(report: str) -> str:
    for mark in ("== kgen_fuzz: ", "runtime error: ", "ERROR: "):
        for line in report.splitlines():
            if mark in line:
                return line.partition(mark)[2]
    return "no report"


def _shared(numbers: list[int], workers: int, work: Callable[[list[int]], Caught]) -> Caught:
    parts = [part for first in range(workers) if (part := numbers[first::workers])]
    with ThreadPoolExecutor(workers) as pool:
        return {number: how for one in pool.map(work, parts) for number, how in one.items()}


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace",
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
