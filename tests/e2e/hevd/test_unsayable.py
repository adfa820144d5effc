"""What HEVD's requests have and a schema cannot say: each is refused where it stands, with a code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kgen.cli import FINDINGS, main

HEAD = "kgen: 1\ninterface: hevd\ntargets: [wdm, kmdf]\n"
DEVICE = HEAD + "windows: {device_type: 0x8B22, sddl: admins}\n"
IOCTLS = "ioctls:\n  attack: {function: 0x801, access: write, in: {FIELDS}}\n"
KIND = "enums:\n  kind: {type: u32, values: {number: 1, text: 2}}\n"


def request(fields: str) -> str:
    return DEVICE + IOCTLS.replace("FIELDS", fields)


UNSAYABLE = {
    "an address to write to": (request('what: u64, where: "void*"'), "KG108"),
    "an address by its name": (request("what: u64, where: PVOID"), "KG120"),
    "a length of the caller's width": (request("size: size_t"), "KG120"),
    "a handle without its kind": (request("file: HANDLE"), "KG120"),
    "a pointer without a limit": (request('from: "user_ptr(u8)"'), "KG108"),
    "a buffer without a limit": (request('bytes: "u8[..]"'), "KG108"),
    "a buffer without a sensible limit": (request('bytes: "u8[..1 << 32]"'), "KG117"),
    "a hole that nobody fills": (request("id: u32, number: u64"), "KG201"),
    "a union without a tag": (
        DEVICE + 'unions:\n  object: {arms: {number: u64, text: "utf8[8]"}}\n' + IOCTLS.replace("FIELDS", "id: u32"),
        "KG103",
    ),
    "a union apart from its tag": (
        DEVICE + KIND + "unions:\n  object: {tag: kind, arms: {number: u64, text: u64}}\n"
        + IOCTLS.replace("FIELDS", "object: object"),
        "KG134",
    ),
    "a reply of any length": (
        DEVICE + 'ioctls:\n  attack: {function: 0x801, access: read, out: {bytes: "u8[..64]"}}\n',
        "KG152",
    ),
    "a device for everybody by default": (
        HEAD + "windows: {device_type: 0x8B22}\n" + IOCTLS.replace("FIELDS", "id: u32"),
        "KG403",
    ),
    "a code for everybody by default": (
        DEVICE + "ioctls:\n  attack: {function: 0x801, in: {id: u32}}\n",
        "KG413",
    ),
    "HEVD's device type": (
        HEAD + "windows: {device_type: 0x22, sddl: admins}\n" + IOCTLS.replace("FIELDS", "id: u32"),
        "KG401",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", UNSAYABLE)
def test_cannot_be_said(what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, code = UNSAYABLE[what]
    schema = tmp_path / "hevd.yaml"
    schema.write_text(text, encoding="utf-8")
    assert main(["build", "-o", str(tmp_path / "out"), str(schema)]) == FINDINGS
    said = capsys.readouterr()
    assert f"error[{code}]" in said.out + said.err
    assert "1 error in 1 file" in said.out + said.err
    assert not (tmp_path / "out").exists()


def test_what_stands_around_it_can(tmp_path: Path) -> None:
    """So it is the one thing alone that is refused."""
    schema = tmp_path / "hevd.yaml"
    schema.write_text(request("id: u32"), encoding="utf-8")
    assert main(["build", "-q", "-o", str(tmp_path / "out"), str(schema)]) == 0


SAID = """\
kgen: 1
interface: hevd
targets: [wdm]
windows: {device_type: 0x8B22, sddl: everyone}
ioctls:
  write_what_where: {function: 0x801, access: any, in: {what: u64, where_address: u64}}
  create_helper: {function: 0x802, access: any, out: {helper_address: u64}}
  read_memory: {function: 0x803, access: any, method: neither, in: {physical_address: u64}, out: {value: u64}}
  open_file: {function: 0x804, access: any, in: {file_handle: u64}}
"""


def test_what_can_be_said_is_found_by_the_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An address in a number, and everything open to everybody: nobody can forbid it, but it does not pass unseen."""
    schema = tmp_path / "hevd.yaml"
    schema.write_text(SAID, encoding="utf-8")
    assert main(["audit", "--format", "json", "--fail-on", "warning", str(schema)]) == FINDINGS
    said = capsys.readouterr().out
    found = re.findall(r'"rule": "([a-z-]+)"', said)
    assert set(found) >= {
        "sddl-world", "any-access", "method-neither", "embedded-pointer", "kernel-address", "raw-handle",
        "physical-access",
    }  # fmt: skip
