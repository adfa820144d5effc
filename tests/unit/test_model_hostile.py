"""Schemas made to hurt: kgen answers each in bounded time and memory, and never with a traceback."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest

from kgen.diagnostics import Diagnostic
from tests.support.layouts import HEAD, analyse

SCHEMAS = Path(__file__).parents[2] / "schemas"
SECONDS = 8.0
"""What takes exponential or quadratic time takes minutes; a busy machine is given some slack."""


def lines(*parts: str) -> str:
    return "\n".join(parts) + "\n"


def doubling(names: int, last: str) -> str:
    """Structs of which each holds the next one twice."""
    rows = [f"  t{n}: {{fields: {{a: t{n + 1}, b: t{n + 1}}}}}" for n in range(names)]
    return lines("structs:", *rows, f"  t{names}: {{fields: {{a: {last}}}}}")


HOSTILE: dict[str, tuple[str, set[str]]] = {
    "a constant of a million digits": (f"constants: {{a: {'9' * 1_000_000}}}", {"KG108"}),
    "a hexadecimal constant": (f"constants: {{a: 0x{'f' * 100_000}}}", {"KG108"}),
    "a chain of constants": (
        lines("constants:", *(f"  c{n}: c{n + 1} + 1" for n in range(5000)), "  c5000: 1"),
        set(),
    ),
    "a circle of constants": (
        lines("constants:", *(f"  c{n}: c{(n + 1) % 5000} + 1" for n in range(5000))),
        {"KG112"},
    ),
    "a chain of values": (
        "enums: {e: {type: u32, values: {v0: 0, "
        + ", ".join(f"v{n}: e.v{n - 1} + 1" for n in range(1, 3000))
        + "}}}",
        set(),
    ),
    "nested types": (
        lines(
            "structs:",
            *(f"  t{n}: {{fields: {{a: t{n + 1}}}}}" for n in range(600)),
            "  t600: {fields: {a: u8}}",
        ),
        {"KG125"},
    ),
    "twice as many at each level": (doubling(20, "u64"), set()),
    "too many at the last level": (doubling(31, "u64"), {"KG206"}),
    "a tail of what doubles": (
        doubling(20, "u8") + "  tail: {fields: {x: 't0[..4]'}}\n",
        set(),
    ),
    "arrays of arrays of arrays": (
        lines(
            "structs:",
            *(f"  t{n}: {{fields: {{a: 't{n + 1}{'[2147483647]' * 8}'}}}}" for n in range(30)),
            "  t30: {fields: {a: u64}}",
        ),
        {"KG206"},
    ),
    "parentheses": (f"constants: {{a: '{'(' * 5000}1{')' * 5000}'}}", {"KG108"}),
    "signs": (f"constants: {{a: '{'-' * 5000}1'}}", {"KG108"}),
    "blanks at the end": (f"constants: {{a: '1{' ' * 300_000}'}}", set()),
    "blanks in the middle": (f"constants: {{a: '1{' ' * 300_000}+ 1'}}", set()),
    "a long licence": (f"license: '{'a' * 100_000}!'", {"KG127"}),
    "a licence of many words": (f"license: '{'a OR ' * 20_000}!'", {"KG127"}),
    "a long name": (
        lines("structs:", f"  {'a' * 1000}: {{fields: {{a: u8}}}}"),
        {"KG109"},
    ),
    "a long type": (f"structs: {{a: {{fields: {{x: {'a' * 100_000}}}}}}}", {"KG108"}),
    "thousands of unknown types": (
        lines("structs:", *(f"  t{n}: {{fields: {{a: nope{n}}}}}" for n in range(2000))),
        {"KG120"},
    ),
    "thousands of unknown constants": (
        lines("constants:", *(f"  c{n}: nope{n}" for n in range(2000))),
        {"KG113"},
    ),
    "thousands of overlapping bits": (
        "bitfields: {b: {type: u64, bits: {"
        + ", ".join(f"b{n}: 0..63" for n in range(2000))
        + "}}}",
        {"KG116"},
    ),
    "many conditions": (
        "structs: {s: {fields: {x: u32}, require: [" + ", ".join(["x + x * x < 5"] * 2000) + "]}}",
        set(),
    ),
    "every letter that looks like another": (
        "structs: {ѕtruct: {fields: {а: u8, ｂ: u8, 'c\u0301': u8}}}",
        {"KG109"},
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_answered(name: str) -> None:
    text, expected = HOSTILE[name]
    start = time.process_time()
    _, found = analyse(HEAD + text)
    assert time.process_time() - start < SECONDS
    assert {diagnostic.code for diagnostic in found} == expected
    check(found)


def check(found: list[Diagnostic]) -> None:
    for diagnostic in found:
        assert diagnostic.span is not None, diagnostic
        assert diagnostic.message, diagnostic
        assert "\n" not in diagnostic.message, diagnostic
        assert len(diagnostic.message) < 500, diagnostic.message[:600]


_WORDS = """
null ~ true -1 0 99999999999999999999999 [] {} [a,b] {a:b} u64 utf8 utf16[..3] ref handle user_ptr(u8,4)
class int a__b _x x_ not and tag secret reserved point figure segment drawing reading shade traits
link_mode 0x 1.2 vault tour none any read 1<<9999 u8[..] u8[1..0] u8[2][3] "" ünï
"""
WORDS = _WORDS.split()
TOKEN = re.compile(r"[A-Za-z_][\w.]*|0x\w+|\d+|\S")


@pytest.mark.parametrize("seed", range(6))
def test_no_change_of_a_schema_ends_in_a_traceback(seed: int) -> None:
    """Schemas with a few words changed, lines lost or doubled: diagnostics, and nothing else."""
    chance = random.Random(seed)
    texts = [path.read_text(encoding="utf-8") for path in sorted(SCHEMAS.glob("*.yaml"))]
    reached = set()
    for _ in range(60):
        rows = chance.choice(texts).splitlines()
        for _ in range(chance.choice((1, 1, 2, 3))):
            mutate(rows, chance)
        _, found = analyse("\n".join(rows) + "\n", str(SCHEMAS))
        check(found)
        reached |= {diagnostic.code for diagnostic in found}
    assert len(reached) > 10


def mutate(rows: list[str], chance: random.Random) -> None:
    at = chance.randrange(len(rows))
    words = list(TOKEN.finditer(rows[at]))
    kind = chance.random()
    if kind < 0.7 and words:
        word = chance.choice(words)
        new = "" if kind < 0.1 else chance.choice(WORDS)
        rows[at] = rows[at][: word.start()] + new + rows[at][word.end() :]
    elif kind < 0.85:
        rows.insert(at, chance.choice(rows))
    elif len(rows) > 1:
        del rows[at]


def test_suggestions_end_where_they_would_cost_more_than_they_help() -> None:
    rows = [f"  entry{n}: {{fields: {{a: entri{n}}}}}" for n in range(1500)]
    _, found = analyse(HEAD + lines("structs:", *rows))
    assert len(found) == 1500
    assert found[0].help is not None
    assert found[-1].help is None
