"""What stands between two values and is refused there: tabs and `? `."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from yaml.error import Mark, MarkedYAMLError
from yaml.events import ScalarEvent
from yaml.scanner import ScannerError

if TYPE_CHECKING:
    from kgen.source.parser import Event, EventParser

# A comment is matched as a whole, so that what it holds is passed over.
_TAB = re.compile(r"(?:(?<=\s)|^)#.*|\t")
_TAB_OR_QUESTION = re.compile(r"(?:(?<=\s)|^)#.*|[\t?]")
_PROBLEMS = {"\t": "found a tab character", "?": "mapping keys are not allowed here"}


class GapWatch:
    """A parser that also refuses what it would take between two values: tabs, which look like
    indentation that is not there, and `? `, which makes the longest text a key.

    Tabs stay allowed in quotes, in block texts after the first letter, and in comments.
    """

    def __init__(self, parser: EventParser, text: str) -> None:
        self._parser = parser
        self._text = text
        self._seen = 0  # up to here nothing is wrong

    def get_event(self) -> Event:
        try:
            event = self._parser.get_event()
        except MarkedYAMLError as error:
            if error.problem_mark is not None:
                self._check(error.problem_mark.index, _TAB)
            raise
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, ScalarEvent):
            self._check(start, _TAB_OR_QUESTION)
            if not event.style:
                self._check(end, _TAB)
            elif event.style in "|>" and event.value.lstrip("\n ").startswith("\t"):
                # It may or may not set the indentation of the text.
                self._check(self._text.index("\t", start) + 1, _TAB)
            self._seen = max(self._seen, end)
        else:
            self._check(end, _TAB_OR_QUESTION)
        return event

    def _check(self, end: int, refused: re.Pattern[str]) -> None:
        for match in refused.finditer(self._text, self._seen, max(self._seen, end)):
            if match.group() in "\t?":
                mark = mark_at(self._text, match.start())
                raise ScannerError(None, None, _PROBLEMS[match.group()], mark)
        self._seen = max(self._seen, end)


def mark_at(text: str, index: int) -> Mark:
    """The mark of a character of the text."""
    before = text[:index].replace("\r\n", " \n").replace("\r", "\n")
    line_start = before.rfind("\n") + 1
    return Mark("", index, before.count("\n"), index - line_start, None, 0)
