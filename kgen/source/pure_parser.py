"""PyYAML's own parser, for where it was built without libyaml. Much slower, and reads the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError
from yaml.tokens import ScalarToken

if TYPE_CHECKING:
    from yaml.error import Mark

    from kgen.source.parser import Event

_BLANK = "\0 \t\r\n"
_FLOW = ",[]{}"


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
