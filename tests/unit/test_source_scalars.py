"""Typed values of scalars: what YAML readers disagree about is refused, each with its own answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from kgen.diagnostics import Diagnostic, Sink, SourceFile
from kgen.source import Scalar, parse
from kgen.source.scalars import boolean, report_odd_number

Result = TypeVar("Result")
Reader = Callable[[Scalar, str, Sink], Result]


def typed(reader: Reader[Result], written: str) -> tuple[Result, list[Diagnostic]]:
    sink = Sink()
    tree = parse(SourceFile("x.yaml", f"a: {written}"), sink)
    assert tree is not None, sink.sorted()
    scalar = tree.get("a")
    assert isinstance(scalar, Scalar)
    value = reader(scalar, "`a`", sink)
    assert (value is None) == sink.has_errors
    return value, sink.sorted()


def odd_number(scalar: Scalar, what: str, sink: Sink) -> bool | None:
    return None if report_odd_number(scalar, what, sink) else False


def refused(reader: Reader[object], written: str) -> tuple[str, str, str | None]:
    _, (found,) = typed(reader, written)
    assert found.span is not None
    assert found.span.line == 1
    return found.code, found.message, found.help


@pytest.mark.parametrize(
    ("written", "help"),
    [
        ("010", "write `10`"),
        ("-017", "write `-17`"),
        ("089", "write `89`"),
        ("00", "write `0`"),
        ("0_8", "write `8`"),
    ],
)
def test_a_leading_zero(written: str, help: str) -> None:
    assert refused(odd_number, written) == ("KG032", f"`{written}` begins with a zero", help)


@pytest.mark.parametrize("written", ["1e3", "1.0", ".5", "1.", "-2.5E-3", "+1.5", ".inf", "-.NAN"])
def test_fractions_and_exponents(written: str) -> None:
    code, message, _ = refused(odd_number, written)
    assert (code, message) == ("KG033", f"`a` is a whole number, not `{written}`")


@pytest.mark.parametrize("written", ["12:30", "190:20:30", "1:2", "-1:30"])
def test_base_sixty(written: str) -> None:
    assert refused(odd_number, written)[0] == "KG034"


@pytest.mark.parametrize("written", ["2024-01-31", "2024-1-1", "2001-12-14t21:59:43.10-05:00"])
def test_dates(written: str) -> None:
    assert refused(odd_number, written)[0] == "KG035"


@pytest.mark.parametrize(("written", "value"), [("true", True), ("false", False)])
def test_booleans(written: str, value: bool) -> None:
    assert typed(boolean, written) == (value, [])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", "true"),
        ("On", "true"),
        ("y", "true"),
        ("NO", "false"),
        ("off", "false"),
        ("n", "false"),
    ],
)
def test_booleans_of_old_yaml(written: str, meant: str) -> None:
    assert refused(boolean, written) == (
        "KG030",
        f"`a` is `true` or `false`, not `{written}`",
        f"write `{meant}`",
    )


@pytest.mark.parametrize(
    ("written", "help"),
    [
        ("True", "write `true`"),
        ("'false'", "write `false`, without quotes"),
        ("1", "write `true`"),
        ("0", "write `false`"),
        ("treu", "write `true`"),
        ("maybe", None),
        ("'yes'", None),
    ],
)
def test_what_is_no_boolean(written: str, help: str | None) -> None:
    code, _, found = refused(boolean, written)
    assert (code, found) == ("KG031", help)


@pytest.mark.parametrize("written", ["1 << 20", "max_read", "0x10 - 1", "'a b'", "0..4"])
def test_expressions_are_left_to_their_reader(written: str) -> None:
    sink = Sink()
    tree = parse(SourceFile("x.yaml", f"a: {written}"), sink)
    assert tree is not None
    scalar = tree.get("a")
    assert isinstance(scalar, Scalar)
    assert not report_odd_number(scalar, "`a`", sink)
    assert not sink.has_errors
