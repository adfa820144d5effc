"""`kgen verify` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgen.cli import main

ROOT = Path(__file__).parents[3]
VAULT = str(ROOT / "schemas" / "vault.yaml")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KGEN_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_what_holds_is_told_and_remembered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", VAULT, "--ioctl", "lock", "-j", "2"]) == 0
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert [line.rpartition(" (")[0] for line in lines[:-1]] == [
        "vault.lock: esbmc: holds",
        "vault.lock: esbmc twin: holds",
        "vault.lock: eva: holds",
        "vault.all: memory: holds",
        "vault.all: address,undefined: holds",
    ]
    assert lines[-1] == "5 proofs, 0 with findings"
    assert told.err == ""
    assert main(["verify", VAULT, "--ioctl", "lock"]) == 0
    assert "vault.lock: esbmc: holds (known)" in capsys.readouterr().out


def test_a_tool_that_is_left_out_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    left_out = ["--without", "esbmc", "--without", "msan"]
    assert main(["verify", VAULT, "--ioctl", "lock", *left_out]) == 0
    assert "not run: esbmc\nnot run: msan\n" in capsys.readouterr().out
    assert main(["verify", VAULT, "--ioctl", "lock", *left_out, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["without"] == ["esbmc", "msan"]
    (proof,) = document["proofs"]
    assert (proof["tool"], proof["subject"], proof["findings"]) == ("eva", "lock", [])


def test_missing_tools_are_an_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("ESBMC", raising=False)
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    assert main(["verify", VAULT]) == 2
    said = capsys.readouterr().err
    for tool in ("esbmc", "eva", "msan"):
        assert f"{tool} was not found: " in said
        assert f"--without {tool}" in said


def test_a_program_that_does_not_run_is_missing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    broken = tmp_path / "esbmc"
    broken.write_text("no program")
    broken.chmod(0o755)
    assert main(["verify", VAULT, "--esbmc", str(broken)]) == 2
    assert "esbmc was not found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ioctl", "sael"], "`vault` has no ioctl `sael`; it has seal, unseal"),
        (["-j", "0"], "--jobs is at least 1"),
    ],
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert main(["verify", VAULT, *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_schema_with_errors_is_a_finding(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    schema = tmp_path / "lamp.yaml"
    schema.write_text("kgen: 1\ninterface: lamp\n")
    assert main(["verify", str(schema)]) == 1
    assert "error[KG" in capsys.readouterr().err


def test_an_interface_without_a_core_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(ROOT / "schemas" / "serial.yaml")]) == 1
    assert "KG501" in capsys.readouterr().err


def test_what_a_tool_is_not_asked_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    tour = str(ROOT / "schemas" / "tour.yaml")
    assert main(["verify", "-q", tour, "--ioctl", "watch"]) == 0
    reason = "not asked, as the request holds objects or handles"
    assert capsys.readouterr().out.splitlines() == [
        f"tour.watch: esbmc: {reason}",
        f"tour.watch: esbmc twin: {reason}",
    ]
    assert main(["verify", tour, "--ioctl", "watch"]) == 0
    told = capsys.readouterr().out
    assert f"tour.watch: esbmc: {reason}" in told
    assert "tour.watch: eva: holds (known)" in told
