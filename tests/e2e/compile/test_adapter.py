"""The WDM adapter as a program under sanitizers: what Wine cannot show of its memory, faults and secrets."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kgen.cli import main
from tests.support.toolchain import compile_command, run_tool

HERE = Path(__file__).parent / "adapter"


@pytest.mark.parametrize(
    ("compiler", "sanitizer", "windows"),
    [("gcc", "address,undefined", "0x0A000007"), ("clang-linux", "memory", "0x0A000008")],
)
def test_adapter(tmp_path: Path, compiler: str, sanitizer: str, windows: str) -> None:
    schema = str(HERE / "hidden.yaml")
    assert main(["build", schema, "-o", str(tmp_path), "-q"]) == 0
    folder = tmp_path / "hidden"
    sources = [str(HERE / "adapter.c"), str(folder / "core" / "hidden_core.c")]
    sources += [
        str(folder / "wdm" / name)
        for name in ("kgen_wdm.c", "kgen_windows_buffers.c", "hidden_wdm.c")
    ]
    includes = [str(HERE), *(str(folder / part) for part in ("include", "core", "driver", "wdm"))]
    program = str(tmp_path / "adapter")
    flags = [f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all", f"-DNTDDI_VERSION={windows}"]
    run_tool([*compile_command(compiler, sources, includes, flags=flags), "-o", program])
    done = subprocess.run([program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "0 failures\n"), done.stdout[-2000:] + done.stderr
