"""A finding becomes a script that makes the same calls through the Python client, and fails for the same reason."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fuzzers import Fuzzer

RANGE = "tour.echo_scalars: a handler got a request with a bad m"


@pytest.fixture(scope="module")
def broken(tour: Fuzzer, tmp_path_factory: pytest.TempPathFactory) -> Fuzzer:
    made = tour.copy(tmp_path_factory.mktemp("broken"))
    core = made.folder / "core" / "tour_core.c"
    core.write_text(core.read_text("utf-8").replace("in->m > 80u", "in->m > 90u"), "utf-8")
    made.make("all")
    return made


def replay(made: Fuzzer, finding: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-C", str(made.place), "-s", "replay", f"CRASH={finding}", f"PYTHON={sys.executable}"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_a_finding_is_made_small_and_replayed(broken: Fuzzer, tour: Fuzzer) -> None:
    ran = broken.run("-seed=1", "-runs=300000")
    assert RANGE in ran.text
    assert ran.finding is not None
    broken.make("minimise", f"CRASH={ran.finding}", "SECONDS=10")
    small = Path(f"{ran.finding}.small")
    assert small.stat().st_size <= ran.finding.stat().st_size
    said = replay(broken, small)
    assert said.returncode != 0
    assert RANGE in said.stderr
    script = Path(f"{small}.py")
    first = script.read_text("utf-8")
    assert "# m\n" in first
    assert "# echo_scalars\n" in first
    # The boundary as it is: the same calls, and nothing is found.
    said = replay(tour, small)
    assert said.returncode == 0, said.stderr
    assert said.stdout.endswith("nothing was found\n")
    assert script.read_text("utf-8") == first
    tidy(script)


def test_every_seed_can_be_replayed(tour: Fuzzer, tmp_path: Path) -> None:
    """Among them one with all operations; of those with objects some find that theirs is gone."""
    seed = tour.place / "build" / "seeds" / "all"
    copy = tmp_path / "all"
    copy.write_bytes(seed.read_bytes())
    said = replay(tour, copy)
    assert said.returncode == 0, said.stderr
    lines = said.stdout.splitlines()
    assert len([line for line in lines if " ok " in line]) >= 17 + 3
    tidy(Path(f"{copy}.py"))


def test_a_script_for_any_bytes(tour: Fuzzer, tmp_path: Path) -> None:
    """Whatever the bytes are, the script and the harness read the same operations."""
    content = b"".join(
        bytes([kind, kind, slot, 0]) + length.to_bytes(4, "little") * 4 + b"\x04\xe0\x00\x90" + bytes(9)
        for kind, slot, length in [(0, 0, 0), (1, 0, 5), (3, 1, 3), (4, 1, 1), (5, 0, 0), (7, 2, 9)]
    )  # fmt: skip
    finding = tmp_path / "bytes"
    finding.write_bytes(content[:-3])
    said = replay(tour, finding)
    assert said.returncode == 0, said.stderr
    tidy(Path(f"{finding}.py"))
    folder = os.path.join(str(tour.place), "build", "asan-any")
    subprocess.run([f"{folder}/tour_fuzzer", str(finding)], check=True, capture_output=True)


def tidy(script: Path) -> None:
    for command in (["check"], ["format", "--check", "--diff"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(script)]
        done = subprocess.run(ruff, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
