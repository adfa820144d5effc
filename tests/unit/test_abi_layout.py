"""Sizes, alignments and offsets worked out by hand; holes and the fixes offered for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgen.abi import ABIS, Layouts
from kgen.abi.abis import Machine
from kgen.abi.layout import Measure, editions, holes
from kgen.model.types import NATIVE, Handle, Integer, UserPointer
from tests.support.layouts import HEAD, analyse, layouts_of


def struct_layout(layouts: Layouts, name: str, abi: str | None = None) -> list[tuple[object, ...]]:
    """(size, alignment), and then name, offset and size of each field."""
    struct = next(each for each in layouts.interface.structs if each.name == name)
    layout = layouts.record(struct, abi)
    fields = [(item.field.name, item.offset, item.size) for item in layout.fields]
    return [(layout.size, layout.align), *fields]


def test_every_kind_of_field() -> None:
    layouts = layouts_of(
        HEAD
        + """\
enums:
  mood: {type: s8, values: {bad: -1}}
  kind: {type: u16, values: {none: 0, some: 1}}
flags:
  traits: {type: u64be, bits: {loud: 0}}
bitfields:
  mode: {type: u32, bits: {speed: 0..3}}
unions:
  what: {tag: kind, arms: {none: none, some: "u16[5]"}}
structs:
  point: {fields: {x: u32, y: u32}}
  all:
    fields:
      a: mood
      b: bool
      c: utf16[3]
      d: guid
      e: traits
      f: point[2]
      g: u16[2][3]
      h: utf8[7][2]
      i: kind
      j: what by i
      k: u16 reserved
      l: mode
      m: u8[4]
"""
    )
    assert struct_layout(layouts, "all") == [
        (96, 8),
        ("a", 0, 1),
        ("b", 1, 1),
        ("c", 2, 6),
        ("d", 8, 16),
        ("e", 24, 8),
        ("f", 32, 16),
        ("g", 48, 12),
        ("h", 60, 14),
        ("i", 74, 2),
        ("j", 76, 10),
        ("k", 86, 2),
        ("l", 88, 4),
        ("m", 92, 4),
    ]
    assert all(struct_layout(layouts, "all", abi.name)[0] == (96, 8) for abi in ABIS)
    union = layouts.interface.unions[0]
    assert layouts.record(union) == (10, 2, (), 0)
    assert layouts.size_align(union) == (10, 2)


def test_a_struct_with_a_tail_ends_where_the_tail_begins() -> None:
    layouts = layouts_of(
        HEAD
        + """\
structs:
  odd: {fields: {a: u64, b: u8, c: "u8[..9] count b"}}
  wide: {fields: {a: u64, b: "u64[..9]"}}
  text: {fields: {a: u8[3], b: "utf8[..9] size n", n: u8}}
""".replace('a: u8[3], b: "utf8[..9] size n", n: u8', 'a: "u8[3]", n: u8, b: "utf8[..9] size n"')
    )
    assert struct_layout(layouts, "odd") == [(9, 8), ("a", 0, 8), ("b", 8, 1), ("c", 9, None)]
    assert struct_layout(layouts, "wide") == [
        (16, 8),
        ("a", 0, 8),
        ("b_count", 8, 8),
        ("b", 16, None),
    ]
    assert struct_layout(layouts, "text") == [(4, 1), ("a", 0, 3), ("n", 3, 1), ("b", 4, None)]


NATIVE_STRUCTS = """\
structs:
  inner: {layout: native, fields: {a: u8, b: u64, c: u8}}
  outer: {layout: native, fields: {a: u32, b: inner, c: "inner[2]", d: u16}}
  fixed: {fields: {a: u64}}
  mixed: {layout: native, fields: {a: u32, b: fixed, c: u64}}
"""


@pytest.mark.parametrize("abi", [abi.name for abi in ABIS if abi.align64 == 8])
def test_native_structs_where_64_bits_are_aligned_to_8(abi: str) -> None:
    layouts = layouts_of(HEAD + NATIVE_STRUCTS)
    assert struct_layout(layouts, "inner", abi) == [(24, 8), ("a", 0, 1), ("b", 8, 8), ("c", 16, 1)]
    assert struct_layout(layouts, "outer", abi)[0] == (88, 8)


def test_native_structs_on_i386_linux() -> None:
    layouts = layouts_of(HEAD + NATIVE_STRUCTS)
    assert [abi.name for abi in ABIS if abi.align64 == 4] == ["linux-i386"]
    assert struct_layout(layouts, "inner", "linux-i386") == [
        (16, 4),
        ("a", 0, 1),
        ("b", 4, 8),
        ("c", 12, 1),
    ]
    assert struct_layout(layouts, "outer", "linux-i386") == [
        (56, 4),
        ("a", 0, 4),
        ("b", 4, 16),
        ("c", 20, 32),
        ("d", 52, 2),
    ]
    assert struct_layout(layouts, "mixed", "linux-i386") == [
        (24, 8),
        ("a", 0, 4),
        ("b", 8, 8),
        ("c", 16, 8),
    ]


def test_padding_is_counted_and_found() -> None:
    layouts = layouts_of(HEAD + NATIVE_STRUCTS)
    inner = next(each for each in layouts.interface.structs if each.name == "inner")
    layout = layouts.record(inner)
    assert layout.padding == 14
    found = [(hole.size, hole.offset, hole.before and hole.before.name) for hole in holes(layout)]
    assert found == [(7, 1, "b"), (7, 17, None)]
    fixed = next(each for each in layouts.interface.structs if each.name == "fixed")
    assert layouts.record(fixed).padding == 0
    assert holes(layouts.record(fixed)) == []


def test_the_editions_of_a_growing_struct() -> None:
    layouts = layouts_of(
        HEAD
        + """\
structs:
  state:
    grows: true
    fields: {a: u32, b: u32, c: u64 since 1.1, d: u32 since 1.1, e: u32 since 1.1, f: u64 since 1.2}
  plain: {grows: true, fields: {a: u8}}
"""
    )
    state, plain = layouts.interface.structs
    assert editions(layouts.record(state)) == [(None, 8, 4), ((1, 1), 24, 8), ((1, 2), 32, 8)]
    assert editions(layouts.record(plain)) == [(None, 1, 1)]


TYPES = ["u8", "u16", "u32", "u64", "s16be", "bool", "guid", "u8[3]", "u16[3]", "utf16[2]", "pair"]
FIELDS = st.lists(st.sampled_from(TYPES), min_size=1, max_size=9)
TAILS = st.sampled_from([None, "u8[..4]", "u32[..4]", "u64[..4]", "pair[..4]"])


@settings(max_examples=120, deadline=None)
@given(FIELDS, FIELDS, TAILS, st.booleans())
def test_the_fix_that_is_offered_fixes_it(
    first: list[str], later: list[str], tail: str | None, grows: bool
) -> None:
    """Each help text, put where it says, leaves a schema without padding, at once."""
    names = iter(f"f{number}" for number in range(99))
    fields = [f"{next(names)}: {type_}" for type_ in first]
    if grows:
        fields += [f"{next(names)}: {type_} since 1.1" for type_ in later]
    elif tail is not None:
        fields.append(f"{next(names)}: {tail}")
    head = f"{HEAD}structs:\n  pair:\n    fields: {{x: u16, y: u16}}\n  it:\n"
    body = [f"    grows: {'true' if grows else 'false'}", "    fields:"]
    lines = [*head.splitlines(), *body, *(f"      {field}" for field in fields)]
    found = [each for each in analyse("\n".join(lines))[1] if each.code == "KG201"]
    fixes = []
    for each in found:
        fix = re.match(r"(put|append) `([^`]+)`", each.help or "")
        assert fix, each.help
        assert each.span is not None
        fixes.append((each.span.line - (fix[1] == "put"), f"      {fix[2]}"))
    for line, text in sorted(fixes, reverse=True):  # from below, so that lines keep their numbers
        lines.insert(line, text)
    layouts, left = analyse("\n".join(lines))
    assert [each.message for each in left if each.code == "KG201"] == []
    if not grows:
        assert left == []
        assert layouts is not None
        assert layouts.record(layouts.interface.structs[-1]).padding == 0


def offers(text: str) -> Iterator[str]:
    for each in analyse(HEAD + text)[1]:
        match = re.search(r"`([^`]+)`", each.help or "")
        assert match
        yield match[1]


def test_a_fix_has_a_name_that_is_free_and_the_shortest_type() -> None:
    found = offers("""\
structs:
  it: {fields: {reserved: u8, a: u16, b: u64, reserved2: u8, c: u32, d: u8}}
""")
    assert list(found) == [
        "reserved3: u8 reserved",
        "reserved4: u32 reserved",
        "reserved5: u8[3] reserved",
        "reserved6: u8[7] reserved",
    ]


def test_handles_and_pointers_are_64_bits_everywhere() -> None:
    u8 = Integer("u8", 1, False, NATIVE)
    for align64 in (4, 8):
        measure = Measure(Machine(align64, 8, 8))
        assert measure.size_align(Handle("event", ("modify",))) == (8, 8)
        assert measure.size_align(UserPointer(u8, 9)) == (8, 8)


def test_what_has_no_layout_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="no layout"):
        Measure().size_align(object())  # type: ignore[arg-type]
