"""The vectors as a user replays them: the test of docs/vectors.md, run as it stands there; and vectors of random schemas."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.simulator.random_rules import RandomRules
from tests.suites.vectors import vectors
from tests.support.generated import ROOT, build
from tests.support.simulated import SANITIZE, Simulated


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


SEEDS = 3
REPLAY = os.path.join(ROOT, "tests", "suites", "replay_vectors.py")


def replayed(schema: str, author: str, tmp_path: Path, *arguments: str, c: bool = False) -> int:
    """Build a schema and replay its vectors under AddressSanitizer and UBSan; how many there were."""
    folder = Path(build(schema, str(tmp_path), ["sim", "vectors"]))
    device = Simulated(folder.name, folder, author)
    vectors_ = str(folder / "vectors" / f"{device.name}_vectors.json")
    if c:
        arguments = (*arguments, "--library", str(device.library("sanitize")))
    said = device.start(
        REPLAY, device.name, vectors_, *arguments,
        path=[str(folder / "vectors"), author], sanitized=True, CFLAGS=SANITIZE,
    )  # fmt: skip
    *wrong, count = said.splitlines()
    assert not wrong, "\n".join(wrong[:20])
    return int(count.split()[0])


@pytest.mark.parametrize("seed", range(SEEDS))
def test_vectors_of_a_random_schema(seed: int, tmp_path: Path) -> None:
    """Every rule, in combinations that nobody thought of: the generated C answers what the model alone says."""
    made = RandomRules(seed)
    schema = tmp_path / f"{made.name}.yaml"
    schema.write_text(made.text, encoding="utf-8")
    assert replayed(str(schema), "", tmp_path) > 1000


@pytest.mark.parametrize("abi", ["linux-x86_64", "linux-i386"])
@pytest.mark.parametrize("c", [True, False])
def test_native_messages(tmp_path: Path, abi: str, c: bool) -> None:
    """The bytes of a 64-bit and of a 32-bit program; handlers in C and in Python."""
    place = os.path.join(ROOT, "tests", "e2e", "thunks")
    author = os.path.join(place, "driver") if c else ""
    schema = os.path.join(place, "relic.yaml")
    assert replayed(schema, author, tmp_path, "--abi", abi, c=c) > 200


def test_an_interface_for_linux_alone(tmp_path: Path) -> None:
    """The simulator takes the numbers that most machines have; its errors have an NTSTATUS of kgen's."""
    beacon = os.path.join(ROOT, "tests", "e2e", "layout", "schemas", "beacon.yaml")
    assert replayed(beacon, "", tmp_path) > 100
    script = tmp_path / "stop.py"
    script.write_text(
        "import beacon\nfrom beacon.simulator import BeaconHandlers\n\n\n"
        "class Handlers(BeaconHandlers):\n"
        "    def on_stop(self, call):\n        raise beacon.JammedError\n\n\n"
        "with beacon.Beacon.simulate(Handlers()) as device:\n"
        "    try:\n        device.stop()\n"
        "    except beacon.JammedError as error:\n        print(error.ntstatus, error)\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "beacon" / "python")}
    ran = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.startswith(f"{0xEF000001} ")


def test_handles_and_objects_of_the_tour(tmp_path: Path) -> None:
    author = os.path.join(ROOT, "examples", "tour", "driver")
    assert replayed(os.path.join(ROOT, "schemas", "tour.yaml"), author, tmp_path, c=True) > 1000


def test_ids_of_objects(tmp_path: Path) -> None:
    """Of one's own, made up, given up, of another handle, of another kind; and a handle that has all it may have."""
    here = os.path.dirname(__file__)
    handlers = ("--handlers", "depot_handlers.DepotOfTests")
    assert replayed(os.path.join(here, "depot.yaml"), here, tmp_path, *handlers) > 400


def test_ids_of_objects_in_c(tmp_path: Path) -> None:
    hevd = os.path.join(ROOT, "tests", "e2e", "hevd")
    author = os.path.join(hevd, "careless_objects")
    assert replayed(os.path.join(hevd, "hevd_objects.yaml"), author, tmp_path, c=True) > 200
