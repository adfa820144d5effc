"""The YAML event parsers: libyaml's where PyYAML was built with it, else PyYAML's own.

PyYAML's resolvers and constructors are not used at all: no tag is looked up, no object is made.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

from yaml.error import Mark, MarkedYAMLError
from yaml.events import ScalarEvent
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError
from yaml.tokens import ScalarToken

try:
    from yaml._yaml import CParser
except ImportError:  # PyYAML was built without libyaml
    CParser = None  # type: ignore[assignment, misc]

if TYPE_CHECKING:
    from collections.abc import Callable

_BLANK = "\0 \t\r\n"
_FLOW = ",[]{}"
# A comment is matched as a whole, so that what it holds is passed over.
_TAB = re.compile(r"(?:(?<=\s)|^)#.*|\t")
_TAB_OR_QUESTION = re.compile(r"(?:(?<=\s)|^)#.*|[\t?]")
_PROBLEMS = {"\t": "found a tab character", "?": "mapping keys are not allowed here"}

# A yaml.events.Event. Typed loosely: PyYAML's stubs call the marks optional; parsers set them all.
Event = Any


class EventParser(Protocol):
    """What the tree builder needs of a parser: the next event. Raises yaml.MarkedYAMLError."""

    def get_event(self) -> Event: ...


class PureParser(Reader, Scanner, Parser):
    """PyYAML's own scanner and parser, without its composer, constructor and resolver.

    Where it reads other texts than libyaml does, it is made to follow libyaml.
    """

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def get_event(self) -> Event:
        try:
            return super().get_event()  # type: ignore[no-untyped-call]
        except (ValueError, OverflowError):  # "\UFFFFFFFF": chr() is called without a check
            problem = "found invalid Unicode character escape code"
            raise ScannerError(None, None, problem, self.get_mark()) from None

    def scan_plain(self) -> ScalarToken:
        """As PyYAML's; but between brackets `?` ends no word and `:` needs a space after it."""
        chunks: list[str] = []
        start = end = self.get_mark()
        indent = self.indent + 1
        spaces: list[str] = []
        while self.peek() != "#":
            length = self._plain_length(start)
            if length == 0:
                break
            self.allow_simple_key = False
            chunks += spaces
            chunks.append(self.prefix(length))
            self.forward(length)
            end = self.get_mark()
            spaces = self.scan_plain_spaces(indent, start) or []
            if not spaces or (not self.flow_level and self.column < indent):
                break
        return ScalarToken("".join(chunks), True, start, end)

    def _plain_length(self, start: Mark) -> int:
        """How many characters from here on are one word of a plain scalar."""
        length = 0
        while (character := self.peek(length)) not in _BLANK:
            if character == ":" and self.peek(length + 1) in _BLANK:
                break
            if self.flow_level and character in _FLOW:
                break
            if self.flow_level and character == ":" and self.peek(length + 1) in _FLOW + "?":
                self.forward(length)
                problem = "found unexpected ':'"
                raise ScannerError("while scanning a plain scalar", start, problem, self.get_mark())
            length += 1
        return length


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


def event_parser(text: str) -> EventParser:
    """The fastest parser at hand, on `text`."""
    return watched(PureParser if CParser is None else CParser, text)


def watched(make: Callable[[str], EventParser], text: str) -> EventParser:
    """The parser that `make` makes, watched if there may be something to see."""
    parser = make(text)
    return GapWatch(parser, text) if "\t" in text or "?" in text else parser
