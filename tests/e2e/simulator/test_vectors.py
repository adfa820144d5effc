"""The vectors as a user replays them: the test of docs/vectors.md, run as it stands there; and vectors of random schemas."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.suites.vectors import vectors
from tests.support.generated import ROOT


def test_the_example_of_the_docs(tmp_path: Path) -> None:
    page = Path(ROOT, "docs", "vectors.md").read_text(encoding="utf-8")
    example = next(
        text for text in re.findall(r"```python\n(.*?)```", page, re.S) if "def test" in text
    )
    path = tmp_path / "test_boundary.py"
    path.write_text(example, encoding="utf-8")
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", str(path)],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{len(vectors('vault'))} passed" in ran.stdout
