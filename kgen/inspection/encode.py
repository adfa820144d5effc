"""Inspection: the document -> JSON text, a field to a line."""

from __future__ import annotations

from json import dumps
from typing import Any


def encode(value: Any) -> str:
    """Indented JSON in ASCII, ending in a line break; the same bytes for the same value.

    What holds no list of objects stands on one line: a field with its tail, an ioctl with its codes.
    """
    return _encode(value, "\n")[0] + "\n"


def _encode(value: Any, newline: str) -> tuple[str, bool]:
    """The text of a value, and whether it is on one line."""
    if not isinstance(value, (dict, list)) or not value:
        return dumps(value), True
    inner = newline + "  "
    if isinstance(value, dict):
        parts = [_encode(member, inner) for member in value.values()]
        texts = [f"{dumps(key)}: {text}" for key, (text, _) in zip(value, parts, strict=True)]
        opening, closing, flat = "{", "}", all(part[1] for part in parts)
    else:
        texts = [_encode(member, inner)[0] for member in value]
        opening, closing, flat = "[", "]", not any(isinstance(each, (dict, list)) for each in value)
    if flat:
        return f"{opening}{', '.join(texts)}{closing}", True
    return f"{opening}{inner}{f',{inner}'.join(texts)}{newline}{closing}", False
