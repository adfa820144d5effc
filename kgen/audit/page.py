"""Audit: reports -> the view of the HTML page. The template escapes every text of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.audit.outline import outline
from kgen.audit.records import FORMAT
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from kgen.audit.outline import Sheet
    from kgen.audit.records import Report

TEMPLATE = "audit/page.html.j2"


class Page(NamedTuple):
    title: str
    sheets: list[Sheet]
    several: bool
    """More than one interface, so that there is a list of them."""
    format: str


def page(reports: list[Report]) -> Page:
    """One page for all of them."""
    sheets = [outline(report) for report in reports]
    title = ", ".join(f"{sheet.name} {sheet.version}" for sheet in sheets)
    return Page(title, sheets, len(sheets) > 1, str(FORMAT))
