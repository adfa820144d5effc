"""Typed values of scalars: what YAML readers disagree about is refused, each with its own answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from kgen.diagnostics import Diagnostic, Sink, SourceFile
from kgen.source import Scalar, parse
from kgen.source.scalars import boolean, integer, quoted_text, report_odd_number, text

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


def refused(reader: Reader[object], written: str) -> tuple[str, str, str | None]:
    _, (found,) = typed(reader, written)
    assert found.span is not None
    assert found.span.line == 1
    return found.code, found.message, found.help


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0", 0),
        ("7", 7),
        ("-1", -1),
        ("1_000", 1000),
        ("0x8A17", 0x8A17),
        ("0xFF_ff", 0xFFFF),
        ("0o17", 15),
        ("0b1010", 10),
        ("-0x10", -16),
        ("18446744073709551616", 1 << 64),
    ],
)
def test_integers(written: str, value: int) -> None:
    assert typed(integer, written) == (value, [])


@pytest.mark.parametrize(
    ("written", "help"),
    [
        ("010", "write `10`, or `0o10` in base eight"),
        ("-017", "write `-17`, or `-0o17` in base eight"),
        ("089", "write `89`"),
        ("00", "write `0`"),
        ("0_8", "write `8`"),
    ],
)
def test_a_leading_zero(written: str, help: str) -> None:
    assert refused(integer, written) == ("KG032", f"`{written}` begins with a zero", help)


@pytest.mark.parametrize("written", ["1e3", "1.0", ".5", "1.", "-2.5E-3", "+1.5", ".inf", "-.NAN"])
def test_fractions_and_exponents(written: str) -> None:
    code, message, _ = refused(integer, written)
    assert (code, message) == ("KG033", f"`a` is a whole number, not `{written}`")


@pytest.mark.parametrize("written", ["12:30", "190:20:30", "1:2", "-1:30"])
def test_base_sixty(written: str) -> None:
    assert refused(integer, written)[0] == "KG034"


@pytest.mark.parametrize("written", ["2024-01-31", "2024-1-1", "2001-12-14t21:59:43.10-05:00"])
def test_dates(written: str) -> None:
    assert refused(integer, written)[0] == "KG035"


@pytest.mark.parametrize("written", ["'1'", '"0x801"', "'1_0'"])
def test_a_quoted_number(written: str) -> None:
    bare = written.strip("'\"")
    assert refused(integer, written) == (
        "KG036",
        "`a` is a number, not a text",
        f"write `{bare}`, unquoted",
    )


@pytest.mark.parametrize(
    ("written", "help"),
    [
        ("0x801UL", "write `0x801`; suffixes are not needed"),
        ("12u", "write `12`; suffixes are not needed"),
        ("0XFF", "write `0xFF`"),
        ("+5", "write `5`"),
        ("8F", "write `0x8F` if it is hexadecimal"),
        ("10h", "write `0x10` if it is hexadecimal"),
        ("abc", "write it in base ten, or with `0x`, `0o` or `0b`"),
        ("0x", "write it in base ten, or with `0x`, `0o` or `0b`"),
        ("1__0", "write it in base ten, or with `0x`, `0o` or `0b`"),
        ("0o8", "write it in base ten, or with `0x`, `0o` or `0b`"),
        ("'abc'", "write it in base ten, or with `0x`, `0o` or `0b`"),
        ("true", "write it in base ten, or with `0x`, `0o` or `0b`"),
        ("٣", "write it in base ten, or with `0x`, `0o` or `0b`"),
    ],
)
def test_what_is_no_integer(written: str, help: str) -> None:
    shown = written.strip("'")
    assert refused(integer, written) == ("KG037", f"`a` is an integer, not `{shown}`", help)


def test_a_number_too_long_to_convert() -> None:
    code, message, _ = refused(integer, "1" * 5000)
    assert code == "KG037"
    assert len(message) < 100


@pytest.mark.parametrize("reader", [integer, boolean, text, quoted_text])
@pytest.mark.parametrize("written", ["", "~", "null"])
def test_nothing(reader: Reader[object], written: str) -> None:
    code, message, _ = refused(reader, written)
    assert (code, "needs a value" in message) == ("KG038", True)


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
        ("maybe", None),
        ("'yes'", None),
    ],
)
def test_what_is_no_boolean(written: str, help: str | None) -> None:
    code, _, found = refused(boolean, written)
    assert (code, found) == ("KG031", help)


@pytest.mark.parametrize("written", ["1.10", "2024-01-01", "-1", ".5", "1.2.3", "0x10"])
def test_a_version_without_quotes(written: str) -> None:
    assert refused(quoted_text, written) == (
        "KG039",
        "`a` is a text and needs quotes",
        f'write `"{written}"`',
    )


@pytest.mark.parametrize(("written", "value"), [("'1.10'", "1.10"), ('"~"', "~"), ("v1", "v1")])
def test_quoted_texts(written: str, value: str) -> None:
    assert typed(quoted_text, written) == (value, [])


@pytest.mark.parametrize("written", ["12:30", "on", "1.10", "010", "'null'"])
def test_texts_are_what_is_written(written: str) -> None:
    assert typed(text, written) == (written.strip("'"), [])


@pytest.mark.parametrize("written", ["1 << 20", "max_read", "0x10 - 1", "'a b'", "0..4"])
def test_expressions_are_left_to_their_reader(written: str) -> None:
    sink = Sink()
    tree = parse(SourceFile("x.yaml", f"a: {written}"), sink)
    assert tree is not None
    scalar = tree.get("a")
    assert isinstance(scalar, Scalar)
    assert not report_odd_number(scalar, "`a`", sink)
    assert not sink.has_errors
