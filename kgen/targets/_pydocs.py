"""Python target: docs as docstrings that the formatter leaves as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgen.model.entities import Note

WIDTH = 88


def docstring(text: str, indent: int) -> str:
    """The text of a docstring at that indent, wrapped; its lines are to be indented when printed."""
    if text.startswith('"'):
        # A docstring cannot begin with its own quote.
        text = printed_quotes(text, 2)
    if "\n" not in text and len(text) <= WIDTH - indent - 6 and '"' not in text:
        return text
    first, *rest = text.replace("\t", "    ").splitlines()
    lines = [*_wrap(first, WIDTH - indent - 3), *_dedent(rest, WIDTH - indent)]
    return "\n".join(lines)


def printed_quotes(text: str, most: int) -> str:
    """The text with its first quotes set as a printer would: “like these”."""
    for number in range(most):
        text = text.replace('"', "“”"[number % 2], 1)
    return text


def note_text(note: Note) -> str:
    """Doc, deprecation and first version of a thing, as paragraphs."""
    if note.deprecated is None and note.since is None:
        return note.doc.strip()
    parts = [note.doc.strip()]
    if note.deprecated is not None:
        parts.append(f"Deprecated: {note.deprecated}".strip())
    if note.since is not None:
        parts.append(f"Since {note.since[0]}.{note.since[1]}.")
    return "\n\n".join(part for part in parts if part)


def section(title: str, lines: Iterable[str]) -> str:
    """`title:` and its lines below it, indented; nothing if there are none."""
    body = [f"    {line}" for entry in lines for line in entry.splitlines()]
    return "\n".join([f"{title}:", *body]) if body else ""


def one_line(text: str) -> str:
    """The text without line breaks, for a place that has one line."""
    return " ".join(text.split())


def _dedent(lines: list[str], width: int) -> list[str]:
    """The lines after the first, with the indent that they share removed."""
    margins = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(margins, default=0)
    return [piece for line in lines for piece in _wrap(line[margin:].rstrip(), width)]


def _wrap(line: str, width: int) -> list[str]:
    """A long line in pieces; an indented one keeps its indent and wraps below it."""
    if len(line) <= width:
        return [line]
    margin = " " * (len(line) - len(line.lstrip()))
    pieces: list[str] = []
    while len(line) > width:
        at = line.rfind(" ", len(margin) + 1, width + 1)
        if at < 0:
            at = line.find(" ", width)
        if at < 0:
            break
        pieces.append(line[:at].rstrip())
        line = margin + line[at:].strip()
    return [*pieces, line]
