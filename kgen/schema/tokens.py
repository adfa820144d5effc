"""Schema: the words, numbers and signs of which the small texts consist (kgen.schema.expression)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgen.diagnostics import Span
from kgen.record import NamedTuple
from kgen.schema.nodes import Literal
from kgen.source import Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_NAME = 96
MAX_TOKENS = 256
# ASCII only: what looks like a letter or a digit of C is one.
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d\w*)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<op>\.\.|<<|>>|<=|>=|==|!=|[-+*/%&|^~()\[\],.<>])|(?P<bad>\S))",
    re.ASCII,
)
_NUMBER = re.compile(r"0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*|0[bB][01](?:_?[01])*|0|[1-9](?:_?[0-9])*")
_LONGEST_NUMBER = 80
"""Characters: 64 binary digits with some `_` between fit; int() refuses texts of thousands."""
_VERSION = re.compile(r"(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})")
_LAST_VERSION = 0xFFFF
"""The interface-info reply has 16 bits for each of major and minor."""
_SHOWN = 60


class ExpressionError(Exception):
    """A text that does not parse: what is wrong, where, and what to do."""

    def __init__(self, message: str, span: Span, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.help = help


class Token(NamedTuple):
    kind: str
    """`number`, `name`, `op`, `bad` or `end`."""
    text: str
    start: int
    end: int


def tokens(scalar: Scalar) -> list[Token]:
    """All of a text, with a token of kind `end` behind. Raises ExpressionError where it is too long."""
    found: list[Token] = []
    # Without the blanks at the end: each of them would be tried as the start of a token.
    end = len(scalar.text.rstrip(" \t\r\n"))
    for match in _TOKEN.finditer(scalar.text, 0, end):
        if len(found) == MAX_TOKENS:
            raise ExpressionError(
                f"the text has more than {MAX_TOKENS} words and signs", scalar.span
            )
        kind = match.lastgroup or "bad"
        token = Token(kind, match[kind], match.start(kind), match.end(kind))
        longest = _LONGEST_NUMBER if kind == "number" else LONGEST_NAME
        if len(token.text) > longest:
            raise ExpressionError(
                f"`{shown(token.text)}` is longer than {longest} characters",
                places(scalar)(token.start, token.end),
            )
        found.append(token)
    found.append(Token("end", "", end, end))
    return found


def places(scalar: Scalar) -> Callable[[int, int], Span]:
    """What gives the place of `scalar.text[start:end]`.

    That is the whole scalar where escapes or folding hide the part.
    """
    span = scalar.span
    offset = 0 if scalar.plain else 1
    plain_length = span.end_column - span.column - 2 * offset
    if span.line != span.end_line or plain_length != len(scalar.text):
        return lambda start, end: span
    file, line, first = span.file, span.line, span.column + offset

    def place(start: int, end: int) -> Span:
        return Span(file, line, first + start, line, first + max(start + 1, end))

    return place


def number(text: str) -> int | None:
    """The value of `4096`, `1_000`, `0xFF` or `0b101`; None for anything else."""
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    return int(text.replace("_", ""), 0)


def number_help(text: str) -> str | None:
    """What was meant by a number that is none."""
    digits = text.replace("_", "")
    plain = digits.lstrip("0")
    if digits.isdigit():
        return f"write {plain}, or 0x{plain} for hexadecimal" if plain else "write 0"
    suffixed = re.fullmatch(r"(0[xX][0-9a-fA-F]+|[1-9][0-9]*)[uUlL]+", digits)
    if suffixed:
        return f"write {suffixed[1]}: a number has no suffix"
    if digits[:2] in ("0o", "0O"):
        return "write it in decimal or hexadecimal: octal is not read"
    return None


def literal(scalar: Scalar) -> Literal | None:
    """The number that a scalar is, and nothing else; None where it is more or other."""
    value = number(scalar.text)
    return None if value is None else Literal(value, scalar.text, scalar.span)


def version(text: str) -> tuple[int, int] | None:
    """Major and minor, each 0 to 65535."""
    match = _VERSION.fullmatch(text)
    if match is None or max(int(match[1]), int(match[2])) > _LAST_VERSION:
        return None
    return int(match[1]), int(match[2])


def shown(text: str) -> str:
    """A text of the author's as a message shows it: on one line, and not all of a very long one."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
