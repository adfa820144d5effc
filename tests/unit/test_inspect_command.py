"""`kgen inspect`: the command."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kgen.abi import ABIS
from kgen.cli import main
from kgen.inspection import document, encode, table
from tests.support.layouts import HEAD, layouts_of_file


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main(["inspect", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.fixture
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "lamp.yaml"
    path.write_text(f"{HEAD}ioctls:\n  get: {{function: 0x801, access: any, out: u32}}\n")
    return path


def test_the_command_prints_text_or_json(schema: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layouts = layouts_of_file(schema)
    assert run(capsys, "lamp.yaml") == (0, table(layouts, ABIS), "")
    assert run(capsys, "--format", "json", "lamp.yaml") == (0, encode(document(layouts, ABIS)), "")


def test_abis_can_be_chosen(schema: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["--abi", "linux-alpha", "--abi", "windows-x64"]
    status, out, err = run(capsys, "lamp.yaml", "--format", "json", *chosen)
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert list(found["types"][0]["layouts"]) == ["windows-x64", "linux-alpha"]
    assert list(found["ioctls"][0]["codes"]) == ["windows", "linux", "linux-alpha"]


def test_an_unknown_abi_is_wrong_usage(schema: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "lamp.yaml", "--abi", "linux-vax")
    assert (status, out) == (2, "")
    assert "linux-vax" in err


def test_several_schemas_are_a_list(schema: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = schema.read_text().replace("interface: lamp", "interface: torch")
    schema.with_name("torch.yaml").write_text(text)
    status, out, _ = run(capsys, "--format", "json", "lamp.yaml", "torch.yaml")
    assert status == 0
    assert [each["interface"] for each in json.loads(out)] == ["lamp", "torch"]
    status, out, _ = run(capsys, "*.yaml")
    assert re.findall(r"^interface (\w+)", out, re.MULTILINE) == ["lamp", "torch"]


def test_a_finding_goes_to_standard_error(schema: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = schema.read_text()
    schema.with_name("bad.yaml").write_text(good.replace("out: u32", "out: u33"))
    status, out, err = run(capsys, "lamp.yaml", "bad.yaml", "--format", "json")
    assert (status, out) == (1, "")
    assert "error[KG120]" in err
    status, out, err = run(capsys, "gone.yaml")
    assert (status, out) == (1, "")
    assert "KG001" in err


def test_no_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run(capsys)
    assert (status, out) == (2, "")
    assert "no schema" in err
