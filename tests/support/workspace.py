"""A folder with a schema, in which tests run the command line with the target of `faketarget`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pytest

import kgen.targets
from kgen.cli import main
from kgen.emit import environment

FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "faketarget")

SCHEMA = """\
kgen: 1
interface: lamp
version: "1.0"
doc: A lamp.
targets: [fake]
windows: {device_type: 0x8A17, device: Lamp, sddl: admins}
ioctls:
  light:
    doc: Light it.
    function: 0x801
    access: write
    in: {level: u32 in 0..100}
  dim:
    doc: Dim it.
    function: 0x802
    access: write
"""


class Ran(NamedTuple):
    status: int
    out: str
    err: str


class Workspace:
    """The folder, which is the working folder too."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.schema = folder / "lamp.yaml"
        self.schema.write_text(SCHEMA, encoding="utf-8")
        self.out = folder / "generated" / "lamp"
        self._capsys = capsys

    def run(self, *arguments: str) -> Ran:
        self._capsys.readouterr()
        status = main(arguments)
        out, err = self._capsys.readouterr()
        return Ran(status, out, err)

    def change(self, old: str, new: str, name: str = "lamp.yaml") -> None:
        """Replace a text of a file, which must be there."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def outputs(self) -> dict[str, bytes]:
        """The content of every file in the output folder."""
        return {
            path.relative_to(self.out).as_posix(): path.read_bytes()
            for path in sorted(self.out.rglob("*"))
            if path.is_file()
        }

    def times(self) -> dict[str, int]:
        """When every file in the output folder was last written."""
        return {
            path.relative_to(self.out).as_posix(): path.stat().st_mtime_ns
            for path in self.out.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def fake_target(monkeypatch: pytest.MonkeyPatch) -> None:
    """The target `fake` is one of kgen's, and its templates are the only ones."""
    monkeypatch.setattr(kgen.targets, "__path__", [*kgen.targets.__path__, FAKE])
    monkeypatch.setattr(environment, "template_folder", lambda: os.path.join(FAKE, "templates"))


@pytest.fixture
def workspace(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fake_target: None,
) -> Workspace:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KGEN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("CI", raising=False)
    return Workspace(tmp_path, capsys)
