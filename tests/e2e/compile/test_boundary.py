"""The core under hostile requests on this machine, with the address and undefined-behaviour sanitizers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.toolchain import compile_command, run_tool

HERE = Path(__file__).parent / "tour"
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g", "-O1"]


@pytest.mark.parametrize("compiler", ["gcc", "gcc-m32", "clang-linux"])
def test_boundary(generated: Path, tmp_path: Path, compiler: str) -> None:
    program = str(tmp_path / "boundary")
    sources = [
        str(generated / "tour" / "core" / "tour_core.c"),
        str(HERE / "tour_handlers.c"),
        str(HERE / "boundary.c"),
    ]
    includes = [str(HERE), *(str(generated / "tour" / part) for part in ("include", "core"))]
    command = compile_command(compiler, sources, includes, flags=SANITIZERS)
    run_tool([*command, "-o", program])
    done = subprocess.run([program], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "0 failures\n"
