"""Diagnostics as the command prints them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgen.cli import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, without any configuration around it."""
    (tmp_path / "kgen.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_glob_that_names_no_schema(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "no*.yaml", "--format", "concise"]) == 1
    assert "error[KG094]: " in capsys.readouterr().out


def test_a_mistake_in_a_schema(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "x.yaml").write_text("kgen: 1\nkgen: 2\n")
    assert main(["build", "x.yaml"]) == 1
    assert capsys.readouterr().out == (
        "x.yaml:2:1: error[KG012]: `kgen` is defined twice\n"
        "  |\n"
        "2 | kgen: 2\n"
        "  | ^^^^ second definition\n"
        "  = note: first defined here: x.yaml:1:1\n"
        "  = help: rename or remove one of the two\n"
        "\n"
        "1 error in 1 file; `kgen explain KG012` tells more\n"
    )
    assert main(["check", "x.yaml", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [found["code"] for found in document["diagnostics"]] == ["KG012"]


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "kg12"]) == 0
    assert capsys.readouterr().out.startswith("KG012 duplicate-key\n")
    assert main(["explain"]) == 0
    assert "KG012 duplicate-key\n" in capsys.readouterr().out
    assert main(["explain", "KG000"]) == 2
