"""`kgen call` against the vault's handlers in C, in a library."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from kgen.cli import main
from tests.e2e.simulator.conftest import Simulated
from tests.support.generated import ROOT

SCHEMA = str(Path(ROOT, "schemas", "vault.yaml"))
KEY = "00112233445566778899aabbccddeeff"
SEAL = {"lifetime": "once", "flags": ["audited"], "key": KEY, "label": "door", "secret": "00ff"}


class Caller:
    def __init__(self, library: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.library = library
        self.capsys = capsys

    def __call__(self, *arguments: str, schema: str = SCHEMA) -> tuple[int, str, str]:
        """The exit status, and what went to standard output and standard error."""
        self.capsys.readouterr()
        status = main(["call", schema, *arguments, "--simulate", self.library])
        out, err = self.capsys.readouterr()
        return status, out, err

    def answer(self, *arguments: str) -> Any:
        status, out, err = self(*arguments)
        assert (status, err) == (0, "")
        return json.loads(out)


@pytest.fixture
def call(
    vault: Simulated,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Caller:
    monkeypatch.setenv("KGEN_CACHE_DIR", str(tmp_path / "cache"))
    return Caller(str(vault.library()), capsys)


def test_replies_are_json(call: Caller) -> None:
    assert call.answer("get_status") == {"used": 0, "free": 16, "unseals": 0}
    assert call.answer("seal", "--json", json.dumps(SEAL)) == {"slot": 0}
    assert call.answer("list", "--json", '{"first": 0}') == {"total": 0, "entries": []}
    assert call.answer("lock") is None


def test_a_request_comes_from_standard_input(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(SEAL)))
    assert call.answer("seal", "--json", "-") == {"slot": 0}


def test_what_the_driver_refuses_is_told_by_name_and_number(call: Caller) -> None:
    status, out, err = call("unseal", "--json", json.dumps({"slot": 3, "key": KEY}))
    assert (status, out) == (1, "")
    assert err == (
        "NotFoundError: unseal: There is no such thing (NTSTATUS 0xC0000225, Win32 error 1168)\n"
    )
    status, _, err = call("lock", "--access", "r")
    assert status == 1
    assert err.startswith("AccessDeniedError: lock: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["unsel"], "there is no ioctl `unsel`; did you mean `unseal`?"),
        (["xyz"], "there is no ioctl `xyz`; they are seal, unseal, list"),
        (["unseal", "--json", "{"], "--json is no JSON: "),
        (["unseal", "--json", '{"slot": 1}'], "unseal.key: is missing"),
        (["unseal", "--json", '{"slot": 99, "key": "00"}'], "unseal.slot: 99 is outside 0..15"),
        (["get_status", "--json", '{"slot": 1}'], "get_status: takes no values"),
        (["get_status", "--data", "x"], "`get_status` has no `data:` buffer"),
        (["load", "--json", "{}"], "`load` reads a buffer; add --data FILE"),
        (["load", "--data", "no-such-file"], "cannot read no-such-file: No such file or directory"),
    ],
)  # fmt: skip
def test_wrong_usage_sends_nothing(call: Caller, arguments: list[str], said: str) -> None:
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith(f"kgen: {said}")


def test_no_ioctl_lists_them(call: Caller) -> None:
    status, out, _ = call()
    assert status == 0
    assert out.split() == [
        "seal", "unseal", "list", "erase", "get_status", "lock", "read_audit", "load",
    ]  # fmt: skip


def test_buffers_come_from_files_and_go_into_them(call: Caller, tmp_path: Path) -> None:
    found = call.answer("read_audit", "--json", '{"offset": 0}', "--length", "64")
    assert found == {"length": 0, "data": ""}
    out = tmp_path / "audit"
    assert call.answer("read_audit", "--json", '{"offset": 0}', "--data", str(out)) == 0
    assert out.read_bytes() == b""
    backup = tmp_path / "backup"
    backup.write_bytes(b"\xff" * 7)
    values = json.dumps({"lifetime": "once", "key": KEY})
    status, _, err = call("load", "--json", values, "--data", str(backup))
    assert (status, err[:13]) == (1, "InvalidError:")
    backup.write_bytes(b"")
    status, _, err = call("load", "--json", values, "--data", str(backup))
    assert (status, err) == (2, "kgen: load.data: 0 bytes, must be 1 to 1048576\n")


def test_findings_in_a_schema_come_first(call: Caller, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("kgen: 1\ninterface: bad\nioctls: {a: {nr: 1}}\n", encoding="utf-8")
    status, out, err = call("a", schema=str(bad))
    assert (status, out) == (1, "")
    assert "error[KG414]" in err
    status, _, err = call("a", schema=str(tmp_path / "*.yml"))
    assert status == 1
    assert "error[KG094]" in err


def test_without_a_cache_nothing_is_left(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("KGEN_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    assert call.answer("get_status")["free"] == 16
    assert list((tmp_path / "temporary").iterdir()) == []


def test_no_library_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGEN_CACHE_DIR", str(tmp_path / "cache"))
    assert main(["call", SCHEMA, "get_status", "--simulate", str(tmp_path / "none.so")]) == 2
    assert "none.so" in capsys.readouterr().err


def test_no_device_is_a_failure_of_the_system(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGEN_CACHE_DIR", str(tmp_path / "cache"))
    assert main(["call", SCHEMA, "get_status", "--device", "/dev/none"]) == 1
    assert capsys.readouterr().err.startswith("FileNotFoundError: ")
    assert main(["call", SCHEMA, "get_status", "--device", "/dev/null", "--no-check"]) == 1
    assert capsys.readouterr().err.startswith("UnknownCodeError: get_status: ")


def test_an_interface_may_be_called_as_a_module_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGEN_CACHE_DIR", str(tmp_path / "cache"))
    schema = tmp_path / "json.yaml"
    schema.write_text(
        "kgen: 1\ninterface: json\nexternal: true\nlinux: {magic: 0x67}\nioctls: {a: {nr: 1}}\n",
        encoding="utf-8",
    )
    assert main(["call", str(schema), "a", "--device", "/dev/null"]) == 1
    assert capsys.readouterr().err.startswith("UnknownCodeError: a: ")
