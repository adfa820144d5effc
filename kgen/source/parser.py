"""The YAML event parsers: libyaml's where PyYAML was built with it, else PyYAML's own.

PyYAML's resolvers and constructors are not used at all: no tag is looked up, no object is made.
"""

from __future__ import annotations

from typing import Any, Protocol

from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

try:
    from yaml._yaml import CParser
except ImportError:  # PyYAML was built without libyaml
    CParser = None  # type: ignore[assignment, misc]

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


def event_parser(text: str) -> EventParser:
    """The fastest parser at hand, on `text`."""
    return PureParser(text) if CParser is None else CParser(text)
