"""`kgen import --for FILE`: what a header does not have, laid over what it has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgen.cli import main

HEADER = Path(__file__).parent / "headers" / "disk.h"
OVERLAY = """
kgen_overlay: 1
interface: {doc: Disks., version: "1.2", windows: {path: \\\\.\\Disk}}
flags:
  disk_flags: {type: u32, from: DISK_FLAG_*}
constants:
  DISK_MOST: {doc: Of one machine.}
structs:
  DISK_ENTRY:
    doc: A disk.
    fields:
      Number: {doc: From 0.}
      Flags: disk_flags
      Name: {type: "utf8[32]", doc: For people.}
ioctls:
  IOCTL_DISK_ENTRY: {out: DISK_ENTRY, idempotent: true, doc: Tell of the disk.}
  IOCTL_DISK_RENAME: {in: {Name: "utf8[32]"}}
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def imported(overlay: str) -> int:
    Path("disk.overlay.yaml").write_text(overlay)
    return main(["import", str(HEADER), "--for", "disk.overlay.yaml", "-o", "disk.yaml"])


def test_an_overlay_adds_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(OVERLAY) == 0, capsys.readouterr().err
    assert main(["fmt", "--check", "disk.yaml"]) == 0
    assert main(["inspect", "disk.yaml", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["version"] == "1.2"
    codes = {each["c_name"]: each for each in shown["ioctls"]}
    assert codes["IOCTL_DISK_ENTRY"]["out"] == "disk_entry"
    assert codes["IOCTL_DISK_ENTRY"]["codes"]["windows"] == 0x8337 << 16 | 1 << 14 | 0x801 << 2
    assert codes["IOCTL_DISK_ENTRY"]["doc"] == "Tell of the disk."
    assert codes["IOCTL_DISK_RENAME"]["in"] == "disk_rename_request"
    types = {each["name"]: each for each in shown["types"]}
    assert [value["c_name"] for value in types["disk_flags"]["values"]] == [
        "DISK_FLAG_READ_ONLY",
        "DISK_FLAG_REMOVABLE",
    ]
    fields = types["disk_entry"]["layouts"]["windows-x64"]["fields"]
    assert [field["type"] for field in fields] == ["u32", "disk_flags", "utf8[32]"]
    assert [each["name"] for each in shown["constants"]] == ["disk_most"]
    assert main(["build", "disk.yaml", "--target", "python", "-o", "out", "-q"]) == 0


def test_it_survives_another_import() -> None:
    assert imported(OVERLAY) == 0
    first = Path("disk.yaml").read_text()
    assert imported(OVERLAY) == 0
    assert Path("disk.yaml").read_text() == first


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ioctls: {IOCTL_DISK_ENTRI: {idempotent: true}}", "`IOCTL_DISK_ENTRI` is none of the header's ioctls"),
        ("structs: {DISK_ENTRY: {fields: {Size: u32}}}", "`Size` is none of `DISK_ENTRY`"),
        ("flags: {odd: {type: u32, from: ODD_*}}", "no constant of the header is called `ODD_*`"),
    ],
)  # fmt: skip
def test_what_the_header_does_not_have(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("disk.yaml").write_text("mine")
    assert imported(f"kgen_overlay: 1\n{line}\n") == 1
    said = capsys.readouterr().err
    assert f"error[KG716]: {message}" in said
    assert said.startswith("disk.overlay.yaml:2:")
    assert Path("disk.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ioctls: {IOCTL_DISK_ENTRY: {function: 0x802}}", "`function` of `IOCTL_DISK_ENTRY` is 0x801 in the header"),
        ('structs: {DISK_ENTRY: {fields: {Name: "utf8[31]"}}}', "`name` of `disk_entry` has 32 bytes in the header, and 31 with the overlay"),
        ("flags: {disk_entry: {type: u32, from: DISK_FLAG_*}}", "the header has a type `disk_entry` itself"),
    ],
)  # fmt: skip
def test_what_the_header_says_itself(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("disk.yaml").write_text("mine")
    assert imported(f"kgen_overlay: 1\n{line}\n") == 1
    assert f"error[KG717]: {message}" in capsys.readouterr().err
    assert Path("disk.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("text", "code"),
    [("ioctls: {}\n", "KG107"), ("kgen_overlay: 1\nioctl: {}\n", "KG101"), ("kgen_overlay: 1\nioctls: 1\n", "KG102")],
)  # fmt: skip
def test_an_overlay_that_is_none(text: str, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(text) == 1
    assert f"error[{code}]" in capsys.readouterr().err


def test_an_overlay_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(HEADER), "--for", "nothing.yaml"]) == 2
    assert "cannot read nothing.yaml" in capsys.readouterr().err


def test_the_example_of_the_docs(capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
    overlay = text.partition("```yaml\nkgen_overlay")[2].partition("```")[0]
    Path("loop.overlay.yaml").write_text(f"kgen_overlay{overlay}")
    words = ["--code", "LOOP_*", "--for", "loop.overlay.yaml", "-o", "loop.yaml"]
    assert main(["import", "/usr/include/linux/loop.h", *words]) == 0, capsys.readouterr().err
    assert main(["build", "loop.yaml", "-o", "out", "-q"]) == 0
