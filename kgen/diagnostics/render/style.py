"""What is safe and readable on a terminal: colours on request, and no control characters ever."""

from __future__ import annotations

from kgen.diagnostics.diagnostic import ERROR

_CODES = {"error": "1;31", "warning": "1;33", "gutter": "1;34", "bold": "1"}


def paint(text: str, role: str, color: bool) -> str:
    return f"\033[{_CODES[role]}m{text}\033[0m" if color and text else text


def severity_role(severity: str) -> str:
    return "error" if severity == ERROR else "warning"


def visible(text: str) -> str:
    """The text on one line, with what a terminal would act on written as an escape."""
    if text.isprintable():
        return text
    return "".join(map(_visible_character, text))


def _visible_character(character: str) -> str:
    if character.isprintable() or character == "\u3000":
        return character
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character, f"<U+{ord(character):04X}>")


def cells(text: str) -> list[tuple[str, int]]:
    """Each character as it is shown, with the number of terminal columns that it takes."""
    if text.isascii() and text.isprintable():
        return [(character, 1) for character in text]
    return [_cell(character) for character in text]


def _cell(character: str) -> tuple[str, int]:
    import unicodedata

    if character == "\t":
        return "    ", 4
    shown = _visible_character(character)
    if shown != character:
        return shown, len(shown)
    if unicodedata.category(character) in ("Mn", "Me"):
        return character, 0
    return character, 2 if unicodedata.east_asian_width(character) in "WF" else 1
