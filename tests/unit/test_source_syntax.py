"""Syntax errors that no text brings about, and what is suggested for those that one does."""

from __future__ import annotations

import pytest
from yaml.error import MarkedYAMLError

from kgen.diagnostics import Diagnostic, Sink, SourceFile
from kgen.source import parse
from kgen.source.gap_watch import mark_at
from kgen.source.syntax import quoted, report


def diagnose(text: str) -> Diagnostic:
    sink = Sink()
    assert parse(SourceFile("x.yaml", text), sink) is None
    (found,) = sink.sorted()
    return found


def test_an_error_that_kgen_has_no_words_for() -> None:
    file = SourceFile("x.yaml", "a: 1\nb: 2\n")
    sink = Sink()
    report(MarkedYAMLError(None, None, "the cat sat here", mark_at(file.text, 5)), file, sink)
    (found,) = sink.sorted()
    assert (found.code, str(found.span)) == ("KG029", "x.yaml:2:1")
    assert found.message == "not valid YAML: the cat sat here"


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("a: b", '"a: b"'),
        ("it's: so", '"it\'s: so"'),
        ('a "b": c', "'a \"b\": c'"),
        ("C:\\x: y", "'C:\\x: y'"),
        ("\\ it's: so", "'\\ it''s: so'"),
    ],
)
def test_the_suggested_quotes_hold_the_same_text(text: str, quotes: str) -> None:
    assert quoted(text) == quotes
    tree = parse(SourceFile("x.yaml", f"a: {quotes}"), Sink())
    assert tree is not None
    value = tree.get("a")
    assert getattr(value, "text", None) == text


@pytest.mark.parametrize(
    ("text", "place", "help"),
    [
        ("doc: Note: this  # x", "1:6-16", 'write `doc: "Note: this"`'),
        ("- doc: say: x", "1:8-14", 'write `doc: "say: x"`'),
        ("a:b\nc: d", "1:1-3", "write `a: b`"),
        ("a: {k: u8[4] secret, l: u8}", "1:8-20", 'quote the type: `"u8[4] secret"`'),
        ("a: {k: {l: u8[4]}}", "1:12-17", 'quote the type: `"u8[4]"`'),
        ("a: [x, u8[..max(1, 2)]]", "1:8-23", 'quote the type: `"u8[..max(1, 2)]"`'),
        ("a: {k: u8[4] # x", "1:8-13", 'quote the type: `"u8[4]"`'),
        ("a: {k: u8[4", "1:8-12", 'quote the type: `"u8[4"`'),
        ("a: @x # y", "1:4-6", 'quote it: `"@x"`'),
        ("a: {\n  b: {c: 1\nd: 2", "2:6-7", "add the `}`"),
        ("a: [1,\n", "1:4-5", "add the `]`"),
    ],
)
def test_places_and_suggestions(text: str, place: str, help: str) -> None:
    found = diagnose(text)
    assert found.span is not None
    assert f"{found.span.line}:{found.span.column}-{found.span.end_column}" == place
    assert found.help == help
