"""kgen init: the new project is formatted, builds, is fresh, and its driver compiles."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kgen.cli import main
from tests.support import toolchain

Output = pytest.CaptureFixture[str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


FILES = {
    ".github/workflows/kgen.yml",
    ".gitignore",
    "README.md",
    "driver/sensor_handlers.c",
    "driver/sensor_state.h",
    "kgen.schema.json",
    "kgen.toml",
    "sensor.yaml",
}


def test_a_new_project_is_clean_and_its_driver_compiles(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    assert main(["init", "sensor"]) == 0
    output = capsys.readouterr().out
    assert files_of(here / "sensor") == FILES
    for path in FILES:
        assert f"wrote {os.path.join('sensor', path)}\n" in output
    assert "cd sensor\n" in output
    monkeypatch.chdir(here / "sensor")
    assert main(["fmt", "--check"]) == 0
    handlers = Path("driver/sensor_handlers.c")
    written = handlers.read_bytes()
    assert main(["build"]) == 0
    assert handlers.read_bytes() == written
    assert "sensor_handlers.c" not in capsys.readouterr().out
    assert main(["check", "--full"]) == 0
    folder, driver = Path("generated/sensor").resolve(), Path("driver").resolve()
    sources = [*folder.glob("core/*.c"), *folder.glob("wdm/*.c"), *driver.glob("*.c")]
    includes = [driver, *(folder / name for name in ("include", "core", "wdm"))]
    toolchain.compile_driver(
        [str(path) for path in sources if "seh" not in path.name],
        str(here / "sensor.sys"),
        include_dirs=[str(path) for path in includes],
        seh_sources=[str(path) for path in sources if "seh" in path.name],
    )
    assert (here / "sensor.sys").stat().st_size > 0


def test_the_modeline_names_a_schema_that_is_there(here: Path) -> None:
    assert main(["init", "-q", "sensor"]) == 0
    first = (here / "sensor/sensor.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=kgen.schema.json"
    assert json.loads((here / "sensor/kgen.schema.json").read_text())["title"] == "kgen"


def test_without_a_name_it_is_that_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "My-Lamp"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert main(["init", "-q"]) == 0
    assert (folder / "my_lamp.yaml").is_file()
    assert "device: MyLamp" in (folder / "my_lamp.yaml").read_text()


def test_dir_says_where(here: Path, capsys: Output) -> None:
    assert main(["init", "sensor", "--dir", "deep/er"]) == 0
    assert files_of(here / "deep/er") == FILES
    assert main(["init", "lamp", "--dir", "."]) == 0
    assert (here / "lamp.yaml").is_file()
    assert "wrote lamp.yaml\n" in capsys.readouterr().out


@pytest.mark.parametrize("path", sorted(FILES))
def test_nothing_is_overwritten(here: Path, path: str, capsys: Output) -> None:
    (here / "sensor" / path).parent.mkdir(parents=True)
    (here / "sensor" / path).write_text("mine")
    assert main(["init", "sensor"]) == 2
    assert path in capsys.readouterr().err
    assert files_of(here) == {f"sensor/{path}"}
    assert (here / "sensor" / path).read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Sensor", "write `sensor`"),
        ("../up", "cannot name an interface"),
        ("a: b", "cannot name an interface"),
        ("class", "a keyword of Python"),
        ("stdio", "the name of a system header"),
    ],
)
def test_a_name_that_cannot_be_one_is_refused(
    here: Path, name: str, said: str, capsys: Output
) -> None:
    assert main(["init", name]) == 2
    assert said in capsys.readouterr().err
    assert files_of(here) == set()


def test_a_folder_that_cannot_be_written_is_said(here: Path, capsys: Output) -> None:
    (here / "sensor").write_text("a file")
    assert main(["init", "sensor"]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_two_names_have_two_device_types(here: Path) -> None:
    lines = set()
    for name in ("sensor", "lamp"):
        assert main(["init", "-q", name]) == 0
        text = (here / name / f"{name}.yaml").read_text()
        lines.add(next(line.split(",")[0] for line in text.splitlines() if "device_type" in line))
    assert len(lines) == 2
