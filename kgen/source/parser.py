"""The YAML event parsers: libyaml's where PyYAML was built with it, else PyYAML's own.

PyYAML's resolvers and constructors are not used at all: no tag is looked up, no object is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

try:
    from yaml._yaml import CParser
except ImportError:  # PyYAML was built without libyaml
    CParser = None  # type: ignore[assignment, misc]

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    # A yaml.events.Event. PyYAML's stubs call the marks optional; both parsers set them all.
    Event = Any

    class EventParser(Protocol):
        """What the tree builder needs of a parser: the next event. Raises MarkedYAMLError."""

        def get_event(self) -> Event: ...


def event_parser(text: str) -> EventParser:
    """The fastest parser at hand, on `text`."""
    if CParser is not None:
        return watched(CParser, text)
    from kgen.source.pure_parser import PureParser

    return watched(PureParser, text)


def watched(make: Callable[[str], EventParser], text: str) -> EventParser:
    """The parser that `make` makes, watched if there may be something to see."""
    parser = make(text)
    if "\t" not in text and "?" not in text:
        return parser
    from kgen.source.gap_watch import GapWatch

    return GapWatch(parser, text)
