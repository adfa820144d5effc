"""Spans, the sink, and did-you-mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgen.diagnostics import ERROR, WARNING, Note, Sink, SourceFile, Span, closest

FILE = SourceFile("b.yaml", "one\ntwo\r\nthree\rfour\x0bstill four\n")


def at(line: int, column: int, file: SourceFile = FILE) -> Span:
    return Span(file, line, column, line, column + 1)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, ""), (1, "one"), (2, "two"), (3, "three"), (4, "four\x0bstill four"), (5, ""), (6, "")],
)
def test_lines_of_a_file(number: int, text: str) -> None:
    assert FILE.line(number) == text


def test_paths_are_shown_with_forward_slashes() -> None:
    assert str(at(1, 2, SourceFile("schemas\\x.yaml", ""))) == "schemas/x.yaml:1:2"


def test_errors_and_warnings() -> None:
    sink = Sink()
    sink.warning("KG900", at(1, 1), "odd", label="here", help="do", notes=[Note("since", at(2, 1))])
    assert not sink.has_errors
    mark = sink.error_count
    assert not sink.failed_since(mark)
    sink.error("KG901", None, "bad")
    assert sink.has_errors
    assert sink.failed_since(mark)
    assert not sink.failed_since(sink.error_count)
    bad, odd = sink.sorted()
    assert (bad.severity, bad.span, bad.label, bad.help, bad.notes) == (ERROR, None, None, None, ())
    assert (odd.severity, odd.label, odd.help) == (WARNING, "here", "do")
    assert odd.notes == (Note("since", at(2, 1)),)


def test_order_and_duplicates() -> None:
    sink = Sink()
    other = SourceFile("a.yaml", "")
    sink.error("KG902", at(2, 1), "later")
    sink.error("KG901", at(1, 9), "column")
    sink.error("KG903", at(1, 2), "code")
    sink.error("KG902", at(1, 2), "code")
    sink.error("KG902", at(1, 2), "other words")
    sink.error("KG901", at(9, 9, other), "file")
    sink.error("KG909", None, "no place")
    sink.error("KG902", at(2, 1), "later", help="said twice")
    order = [(found.code, found.message) for found in sink.sorted()]
    assert order == [
        ("KG909", "no place"),
        ("KG901", "file"),
        ("KG902", "code"),
        ("KG902", "other words"),
        ("KG903", "code"),
        ("KG901", "column"),
        ("KG902", "later"),
    ]
    assert sink.sorted()[-1].help is None, "of two equal ones the first is kept"


@pytest.mark.parametrize(
    ("name", "candidates", "found"),
    [
        ("feilds", ["fields", "values"], "fields"),
        ("field", ["fields", "values"], "fields"),
        ("Fields", ["fields"], "fields"),
        ("max-read", ["max_read"], "max_read"),
        ("u46", ["u32", "u64", "u16"], "u16"),
        ("xyz", ["fields", "values"], None),
        ("a", ["b"], None),
        ("", ["a"], None),
        ("in", ["out"], None),
        ("same", ["same"], "same"),
        ("x" * 100, ["x" * 100], None),
    ],
)
def test_did_you_mean(name: str, candidates: list[str], found: str | None) -> None:
    assert closest(name, candidates) == found
    assert closest(name, reversed(candidates)) == found


@given(st.text(min_size=3, max_size=20, alphabet="abcdef_"), st.data())
def test_one_slip_is_always_found(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 2))
    slips = [
        name[:at] + name[at + 1 :],
        name[:at] + "z" + name[at:],
        name[:at] + "z" + name[at + 1 :],
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    ]
    for slip in slips:
        assert closest(slip, ["unrelated_key", name]) == name
