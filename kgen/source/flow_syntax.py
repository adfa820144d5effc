"""Explains syntax errors inside `{…}` and `[…]`. Part of `syntax`."""

from __future__ import annotations

import re

from kgen.diagnostics import Note, Sink
from kgen.source.stumble import Stumble

_CLOSER = {"{": "}", "[": "]"}
_BLOCK_LINE = re.compile(r"\s*(?:- |[A-Za-z_][\w.-]*\s*(?::|$))")
_COLON_IN_ENTRY = re.compile(r":\s[^{\[,]*$")
_OPENING = re.compile(r"[{\[]")
_LAST_WORD = re.compile(r"\w+$")
_TYPE = re.compile(r"\w+(?:\[[^\]{}]*\]?)+[^,\[\]{}#]*")


def flow_collection(where: Stumble, sink: Sink) -> None:
    """The parser wanted `,`, a closing bracket or a value, and found something else."""
    found = where.character
    if where.at_end:
        _unclosed(_at_last_opening(where), sink, None)
    elif "node content" in where.problem:
        _no_value(where, sink)
    elif found == "[" and _LAST_WORD.search(where.before):
        _unquoted_type(where, sink)
    elif found in ("]", "}"):
        _wrong_closer(where, sink)
    elif _in_block_again(where):
        _unclosed(where, sink, Note("still read as part of it", where.span))
    elif found == ":" and _COLON_IN_ENTRY.search(where.before):
        _colon(where, sink)
    else:
        _missing_comma(where, sink)


def _at_last_opening(where: Stumble) -> Stumble:
    """With the opening bracket, which the parser does not name if a value should follow."""
    if where.opening in _CLOSER:
        return where
    line = where.line
    while line > 1 and not _OPENING.search(where.file.line(line)):
        line -= 1
    column = max(map(where.file.line(line).rfind, _CLOSER)) + 1
    return where._replace(opened_line=line, opened_column=max(1, column))


def _in_block_again(where: Stumble) -> bool:
    """Whether the parser stopped on a line that stands where the opening line does, or left of it."""
    line, opened = where.file.line(where.line), where.file.line(where.opened_line)
    indent, limit = len(line) - len(line.lstrip()), len(opened) - len(opened.lstrip())
    return where.line > where.opened_line and indent <= limit and bool(_BLOCK_LINE.match(line))


def _unclosed(where: Stumble, sink: Sink, note: Note | None) -> None:
    sink.error(
        "KG020",
        where.opening_span,
        f"this `{where.opening}` is never closed",
        help=f"add the `{_CLOSER.get(where.opening, '')}`",
        notes=[note] if note else [],
    )


def _wrong_closer(where: Stumble, sink: Sink) -> None:
    wanted = _CLOSER.get(where.opening, "")
    sink.error(
        "KG020",
        where.span,
        f"`{where.character}` found where `{wanted}` closes",
        label=f"expected `{wanted}`",
        notes=[Note(f"the `{where.opening}` is here", where.opening_span)],
    )


def stray_closer(where: Stumble, sink: Sink) -> None:
    sink.error(
        "KG020",
        where.span,
        f"this `{where.character}` closes nothing",
        help="remove it, or quote the text that it is part of",
    )


def _no_value(where: Stumble, sink: Sink) -> None:
    if where.character in ("]", "}"):
        stray_closer(where, sink)
        return
    sink.error(
        "KG024",
        where.span,
        f"expected a value, found `{where.character}`",
        help="remove it, or quote the text that it is part of",
    )


def _unquoted_type(where: Stumble, sink: Sink) -> None:
    """`{data: u8[4]}`: inside a flow collection the bracket begins a list and ends the word."""
    line = where.file.line(where.line)
    word = _LAST_WORD.findall(where.before)[0]
    start = where.column - 1 - len(word)
    match = _TYPE.match(line, start)
    text = match.group().rstrip() if match else word
    sink.error(
        "KG028",
        where.span_of(where.line, start + 1, len(text)),
        f"inside `{where.opening}…{_CLOSER.get(where.opening, '')}` the type `{text}` needs quotes",
        label="YAML reads the `[` as a list",
        help=f'quote the type: `"{text}"`',
    )


def _colon(where: Stumble, sink: Sink) -> None:
    sink.error(
        "KG026",
        where.span,
        "a second `: ` in one entry",
        label="the value is already being read",
        help="quote the value if the `:` is part of it, or put a `,` before the next key",
    )


def _missing_comma(where: Stumble, sink: Sink) -> None:
    closer = _CLOSER.get(where.opening, "")
    column = where.column
    if where.character == ":":  # the key before it has been read as part of the value above
        column = len(where.before) - len(where.before.lstrip()) + 1
    _, span = where.rest_of(where.line, column)
    sink.error(
        "KG040",
        span,
        f"expected `,` or `{closer}`",
        label="before this",
        help="separate two entries by `,`; quote a text that holds quotes, brackets or commas",
    )
