"""No text of a schema can leave its place in an output: each escaper against a reader of its own."""

from __future__ import annotations

import ast
import html.parser
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgen.emit import escape
from tests.support.tools import find_tool

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# What has a meaning somewhere, more often than chance would have it.
MARKS = st.sampled_from(
    [
        *"#`|?*/'\"\\\n\r\t\0é\x85\u202e\u2028\ud800",
        "*/",
        "/*",
        "\\\n",
        "??/",
        '"""',
        "&amp;",
        "<b>",
    ]
)
TEXT = st.lists(MARKS | st.text(max_size=4), max_size=8).map("".join)

HIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)

HOSTILE = [
    "*/ int injected; /*",
    "*\\\n/ int injected; /*",
    "*??/\n/ int injected; /*",
    "ends in a backslash \\",
    "ends in a star *",
    '"); injected(); ("',
    "??/" * 3 + '"; int injected;',
    "\u202e reversed \u2066",
    "\x1b[31m, \x00, \x85, \u2028 and \ufeff",
    "C:\\temp\\new 100%",
    "\N{GREEK SMALL LETTER ALPHA} and \N{GRINNING FACE}9",
    "1?2??3???4",
]


def without_comments(source: str) -> str:
    """C after translation phases 1 to 3: trigraphs, joined lines, each comment a space."""
    source = source.replace("??/", "\\").replace("\\\n", "")
    return re.sub(r"/\*.*?\*/", " ", source, flags=re.DOTALL)


@given(TEXT, st.sampled_from([0, 1, 20, 80]))
def test_c_comment_never_ends_early(text: str, width: int) -> None:
    written = f"/* {escape.c_comment(text, width)} */"
    assert without_comments(written) == " "
    assert "/*" not in written[2:]


@given(TEXT)
def test_comments_begin_each_line_with_their_mark(text: str) -> None:
    assert all(line.startswith(" *") for line in escape.c_comment(text).split("\n")[1:])
    assert all(line.startswith("#") for line in escape.hash_comment(text).split("\n")[1:])
    assert not any(line.endswith("\\") for line in escape.hash_comment(text).split("\n"))


@given(TEXT)
def test_hidden_characters_are_shown_by_number(text: str) -> None:
    for escaper in (escape.c_comment, escape.hash_comment, escape.py_doc, escape.html, escape.md):
        written = escaper(text)
        assert not HIDDEN.search(written)
        written.encode("utf-8")


@given(TEXT)
def test_py_string_is_the_text(text: str) -> None:
    written = f'"{escape.py_string(text)}"'
    assert ast.literal_eval(written) == text
    assert "\n" not in written
    written.encode("utf-8")


@given(TEXT)
def test_py_doc_is_one_string(text: str) -> None:
    module = ast.parse(f'"""{escape.py_doc(text)}"""\nx = 1\n')
    assert len(module.body) == 2
    expected = re.sub(r"[^\S\n]+$", "", escape._visible(text).strip(), flags=re.MULTILINE)
    assert ast.get_docstring(module, clean=False) == expected


@given(TEXT)
def test_toml_string_is_the_text(text: str) -> None:
    written = tomllib.loads(f'a = "{escape.toml_string(text)}"\nb = 1\n')
    assert written == {"a": re.sub("[\ud800-\udfff]", "\ufffd", text), "b": 1}


@given(TEXT)
def test_json_string_is_the_text(text: str) -> None:
    assert json.loads(f'"{escape.json_string(text)}"') == text


@given(TEXT)
def test_html_holds_no_tag(text: str) -> None:
    class Reader(html.parser.HTMLParser):
        found = ""

        def handle_starttag(self, tag: str, attrs: object) -> None:
            raise AssertionError(tag)

        def handle_data(self, data: str) -> None:
            self.found += data

    reader = Reader()
    reader.feed(escape.html(text))
    reader.close()
    assert reader.found == escape._visible(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a_b * c", "a\\_b \\* c"),
        ("see `a_b`, [x](javascript:y)", "see `a_b`, \\[x\\](javascript:y)"),
        ("<script>&", "&lt;script\\>&amp;"),
        ("# no title\n- no item\n1. no number", "\\# no title\n\\- no item\n1\\. no number"),
        ("one ` only", "one \\` only"),
    ],
)
def test_md(text: str, written: str) -> None:
    assert escape.md(text) == written


@given(TEXT)
def test_md_cell_is_one_line_and_one_cell(text: str) -> None:
    written = escape.md_cell(text)
    assert "\n" not in written
    assert not re.search(r"(?<!\\)\|", written)


def test_c_comment_fills_a_paragraph_that_is_too_long() -> None:
    text = "one two three four\nfive\n\n- an item that is long\n- another\n    indented text stays"
    assert escape.c_comment(text, 14).split("\n") == [
        "one two three",
        " * four five",
        " *",
        " * - an item that",
        " * is long",
        " * - another",
        " *     indented",
        " * text stays",
    ]
    assert escape.c_comment("short\nlines", 14) == "short\n * lines"


def test_the_c_compiler_agrees(tmp_path: Path) -> None:
    """Real preprocessors read the comments, and a real program prints the strings."""
    lines = ["#include <stdio.h>", "#include <wchar.h>"]
    lines += [f"/* {escape.c_comment(text)} */" for text in HOSTILE]
    lines += ["static const char *const texts[] = {"]
    lines += [f'    "{escape.c_string(text)}",' for text in HOSTILE]
    lines += ["};", "static const wchar_t *const wide[] = {"]
    lines += [f'    L"{escape.c_wide_string(text)}",' for text in HOSTILE]
    lines += ["};", "static const unsigned sizes[] = {"]
    lines += [f'    sizeof("{escape.c_string(text)}"),' for text in HOSTILE]
    lines += ["};", "int main(void)", "{", "    for (unsigned i = 0; i < sizeof(sizes) / 4; i++) {"]
    lines += [
        "        for (unsigned j = 0; j < sizes[i]; j++)",
        '            printf("%02x", texts[i][j] & 255);',
    ]
    lines += ["        putchar('-');", "        for (const wchar_t *at = wide[i]; *at; at++)"]
    lines += ['            printf("%x,", (unsigned)*at);', "        putchar('\\n');", "    }", "}"]
    source = tmp_path / "texts.c"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    program = tmp_path / "texts"
    # C11 without GNU extensions, so that trigraphs count.
    flags = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o", str(program)]
    subprocess.run([find_tool("gcc", "gcc"), *flags, str(source)], check=True)
    printed = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
    expected = [
        text.encode("utf-8").hex()
        + "00-"
        + "".join(f"{ord(character):x}," for character in text.partition("\0")[0])
        for text in HOSTILE
    ]
    assert printed.splitlines() == expected
