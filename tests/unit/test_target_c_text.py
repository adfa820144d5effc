"""How the C targets write names, numbers and long lines; what the compilers say is in tests/e2e/compile."""

from __future__ import annotations

import pytest

from kgen.model.types import INTEGERS
from kgen.targets._c_names import (
    NO_REMARK,
    align,
    continued,
    declaration,
    literal,
    remark,
    wrap_arguments,
    wrap_test,
)


@pytest.mark.parametrize(
    ("value", "type_", "text"),
    [
        (5, "u8", "5"),
        (65535, "u16", "65535"),
        (64, "u32", "64u"),
        (1 << 20, "u32", "0x100000u"),
        (1, "u64", "1ull"),
        ((1 << 64) - 1, "u64", "0xFFFFFFFFFFFFFFFFull"),
        (-5, "s8", "-5"),
        (-(1 << 31), "s32", "(-2147483647 - 1)"),
        (-(1 << 63), "s64", "(-9223372036854775807ll - 1)"),
        (1 << 40, "s64", "1099511627776ll"),
        (1 << 32, None, "0x100000000ull"),
        (7, None, "7u"),
    ],
)
def test_literal(value: int, type_: str | None, text: str) -> None:
    assert literal(value, INTEGERS[type_] if type_ else None) == text


def test_align_goes_from_comment_to_comment() -> None:
    found = align(
        [
            ("A", "1", NO_REMARK),
            ("LONGER", "2", NO_REMARK),
            ("B", "3", remark("Said of B.")),
            ("CC", "4", NO_REMARK),
        ]
    )
    assert [(define.name, len(define.pad)) for define in found] == [
        ("A", 6),
        ("LONGER", 1),
        ("B", 2),
        ("CC", 1),
    ]


def test_continued_lines_end_in_one_column() -> None:
    assert continued(["#define A", "    longer", "    last"]) == (
        "#define A  \\\n    longer \\\n    last"
    )


def test_a_declaration_is_aligned() -> None:
    head, parameters = (
        "static inline int some_function_of_a_driver",
        ["const struct aaaaaaaaaa *a"] * 3,
    )
    lines = declaration(head, parameters).split("\n")
    assert lines[1].index("const") == len(head) + 1
    assert lines[-1].endswith(");")
    assert all(len(line) <= 100 for line in lines)


@pytest.mark.parametrize(
    ("head", "arguments", "lines"),
    [
        (
            "    return some_function_that_has_a_rather_long_name_in_c",
            ["the_first_argument_of_it", "the_second_one_of_them", "a_third", "the_last_one"],
            [
                "    return some_function_that_has_a_rather_long_name_in_c(",
                "        the_first_argument_of_it, the_second_one_of_them, a_third, the_last_one);",
            ],
        ),
        (
            "    request = (struct something_long_enough_for_it *)some_function",
            ["first_argument_of_it", "second_argument_x", "third_one"],
            [
                "    request = (struct something_long_enough_for_it *)some_function(first_argument_of_it,",
                " " * 67 + "second_argument_x, third_one);",
            ],
        ),
        (
            "    request = (struct something_long_enough *)some_function",
            ["first_argument", "second_argument_x", "third_one"],
            [
                "    request =",
                "        (struct something_long_enough *)some_function(first_argument, "
                "second_argument_x, third_one);",
            ],
        ),
    ],
)
def test_a_call_is_broken_as_clang_format_does(
    head: str, arguments: list[str], lines: list[str]
) -> None:
    assert wrap_arguments(head, arguments, ";").split("\n") == lines


def test_a_condition_is_broken_after_its_operators() -> None:
    term = "in->something_with_a_name > 1000"
    text = wrap_test(f"{term} || ({term} && {term}) || {term}", 4)
    lines = text.split("\n")
    assert len(lines) > 1
    assert all(line.endswith(("||", "&&")) for line in lines[:-1])
    assert all(line.startswith(" " * 8) for line in lines[1:])
    assert " ".join(line.strip() for line in lines) == f"{term} || ({term} && {term}) || {term}"


def test_nested_calls_of_a_condition_are_broken_from_the_outside() -> None:
    def call(name: str, *arguments: str) -> str:
        return f"kgen_wide_{name}({', '.join(arguments)})"

    first = call("unsigned", "in->what.range.first")
    second = call("unsigned", "in->what.range.count")
    limit = call("signed", "0x10000000000ull")
    text = wrap_test(call("compare", call("add", first, second), limit) + " > 0", 4)
    assert text.split("\n") == [
        f"kgen_wide_compare(kgen_wide_add({first},",
        f"{' ' * 40}{second}),",
        f"{' ' * 26}{limit}) > 0",
    ]


def test_a_remark_is_long_where_it_does_not_fit() -> None:
    assert not remark("x" * 94).long
    assert remark("x" * 95).long
    assert remark("x" * 91, indent=4).long
    assert remark("two\nlines").long
    assert remark("", "Since 1.1.", "").text == "Since 1.1."
