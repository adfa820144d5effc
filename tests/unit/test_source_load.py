"""The tree that a schema is read into: values, spans, and that no text can do harm."""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgen.diagnostics import Diagnostic, Sink, SourceFile
from kgen.source import Mapping, Node, Scalar, Sequence, load, parse
from kgen.source.load import parse_with
from kgen.source.parser import CParser, watched
from kgen.source.pure_parser import PureParser
from kgen.source.read import decode

FIXTURES = sorted((Path(__file__).parents[1] / "errors" / "1_source").glob("*.yaml"))
SCHEMAS = sorted((Path(__file__).parents[2] / "schemas").glob("*.yaml"))


def read(text: str) -> Mapping:
    sink = Sink()
    tree = parse(SourceFile("x.yaml", text), sink)
    assert tree is not None, sink.sorted()
    assert not sink.sorted()
    return tree


Outcome = tuple[object, list[Diagnostic]]


def outcomes(text: str) -> tuple[Outcome, Outcome]:
    """What libyaml's parser and PyYAML's own make of a text."""
    file = SourceFile("x.yaml", text)
    return outcome(file, pure=False), outcome(file, pure=True)


def outcome(file: SourceFile, pure: bool) -> Outcome:
    """The tree as plain values with places, and what was reported, by one of the parsers."""
    sink = Sink()
    make = PureParser if pure else CParser
    tree = parse_with(lambda text: watched(make, text), file, sink)
    assert (tree is None) == sink.has_errors
    return None if tree is None else plain(tree), sink.sorted()


def plain(node: Node) -> object:
    place = tuple(node.span)[1:]
    if isinstance(node, Mapping):
        return place, [(plain(key), plain(value)) for key, value in node.entries]
    if isinstance(node, Sequence):
        return place, [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    # The parsers agree about everything but the place of nothing.
    return (place if node.text or node.style else None), node.text, node.style


def test_scalars_keep_their_text_and_quotes() -> None:
    tree = read("a: 010\nb: '1'\nc: \"x\\ty\"\nd: |\n  two\n  lines\ne: on\n")
    texts = [
        (value.text, value.style, value.plain)
        for _, value in tree.entries
        if isinstance(value, Scalar)
    ]
    assert texts == [
        ("010", "", True),
        ("1", "'", False),
        ("x\ty", '"', False),
        ("two\nlines\n", "|", False),
        ("on", "", True),
    ]


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_recognised(text: str) -> None:
    value = read(f"a: {text}\nb: '{text}'")
    assert isinstance(value.get("a"), Scalar)
    assert value.get("a").is_null  # type: ignore[union-attr]
    assert not value.get("b").is_null  # type: ignore[union-attr]


def test_spans_of_keys_and_values() -> None:
    tree = read(
        "kgen: 1\nstructs:\n  span: {first: u64, größe: 'x'}\n  list: [a,\n    b]\ntext: |\n  x\n"
    )
    structs = tree.get("structs")
    assert isinstance(structs, Mapping)
    span = structs.get("span")
    assert isinstance(span, Mapping)
    places = [
        tree.key("kgen"),
        tree.get("kgen"),
        structs,
        span,
        span.key("größe"),
        span.get("größe"),
        structs.get("list"),
        tree.get("text"),
    ]
    assert [tuple(node.span)[1:] for node in places if node] == [
        (1, 1, 1, 5),
        (1, 7, 1, 8),
        (3, 3, 5, 7),
        (3, 9, 3, 33),
        (3, 22, 3, 27),
        (3, 29, 3, 32),
        (4, 9, 5, 7),
        (6, 7, 6, 7),
    ]
    assert str(span.span) == "x.yaml:3:9"


def test_absent_keys() -> None:
    tree = read("a: 1")
    assert tree.get("b") is None
    assert tree.key("b") is None


def test_entries_keep_their_order() -> None:
    assert [key.text for key, _ in read("c: 1\na: 2\nb: 3").entries] == ["c", "a", "b"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_counts_alike(end: str) -> None:
    sink = Sink()
    assert parse(SourceFile("x", end.join(["a: 1", "b: 2", "a: 3"])), sink) is None
    assert [str(found.span) for found in sink.sorted()] == ["x:3:1"]


def test_a_byte_order_mark_is_ignored() -> None:
    sink = Sink()
    file = decode(b"\xef\xbb\xbfkgen: 1\n", "x.yaml", sink)
    assert file is not None
    tree = parse(file, sink)
    assert tree is not None
    assert tree.entries[0][0].text == "kgen"
    assert tuple(tree.entries[0][0].span)[1:] == (1, 1, 1, 5)


def test_garbage_collection_is_left_as_it_was() -> None:
    for enabled in (True, False):
        (gc.enable if enabled else gc.disable)()
        try:
            for text in ("a: 1", "a: ["):
                parse(SourceFile("x", text), Sink())
                assert gc.isenabled() == enabled
        finally:
            gc.enable()


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "? " * 100_000])
def test_no_nesting_exhausts_the_stack(text: str) -> None:
    for _, found in outcomes("a: " + text if text[0] in "[{" else text):
        assert [one.code for one in found] in (["KG009"], ["KG024"])
    assert sys.getrecursionlimit() <= 1000


def test_an_alias_bomb_is_refused_without_being_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    sink = Sink()
    assert parse(SourceFile("x", "\n".join(lines)), sink) is None
    assert {found.code for found in sink.sorted()} == {"KG014"}


def test_reading_is_linear() -> None:
    def cost(count: int) -> float:
        text = "a:\n" + "".join(f"  k{n}: {{type: u32, doc: Words? [}}\n" for n in range(count))
        text = text.replace("[", "")
        times = []
        for _ in range(3):
            start = time.process_time()
            read(text)
            times.append(time.process_time() - start)
        return min(times)

    assert cost(8000) < 16 * cost(1000)


@pytest.mark.parametrize("path", SCHEMAS + FIXTURES, ids=lambda path: path.stem)
def test_both_parsers_say_the_same_of_a_file(path: Path) -> None:
    fast, pure = outcomes(path.read_text(encoding="utf-8"))
    assert fast == pure


PIECES = [
    *"{}[],:-?!&*|>'\"%@`#\t \n\\=~.",
    *[
        "a: ",
        "b:\n  ",
        "- ",
        "u8[4]",
        "? ",
        ": ",
        "\n  ",
        "\n    ",
        "---\n",
        "...\n",
        "|\n",
        "\r\n",
    ],
    *["<<: ", "é", "　", "0x1F", "u8[..4096] secret", "%YAML 1.1\n", "!!int ", "\\u12", "&x", "*x"],
    *[
        "\0",
        "\x85",
        "\u2028",
        "\ufeff",
        "\ud800",
        "\U0001f600",
        "kgen: 1\n",
        "doc: Why? So: it's.\n",
    ],
]
YAMLISH = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@given(YAMLISH | st.text())
@settings(max_examples=500, deadline=None)
def test_any_text_is_read_or_reported_and_by_both_parsers_alike(text: str) -> None:
    (tree, found), (pure_tree, pure_found) = outcomes(text)
    assert tree == pure_tree
    assert bool(found) == bool(pure_found)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_schema_is_read_or_reported_and_by_both_parsers_alike(
    data: st.DataObject,
) -> None:
    path = data.draw(st.sampled_from(FIXTURES))
    text = path.read_text(encoding="utf-8")
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 3))
    text = text[:at] + data.draw(st.sampled_from(["", *PIECES])) + text[at + cut :]
    (tree, found), (pure_tree, pure_found) = outcomes(text)
    assert tree == pure_tree
    assert bool(found) == bool(pure_found)


@given(st.binary() | YAMLISH.map(lambda text: text.encode("utf-16", "surrogatepass")))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_reported(data: bytes) -> None:
    sink = Sink()
    file = decode(data, "x.yaml", sink)
    tree = None if file is None else parse(file, sink)
    assert (tree is None) == sink.has_errors


def test_load_names_the_file_as_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\na: 2\n")
    sink = Sink()
    assert load(str(path), "schemas\\x.yaml", sink) is None
    assert [str(found.span) for found in sink.sorted()] == ["schemas/x.yaml:2:1"]


def test_without_libyaml_the_pure_parser_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    from kgen.source import parser

    monkeypatch.setattr(parser, "CParser", None)
    assert isinstance(parser.event_parser("a: 1"), PureParser)
    assert read("a: 1").entries[0][0].text == "a"
