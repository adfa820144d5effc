"""`kgen import --for FILE`: what a header does not have, laid over what it has."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kgen.cli import main
from tests.support.tools import find_tool

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
        ("flags: {odd: {type: u32, values: {one: DISK_FLAG_ONE}}}", "`DISK_FLAG_ONE` is none of the header's constants"),
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
    ("line", "code", "column"),
    [
        ("ioctls: {IOCTL_DISK_ENTRY: {out: DISK_ENTRI}}", "KG120", 34),
        ('structs: {DISK_ENTRY: {fields: {Name: "u8[..32] count Size"}}}', "KG132", 39),
        ("ioctls: {IOCTL_DISK_ENTRY: {out: DISK_ENTRY, short: {truncate: Size}}}", "KG152", 53),
        ("structs: {DISK_ENTRY: {fields: {text: utf16 at Number size Length}}}", "KG136", 39),
    ],
)
def test_what_kgen_has_against_it_is_said_of_the_overlay(
    line: str, code: str, column: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """At its own place, and not in a schema that nobody has seen."""
    Path("disk.yaml").write_text("mine")
    assert imported(f"kgen_overlay: 1\n{line}\n") == 1
    said = capsys.readouterr().err
    assert f"disk.overlay.yaml:2:{column}: error[{code}]" in said
    assert Path("disk.yaml").read_text() == "mine"


def shown_after(
    header: str, overlay: str, capsys: pytest.CaptureFixture[str], *more: str
) -> dict[str, Any]:
    """What `kgen inspect` tells of a header of these lines with that overlay."""
    Path("own.h").write_text(header)
    Path("own.overlay.yaml").write_text(f"kgen_overlay: 1\n{overlay}")
    words = ["import", "own.h", "--for", "own.overlay.yaml", "-o", "own.yaml", *more]
    assert main(words) == 0, capsys.readouterr().err
    assert main(["inspect", "own.yaml", "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_names_are_without_their_prefixes(capsys: pytest.CaptureFixture[str]) -> None:
    shown = shown_after(
        "#define OWN_MOST 3\n#define OWN_2 2\nstruct own_entry { unsigned int o_size, o_1, plain; };\n"
        "struct OWN_ENTRY { int a; };\n"
        "#define OWN_GET _IOR(0xB1, 1, struct own_entry)\n#include <linux/ioctl.h>\n",
        "prefixes: [OWN_, own_, o_]\nioctls: {OWN_GET: {idempotent: true}}\n",
        capsys,
    )
    assert [each["name"] for each in shown["constants"]] == ["most", "own_2"]
    assert [each["name"] for each in shown["types"]] == ["entry", "own_entry"]
    fields = shown["types"][0]["layouts"]["linux-x86_64"]["fields"]
    assert [field["name"] for field in fields] == ["size", "o_1", "plain"]
    assert [each["name"] for each in shown["ioctls"]] == ["get"]


def test_the_end_of_a_record_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Windows writes `[1]` where more follows, and the place of a text as an offset and a length."""
    shown = shown_after(
        "#define CTL_CODE(t, f, m, a) (((t) << 16) | ((a) << 14) | ((f) << 2) | (m))\n"
        "typedef struct { unsigned short Length; unsigned short Offset; } NAME;\n"
        "typedef struct { unsigned long Count; NAME Names[1]; } NAMES;\n"
        "#define IOCTL_OWN_LIST CTL_CODE(0x8337, 0x801, 0, 1)\n",
        "structs:\n"
        "  NAMES: {fields: {Names: 'NAME[..64] count Count'}}\n"
        "  NAME: {fields: {text: utf16 at Offset size Length}}\n"
        "ioctls: {IOCTL_OWN_LIST: {out: NAMES, idempotent: true}}\n",
        capsys,
    )
    names = next(each for each in shown["types"] if each["name"] == "names")
    layout = names["layouts"]["windows-x64"]
    assert [(field["name"], field["offset"]) for field in layout["fields"]] == [
        ("count", 0),
        ("names", 4),
    ]
    assert main(["build", "own.yaml", "-o", "out", "-q"]) == 0
    # Its own header says so too, to C and to C++.
    for compiler, standard in (("gcc", "c11"), ("g++", "c++17")):
        words = ["-x", "c" if compiler == "gcc" else "c++", f"-std={standard}", "-Wall", "-Werror"]
        tool = find_tool(f"x86_64-w64-mingw32-{compiler}", "gcc-mingw-w64-x86-64")
        subprocess.run(
            [tool, *words, "-fsyntax-only", "-Iout/own/include", "-include", "own.h", os.devnull],
            check=True,
            cwd=tmp_path,
        )


def test_a_tail_begins_where_a_record_would_have_padding(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = shown_after(
        "#include <linux/ioctl.h>\nstruct name { unsigned id; unsigned short length; unsigned short text[]; };\n"
        "#define OWN_NAME _IOW(0xB1, 1, struct name)\n",
        "structs: {name: {fields: {text: 'utf16[..20] size length'}}}\n",
        capsys,
    )
    layouts = shown["types"][0]["layouts"]
    assert {each["size"] for each in layouts.values()} == {6}


LINUX_HEADER = (
    "#include <linux/ioctl.h>\n#define OWN_UP 1\n#define OWN_DOWN 2\n#define ALSO_LEFT 4\n"
    "struct list { unsigned int many; unsigned int each[1]; };\nstruct pair { struct list a; };\n"
    "#define OWN_LIST _IOW(0xB1, 1, int)\n"
)


def test_types_of_several_patterns_and_of_named_constants(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = shown_after(
        LINUX_HEADER,
        "enums: {side: {type: u8, values: {up: OWN_UP, down: OWN_DOWN}}}\n"
        "flags: {way: {type: u32, from: [ALSO_*]}}\n",
        capsys,
    )
    types = {each["name"]: each["values"] for each in shown["types"] if each["values"]}
    assert [(value["name"], value["value"]) for value in types["side"]] == [("up", 1), ("down", 2)]
    assert [value["c_name"] for value in types["way"]] == ["ALSO_LEFT"]
    assert not shown["constants"]


@pytest.mark.parametrize(
    ("line", "place", "message"),
    [
        # What the overlay says itself of a number has to be what the header has.
        ("ioctls: {OWN_LIST: {in: list, coded: {direction: both, size: s32}}}", "2:10", "error[KG717]: with the overlay `OWN_LIST` is another code: it is 0x4004B101, and kgen says 0xC004B101"),
        # The fault shows in a record that the overlay does not name.
        ("structs: {list: {fields: {each: 'u32[..4] count many'}}}", "1:1", "error[KG131]"),
    ],
)  # fmt: skip
def test_what_an_overlay_breaks_elsewhere(
    line: str, place: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("own.h").write_text(LINUX_HEADER)
    Path("own.overlay.yaml").write_text(f"kgen_overlay: 1\n{line}\n")
    assert main(["import", "own.h", "--for", "own.overlay.yaml", "-o", "own.yaml"]) == 1
    assert f"own.overlay.yaml:{place}: {message}" in capsys.readouterr().err
    assert not Path("own.yaml").exists()


def test_what_a_number_says_stays(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a header says int and moves another thing, the number is the header's; a plain number is a code."""
    shown = shown_after(
        "#include <linux/ioctl.h>\nstruct name { char text[16]; long number; };\n"
        "#define OWN_NAME _IOW(0xB1, 1, int)\n#define OWN_LEVEL _IOW(0xB1, 2, long)\n"
        "#define OWN_STATE _IOR(0xB1, 3, int)\n#define OWN_OLD 0x4C01\n#define OWN_SIZE 16\n",
        "ioctls:\n"
        "  OWN_NAME: {inout: name}\n  OWN_LEVEL: {arg: {level: u32}}\n"
        "  OWN_STATE: {out: {state: u32}}\n  OWN_OLD: {arg: {fd: s32}}\n",
        capsys,
    )
    codes = {each["c_name"]: each["codes"]["linux"] for each in shown["ioctls"]}
    assert codes == {
        "OWN_NAME": 0x4004B101,
        "OWN_LEVEL": 0x4008B102,
        "OWN_STATE": 0x8004B103,
        "OWN_OLD": 0x4C01,
    }
    assert [each["name"] for each in shown["constants"]] == ["own_size"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("ioctls: {}\n", "KG107"), ("kgen_overlay: 1\nioctl: {}\n", "KG101"), ("kgen_overlay: 1\nioctls: 1\n", "KG102"), ("kgen_overlay: 1\nprefixes: [\"a b\"]\n", "KG102")],
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
    words = ["--for", "loop.overlay.yaml", "-o", "loop.yaml"]
    assert main(["import", "/usr/include/linux/loop.h", *words]) == 0, capsys.readouterr().err
    assert main(["build", "loop.yaml", "-o", "out", "-q"]) == 0
