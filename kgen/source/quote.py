"""Source: how a text is written on one line of YAML, with quotes only where they are needed."""

from __future__ import annotations

import re

_PLAIN_START = re.compile(r"[^\s,\[\]{}#&*!|>'\"%@`?:-]|[:-][^\s,\[\]{}]")
_FLOW = re.compile(r"[,\[\]{}]")
# What some YAML reader takes for nothing, a boolean, a number or a date (YAML 1.1 and 1.2).
_NOT_TEXT = re.compile(
    r"~|null|true|false|yes|no|on|off|y|n|=|<<"
    r"|[-+]?[0-9_.:]*[0-9][0-9_.:]*(e[-+]?[0-9]+)?|[-+]?0[xob][0-9a-f_]+|[-+]?\.(inf|nan)"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*",
    re.IGNORECASE,
)


def can_be_plain(text: str, flow: bool) -> bool:
    """Whether the text may stand without quotes; `flow` inside `{…}` or `[…]`."""
    if not _PLAIN_START.match(text) or text != text.strip() or not text.isprintable():
        return False
    if ": " in text or " #" in text or text.endswith(":") or text.startswith(("---", "...")):
        return False
    return not (flow and _FLOW.search(text))


def looks_typed(text: str) -> bool:
    """Whether without quotes some reader would take it for something else than text."""
    return _NOT_TEXT.fullmatch(text) is not None


def quoted(text: str) -> str:
    """The text in the quotes that need no escapes: double ones, unless it has `"` or a backslash."""
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'
