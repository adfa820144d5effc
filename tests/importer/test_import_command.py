"""`kgen import` as a user types it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from kgen.cli import main

HEADERS = Path(__file__).parent / "headers"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_schema_that_kgen_accepts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("depot.h").write_text(
        "#define CTL_CODE(t, f, m, a) (((t) << 16) | ((a) << 14) | ((f) << 2) | (m))\n"
        "#define IOCTL_DEPOT_READ CTL_CODE(0x8337, 0x801, 2, 1)\n"
        "#define IOCTL_DEPOT_SAME IOCTL_DEPOT_READ\n"
        "typedef struct { unsigned long a; void *b; } DEPOT;\n"
    )
    assert main(["import", "depot.h", "-o", "depot.yaml"]) == 0
    assert capsys.readouterr() == ("", "")
    assert main(["inspect", "depot.yaml", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    codes = {each["c_name"]: each["codes"]["windows"] for each in shown["ioctls"]}
    assert codes["IOCTL_DEPOT_READ"] == 0x8337 << 16 | 1 << 14 | 0x801 << 2 | 2
    assert codes["IOCTL_DEPOT_SAME"] == codes["IOCTL_DEPOT_READ"]
    assert main(["fmt", "--check", "depot.yaml"]) == 0


def test_standard_output_unless_told_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(HEADERS / "arrays.h"), "--interface", "things"]) == 0
    assert capsys.readouterr().out.startswith("kgen: 1\ninterface: things\n")


def test_a_folder_takes_a_schema_per_header(tmp_path: Path) -> None:
    headers = [str(HEADERS / "arrays.h"), str(HEADERS / "enums.h")]
    assert main(["import", *headers, "-o", "out/"]) == 0
    assert sorted(os.listdir("out")) == ["arrays.yaml", "enums.yaml"]
    assert main(["import", *headers, "-o", "both.yaml"]) == 0
    both = Path("both.yaml").read_text()
    assert "lamp_colour" in both
    assert "flexible" in both


def test_facts_alone(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["import", str(HEADERS / "arrays.h"), "--facts", "--target-abi", "linux-s390x"]
    assert main(arguments) == 0
    (facts,) = json.loads(capsys.readouterr().out)
    assert facts["abi"] == "linux-s390x"
    assert facts["records"]["struct flexible"]["size"] == 4


def test_what_cannot_be_said_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    path = HEADERS / "left.h"
    assert main(["import", str(path), "-o", "left.yaml"]) == 1
    lines = capsys.readouterr().err.splitlines()
    found = [line.removeprefix(str(path)).partition("]")[0] for line in lines]
    assert found == [
        ":2:9: note[KG711",
        ":3:9: note[KG711",
        ":4:9: note[KG712",
        ":5:9: note[KG712",
        ":6:9: note[KG714",
    ]
    assert Path("left.yaml").exists()


def test_an_error_in_a_header_is_clangs_own(capsys: pytest.CaptureFixture[str]) -> None:
    path = HEADERS / "broken.h"
    Path("broken.yaml").write_text("mine")
    assert main(["import", str(path), "-o", "broken.yaml"]) == 1
    error = capsys.readouterr().err
    assert f"{path}:3:9: error[KG710]: expected ';' at end of declaration list" in error
    assert f"{path}:6:1: error[KG710]: unknown type name 'unknown_t'" in error
    assert Path("broken.yaml").read_text() == "mine"


def test_a_type_may_come_from_elsewhere(tmp_path: Path) -> None:
    Path("types.h").write_text("typedef unsigned short word_t;\n")
    Path("driver.h").write_text("#ifdef WANTED\nstruct a { word_t b; };\n#endif\n")
    arguments = ["import", "driver.h", "-D", "WANTED", "-o", "driver.yaml"]
    assert main(arguments) == 1
    assert main([*arguments, "--before", "types.h", "-I", "."]) == 0
    assert "{b: u16}" in Path("driver.yaml").read_text()


def test_a_header_without_anything_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(HEADERS / "only_includes.h")
    assert main(["import", path, "-o", "none.yaml"]) == 1
    assert "error[KG715]: there is nothing to import in it" in capsys.readouterr().err
    assert main(["import", path, "--include", "scalars.h", "-o", "some.yaml"]) == 0
    assert "aligned_by_typedef" in Path("some.yaml").read_text()


def test_plain_numbers_are_codes_where_they_are_named(tmp_path: Path) -> None:
    Path("old.h").write_text("#define OLD_ATTACH 0x4C00\n#define OLD_SIZE 16\n")
    assert main(["import", "old.h", "--code", "OLD_A*", "-o", "old.yaml"]) == 0
    text = Path("old.yaml").read_text()
    assert "old_attach: {number: 0x4C00, c_name: OLD_ATTACH}" in text
    assert "old_size: {value: 16, c_name: OLD_SIZE}" in text


def test_a_code_without_a_number_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("lost.h").write_text(
        "#include <linux/ioctl.h>\n"
        "#define LOST_GOOD _IO('l', 1)\n"
        "#define LOST_GET _IOR('l', 2, struct nowhere)\n"
        "#if 0\n#define LOST_NOT_THERE _IOR('l', 3, struct nowhere)\n#endif\n"
    )
    assert main(["import", "lost.h", "-o", "lost.yaml"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("lost.h:3:9: note[KG718]: `LOST_GET` comes to no number")
    assert "lost_good: {nr: 0x1, c_name: LOST_GOOD}" in Path("lost.yaml").read_text()


def test_a_code_with_another_type_on_each_abi(capsys: pytest.CaptureFixture[str]) -> None:
    Path("unlike.h").write_text(
        "#include <linux/ioctl.h>\n"
        "#if defined(__x86_64__)\n"
        "#define UNLIKE_GET _IOR('u', 7, unsigned long)\n"
        "#else\n"
        "#define UNLIKE_GET _IOR('u', 7, unsigned char *)\n"
        "#endif\n"
    )
    assert main(["import", "unlike.h", "-o", "unlike.yaml"]) == 1
    assert "KG713" in capsys.readouterr().err
    assert (
        "number: {linux-x86_64: 0x80087507, linux-i386: 0x80047507}"
        in Path("unlike.yaml").read_text()
    )


def test_a_magic_that_is_punctuation() -> None:
    Path("hash.h").write_text(
        "#include <linux/ioctl.h>\n"
        "#define HASH_GET _IOR('#', 1, int)\n"
        "#define HASH_SET _IOW('(', 2, int)\n"
        "#define HASH_END _IO(';', 3)\n"
    )
    assert main(["import", "hash.h", "-o", "hash.yaml"]) == 0
    assert main(["inspect", "hash.yaml"]) == 0
    text = Path("hash.yaml").read_text()
    assert all(f"c_name: HASH_{name}" in text for name in ("GET", "SET", "END"))


def test_a_header_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "nowhere.h"]) == 2
    assert capsys.readouterr().err == "kgen: there is no header `nowhere.h`\n"


def test_abis_of_one_system(capsys: pytest.CaptureFixture[str]) -> None:
    abis = ["--target-abi", "linux-i386", "--target-abi", "windows-x86"]
    assert main(["import", str(HEADERS / "arrays.h"), *abis]) == 2
    assert "name ABIs of one of them" in capsys.readouterr().err


def test_where_it_cannot_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(HEADERS / "arrays.h"), "-o", "no/such/folder.yaml"]) == 2
    assert "cannot write no/such/folder.yaml" in capsys.readouterr().err


def test_libclang_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "clang", None)
    assert main(["import", str(HEADERS / "arrays.h")]) == 2
    assert capsys.readouterr().err == (
        "kgen: libclang is not installed\n  help: pip install 'kgen[import]'\n"
    )


def test_wide_characters_of_windows_are_text() -> None:
    """Through the typedefs of typedefs and arrays; another 16-bit integer is none."""
    Path("wide.h").write_text(
        "typedef unsigned short wchar_t;\ntypedef wchar_t WCHAR;\ntypedef WCHAR NAME[8];\n"
        "typedef struct { WCHAR one; WCHAR two[4][2]; NAME name; const WCHAR last[3]; unsigned short other[2]; } WIDE;\n"
    )
    assert main(["import", "wide.h", "--target-abi", "windows-x64", "-o", "wide.yaml"]) == 0
    text = Path("wide.yaml").read_text()
    for line in (
        "one: wchar",
        "two: wchar[4][2]",
        "name: wchar[8]",
        "last: wchar[3]",
        "other: u16[2]",
    ):
        assert line in text.replace('"', "")


def test_a_list_of_numbers_is_no_constant(tmp_path: Path) -> None:
    """Neither its first nor its last is what the header says; in parentheses it would be a value."""
    header = tmp_path / "lists.h"
    header.write_text("#define PAIR 7, 12\n#define SAME PAIR\n#define ONE 1\n", encoding="utf-8")
    out = tmp_path / "lists.yaml"
    assert main(["import", str(header), "-o", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert "ONE" in text
    assert "PAIR" not in text
    assert "SAME" not in text
