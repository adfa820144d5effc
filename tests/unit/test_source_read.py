"""Files that are no schema before YAML is looked at."""

from __future__ import annotations

import builtins
import os
from pathlib import Path

import pytest

from kgen.diagnostics import Diagnostic, Sink
from kgen.source import load
from kgen.source.read import MAX_BYTES, decode


def refused(path: str | Path) -> Diagnostic:
    sink = Sink()
    assert load(str(path), "shown.yaml", sink) is None
    (found,) = sink.sorted()
    return found


def refused_bytes(data: bytes, folder: Path) -> Diagnostic:
    path = folder / "x.yaml"
    path.write_bytes(data)
    return refused(path)


def test_a_missing_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "no.yaml")[0::3] == ("KG001", "there is no file `shown.yaml`", ())
    (tmp_path / "file").write_text("")
    assert refused(tmp_path / "file" / "below.yaml").code == "KG001"


def test_what_is_not_a_file(tmp_path: Path) -> None:
    found = refused(tmp_path)
    assert (found.code, found.message) == ("KG002", "`shown.yaml` is a directory")
    os.mkfifo(tmp_path / "pipe")
    found = refused(tmp_path / "pipe")
    assert (found.code, found.message) == ("KG002", "`shown.yaml` is not a regular file")


def test_a_file_that_the_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.yaml").write_text("a: 1")

    def refuse(path: str, mode: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(builtins, "open", refuse)
    found = refused(tmp_path / "x.yaml")
    assert (found.code, found.message) == ("KG003", "cannot read `shown.yaml`: Permission denied")


def test_a_path_that_no_system_has() -> None:
    assert refused("a\0b.yaml").code == "KG003"


def test_a_file_over_the_limit(tmp_path: Path) -> None:
    line = b"# sixteen bytes\n"
    fits = b"kgen: 1\n" + line * ((MAX_BYTES - 8) // 16)
    fits += b"#" * (MAX_BYTES - len(fits))
    path = tmp_path / "x.yaml"
    path.write_bytes(fits)
    sink = Sink()
    assert load(str(path), "x.yaml", sink) is not None
    found = refused_bytes(fits + b"#", tmp_path)
    assert (found.code, found.message) == ("KG004", "the file is larger than 16 MiB")


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b"a: \xff", (1, 4), "not UTF-8: byte 0xff at offset 3"),
        (b"a: 1\nb: \xe9t\xe9\n", (2, 4), "not UTF-8: byte 0xe9 at offset 8"),
        ("ä: €".encode() + b"\n\x80", (2, 1), "not UTF-8: byte 0x80 at offset 8"),
        (b"a: \xed\xa0\x80", (1, 4), "not UTF-8: byte 0xed at offset 3"),
        (b"a: \xc0\x80", (1, 4), "not UTF-8: byte 0xc0 at offset 3"),
        (b"\xef\xbb\xbfa: \xff", (1, 4), "not UTF-8: byte 0xff at offset 6"),
        (b"a: \xe2\x82", (1, 4), "not UTF-8: byte 0xe2 at offset 3"),
    ],
)
def test_bytes_that_are_not_utf8(
    data: bytes, place: tuple[int, int], message: str, tmp_path: Path
) -> None:
    found = refused_bytes(data, tmp_path)
    assert found.span is not None
    assert (found.code, found.message) == ("KG005", message)
    assert (found.span.line, found.span.column) == place


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_other_encodings(encoding: str, tmp_path: Path) -> None:
    data = "\ufeffkgen: 1".encode(encoding)
    found = refused_bytes(data, tmp_path)
    wanted = "UTF-32" if "32" in encoding else "UTF-16"
    assert (found.code, found.message) == ("KG006", f"the file is {wanted}, not UTF-8")
    assert str(found.span) == "shown.yaml:1:1"


def test_utf16_without_its_mark_has_nul_characters(tmp_path: Path) -> None:
    found = refused_bytes("kgen: 1".encode("utf-16-le"), tmp_path)
    assert (found.code, str(found.span)) == ("KG007", "shown.yaml:1:2")


@pytest.mark.parametrize(
    "character",
    [
        "\0",
        "\x07",
        "\x0b",
        "\x0c",
        "\x1b",
        "\x7f",
        "\x85",
        "\u2028",
        "\u202e",
        "\u2066",
        "\ufeff",
        "\uffff",
    ],
)
@pytest.mark.parametrize("text", ["a: 1\nb: 'x{}y'\n", "a: 1\n# x{}y\n", "a: 1\nb: x{}y\n"])
def test_forbidden_characters_are_refused_everywhere(
    character: str, text: str, tmp_path: Path
) -> None:
    found = refused_bytes(text.format(character).encode(), tmp_path)
    assert (found.code, found.severity) == ("KG007", "error")
    assert found.span is not None
    assert found.span.line == 2
    assert "NUL" in found.message or f"U+{ord(character):04X}" in found.message


@pytest.mark.parametrize("character", ["\t", "é", "\xa0", "日", "e\u0301", "\U0001f600", "\u200d"])
def test_other_characters_are_text(character: str) -> None:
    sink = Sink()
    assert decode(f"a: 'x{character}y'".encode(), "x", sink) is not None
    assert not sink.sorted()
