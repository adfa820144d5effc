"""Codes that some ABIs only have, or that are another number on each: the Python client, on each ABI."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kgen.abi.abis import ABIS
from tests.client.build import import_client, write_client
from tests.support.generated import inspected

SCHEMA = r"""
kgen: 1
interface: gizmo
external: true
targets: [python]
windows: {device_type: 0x22, path: \\.\Gizmo}
linux: {node: gizmo0, magic: 0x67}
structs:
  entry: {layout: native, fields: {inode: ulong, flags: u32}}
ioctls:
  call: {number: {linux-x86_64: 0xC0006707, linux-i386: 0xC0006706}}
  stamp: {number: {linux: 0x6708, linux-mipsel: 0x6709}, inout: entry}
  trap: {nr: 10, function: 0x800, abis: [linux-x86_64, linux-powerpc64le, windows-x64], inout: entry}
  relic: {nr: 11, abis: linux-i386, out: entry}
  both: {nr: 12, function: 0x801, abis: [linux-x86_64, windows]}
  plain: {nr: 13, function: 0x802}
"""
MACHINES = {
    "linux-x86_64": ("x86_64", 8), "linux-i386": ("i686", 4), "linux-aarch64": ("aarch64", 8),
    "linux-armhf": ("armv7l", 4), "linux-riscv64": ("riscv64", 8), "linux-s390x": ("s390x", 8),
    "linux-powerpc64le": ("ppc64le", 8), "linux-mips64el": ("mips64", 8), "linux-mipsel": ("mips", 4),
    "linux-sparc64": ("sparc64", 8), "linux-alpha": ("alpha", 8),
}  # fmt: skip
PROGRAM = """
import json, os, struct, sys, types
machine, pointer, system = sys.argv[1], int(sys.argv[2]), sys.argv[3]
calcsize, align = struct.calcsize, int(sys.argv[4])
struct.calcsize = lambda form: {"P": pointer, "@BQ": 8 + align}.get(form) or calcsize(form)
if system == "windows":
    import sysconfig
    sysconfig.get_platform = lambda: machine
    sys.platform = "win32"
else:
    os.uname = lambda: types.SimpleNamespace(machine=machine)
from gizmo import ioctls
calls = [each for each in vars(ioctls).values() if isinstance(each, ioctls.Call)]
print(json.dumps({each.name: getattr(each, system) for each in calls}))
"""
WINDOWS = {
    "windows-x64": ("win-amd64", 8),
    "windows-x86": ("win32", 4),
    "windows-arm64": ("win-arm64", 8),
}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("codes") / "gizmo.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return path


@pytest.mark.parametrize("abi", ABIS, ids=lambda abi: abi.name)
def test_a_client_has_the_codes_of_its_abi(abi: Any, schema: Path) -> None:
    machine, pointer = {**MACHINES, **WINDOWS}[abi.name]
    place = write_client(str(schema), str(schema.parent))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, machine, str(pointer), abi.os, str(abi.align64)],
        env={**os.environ, "PYTHONPATH": place},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = {
        ioctl["name"]: ioctl["codes"].get(abi.name, ioctl["codes"][abi.os])
        for ioctl in inspected(str(schema))["ioctls"]
    }
    assert json.loads(done.stdout) == expected
    assert any(expected.values())


def test_what_is_said_is_what_an_abi_has(schema: Path) -> None:
    codes = {each["name"]: each["codes"] for each in inspected(str(schema))["ioctls"]}
    lacking = {abi.name: None for abi in ABIS if abi.os == "linux"}
    has = {"linux-x86_64", "linux-i386"}
    assert codes["call"] == {
        "windows": None, "linux": 0xC0006707, "linux-i386": 0xC0006706,
        **{name: None for name in lacking if name not in has},
    }  # fmt: skip
    assert codes["stamp"] == {"windows": None, "linux": 0x6708, "linux-mipsel": 0x6709}
    assert codes["relic"] == {"windows": None, "linux": None, "linux-i386": 0x8008670B}
    assert codes["trap"]["linux"] == 0xC010670A
    assert codes["trap"]["windows-x86"] is None
    assert "windows-x64" not in codes["trap"]
    assert codes["both"]["windows"] == 0x00222004
    assert codes["plain"] == {
        "windows": 0x00222008, "linux": 0x0000670D,
        **{abi.name: 0x2000670D for abi in ABIS if abi.ioc == "three"},
    }  # fmt: skip


def test_a_code_that_this_abi_lacks_is_refused(schema: Path, tmp_path: Path) -> None:
    gizmo: Any = import_client(str(schema), str(tmp_path), "gizmo")
    with gizmo.Gizmo.open("/dev/null") as device:
        with pytest.raises(NotImplementedError, match="relic: Linux has no such code here"):
            device.relic()
        with pytest.raises(NotImplementedError, match="relic: Linux has no such code here"):
            device.raw("relic", None, bytearray(8))
        with pytest.raises(gizmo.UnknownCodeError):
            device.plain()
