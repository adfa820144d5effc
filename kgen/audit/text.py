"""Audit: the report -> text for people."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from kgen.audit.outline import outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.audit.outline import Card, Fact, Mark, Sheet, Table
    from kgen.audit.records import Report

_WIDTH = 110
_GAP = 2


def text(report: Report) -> str:
    """Everything that the report says."""
    return "\n".join(line.rstrip() for line in _sheet(outline(report))) + "\n"


def findings_text(report: Report) -> str:
    """A line for each finding: place, severity, rule, message."""
    return "".join(
        f"{item.file}:{item.line}:{item.column}: {item.severity}[{item.rule}]: {item.message}\n"
        for item in report.findings
    )


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f"interface {sheet.name} {sheet.version}: {', '.join(tag.text for tag in sheet.tags)}"
    yield from _facts(sheet.facts, "  ")
    yield ""
    for note in sheet.notes:
        yield from _filled(note, "  ")
    for table in sheet.security:
        yield ""
        yield from _table(table, "  ")
    for table in sheet.overview:
        yield ""
        yield from _table(table, "  ")
    if sheet.findings:
        yield ""
        yield from _marks("Findings of the device", sheet.findings)
    for card in sheet.cards:
        yield ""
        yield from _card(card)


def _card(card: Card) -> Iterator[str]:
    yield f"ioctl {card.name}: {', '.join(tag.text for tag in card.tags)}"
    yield from _facts(card.facts, "  ")
    for table in card.tables:
        yield from _table(table._replace(head=[]), "  ")
    if card.duties:
        yield "  The handler must see to"
        for duty in card.duties:
            yield from _filled(duty, "    - ", "      ")
    if card.marks:
        yield from _marks("Findings", card.marks)


def _facts(facts: list[Fact], margin: str) -> Iterator[str]:
    width = max((len(fact.label) for fact in facts), default=0)
    for fact in facts:
        head = f"{margin}{fact.label:{width}}{' ' * _GAP}"
        yield from _filled(fact.text, head, " " * len(head))


def _table(table: Table, margin: str) -> Iterator[str]:
    yield f"{margin}{table.title}"
    rows = [[cell.text for cell in row] for row in table.rows]
    if table.head:
        rows.insert(0, table.head)
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    for row in rows:
        head = f"{margin}  " + "".join(
            f"{text:{width + _GAP}}" for text, width in zip(row, widths, strict=False)
        )
        yield from _filled(row[-1], head, " " * len(head))


def _marks(title: str, marks: list[Mark]) -> Iterator[str]:
    yield f"  {title}"
    for mark in marks:
        yield from _filled(f"{mark.severity}[{mark.rule}]: {mark.message} ({mark.place})", "    ")
        yield from _filled(mark.why, "      ")


def _filled(text: str, first: str, rest: str | None = None) -> Iterator[str]:
    """The text in lines of at most `_WIDTH`, its own line ends as spaces."""
    lines = wrap(
        " ".join(text.split()),
        max(_WIDTH, len(first) + 40),
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    yield from lines or [first]
