"""HEVD's use after free and its helper object, with a schema's `objects:` and handlers that check nothing."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.hevd.objects_model import Sequence
from tests.e2e.hevd.weakened import ANY_ID, ANY_STATE, NO_REFERENCES, Cut, weaken
from tests.suites.hostile import alike
from tests.support.generated import ROOT, build, inspected
from tests.support.hosts import FRAMEWORKS, Driver, Send, hosts
from tests.support.simulated import Simulated, compile_program, simulated
from tests.support.wine import Prefix

HERE = Path(__file__).parent
SCHEMA = str(HERE / "hevd_objects.yaml")
AUTHOR = str(HERE / "careless_objects")
SUITE = Path(ROOT, "tests", "suites", "hevd_objects_suite.py")
DRIVER = Driver(SCHEMA, AUTHOR, r"\\.\KgenHevdObjects", {"wdm": "mingw-gcc", "kmdf": "clang"})
RACE_TIMEOUT = 300
STALE, FULL = 0xC0000008, 0xC000007F


def checks() -> list[str]:
    text = SUITE.read_text(encoding="utf-8")
    return [part.partition("(")[0] for part in text.split("@check\ndef ")[1:]]


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    return simulated(SCHEMA, AUTHOR, str(tmp_path_factory.mktemp("objects")))


def test_in_the_simulator(driver: Simulated) -> None:
    library = driver.library("sanitize")
    passed, _ = driver.suite("--library", str(library), sanitized=True)
    assert passed == checks()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_in_wine(wine: Prefix, tmp_path: Path, framework: str) -> None:
    """Unloading judges the driver's pool: nothing freed twice, overrun or left behind."""
    generated = build(SCHEMA, str(tmp_path), [framework, "python"])
    file = str(tmp_path / "hevd_objects.sys")
    FRAMEWORKS[framework](generated, AUTHOR, file, DRIVER.compilers[framework])
    with wine.driver(file, "hevd_objects"):
        ran = wine.python(str(SUITE), path=[os.path.join(generated, "python")], check=False)
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [one["check"] for one in results] == checks(), ran.stderr
    assert [one["failure"] for one in results if one["failure"]] == []


@pytest.fixture(scope="module")
def made(wine: Prefix, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Send]:
    return hosts(DRIVER, wine, str(tmp_path_factory.mktemp("hosts")))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_sequences(made: dict[str, Send], tmp_path: Path, seed: int) -> None:
    """2,000 calls on two handles, their ids foretold by a model: each host answers as it says, byte for byte."""
    codes = {row["name"]: row["codes"]["windows"] for row in inspected(SCHEMA)["ioctls"]}
    expected = list(Sequence(codes, seed).calls(2000))
    calls = [one.call for one in expected]
    came = Counter((one.call.about, one.result[0]) for one in expected)
    makers = {"allocate", "create_helper"}
    assert min(came[ioctl, 0] for ioctl in codes) > 20
    assert min(came[ioctl, FULL if ioctl in makers else STALE] for ioctl in codes) > 20
    for host, send in made.items():
        results, _ = send(calls, tmp_path)
        for number, (one, result) in enumerate(zip(expected, results, strict=True)):
            assert alike(one.result, result), f"{host}, call {number}: {one.call.about}, {result}"


# The controls

CUTS = {
    "any id": ([ANY_ID, ANY_STATE], "heap-use-after-free"),
    "any generation": ([ANY_ID], "memory_that_is_used_again"),
}


@pytest.mark.parametrize("what", CUTS)
def test_without_the_check_the_attack_succeeds(
    driver: Simulated, tmp_path: Path, what: str
) -> None:
    cuts, report = CUTS[what]
    weak = weakened(driver, tmp_path, cuts)
    with pytest.raises(AssertionError, match=report):
        weak.suite("--library", str(weak.library("sanitize")), sanitized=True)


def weakened(driver: Simulated, folder: Path, cuts: list[Cut]) -> Simulated:
    return driver._replace(folder=weaken(driver.folder, folder / "hevd_objects", cuts))


def race(driver: Simulated, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = compile_program(driver, str(HERE / "race_objects.c"), folder)
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=RACE_TIMEOUT, check=False
    )


def test_what_is_used_is_not_freed(driver: Simulated, tmp_path: Path) -> None:
    """One thread frees what the other uses: each use has the object to its end, or comes too late."""
    ran = race(driver, tmp_path)
    assert (ran.returncode, ran.stdout) == (0, "both, 0 wrong\n"), ran.stderr


def test_without_references_it_is(driver: Simulated, tmp_path: Path) -> None:
    ran = race(weakened(driver, tmp_path, [NO_REFERENCES]), tmp_path, "long")
    assert ran.returncode != 0
    assert "AddressSanitizer" in ran.stderr or "runtime error" in ran.stderr
