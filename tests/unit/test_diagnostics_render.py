"""Renderings, stored in tests/render: what users and their tools see of diagnostics."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgen.diagnostics import Diagnostic, Note, Sink, SourceFile, Span
from kgen.diagnostics.render import FORMATS, render, summary
from kgen.diagnostics.render.full import MAX_LINE, excerpt

FOLDER = Path(__file__).parents[1] / "render"

SENSOR = SourceFile(
    "schemas/sensor.yaml",
    "kgen: 1\ninterface: sensor\nstructs:\n"
    "  block: {size_is: len, len: u32}\n"
    "  名前: {größe: u32, e\u0301tat: u32, 漢字: u33}\n"
    "  tabs:\there\tand\there\n"
    "  long: {" + ", ".join(f"field_{n}: u32" for n in range(40)) + "}\n"
    "  many: [a,\n    b]\n"
    "  end\n",
)


def mark(line: int, text: str, file: SourceFile = SENSOR) -> Span:
    """The span of a text in a line."""
    column = file.line(line).index(text) + 1
    return Span(file, line, column, line, column + len(text))


def sample() -> list[Diagnostic]:
    sink = Sink()
    sink.error("KG001", None, "there is no file `schemas/x.yaml`")
    sink.error(
        "KG104",
        mark(4, "len"),
        "`len` is used before it is declared",
        label="not yet a field of `block`",
        help="move `len` above `size_is`",
        notes=[Note("declared later", mark(4, "len: ")), Note("fields are read in order")],
    )
    sink.warning("KG310", mark(5, "größe"), "`größe` is not ASCII", label="two bytes: ö, ß")
    sink.error("KG105", mark(5, "漢字"), "no such key", label="four columns wide")
    sink.error("KG106", mark(5, "u33"), "no type `u33`", help="did you mean `u32`?")
    sink.error("KG018", mark(6, "and"), "a tab where YAML wants spaces", label="after two tabs")
    sink.error("KG107", mark(7, "field_0"), "at the start of a long line")
    sink.error("KG107", mark(7, "field_20"), "in the middle of a long line", label="here")
    sink.error("KG107", mark(7, "field_39: u32"), "at the end of a long line", label="here")
    sink.error("KG108", Span(SENSOR, 8, 9, 9, 7), "over two lines", label="begins here")
    sink.error("KG025", Span(SENSOR, 10, 6, 10, 6), "at the end of a line", label="expected `:`")
    sink.error("KG008", Span(SENSOR, 11, 1, 11, 1), "on an empty line", label="nothing", help="add")
    sink.error("KG007", mark(1, "kgen"), "evil \x1b[31m text\nwith\ta tab", help="\u202e hidden")
    return sink.sorted()


@pytest.mark.parametrize("format", FORMATS)
def test_rendering(format: str, stored: Callable[[Path, str], None]) -> None:
    stored(FOLDER / f"{format}.txt", render(sample(), format))


def test_rendering_in_colour(stored: Callable[[Path, str], None]) -> None:
    text = render(sample()[:3], color=True).replace("\033", "<ESC>")
    stored(FOLDER / "full_color.txt", text)


def test_nothing_else_is_stored(no_orphans: Callable[[Path, str, set[str]], None]) -> None:
    no_orphans(FOLDER, "*", {f"{format}.txt" for format in (*FORMATS, "full_color")})


@pytest.mark.parametrize("format", ["full", "concise", "github"])
def test_no_findings_are_no_text(format: str) -> None:
    assert render([], format) == ""
    assert summary([]) == ""


def test_json_is_one_document_even_without_findings() -> None:
    empty = json.loads(render([], "json"))
    assert empty == {"kgen_diagnostics": 1, "errors": 0, "warnings": 0, "diagnostics": []}
    document = json.loads(render(sample(), "json"))
    assert (document["errors"], document["warnings"]) == (12, 1)
    assert len(document["diagnostics"]) == 13


def test_an_unknown_format_is_a_bug() -> None:
    with pytest.raises(ValueError, match="sarif"):
        render([], "sarif")


@pytest.mark.parametrize(
    ("severities", "files", "text"),
    [
        ("e", 1, "1 error in 1 file; `kgen explain KG900` tells more"),
        ("w", 1, "1 warning in 1 file; `kgen explain KG900` tells more"),
        ("eew", 3, "2 errors, 1 warning in 3 files; `kgen explain KG900` tells more"),
        ("ww", 0, "2 warnings; `kgen explain KG900` tells more"),
    ],
)
def test_the_summary_counts(severities: str, files: int, text: str) -> None:
    sink = Sink()
    for number, severity in enumerate(severities):
        file = SourceFile(f"{number % files}.yaml", "") if files else None
        report = sink.error if severity == "e" else sink.warning
        report(f"KG90{number}", Span(file, 1, 1, 1, 1) if file else None, "x")
    assert summary(sink.sorted()) == text


def test_every_line_of_a_github_rendering_is_one_command() -> None:
    text = render(sample(), "github")
    assert len(text.splitlines()) == 13
    assert all(line.startswith(("::error ", "::warning ")) for line in text.splitlines())


TEXT = st.text(alphabet="ab \t漢é\u0301\u200d\x1b\u202e[{", max_size=300)


@given(TEXT, st.integers(1, 320), st.integers(0, 320))
def test_no_excerpt_is_wider_than_allowed_or_moves_the_mark(
    text: str, column: int, length: int
) -> None:
    file = SourceFile("x", text)
    shown, marks = excerpt(Span(file, 1, column, 1, column + length))
    assert marks.strip() == "^" * marks.count("^")
    assert "^" in marks
    assert shown.replace("\u0301", "").replace("\u200d", "").isprintable() or not shown.isascii()
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(shown) <= 4 * MAX_LINE
    if text.isascii() and text.isprintable():
        assert len(shown) <= MAX_LINE + 2
        assert len(marks) <= MAX_LINE + 2
        start = len(marks) - len(marks.lstrip())
        if column <= len(text.rstrip()):
            assert shown[start : start + 1] == text[column - 1]
