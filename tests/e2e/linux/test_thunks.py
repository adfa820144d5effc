"""Messages with words of the machine, in a 64-bit kernel: programs of 64 and of 32 bits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.linux.conftest import Python
from tests.e2e.linux.test_vectors import REPLAY
from tests.support.generated import ROOT, build
from tests.support.guest import Guest
from tests.support.kernel_modules import build_module
from tests.support.linux_calls import BITS, program

HERE = os.path.join(ROOT, "tests", "e2e", "thunks")


@pytest.fixture(scope="module")
def relic(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("relic")
    return build(os.path.join(HERE, "relic.yaml"), str(folder), ["linux", "python", "vectors"])


@pytest.fixture
def module(guest: Guest, relic: str) -> str:
    folder = os.path.join(relic, f"build-{guest.series}")
    known = os.path.join(folder, "relic.ko")
    if os.path.isfile(known):
        return known
    return build_module(relic, guest.kernel.release, folder, os.path.join(HERE, "driver"))[0]


def test_programs_of_all_bits(guest: Guest, relic: str, module: str) -> None:
    with guest.module(module, trace=False):
        for bits in BITS:
            path = program(bits, os.path.join(HERE, "relic.c"), [os.path.join(relic, "linux")])
            ran = guest.run(path, "/dev/relic", check=False)
            assert (ran.returncode, ran.stdout) == (0, ""), f"{bits} bits: {ran.stdout}"


def test_vectors(guest: Guest, python: Python, relic: str, module: str) -> None:
    """Those of the interpreter's own bits, by the generated client."""
    folder = os.path.join(relic, "vectors")
    with guest.module(module, trace=False):
        ran = python(
            "-c",
            REPLAY,
            os.path.join(folder, "relic_vectors.json"),
            "relic",
            path=[os.path.join(relic, "python"), folder],
        )
    assert ran.stdout.strip().isdigit(), ran.stdout + ran.stderr
    print(ran.stdout)
    assert int(ran.stdout) > 100
