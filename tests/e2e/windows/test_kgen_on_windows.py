"""kgen itself on Windows: the same files, byte for byte, and the same findings as on Linux."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.generated import KGEN_TIMEOUT, ROOT
from tests.support.wine import Prefix, windows_path

SCHEMAS = Path(ROOT) / "schemas"
FIXTURES = Path(ROOT) / "tests" / "errors"
PYTHON = r"C:\Python\python.exe"
CONFIG = '[tool.kgen]\nschemas = ["schemas/*.yaml"]\n'


class Ran(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with every example schema, as a user has it."""
    folder = tmp_path / "project"
    shutil.copytree(SCHEMAS, folder / "schemas")
    (folder / "pyproject.toml").write_text(CONFIG, encoding="utf-8")
    return folder


def on_linux(folder: Path, *arguments: str) -> Ran:
    env = {**os.environ, "PYTHONPATH": ROOT, "KGEN_CACHE_DIR": str(folder / "cache")}
    env.pop("CI", None)
    ran = subprocess.run(
        [sys.executable, "-m", "kgen", *arguments], cwd=folder, env=env, stdin=subprocess.DEVNULL,
        capture_output=True, encoding="utf-8", timeout=KGEN_TIMEOUT, check=False,
    )  # fmt: skip
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def on_windows(wine: Prefix, folder: Path, *arguments: str) -> Ran:
    # Compiled modules are kept, in the prefix: this tree is not written to.
    env = {
        "PYTHONPATH": windows_path(ROOT),
        "PYTHONUTF8": "1",
        "PYTHONPYCACHEPREFIX": r"C:\pycache",
    }
    ran = wine.run(PYTHON, ["-m", "kgen", *arguments], check=False, cwd=str(folder), env=env)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def times(folder: Path) -> dict[Path, int]:
    """When each output was written; the manifest's time says that kgen itself has not changed since."""
    return {
        path: path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and path.name != "kgen.manifest"
    }


def test_every_example_is_built_to_the_same_bytes(wine: Prefix, project: Path) -> None:
    built = on_windows(wine, project, "build")
    assert (built.status, built.err) == (0, "")
    there = tree(project / "generated")
    shutil.rmtree(project / "generated")
    same = on_linux(project, "build")
    assert (same.status, same.err) == (0, "")
    here = tree(project / "generated")
    assert sorted(there) == sorted(here)
    assert [name for name in here if there[name] != here[name]] == []
    assert {name.partition("/")[0] for name in here} == {
        "mountmgr",
        "sensor",
        "serial",
        "tour",
        "vault",
    }
    assert built.out == same.out


def test_what_one_system_built_the_other_finds_fresh(wine: Prefix, project: Path) -> None:
    assert on_linux(project, "build").status == 0
    for arguments in (("check",), ("check", "--full")):
        there = on_windows(wine, project, *arguments)
        assert there.status == 0
        assert there == on_linux(project, *arguments)
    before = times(project / "generated")
    assert on_windows(wine, project, "build").status == 0
    assert times(project / "generated") == before


def test_a_stale_and_an_edited_file_are_found_on_both(wine: Prefix, project: Path) -> None:
    assert on_windows(wine, project, "build").status == 0
    header = project / "generated" / "vault" / "include" / "vault.h"
    header.write_bytes(header.read_bytes().replace(b"0x8A17", b"0x8A18", 1))
    (project / "generated" / "tour" / "core" / "tour_core.c").unlink()
    schema = project / "schemas" / "serial.yaml"
    schema.write_text(
        schema.read_text(encoding="utf-8").replace("Bits per second.", "Baud."), encoding="utf-8"
    )
    there, here = on_windows(wine, project, "check"), on_linux(project, "check")
    assert there == here
    assert there.status == 1
    for name in ("vault.h", "tour_core.c", "serial"):
        assert name in there.out + there.err


def test_bad_schemas_are_refused_in_the_same_words(wine: Prefix, tmp_path: Path) -> None:
    """Every fixture of a bad schema."""
    names = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())
    for name in names:
        shutil.copytree(FIXTURES / name, tmp_path / name)
    fixtures = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.yaml"))
    assert len(fixtures) > 50
    there, here = (
        on_windows(wine, tmp_path, "check", *fixtures),
        on_linux(tmp_path, "check", *fixtures),
    )
    assert there.out.splitlines() == here.out.splitlines()
    assert there.err.splitlines() == here.err.splitlines()
    assert there.status == here.status == 1


def test_line_ends_of_windows_change_nothing_but_the_source(wine: Prefix, project: Path) -> None:
    """A schema saved with CRLF: the same outputs on both systems, and the same place of an error."""
    for path in (project / "schemas").glob("*.yaml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert on_windows(wine, project, "build").status == 0
    there = tree(project / "generated")
    shutil.rmtree(project / "generated")
    assert on_linux(project, "build").status == 0
    assert there == tree(project / "generated")
    assert not [name for name, data in there.items() if b"\r" in data]

    bad = project / "schemas" / "vault.yaml"
    bad.write_bytes(bad.read_bytes().replace(b"slot: u32 in", b"slot: u33 in", 1))
    there_found, here_found = on_windows(wine, project, "check"), on_linux(project, "check")
    assert there_found == here_found
    assert "vault.yaml:" in there_found.out + there_found.err


@pytest.mark.parametrize("style", ["backslash", "drive", "glob", "sub-folder"])
def test_paths_as_windows_has_them(wine: Prefix, project: Path, style: str) -> None:
    """The stamps in the outputs are the same whichever way the schema is named."""
    assert on_linux(project, "build", "-o", "expected", "schemas/vault.yaml").status == 0
    expected = tree(project / "expected")
    arguments = {
        "backslash": ["build", "-o", r"out\put", r"schemas\vault.yaml"],
        "drive": ["build", "-o", windows_path(str(project / "out" / "put")), windows_path(str(project / "schemas" / "vault.yaml"))],
        "glob": ["build", "-o", r".\out\put", r".\schemas\vau*.yaml"],
        "sub-folder": ["build", "-o", r"..\out\put", r"..\schemas\vault.yaml"],
    }[style]  # fmt: skip
    (project / "sub").mkdir()
    ran = on_windows(wine, project / "sub" if style == "sub-folder" else project, *arguments)
    assert (ran.status, ran.err) == (0, "")
    assert tree(project / "out" / "put") == expected


def test_inspect_tells_the_same(wine: Prefix, project: Path) -> None:
    there = on_windows(wine, project, "inspect", "--format", "json", r"schemas\tour.yaml")
    assert there == on_linux(project, "inspect", "--format", "json", "schemas/tour.yaml")
    assert json.loads(there.out)["interface"] == "tour"
