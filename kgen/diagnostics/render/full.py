"""The form for people: headline, the source line with the place marked, notes and help."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.diagnostics.diagnostic import Diagnostic, Note
from kgen.diagnostics.render.concise import headline, summary
from kgen.diagnostics.render.style import cells, paint, severity_role, visible
from kgen.diagnostics.span import Span

# In terminal columns. A longer line is cut around the marked place.
MAX_LINE = 100
_BEFORE_PLACE = 30


def render(diagnostics: Sequence[Diagnostic], color: bool) -> str:
    if not diagnostics:
        return ""
    blocks = ["\n".join(_block(found, color)) for found in diagnostics]
    return "\n\n".join(blocks) + f"\n\n{summary(diagnostics)}\n"


def _block(found: Diagnostic, color: bool) -> list[str]:
    lines = [headline(found, color)]
    width = len(str(found.span.line)) if found.span else 0
    bar = paint(f"{' ' * width} |", "gutter", color)
    if found.span and found.span.file.line(found.span.line).strip():
        text, marks = excerpt(found.span)
        if found.label:
            marks = f"{marks} {visible(found.label)}"
        lines += [
            bar,
            f"{paint(f'{found.span.line} |', 'gutter', color)} {text}".rstrip(),
            f"{bar} {_painted_marks(marks, severity_role(found.severity), color)}",
        ]
    elif found.label:
        lines.append(_remark(width, "note", found.label, color))
    lines += [_remark(width, "note", note_text(note), color) for note in found.notes]
    if found.help:
        lines.append(_remark(width, "help", found.help, color))
    return lines


def _painted_marks(marks: str, role: str, color: bool) -> str:
    bare = marks.lstrip(" ")
    return marks[: len(marks) - len(bare)] + paint(bare, role, color)


def _remark(width: int, kind: str, text: str, color: bool) -> str:
    sign = paint(f"{' ' * width} =", "gutter", color)
    return f"{sign} {paint(kind, 'bold', color)}: {visible(text)}"


def note_text(note: Note) -> str:
    return f"{note.message}: {note.span}" if note.span else note.message


def excerpt(span: Span) -> tuple[str, str]:
    """The source line of a span and the line of `^` under it, cut to MAX_LINE columns.

    Tabs become spaces; wide and combining characters take the columns that a terminal gives them.
    A span of several lines is marked to the end of its first.
    """
    shown = cells(span.file.line(span.line).rstrip())
    start = min(span.column - 1, len(shown))
    end = span.end_column - 1 if span.end_line == span.line else len(shown)
    end = max(start, min(end, len(shown)))
    first, last = _window(shown, start)
    text = "".join(piece for piece, _ in shown[first:last])
    indent = sum(size for _, size in shown[first:start])
    marked = sum(size for _, size in shown[start : min(end, last)])
    if first:
        text, indent = f"…{text}", indent + 1
    if last < len(shown):
        text += "…"
    return text, " " * indent + "^" * max(1, marked)


def _window(shown: list[tuple[str, int]], start: int) -> tuple[int, int]:
    """Which characters to show so that `start` is among them and MAX_LINE is kept."""
    if sum(size for _, size in shown) <= MAX_LINE:
        return 0, len(shown)
    first, columns = start, 0
    while first and columns + shown[first - 1][1] <= _BEFORE_PLACE:
        first -= 1
        columns += shown[first][1]
    if sum(size for _, size in shown[:start]) <= MAX_LINE // 2:
        first, columns = 0, sum(size for _, size in shown[:start])
    last = start
    while last < len(shown) and columns + shown[last][1] <= MAX_LINE:
        columns += shown[last][1]
        last += 1
    return first, last
