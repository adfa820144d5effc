"""Plain values -> YAML text that `kgen fmt` then brings into its form."""

from __future__ import annotations

from typing import Any

from kgen.source.quote import can_be_plain, looks_typed


class Raw(str):
    """Written as it is: a number, a word of the language."""


def write(value: dict[str, Any], level: int = 0) -> str:
    """A mapping in block style; what has no paragraphs in it stands in braces."""
    pad = "  " * level
    result = []
    for key, entry in value.items():
        if isinstance(entry, dict) and entry and (level == 0 or _is_long(entry)):
            result.append(f"{pad}{key}:\n{write(entry, level + 1)}")
        elif isinstance(entry, str) and "\n" in entry:
            lines = "\n".join(f"{pad}  {line}".rstrip() for line in entry.split("\n"))
            result.append(f"{pad}{key}: |\n{lines}\n")
        else:
            result.append(f"{pad}{key}: {_flow(entry, False)}\n")
    return "".join(result)


def _is_long(entry: dict[str, Any]) -> bool:
    """Whether it has to stand in lines of its own."""
    return any(
        (isinstance(each, str) and "\n" in each)
        or (isinstance(each, dict) and (len(each) > 2 or _is_long(each)))
        for each in entry.values()
    )


def _flow(value: Any, inside: bool) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{key}: {_flow(each, True)}" for key, each in value.items())
        return "{" + inner + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_flow(each, True) for each in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Raw) or not isinstance(value, str):
        text = str(value)
        return f'"{text}"' if inside and any(sign in text for sign in "[]{},") else text
    return _text(value)


def _text(value: str) -> str:
    if value and can_be_plain(value, True) and not looks_typed(value):
        return value
    if value.isprintable():
        return (
            "'" + value.replace("'", "''") + "'" if '"' in value or "\\" in value else f'"{value}"'
        )
    escaped = "".join(
        sign if sign.isprintable() and sign not in '"\\' else f"\\u{ord(sign):04x}"
        for sign in value
    )
    return f'"{escaped}"'
