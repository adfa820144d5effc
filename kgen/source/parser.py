"""The YAML event parsers: libyaml's where PyYAML was built with it, else PyYAML's own.

PyYAML's resolvers and constructors are not used at all: no tag is looked up, no object is made.
"""

from __future__ import annotations

import re
from typing import Any, Protocol

from yaml.error import Mark, MarkedYAMLError
from yaml.events import ScalarEvent
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError

try:
    from yaml._yaml import CParser
except ImportError:  # PyYAML was built without libyaml
    CParser = None  # type: ignore[assignment, misc]

_TAB_OR_COMMENT = re.compile(r"\t|(?:(?<=\s)|^)#.*")

# A yaml.events.Event. Typed loosely: PyYAML's stubs call the marks optional; parsers set them all.
Event = Any


class EventParser(Protocol):
    """What the tree builder needs of a parser: the next event. Raises yaml.MarkedYAMLError."""

    def get_event(self) -> Event: ...


class PureParser(Reader, Scanner, Parser):
    """PyYAML's own scanner and parser, without its composer, constructor and resolver."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def get_event(self) -> Event:
        try:
            return super().get_event()  # type: ignore[no-untyped-call]
        except (ValueError, OverflowError):  # "\UFFFFFFFF": PyYAML asks chr() without a check
            problem = "found invalid Unicode character escape code"
            raise ScannerError(None, None, problem, self.get_mark()) from None


class TabWatch:
    """libyaml's parser, made to refuse the tabs that PyYAML's refuses.

    Tabs are taken in quotes, block texts and comments only: everywhere else they look like
    indentation that is not there.
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
                self._check(error.problem_mark.index)
            raise
        plain = isinstance(event, ScalarEvent) and not event.style
        self._check(event.end_mark.index if plain else event.start_mark.index)
        self._seen = max(self._seen, event.end_mark.index)
        return event

    def _check(self, end: int) -> None:
        between = self._text[self._seen : end]
        if "\t" not in between:
            return
        tab = _TAB_OR_COMMENT.search(between)
        while tab and tab.group() != "\t":
            tab = _TAB_OR_COMMENT.search(between, tab.end())
        if tab:
            mark = mark_at(self._text, self._seen + tab.start())
            raise ScannerError(None, None, "found a tab character", mark)


def mark_at(text: str, index: int) -> Mark:
    """The mark of a character of the text."""
    before = text[:index].replace("\r\n", " \n").replace("\r", "\n")
    line_start = before.rfind("\n") + 1
    return Mark("", index, before.count("\n"), index - line_start, None, 0)


def event_parser(text: str) -> EventParser:
    """The fastest parser at hand, on `text`."""
    if CParser is None:
        return PureParser(text)
    parser: EventParser = CParser(text)
    return TabWatch(parser, text) if "\t" in text else parser
