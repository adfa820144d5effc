"""kgen fmt: canonical form, stable, and never a change of what a file or its comments say."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgen.cli import main
from kgen.diagnostics import Sink, SourceFile
from kgen.schema.order import TOP
from kgen.source import Mapping, Scalar, Sequence, parse
from kgen.source.format import WIDTH, format_text

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = sorted(ROOT.glob("schemas/*.yaml")) + sorted(ROOT.glob("tests/errors/*/*.yaml"))


def fmt(text: str) -> str:
    sink = Sink()
    result = format_text(text, "s.yaml", TOP, sink)
    assert result is not None, [found.message for found in sink.sorted()]
    return result


def plain(node: object) -> object:
    """What a tree says, without places and styles."""
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return None if node.is_null else node.text


def tree(text: str) -> object:
    return plain(parse(SourceFile("s.yaml", text), Sink()))


@pytest.mark.parametrize("path", sorted(ROOT.glob("schemas/*.yaml")), ids=lambda path: path.name)
def test_the_schemas_of_the_project_are_formatted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert fmt(text) == text


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_every_schema_at_hand_is_formatted_once_and_for_all_or_refused(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    sink = Sink()
    once = format_text(text, path.name, TOP, sink)
    if once is None:
        assert sink.has_errors
    else:
        assert fmt(once) == once
        assert tree(once) == tree(text)


# The rules, one by one

CASES = {
    "indentation": (
        "kgen: 1\nstructs:\n    s:\n        fields:\n            a: u8\n",
        "kgen: 1\n\nstructs:\n  s:\n    fields:\n      a: u8\n",
    ),
    "top-level keys in the order of the language": (
        'version: "1.0"\nioctls: {}\ninterface: x\nkgen: 1\n',
        'kgen: 1\ninterface: x\nversion: "1.0"\nioctls: {}\n',
    ),
    "in a block doc first, single values, then names": (
        "ioctls:\n  a:\n    idempotent: true\n    access: any\n    function: 1\n    doc: D.\n"
        "structs:\n  s:\n    fields:\n      b: u8\n      a: u8\n    grows: true\n    doc: D.\n",
        "structs:\n  s:\n    doc: D.\n    grows: true\n    fields:\n      b: u8\n      a: u8\n\n"
        "ioctls:\n  a:\n    doc: D.\n    function: 1\n    access: any\n    idempotent: true\n",
    ),
    "a field's type before its doc": (
        "structs:\n  s:\n    fields:\n      a:\n        doc: D.\n        type: u8\n",
        "structs:\n  s:\n    fields:\n      a:\n        type: u8\n        doc: D.\n",
    ),
    "in braces the order of the table": (
        "constants: {a: {doc: D., value: 1}}\n",
        "constants: {a: {value: 1, doc: D.}}\n",
    ),
    "names keep their order": (
        "enums:\n  e: {type: u8, values: {z: 1, a: 2}}\n",
        "enums:\n  e: {type: u8, values: {z: 1, a: 2}}\n",
    ),
    "unknown keys come last": (
        "structs: {s: {colour: red, fields: {a: u8}}}\n",
        "structs: {s: {fields: {a: u8}, colour: red}}\n",
    ),
    "versions and modes are quoted, other texts where needed": (
        "kgen: 1\nversion: 1.10\ndoc: 'plain'\nlinux:\n  mode: '0600'\n  node: \"x\"\n",
        'kgen: 1\nversion: "1.10"\ndoc: plain\n\nlinux:\n  node: x\n  mode: "0600"\n',
    ),
    "quotes stay where a reader would see no text": (
        "doc: '12'\nlicense: \"no\"\nconstants: {'a': '1e3'}\n",
        'doc: "12"\nlicense: "no"\nconstants: {a: "1e3"}\n',
    ),
    "one kind of quotes": (
        "doc: 'a: b'\nlicense: \"x\\\\y #\"\n",
        "doc: \"a: b\"\nlicense: 'x\\y #'\n",
    ),
    "an escape stays as it is": ('doc: "a\\tb"\n', 'doc: "a\\tb"\n'),
    "types need quotes in braces only": (
        'structs:\n  s: {fields: {a: "u8[4]"}}\n  t:\n    fields:\n      a: "u8[4]"\n',
        'structs:\n  s: {fields: {a: "u8[4]"}}\n\n  t:\n    fields:\n      a: u8[4]\n',
    ),
    "numbers as written": (
        "constants: {a: 0x0F, b: 1_000, c: 1 << 4}\n",
        "constants: {a: 0x0F, b: 1_000, c: 1 << 4}\n",
    ),
    "spaces": (
        "doc:   a  b   #  c\nconstants:  { a : 1,b: 2 }\n",
        "doc: a  b  #  c\nconstants: {a: 1, b: 2}\n",
    ),
    "braces that do not fit become a block": (
        f"constants: {{a: {{value: 1, doc: {'x' * 90}}}, b: 2}}\n",
        f"constants:\n  a:\n    value: 1\n    doc: {'x' * 90}\n\n  b: 2\n",
    ),
    "braces over several lines are joined": (
        "constants: {a: 1,\n  b: 2}\ntargets: [c,\n  python]\n",
        "targets: [c, python]\nconstants: {a: 1, b: 2}\n",
    ),
    "braces with a comment inside become a block": (
        "targets: [c,  # one\n  python]\nconstants: {  # all\n  a: 1, b: 2  # two\n}  # end\n",
        "targets:\n  - c  # one\n  - python\n\nconstants:  # end\n  # all\n  a: 1\n  b: 2  # two\n",
    ),
    "lists are indented": (
        "structs:\n  s:\n    require:\n    - a < b\n    -   b < c\n",
        "structs:\n  s:\n    require:\n      - a < b\n      - b < c\n",
    ),
    "blank lines": (
        "\n\nkgen: 1\n\n\n\ndoc: D.\nenums:\n\n  e:\n    type: u8\n\n\n    values: {a: 1}\n  f:\n    type: u8\n\n\n",
        "kgen: 1\n\ndoc: D.\n\nenums:\n  e:\n    type: u8\n\n    values: {a: 1}\n\n  f:\n    type: u8\n",
    ),
    "comments": (
        "# head\n# two\n\n# three\nkgen: 1 # one\nenums: # all\n    # of e\n    e: # this\n        # t\n"
        "        type: u8 # byte\n        # inner end\n    # outer end\n# end\n\n# very end\n",
        "# head\n# two\n\n# three\nkgen: 1  # one\n\nenums:  # all\n  # of e\n  e:  # this\n    # t\n"
        "    type: u8  # byte\n    # inner end\n  # outer end\n# end\n\n# very end\n",
    ),
    "comments move with their entry": (
        "# head\nkgen: 1\nlinux:\n  # the mode\n  mode: '0600'  # private\n  # the magic\n  magic: 1\n",
        '# head\nkgen: 1\n\nlinux:\n  # the magic\n  magic: 1\n  # the mode\n  mode: "0600"  # private\n',
    ),
    "a comment under a key without a value": (
        "enums:\n    # e: later\nflags: {}\n",
        "enums:\n  # e: later\nflags: {}\n",
    ),
    "a comment between a key and its text": (
        "doc: # one\n  # two\n  text # three\n",
        "# two\n# three\ndoc: text  # one\n",
    ),
    "a block text keeps its lines": (
        "doc: |   # c\n     a\n\n       b # no comment\n     c: d\n\n# end\n",
        "doc: |  # c\n  a\n\n    b # no comment\n  c: d\n\n# end\n",
    ),
    "a folded text keeps its breaks": ("doc: >-\n    a\n    b\n", "doc: >-\n  a\n  b\n"),
    "an explicit indentation stays": ("doc: |4\n     a\n    b\n", "doc: |4\n     a\n    b\n"),
    "lines that a text keeps are no blank lines": (
        "doc: |+\n    a\n\n\nenums:\n  e:\n    type: u8\n",
        "doc: |+\n  a\n\n\nenums:\n  e:\n    type: u8\n",
    ),
    "a text of several lines keeps them": (
        "doc: a b\n       c\n\n       d  # e\nlicense: 'x\n    y'\n",
        "doc: a b\n  c\n\n  d  # e\nlicense: 'x\n  y'\n",
    ),
    "a long line of such a text begins below its key": (
        f"doc:\n     {'x ' * 48}x\n     y\n",
        f"doc:\n  {'x ' * 48}x\n  y\n",
    ),
    "the document's marks go": ("---\nkgen: 1\n...\n", "kgen: 1\n"),
    "nothing at all stays": ("doc:\nlicense: ~\n", "doc:\nlicense: ~\n"),
    "no keys at all": ("# nothing\n{ }\n", "# nothing\n{ }\n"),
    "the end of the last line": ("doc: a", "doc: a\n"),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES.keys())
def test_rule(before: str, after: str) -> None:
    result = fmt(before)
    assert result == after
    assert fmt(result) == result


def test_what_fits_exactly_stays_in_braces() -> None:
    line = "constants: {a: {value: 1, doc: " + "x" * (WIDTH - 33) + "}}"
    assert len(line) == WIDTH
    assert fmt(line) == line + "\n"
    assert fmt(line.replace("xx", "xxx", 1)).count("\n") == 2


# Anything that parses

WORDS = st.sampled_from(
    ["a", "u8[4]", "1", "0x10", "no", "a b", "", "#", "x: y", "-", "`q`", "é", "a'b"]
)
COMMENTS = st.sampled_from(["", "", "  # c", "  #d"])
KEYS = st.lists(
    st.sampled_from(
        [
            "kgen",
            "version",
            "doc",
            "enums",
            "structs",
            "ioctls",
            "linux",
            "type",
            "in",
            "fields",
            "x",
        ]
    ),
    min_size=1,
    max_size=4,
    unique=True,
)


@st.composite
def scalars(draw: st.DrawFn, indent: int) -> str:
    word = draw(WORDS)
    style = draw(st.sampled_from(["'", '"', "|", "|+", ">-", "|2", "plain", "lines"]))
    pad = " " * (indent + draw(st.integers(1, 3)))
    if style in ("'", '"'):
        return style + word.replace("'", "''" if style == "'" else "'") + style + draw(COMMENTS)
    if style in ("|", "|+", ">-"):
        return f"{style}{draw(COMMENTS)}\n{pad}{word or 'w'}\n{pad}  b\n" + "\n" * draw(
            st.integers(0, 2)
        )
    if style == "|2":
        return f"|2\n{' ' * (indent + 2)} {word}\n"
    if style == "lines":
        return f"one\n{pad}two{draw(COMMENTS)}"
    return draw(st.sampled_from(["w", "7", "~", "", "u8[4] in 1..2", "v # c", "a#b"]))


@st.composite
def flows(draw: st.DrawFn) -> str:
    inner = [
        f"{key}: {draw(st.sampled_from(['1', 'a', '[b, c]', '{d: e}', '~', 'x # c' + chr(10)]))}"
        for key in draw(KEYS)
    ]
    space = draw(st.sampled_from(["", " ", "\n      ", " # f\n    "]))
    return "{" + space + ("," + (space or " ")).join(inner) + space + "}" + draw(COMMENTS)


@st.composite
def blocks(draw: st.DrawFn, indent: int = 0, depth: int = 0) -> str:
    lines = []
    pad = " " * indent
    for key in draw(KEYS):
        lines += draw(
            st.sampled_from(
                [
                    [],
                    [],
                    [""],
                    [f"{pad}# above"],
                    [f"{pad}   # deeper", ""],
                    [" " * max(0, indent - 2) + "# left"],
                ]
            )
        )
        kind = (
            draw(st.sampled_from(["scalar", "scalar", "flow", "block", "list"]))
            if depth < 3
            else "scalar"
        )
        if kind == "scalar":
            lines.append(f"{pad}{key}: {draw(scalars(indent))}")
        elif kind == "flow":
            lines.append(f"{pad}{key}: {draw(flows())}")
        elif kind == "list":
            lines.append(f"{pad}{key}:{draw(COMMENTS)}")
            step = draw(st.integers(0, 2))
            lines += [
                f"{pad}{' ' * step}- {word}"
                for word in draw(
                    st.lists(st.sampled_from(["a", "b c", '"d"']), min_size=1, max_size=3)
                )
            ]
        else:
            lines.append(f"{pad}{key}:{draw(COMMENTS)}")
            lines.append(draw(blocks(indent + draw(st.integers(1, 4)), depth + 1)))
    return "\n".join(lines)


@settings(max_examples=400, deadline=None)
@given(blocks(), st.sampled_from(["", "\n", "\n\n# end\n", "\n  # deep end"]))
def test_whatever_parses_is_formatted_once_and_says_the_same(text: str, end: str) -> None:
    text = text + end
    sink = Sink()
    once = format_text(text, "s.yaml", TOP, sink)
    if once is None:
        assert sink.has_errors
        return
    assert format_text(once, "s.yaml", TOP, sink) == once
    # A last line without an end makes a block text another one, so both are read with one.
    assert tree(once) == tree(text if text.endswith("\n") else text + "\n")


# The command

MESSY = "kgen: 1\ninterface:   x\nversion: 1.0\n"
NEAT = 'kgen: 1\ninterface: x\nversion: "1.0"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kgen.toml").write_text('schemas = ["*.yaml"]\n')
    return tmp_path


def test_fmt_writes_what_changes_and_nothing_else(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "messy.yaml").write_text(MESSY)
    (folder / "neat.yaml").write_text(NEAT)
    os.utime(folder / "neat.yaml", (1, 1))
    assert main(["fmt"]) == 0
    assert (folder / "messy.yaml").read_text() == NEAT
    assert (folder / "neat.yaml").stat().st_mtime == 1
    assert capsys.readouterr().out == "messy.yaml: formatted\n"
    assert sorted(path.name for path in folder.iterdir()) == [
        "kgen.toml",
        "messy.yaml",
        "neat.yaml",
    ]
    assert main(["fmt"]) == 0
    assert capsys.readouterr().out == ""


def test_check_reports_the_difference_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "messy.yaml").write_text(MESSY)
    assert main(["fmt", "--check"]) == 1
    output = capsys.readouterr().out
    assert "KG520" in output
    assert "-interface:   x" in output
    assert "+interface: x" in output
    assert (folder / "messy.yaml").read_text() == MESSY
    assert main(["fmt", "-q"]) == 0
    assert main(["fmt", "--check"]) == 0
    assert capsys.readouterr().out == ""


def test_a_syntax_error_leaves_the_file_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = "kgen:   1\nenums: {a\n"
    (folder / "broken.yaml").write_text(broken)
    (folder / "messy.yaml").write_text(MESSY)
    assert main(["fmt"]) == 1
    assert (folder / "broken.yaml").read_text() == broken
    assert (folder / "messy.yaml").read_text() == NEAT
    assert "KG020" in capsys.readouterr().out


def test_line_ends_permissions_and_links_stay(folder: Path) -> None:
    path = folder / "messy.yaml"
    path.write_bytes(MESSY.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    (folder / "link.yaml").symlink_to("messy.yaml")
    assert main(["fmt", "-q", "link.yaml"]) == 0
    assert path.read_bytes() == NEAT.replace("\n", "\r\n").encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert (folder / "link.yaml").is_symlink()


def test_what_cannot_be_written_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "messy.yaml").write_text(MESSY)
    (folder / "messy.yaml.kgen-tmp").write_text("somebody else's")
    assert main(["fmt"]) == 2
    assert "cannot write messy.yaml" in capsys.readouterr().err
    assert (folder / "messy.yaml").read_text() == MESSY


def test_a_text_that_would_say_something_else_is_never_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kgen.source.format.quoted", lambda text: text)
    with pytest.raises(AssertionError, match=r"not valid|change a value"):
        fmt('doc: "a: b"\n')
