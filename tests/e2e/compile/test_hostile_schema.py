"""No text of a schema becomes code, and names that are words of C elsewhere do no harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgen.cli import main
from tests.support.toolchain import check_syntax

NASTY = '*/ #error "escaped" /* ??/\\n// \\\\ \\n#error newline\\n" + %s {{ 7 * 7 }} {% raw %}'
SCHEMA = f"""\
kgen: 1
interface: odd
version: "1.0"
doc: "{NASTY.replace('"', chr(92) + '"')}"
targets: [wdm, c]
windows: {{device_type: 0x9002, device: Odd, sddl: admins}}
constants:
  errno: {{value: 1, doc: "{NASTY.replace('"', chr(92) + '"')}"}}
  least: -9223372036854775807 - 1
  most: {{value: 18446744073709551615, doc: "*/ #error"}}
errors:
  near: {{ntstatus: 0xE9020001, errno: EIO, doc: "*/ #error"}}
enums:
  register:
    type: s64
    doc: "*/ #error"
    values: {{least: {{value: -9223372036854775807 - 1, doc: "*/ #error"}}, small: -1, big: 1 << 40}}
structs:
  class:
    doc: "*/ #error"
    fields:
      first: {{type: u32, doc: "*/ #error"}}
      second: u16 in 1..2
      third: u16
      fourth: register
      fifth: "utf8[8]"
    require: ["second == 1 or third != second"]
ioctls:
  delete:
    doc: "*/ #error"
    function: 0x800
    access: read
    in: class
    out: {{made: class, rest: "u8[..4]"}}
    short: refuse
    errors: [near]
  switch: {{function: 0x801, access: any, inout: class, doc: "*/ #error"}}
"""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd")
    (folder / "odd.yaml").write_text(SCHEMA, encoding="utf-8")
    assert main(["build", str(folder / "odd.yaml"), "-o", str(folder), "-q"]) == 0
    return folder / "odd"


@pytest.mark.parametrize("compiler", ["gcc", "mingw-gcc", "clang-linux", "clang-msvc"])
def test_core_and_skeleton(odd: Path, compiler: str) -> None:
    includes = [str(odd / part) for part in ("include", "core", "driver")]
    check_syntax(str(odd / "core" / "odd_core.c"), compiler, includes)
    check_syntax(str(odd / "driver" / "odd_handlers.c"), compiler, includes)


def test_driver(odd: Path) -> None:
    includes = [str(odd / part) for part in ("include", "core", "driver", "wdm")]
    check_syntax(str(odd / "wdm" / "odd_wdm.c"), "mingw-gcc", includes, kernel=True)


@pytest.mark.parametrize("language", ["c", "cpp"])
@pytest.mark.parametrize("compiler", ["mingw-gcc", "clang"])
def test_client(odd: Path, tmp_path: Path, compiler: str, language: str) -> None:
    source = tmp_path / f"client.{language}"
    source.write_text('#include <windows.h>\n#include "odd_client.h"\nint nothing;\n')
    check_syntax(str(source), compiler, [str(odd / part) for part in ("include", "c")])


def test_text_stays_in_comments(odd: Path) -> None:
    for path in odd.rglob("*.[ch]"):
        text = path.read_text(encoding="utf-8")
        assert "{{ 7 * 7 }}" in text or "escaped" not in text, path
        for line in text.splitlines():
            assert not line.lstrip().startswith("#error"), f"{path}: {line}"
