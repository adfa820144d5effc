"""What the YAML parser stumbled over, in plain words, at the place where the mistake was made.

The parser's words choose the explanation, the text around the place refines it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from yaml.error import MarkedYAMLError

from kgen.diagnostics import Sink, SourceFile
from kgen.source import refuse
from kgen.source.flow_syntax import flow_collection, stray_closer
from kgen.source.stumble import Stumble, stumble

if TYPE_CHECKING:
    from collections.abc import Callable

_KEY_AND_VALUE = re.compile(
    r"""\s*(?:-\ +)*(?P<key>"[^"]*"|'[^']*'|[^\s#:'"][^:]*?)\s*:\s+(?P<value>\S.*)""", re.VERBOSE
)
_KEY_WITHOUT_SPACE = re.compile(r"\s*(?:- +)*(?P<key>[A-Za-z_][\w.-]*):(?P<value>[^\s:/].*)")
_BLOCK_TEXT = re.compile(r"[|>][+-]?[1-9]?[+-]?$")


def report(error: MarkedYAMLError, file: SourceFile, sink: Sink) -> None:
    """One diagnostic for the first syntax error; what follows it would be guesswork."""
    where = stumble(error, file)
    text = f"{where.context}: {where.problem}"
    for phrase, explain in _EXPLANATIONS:
        if re.search(phrase, text):
            explain(where, sink)
            return
    _other(where, sink)


def _other(where: Stumble, sink: Sink) -> None:
    sink.error("KG029", where.span, f"not valid YAML: {where.problem}")


def _tab(where: Stumble, sink: Sink) -> None:
    sink.error(
        "KG018",
        where.span,
        "a tab where YAML wants spaces",
        label="a tab",
        help="use spaces; tabs are kept only inside quotes, block texts and comments",
    )


def _bad_start(where: Stumble, sink: Sink) -> None:
    if where.character == "\t":
        _tab(where, sink)
        return
    text, span = where.rest_of(where.line, where.column)
    first = "a backtick" if text[:1] == "`" else f"`{text[:1]}`"
    sink.error(
        "KG024",
        span,
        f"a plain value cannot begin with {first}",
        help=f"quote it: `{quoted(text)}`",
    )


def _bad_anchor(where: Stumble, sink: Sink) -> None:
    _bad_start(where._replace(line=where.opened_line, column=where.opened_column), sink)


def _bad_tag(where: Stumble, sink: Sink) -> None:
    text, span = where.rest_of(where.opened_line, where.opened_column)
    sink.error(
        "KG016",
        span,
        "YAML tags are not allowed, and this one is not complete",
        label="a value that begins with `!`",
        help=f"quote it if it is meant as text: `{quoted(text)}`",
    )


def _directive(where: Stumble, sink: Sink) -> None:
    refuse.directive(where.file, where.line, sink)


def _unclosed_quote(where: Stumble, sink: Sink) -> None:
    sink.error(
        "KG021",
        where.opening_span,
        f"this `{where.opening}` is never closed",
        label="the text begins here",
        help='close it; inside \'…\' a `\'` is written twice, inside "…" a `"` is written `\\"`',
    )


def _bad_escape(where: Stumble, sink: Sink) -> None:
    start = where.before.rfind("\\") + 1 or where.column
    if where.character == "\\":
        start = where.column
    escape = where.file.line(where.line)[start - 1 : start + 1]
    sink.error(
        "KG027",
        where.span_of(where.line, start, len(escape)),
        f"`{escape}` does not begin an escape that YAML knows",
        help="inside \"…\" write `\\\\` for one backslash, or use '…', where it needs no escape",
    )


def _block_mark(where: Stumble, sink: Sink) -> None:
    text, span = where.rest_of(where.line, where.column)
    sink.error(
        "KG042",
        span,
        f"`{text}` cannot follow `{where.opening}`",
        label=f"the text after `{where.opening}` begins on the next line",
        help=f"move it there, or quote the value if it is to begin with `{where.opening}`",
    )


def _list_on_key_line(where: Stumble, sink: Sink) -> None:
    sink.error(
        "KG041",
        where.span,
        "a list cannot begin on the line of its key",
        help="write `[a, b]`, or begin the list on the next line; quote a text that begins with `- `",
    )


def _after_document(where: Stumble, sink: Sink) -> None:
    if _fault_in_line_above(where, sink):
        return
    _, span = where.rest_of(where.line, where.column)
    sink.error("KG019", span, "text after the end of the schema", help="remove it")


def _second_colon(where: Stumble, sink: Sink) -> None:
    """A `:` that cannot begin a mapping: the fault is on this line or on the one above."""
    match = _KEY_AND_VALUE.match(where.before)
    if match:
        text, span = where.rest_of(where.line, match.start("value") + 1)
        sink.error(
            "KG026",
            span,
            "a value with `: ` in it needs quotes",
            label="read as another key",
            help=f"write `{match['key']}: {quoted(text)}`",
        )
        return
    above = where.line_above()
    if not (_key_without_space(where, above, sink) or _line_without_colon(where, above, sink)):
        _too_deep(where, sink)


def _fault_in_line_above(where: Stumble, sink: Sink) -> bool:
    """Whether the line above, in the same column, is no `key: value`, so that this one has no home."""
    above = where.line_above()
    line = where.file.line(above)
    if len(line) - len(line.lstrip()) != where.column - 1 or line.startswith(("---", "...")):
        return False
    return _key_without_space(where, above, sink) or _line_without_colon(where, above, sink)


def _too_deep(where: Stumble, sink: Sink) -> None:
    indent = len(where.before) - len(where.before.lstrip())
    key = where.before.strip()
    sink.error(
        "KG022",
        where.span_of(where.line, indent + 1, max(1, len(key))),
        f"`{key}` is indented deeper than the line above, which has a value already",
        label="too deep",
        help="align it with the key above, or remove the value there",
    )


def _key_without_space(where: Stumble, number: int, sink: Sink) -> bool:
    match = _KEY_WITHOUT_SPACE.match(where.file.line(number)) if number else None
    if match is None:
        return False
    start = match.start("key") + 1
    sink.error(
        "KG023",
        where.span_of(number, start, len(match["key"]) + 1),
        f"no space after `{match['key']}:`",
        label="without it, this is one word and not a key",
        help=f"write `{match['key']}: {match['value'].rstrip()}`",
    )
    return True


def _no_space_in_flow(where: Stumble, sink: Sink) -> None:
    word = re.split(r"[{\[,\s]", where.before)[-1]
    sink.error(
        "KG023",
        where.span_of(where.line, where.column - len(word), len(word) + 1),
        f"no space after `{word}:`",
        help=f"write `{word}: `, with a space and a value",
    )


def _line_without_colon(where: Stumble, number: int, sink: Sink) -> bool:
    line = where.file.line(number) if number else ""
    indent = len(line) - len(line.lstrip())
    text, span = where.rest_of(number, indent + 1)
    if not text or ":" in text or text.startswith("- "):
        return False
    sink.error(
        "KG025",
        span,
        f"`{text}` has no `:` after it",
        label="expected `key: value`",
        help="add the `:`; if the line goes on with the text above, use quotes or a block text `|`",
    )
    return True


def _missing_colon(where: Stumble, sink: Sink) -> None:
    opened = where._replace(line=where.opened_line, column=where.opened_column)
    if _key_without_space(opened, opened.line, sink) or _line_without_colon(
        opened, opened.line, sink
    ):
        return
    _, span = where.rest_of(opened.line, opened.column)
    sink.error("KG025", span, "expected `key: value`")


def _not_a_key(where: Stumble, sink: Sink) -> None:
    """The parser wants a key or the end of the block, and found something else."""
    if where.before.strip():
        _after_value(where, sink)
        return
    if _fault_in_line_above(where, sink):
        return
    text, span = where.rest_of(where.line, where.column)
    if text.startswith("- ") or text == "-":
        message, label = "a list item among the keys of a mapping", "not a key"
        help = "indent it under the key that it belongs to"
    elif "block collection" in where.context:
        message, label = "a key among the items of a list", "expected another `- `"
        help = "align it with the key of the list, or begin it with `- `"
    else:
        message, label = "the indentation fits no line above", "misaligned"
        help = "align it with the key that it stands beside"
    sink.error("KG022", span, message, label=label, help=help)


def _after_value(where: Stumble, sink: Sink) -> None:
    if where.character in "]}":
        stray_closer(where, sink)
        return
    _, span = where.rest_of(where.line, where.column)
    match = _KEY_AND_VALUE.match(where.before)
    if match and match["value"][0] in "'\"":
        help = "put the whole text into one pair of quotes"
    else:
        help = "quote the whole value if it is one text, or move what follows to a line of its own"
    sink.error("KG019", span, "text after a complete value", help=help)


def quoted(text: str) -> str:
    """The text as a quoted scalar, in the quotes that need no escapes."""
    if "'" in text and '"' not in text and "\\" not in text:
        return f'"{text}"'
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


# The first phrase that fits decides. Either parser's wording is matched.
_EXPLANATIONS: tuple[tuple[str, Callable[[Stumble, Sink], None]], ...] = (
    (r"\btab character", _tab),
    (r"cannot start any token", _bad_start),
    (r"scanning a quoted scalar.*(end of stream|document (separator|indicator))", _unclosed_quote),
    (r"\btag\b|URI", _bad_tag),
    (r"escape|hexadecimal|hexdecimal", _bad_escape),
    (r"block scalar", _block_mark),
    (r"(anchor|alias): ", _bad_anchor),
    (r"directive|incompatible YAML", _directive),
    (r"mapping values are not allowed", _second_colon),
    (r"mapping keys are not allowed", _bad_start),
    (r"sequence entries are not allowed", _list_on_key_line),
    (r"unexpected ':'", _no_space_in_flow),
    (r"could not find expected ':'", _missing_colon),
    (r"expected ',' or|node content", flow_collection),
    (r"document start", _after_document),
    (r"expected (key|'-' indicator|<block end>)", _not_a_key),
)
