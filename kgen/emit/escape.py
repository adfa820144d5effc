"""Escapers: schema text passes the one of its place, and so can never become code there.

All give what stands between the delimiters; the template writes the delimiters themselves, with
a space between a comment's delimiter and the text. Characters that a reader cannot see (controls,
bidirectional marks, lone surrogates) appear by number, as `<U+202E>`, or escaped in a string.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Patterns are compiled where they are first needed: many a build needs none of them.
# Controls but for newline; soft hyphen; bidirectional and zero-width marks; line and paragraph
# separators, which some tools take for a newline; surrogates, which UTF-8 cannot carry.
_HIDDEN = (
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_C_UNSAFE = r"[^ !#-\[\]-~]|\?(?=\?)|(?<=\?)\?"
_QUOTES = r'[\\"]'
_QUOTED_UNSAFE = rf'[\n\\"]|{_HIDDEN}'
_CODE_SPAN = r"`([^`\n]+)`"
_MARKDOWN = r"(?m)(`[^`\n]+`)|([\\`*_{}\[\]<>&!|~$])|(^ *)([#+=-]|\d+[.)])"


def _visible(text: str) -> str:
    """The text with line ends as newlines, tabs as spaces, and hidden characters by number."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
    if text.replace("\n", "").isprintable():
        return text
    return re.sub(_HIDDEN, lambda match: f"<U+{ord(match[0]):04X}>", text)


def _wrap(text: str, width: int) -> Iterator[str]:
    """The lines of a text, each paragraph that has one longer than `width` filled anew.

    An indented line, and one that begins a list item, is a paragraph of its own.
    """
    paragraph: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line and line[0] not in " -*" and any(paragraph):
            paragraph.append(line)
            continue
        if any(len(written) > width for written in paragraph):
            yield from _fill(" ".join(paragraph), width)
        else:
            yield from paragraph
        paragraph = [line]


def _fill(line: str, width: int) -> Iterator[str]:
    """The line in pieces of at most `width` characters, broken at spaces where there are any."""
    while len(line) > width:
        at = line.rfind(" ", 1, width + 1)
        if at < 0:
            at = line.find(" ", width)
        if at < 0:
            break
        yield line[:at].rstrip()
        line = line[at + 1 :].lstrip()
    yield line


def _comment(text: str, mark: str, width: int) -> str:
    text = _visible(text).strip()
    lines = [line.rstrip() for line in (_wrap(text, width) if width else text.split("\n"))]
    return "\n".join([lines[0], *(f"{mark} {line}".rstrip() for line in lines[1:])])


def c_comment(text: str, width: int = 0) -> str:
    """Inside a C block comment; further lines begin with ` *`, text is filled to `width`."""
    # A trigraph may spell a backslash, and a backslash may join `*` to a `/` on the next line.
    text = text.replace("*/", "* /").replace("/*", "/ *").replace("??/", "? ?/")
    return _comment(text, " *", width)


def hash_comment(text: str, width: int = 0) -> str:
    """After a `#` in Python, TOML, YAML, make or Kconfig; further lines begin with `#`."""
    # make continues a comment over a backslash at the end of its line.
    return "\n".join(
        line + " " if line.endswith("\\") else line
        for line in _comment(text, "#", width).split("\n")
    )


def _c_character(character: str) -> str:
    # Octal, for it ends after three digits; a hexadecimal escape would swallow what follows.
    if character == "?":
        return "\\?"
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogatepass"))


_C_NAMED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def c_string(text: str) -> str:
    """Between the quotes of a C string of bytes; what is not ASCII is its UTF-8."""
    return re.sub(_C_UNSAFE, lambda match: _C_NAMED.get(match[0]) or _c_character(match[0]), text)


def c_wide_string(text: str) -> str:
    """Between the quotes of a C wide string; what is not ASCII is a universal character name."""

    def escaped(match: re.Match[str]) -> str:
        character = match[0]
        number = ord(character)
        if 0xD800 <= number <= 0xDFFF:  # no universal character name may spell these
            character, number = "\ufffd", 0xFFFD
        if number < 0xA0:
            return _C_NAMED.get(character) or ("\\?" if character == "?" else f"\\{number:03o}")
        return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"

    return re.sub(_C_UNSAFE, escaped, text)


def _quoted(match: re.Match[str]) -> str:
    number = ord(match[0])
    return _C_NAMED.get(match[0]) or (
        f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
    )


def _double_quoted(text: str) -> str:
    # Nothing hidden is printable.
    return re.sub(_QUOTES if text.isprintable() else _QUOTED_UNSAFE, _quoted, text)


def py_string(text: str) -> str:
    """Between the double quotes of a Python string (not an f-string, not raw)."""
    return _double_quoted(text)


def toml_string(text: str) -> str:
    """Between the double quotes of a TOML string."""
    if not text.isprintable():
        # TOML has no escape for a surrogate.
        text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    return _double_quoted(text)


def json_string(text: str) -> str:
    """Between the double quotes of a JSON string."""
    import json

    return json.dumps(text)[1:-1]


def py_doc(text: str) -> str:
    """Inside a Python docstring of three double quotes; indent further lines with `indent`."""
    text = "\n".join(line.rstrip() for line in _visible(text).strip().split("\n"))
    text = text.replace("\\", "\\\\")
    body = text.rstrip('"')
    return body.replace('"""', '\\"\\"\\"') + '\\"' * (len(text) - len(body))


def html(text: str) -> str:
    """In HTML text, or between the quotes of an attribute."""
    text = _visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("'", "&#39;")


def html_prose(text: str) -> str:
    """In HTML text: `code spans` are marked up, every other mark is shown as it is written."""
    return re.sub(_CODE_SPAN, r"<code>\1</code>", html(text))


def md(text: str) -> str:
    """In a Markdown paragraph; `code spans` stay, every other mark is shown as it is written."""

    def escaped(match: re.Match[str]) -> str:
        code, mark, margin, start = match.groups()
        if code:
            return str(code)
        if mark:
            return "&lt;" if mark == "<" else "&amp;" if mark == "&" else f"\\{mark}"
        return f"{margin}{start[:-1]}\\{start[-1]}"

    return re.sub(_MARKDOWN, escaped, _visible(text).strip())


def md_cell(text: str) -> str:
    """In a cell of a Markdown table: one line, and no bar that would end the cell."""
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(md(text).split()))


FILTERS: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (
        c_comment,
        c_string,
        c_wide_string,
        hash_comment,
        html,
        html_prose,
        json_string,
        md,
        md_cell,
        py_doc,
        py_string,
        toml_string,
    )
}
