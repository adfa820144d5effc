"""The small texts of the language: what they are read as, and where in them a mistake is marked."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgen.diagnostics import Sink, SourceFile
from kgen.model.evaluate import evaluate
from kgen.schema.expression import Parser
from kgen.schema.nodes import Binary, Literal, Ref, Unary
from kgen.schema.tokens import ExpressionError, number, shown, version
from kgen.source import Mapping, Scalar, parse


def scalar(text: str) -> Scalar:
    """The value of the key `x` in a YAML text that begins with `x: `."""
    sink = Sink()
    mapping = parse(SourceFile("x.yaml", f"x: {text}\n"), sink)
    assert isinstance(mapping, Mapping), [d.message for d in sink.sorted()]
    value = mapping.get("x")
    assert isinstance(value, Scalar)
    return value


def value_of(text: str, **names: int) -> int | None:
    sink = Sink()
    expression = Parser(scalar(f'"{text}"')).expression()
    return evaluate(expression, lambda ref: names[".".join(ref.path)], sink)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("1_000", 1000),
        ("0xFF", 255),
        ("0XfF_f", 4095),
        ("0b1_0", 2),
        ("-5", -5),
        ("~0", -1),
        ("- -5", 5),
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 4 - 3", 3),
        ("1 << 2 + 1", 8),
        ("1 | 6 & 3 ^ 1", 3),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("7 / -2", -3),
        ("7 % -2", 1),
        ("-1 >> 1", -1),
        ("0xFFFFFFFFFFFFFFFF", 2**64 - 1),
        ("-(1 << 62) * 2", -(2**63)),
        ("a.b + a", 12),
    ],
)
def test_arithmetic_is_that_of_c(text: str, value: int) -> None:
    assert value_of(text, **{"a": 2, "a.b": 10}) == value


NUMBERS = st.integers(0, 2**16).map(str)
SAFE = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "|", "&", "^"]), inner).map(" ".join),
        inner.map("({})".format),
        inner.map("-{}".format),
        inner.map("~{}".format),
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(SAFE)
def test_it_is_what_python_makes_of_it(text: str) -> None:
    """Python has the same precedence of these operators."""
    found = value_of(text)
    expected = eval(compile(ast.parse(text, mode="eval"), "", "eval"))
    assert found == (expected if -(2**63) <= expected < 2**64 else None)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "u8",
                "utf8",
                "entry",
                "ref",
                "new",
                "handle",
                "user_ptr",
                "in",
                "by",
                "count",
                "size",
                "at",
                "reserved",
                "secret",
                "since",
                "and",
                "or",
                "not",
                "[",
                "]",
                "(",
                ")",
                "..",
                ",",
                ".",
                "<",
                "<=",
                "==",
                "!=",
                "<<",
                "*",
                "-",
                "~",
                "%",
                "0",
                "1",
                "0x10",
                "1.2",
                "01",
                "a.b",
                "é",
                "#",
                "'",
                "$",
            ]
        ),
        max_size=12,
    )
)
def test_no_text_is_too_odd(words: list[str]) -> None:
    """Every text is read, or refused with a place in it and without another exception."""
    text = " ".join(words)
    value = Scalar(SourceFile("x.yaml", text), *_marks(text), text, "")
    for rule in (Parser.field, Parser.type, Parser.expression, Parser.condition, Parser.bits):
        problem = refusal(rule, value)
        if problem is not None:
            assert problem.span.line == 1
            assert 1 <= problem.span.column <= len(text) + 1
            assert "\n" not in problem.message


def refusal(rule: Callable[[Parser], object], value: Scalar) -> ExpressionError | None:
    try:
        rule(Parser(value))
    except ExpressionError as problem:
        return problem
    return None


class _Mark:
    def __init__(self, column: int) -> None:
        self.line = 0
        self.column = column


def _marks(text: str) -> tuple[_Mark, _Mark]:
    return _Mark(0), _Mark(len(text))


def test_a_long_chain_is_no_deep_one() -> None:
    assert value_of(" + ".join(["1"] * 128)) == 128


def test_a_condition_keeps_its_shape() -> None:
    node = Parser(scalar("not a == 1 and b.c < 2 + d")).condition()
    assert isinstance(node, Binary)
    assert node.operator == "and"
    assert isinstance(node.left, Unary)
    assert isinstance(node.right, Binary)
    assert isinstance(node.right.left, Ref)
    assert node.right.left.path == ("b", "c")


def test_a_field_with_every_clause() -> None:
    text = "entry[1..max] in -1..5 by kind count n size m at o reserved secret since 1.10"
    type_, clauses = Parser(scalar(f'"{text}"')).field()
    assert type_.head.text == "entry"
    (dimension,) = type_.dimensions
    assert dimension.variable
    assert isinstance(dimension.low, Literal)
    assert clauses.limit is not None
    assert [clauses.tag, clauses.counter, clauses.size, clauses.offset] != [None] * 4
    assert clauses.since is not None
    assert clauses.since[0] == (1, 10)
    assert clauses.reserved is not None
    assert clauses.secret is not None


PLACES = [
    # the text after `x: `, the line and column where the mistake is marked, and to which column
    ("u32 oops", (1, 8, 12)),
    ('"u32 oops"', (1, 9, 13)),
    ("'u32 oops'", (1, 9, 13)),
    ("u8[4", (1, 8, 9)),
    ('"u8[4"', (1, 9, 10)),
    ("u32 in  5", (1, 13, 14)),
    # Escapes and folding hide where a word stands: the whole text is marked.
    ('"\\x7532 oops"', (1, 4, 17)),
    ("'u32 it''s'", (1, 4, 15)),
    ("u32\n  oops", (1, 4, 7)),
]


@pytest.mark.parametrize(("text", "place"), PLACES)
def test_the_word_that_is_wrong_is_marked(text: str, place: tuple[int, int, int]) -> None:
    with pytest.raises(ExpressionError) as caught:
        Parser(scalar(text)).field()
    span = caught.value.span
    assert (span.line, span.column, span.end_column) == place


def test_the_end_of_a_block_text_is_its_mark() -> None:
    with pytest.raises(ExpressionError) as caught:
        Parser(scalar("|\n  u32 oops")).field()
    assert (caught.value.span.line, caught.value.span.column) == (1, 4)


HELPS = [
    ("field", "u32*", "pointers"),
    ("field", "u32 : 4", "bitfields"),
    ("field", "u32 = 5", "default"),
    ("field", "u32;", "drop it"),
    ("field", "u32 1..5", "`in`"),
    ("field", "u32 in 5", "both of its ends"),
    ("field", "u8[4] secert", "did you mean `secret`?"),
    ("field", "u8[4] twice", "after a type may come `in`, `by`"),
    ("condition", "a < b < c", "a <= b and b <= c"),
    ("expression", "010", "write 10, or 0x10 for hexadecimal"),
    ("expression", "00", "write 0"),
    ("expression", "64u", "write 64: a number has no suffix"),
    ("expression", "0xFFUL", "write 0xFF"),
    ("expression", "0o17", "octal"),
]


@pytest.mark.parametrize(("rule", "text", "help"), HELPS)
def test_what_is_said_to_do(rule: str, text: str, help: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        getattr(Parser(scalar(f'"{text}"')), rule)()
    assert help in (caught.value.help or "")


def test_some_mistakes_have_no_remedy() -> None:
    with pytest.raises(ExpressionError) as caught:
        Parser(scalar("0b12")).expression()
    assert caught.value.help is None


def test_limits_of_a_text() -> None:
    assert number("9" * 80) == int("9" * 80)
    assert number("9" * 81) is None
    assert version("65535.0") == (65535, 0)
    assert version("65536.0") is None
    assert version("1.2\n") is None
    assert shown("a\n b" + "c" * 100) == "a b" + "c" * 57 + "…"
    assert shown("c" * 60) == "c" * 60
