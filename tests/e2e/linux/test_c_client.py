"""The generated C client in the guests, against the generated modules: the programs that run in Wine, of 64 and 32 bits."""

from __future__ import annotations

import os
import re

import pytest

from tests.support.generated import ROOT, build
from tests.support.guest import Guest
from tests.support.kernel_modules import build_module
from tests.support.simulated import run
from tests.support.tools import find_tool

PROGRAMS = os.path.join(ROOT, "tests", "suites", "c_client")
COMPILERS = {
    "c": ("gcc", "gcc", "-std=c11"),
    "cpp": ("g++", "g++", "-std=c++11"),
    "32": ("gcc", "gcc", "-std=c11", "-m32"),
}


@pytest.mark.parametrize("name", ["vault", "tour"])
def test_programs_call_every_code(
    guest: Guest, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp(name)
    generated = build(os.path.join(ROOT, "schemas", f"{name}.yaml"), str(folder), ["linux", "c"])
    author = os.path.join(ROOT, "examples", name, "driver")
    module, _ = build_module(
        generated, guest.kernel.release, os.path.join(generated, "build"), author
    )
    for kind, (compiler, package, *flags) in COMPILERS.items():
        program = str(folder / f"calls-{kind}")
        source = os.path.join(PROGRAMS, f"{name}_calls.{'cpp' if kind == 'cpp' else 'c'}")
        run([
            find_tool(compiler, package), *flags, "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
            *(f"-I{generated}/{part}" for part in ("c", "include")), source, "-o", program,
        ])  # fmt: skip
        with guest.module(module):
            ran = guest.run(program, check=False)
        assert re.fullmatch(r"0 of \d\d+ checks failed\n", ran.stdout), (
            f"{kind}:\n{ran.stdout}{ran.stderr}"
        )
        assert ran.returncode == 0
