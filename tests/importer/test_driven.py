"""From a header of this machine to an answer of its kernel, as docs/import.md shows it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kgen.cli import main

PROGRAM = """
from entropy import Entropy
with Entropy.open("/dev/urandom") as device:
    print(device.rndgetentcnt())
"""


def test_an_imported_interface_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    header = "/usr/include/linux/random.h"
    assert main(["import", header, "--interface", "entropy", "-o", "entropy.yaml"]) == 0
    assert main(["build", "entropy.yaml", "-q"]) == 0
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path / "generated" / "entropy" / "python",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert 0 <= int(done.stdout) <= 4096
    assert main(["call", "entropy.yaml", "rndgetentcnt", "--device", "/dev/urandom"]) == 0
    assert 0 <= int(capsys.readouterr().out) <= 4096
