"""The examples as they are: nothing is found, under any sanitizer, with any handlers and with the author's."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.compile import test_conditions
from tests.support.fuzzers import Fuzzer, finished, fuzzer
from tests.support.generated import ROOT
from tests.support.tools import find_tool

SECONDS = 30


def test_nothing_is_found(vault: Fuzzer, tour: Fuzzer) -> None:
    """Both at once: one process is one core."""
    started = [made.start(f"-max_total_time={SECONDS}") for made in (vault, tour)]
    for made, ran in zip((vault, tour), map(finished, started), strict=True):
        print(f"{made.name}: {ran.runs} runs")
        assert ran.status == 0, ran.text[-6000:]
        assert ran.finding is None
        assert ran.runs > 2000


@pytest.mark.parametrize("name", ["vault", "tour"])
def test_no_byte_leaves_that_nobody_wrote(name: str, request: pytest.FixtureRequest) -> None:
    made: Fuzzer = request.getfixturevalue(name)
    made.make("msan")
    ran = made.run("-runs=10000", "-seed=1", sanitizer="msan")
    assert ran.status == 0, ran.text[-6000:]


def test_conditions_are_judged_alike(tmp_path: Path) -> None:
    """By the core's exact arithmetic and by the harness's own, over conditions of every width."""
    schema = tmp_path / "sums.yaml"
    schema.write_text(test_conditions.schema(), encoding="utf-8")
    made = fuzzer(str(schema), tmp_path)
    made.make("all", "seeds")
    ran = made.run("-seed=1", "-runs=40000")
    assert ran.status == 0, ran.text[-6000:]


def test_handlers_of_an_author(vault: Fuzzer) -> None:
    folder = os.path.join(ROOT, "examples", "vault", "driver")
    vault.make("all", f"HANDLERS={folder}")
    ran = vault.run("-runs=10000", "-seed=1", handlers="driver")
    assert ran.status == 0, ran.text[-6000:]


def test_most_of_the_core_is_reached(tour: Fuzzer) -> None:
    """By a short run: after a long one only what nothing leads to is left: defaults of switches, handles not taken."""
    tour.make(
        "run", "SECONDS=120", "FLAGS=-runs=50000 -seed=1", "CFLAGS=-O1 -g -Wall -Wextra -Werror"
    )
    lines = tour.make("coverage").splitlines()
    (core,) = [line.split() for line in lines if line.split()[:1] and "tour_core.c" in line]
    print(" ".join(core))
    assert float(core[9].rstrip("%")) > 90


def test_a_farm_gets_what_it_collects(vault: Fuzzer, tour: Fuzzer, tmp_path: Path) -> None:
    """The variables of OSS-Fuzz and ClusterFuzzLite, set by hand; their containers were not to be had."""
    project, out = tmp_path / "project", tmp_path / "out"
    out.mkdir()
    for made in (vault, tour):
        made.copy(project)
    subprocess.run(["cp", "-r", str(vault.place / ".clusterfuzzlite"), str(project)], check=True)
    flags = "-O1 -gline-tables-only -fsanitize=address,fuzzer-no-link"
    environment = {
        **os.environ,
        "SRC": str(tmp_path), "OUT": str(out), "WORK": str(tmp_path),
        "CC": find_tool("clang", "clang"), "CXX": find_tool("clang++", "clang"),
        "CFLAGS": flags, "CXXFLAGS": flags, "SANITIZER": "address", "FUZZING_ENGINE": "libfuzzer",
        "LIB_FUZZING_ENGINE": "-fsanitize=fuzzer",
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-eu", ".clusterfuzzlite/build.sh"], cwd=project, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    suffixes = ("", ".dict", ".options", "_seed_corpus.zip")
    assert {path.name for path in out.iterdir()} == {
        f"{name}_fuzzer{suffix}" for name in ("vault", "tour") for suffix in suffixes
    }
    with zipfile.ZipFile(out / "tour_fuzzer_seed_corpus.zip") as archive:
        assert {"all", "draw-figure.line"} <= set(archive.namelist())
    subprocess.run(
        [out / "vault_fuzzer", "-runs=100", f"-dict={out}/vault_fuzzer.dict"], check=True, capture_output=True
    )  # fmt: skip


@pytest.mark.parametrize("name", ["vault", "tour"])
def test_its_python_is_tidy(name: str, request: pytest.FixtureRequest) -> None:
    made: Fuzzer = request.getfixturevalue(name)
    files = [
        str(made.place / file)
        for file in (f"{name}_fuzz.py", "kgen_fuzz.py", "kgen_fuzz_answers.py")
    ]
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", *files]
        done = subprocess.run(ruff, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    mypy = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        str(made.folder / "mypy"),
        *files,
    ]
    done = subprocess.run(mypy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
