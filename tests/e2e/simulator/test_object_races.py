"""Objects of one handle in several threads: made, used and given up at once, under ThreadSanitizer."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.generated import build
from tests.support.toolchain import compile_command, run_tool

HERE = Path(__file__).parent / "race"
THREADS = ["-fsanitize=thread"]
MEMORY = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
TIMEOUT = 120

OBJECTS, SIMULATOR = "core/kgen_objects.h", "sim/kgen_sim.c"
# What is taken out of a file, and in its place: the test has to see each.
BREAKS = {
    "uses are not counted": (OBJECTS, "        slot->uses++;\n", "        slot->uses += 0;\n"),
    "a lost reply drops": (
        OBJECTS,
        "holds->succeeded && delivered",
        "holds->succeeded | delivered",
    ),
    "a request that failed makes": (
        OBJECTS,
        "good ? KGEN_OBJECT_LIVE : KGEN_OBJECT_GONE",
        "good || slot->uses ? KGEN_OBJECT_LIVE : KGEN_OBJECT_GONE",
    ),
    "no lock": (
        SIMULATOR,
        "acquire(&((struct object_lock *)(void *)base)->mutex)",
        "(void)base",
    ),
}


def raced(folder: Path, compiler: str, flags: list[str]) -> subprocess.CompletedProcess[str]:
    program = str(folder / "race")
    sources = [HERE / "race.c", HERE / "cellar_handlers.c", folder / "cellar/core/cellar_core.c"]
    sources += sorted((folder / "cellar" / "sim").glob("*.c"))
    includes = [HERE, *(folder / "cellar" / part for part in ("include", "core", "sim"))]
    command = compile_command(
        compiler, [*map(str, sources)], [*map(str, includes)], flags=[*flags, "-g", "-O1", "-pthread"]
    )  # fmt: skip
    run_tool([*command, "-o", program])
    return subprocess.run(
        [program], capture_output=True, text=True, timeout=TIMEOUT, check=False,
        env={**os.environ, "TSAN_OPTIONS": "halt_on_error=1"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("compiler", "flags"), [("gcc", THREADS), ("clang-linux", THREADS), ("gcc", MEMORY)]
)
def test_objects_in_several_threads(tmp_path: Path, compiler: str, flags: list[str]) -> None:
    build(str(HERE / "cellar.yaml"), str(tmp_path), ["sim"])
    done = raced(tmp_path, compiler, flags)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", BREAKS)
def test_a_break_is_seen(tmp_path: Path, name: str) -> None:
    build(str(HERE / "cellar.yaml"), str(tmp_path), ["sim"])
    file, before, after = BREAKS[name]
    path = tmp_path / "cellar" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, name
    path.write_text(text.replace(before, after), encoding="utf-8")
    done = raced(tmp_path, "clang-linux", THREADS)
    assert done.returncode != 0 or done.stdout
