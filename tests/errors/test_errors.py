"""Every bad schema of this folder is answered with exactly the diagnostics that it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgen.diagnostics import Diagnostic, SourceFile, Span
from tests.errors.expectations import (
    FOLDER,
    Expected,
    check_file,
    differences,
    expectations,
    fixtures,
)

PHASES = ["1_source", "2_schema", "3_model", "4_layout", "5_target"]


@pytest.mark.parametrize("path", fixtures(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_fixture(path: Path) -> None:
    expected = expectations(path.read_text(encoding="utf-8"))
    found = differences(check_file(path), expected)
    assert not found, f"{path.name}:\n" + "\n".join(found)


def test_every_fixture_belongs_to_a_phase() -> None:
    assert {path.parent.name for path in FOLDER.rglob("*.yaml")} <= set(PHASES)
    assert {path.parent.parent for path in FOLDER.rglob("*.yaml")} == {FOLDER}


def test_expectations_are_read() -> None:
    text = (
        '#~ KG001 "next"\n'
        '#~ KG002 "too"\n'
        'a: 1  #~ KG003 "here" KG004 "a \\"quote\\""\n'
        'b: 2  # plain  #~ KG005 "x"  #~ KG006 "y"\n'
    )
    assert expectations(text) == [
        Expected(3, "KG001", "next"),
        Expected(3, "KG002", "too"),
        Expected(3, "KG003", "here"),
        Expected(3, "KG004", 'a "quote"'),
        Expected(4, "KG005", "x"),
        Expected(4, "KG006", "y"),
    ]


@pytest.mark.parametrize(
    "text",
    ['a: 1  #~ KG12 "x"', "a: 1  #~ KG012", "a: 1  #~", "a: 1  #~ KG012 'x'", '#~ KG012 "x"\n'],
)
def test_a_malformed_expectation_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="line"):
        expectations(text)


def test_matching_is_strict_both_ways() -> None:
    file = SourceFile("x.yaml", "a: 1\n")
    found = [Diagnostic("KG012", "error", Span(file, 1, 1, 1, 2), "`a` is defined twice")]
    assert differences(found, [Expected(1, "KG012", "defined twice")]) == []
    assert differences(found, []) == ['unexpected  1: KG012 "`a` is defined twice"']
    for near_miss in (
        Expected(2, "KG012", "defined"),
        Expected(1, "KG013", "defined"),
        Expected(1, "KG012", "undefined"),
    ):
        assert len(differences(found, [near_miss])) == 2
    twice = [Expected(1, "KG012", "defined"), Expected(1, "KG012", "defined")]
    assert differences(found, twice) == ['not found   1: KG012 "defined"']
