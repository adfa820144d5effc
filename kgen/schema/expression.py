"""Schema: the small texts inside a scalar: integer expressions, types with their clauses, conditions.

field      = type clause*
type       = NAME dims | ("ref" | "new" | "handle") NAME | "user_ptr" "(" NAME "," expr ")"
dims       = ("[" expr "]")* ["[" [expr] ".." expr "]"]
clause     = "in" expr ".." expr | "by" NAME | "count" NAME | "size" NAME | "at" NAME
           | "reserved" | "secret" | "since" VERSION
expr       = C's integer operators with C's precedence, dotted names
condition  = comparisons joined by "and", "or", "not"
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kgen.diagnostics import Span
from kgen.schema.nodes import (
    Binary,
    Clauses,
    Dimension,
    Expression,
    Literal,
    Name,
    Ref,
    TypeNode,
    Unary,
)
from kgen.source import Scalar

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d\w*)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<op>\.\.|<<|>>|<=|>=|==|!=|[-+*/%&|^~()\[\],.<>])|(?P<bad>\S))"
)
_NUMBER = re.compile(r"0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*|0[bB][01](?:_?[01])*|0|[1-9](?:_?\d)*")
_VERSION = re.compile(r"\s*(\d+)\.(\d+)(?![\w.])")
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("or",),
    ("and",),
    ("==", "!=", "<", "<=", ">", ">="),
    ("|",),
    ("^",),
    ("&",),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
)
_ARITHMETIC = 3
"""The first level of _LEVELS that makes a number."""
_MAX_DEPTH = 24
_MAX_TOKENS = 400
_CLAUSES = ("in", "by", "count", "size", "at", "reserved", "secret", "since")


class ExpressionError(Exception):
    """A text that does not parse: what is wrong, where, and what to do."""

    def __init__(self, message: str, span: Span, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.help = help


class _Token(NamedTuple):
    kind: str
    """`number`, `name`, `op`, `bad` or `end`."""
    text: str
    start: int
    end: int


def sub_span(scalar: Scalar, start: int, end: int) -> Span:
    """The place of `scalar.text[start:end]`; the whole scalar where escapes or folding hide it."""
    span = scalar.span
    offset = 0 if scalar.plain else 1
    plain_length = span.end_column - span.column - 2 * offset
    if span.line != span.end_line or plain_length != len(scalar.text):
        return span
    begin = span.column + offset + start
    return Span(span.file, span.line, begin, span.line, max(begin + 1, begin + end - start))


class Parser:
    """Parses the text of one scalar. Every method raises ExpressionError."""

    def __init__(self, scalar: Scalar) -> None:
        self.scalar = scalar
        self._tokens: list[_Token] = []
        self._at = 0
        self._depth = 0
        for match in _TOKEN.finditer(scalar.text):
            kind = match.lastgroup or "bad"
            self._tokens.append(_Token(kind, match[kind], match.start(kind), match.end(kind)))
        end = len(scalar.text)
        self._end = _Token("end", "", end, end)
        if len(self._tokens) > _MAX_TOKENS:
            raise ExpressionError(f"more than {_MAX_TOKENS} words in one text", scalar.span)

    def expression(self) -> Expression:
        """A whole integer expression."""
        result = self._level(_ARITHMETIC)
        self._finish()
        return result

    def condition(self) -> Expression:
        """A whole `require:` line."""
        result = self._level(0)
        self._finish()
        return result

    def range(self) -> tuple[Expression, Expression]:
        """`low..high`, both ends belong to it."""
        low, high = self._range()
        self._finish()
        return low, high

    def bits(self) -> tuple[Expression, Expression | None]:
        """`low..high` or one bit."""
        low = self._level(_ARITHMETIC)
        high = None
        if self._is(".."):
            self._next()
            high = self._level(_ARITHMETIC)
        self._finish()
        return low, high

    def field(self) -> tuple[TypeNode, Clauses]:
        """A type and its clauses."""
        type_ = self._type()
        clauses = Clauses()
        seen: set[str] = set()
        while self._peek().kind != "end":
            clauses = self._clause(clauses, seen)
        return type_, clauses

    def type(self) -> TypeNode:
        """A whole type without clauses."""
        result = self._type()
        self._finish()
        return result

    # Tokens

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else self._end

    def _next(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def _is(self, text: str) -> bool:
        return self._peek().text == text and self._peek().kind in ("op", "name")

    def _expect(self, text: str, after: str) -> _Token:
        if not self._is(text):
            raise self._unexpected(f"`{text}` {after}")
        return self._next()

    def _name(self, what: str) -> Name:
        token = self._peek()
        if token.kind != "name":
            raise self._unexpected(what)
        self._next()
        return Name(token.text, self._span(token.start, token.end))

    def _span(self, start: int, end: int) -> Span:
        return sub_span(self.scalar, start, end)

    def _finish(self) -> None:
        if self._peek().kind != "end":
            raise self._unexpected("the end")

    def _unexpected(self, wanted: str) -> ExpressionError:
        token = self._peek()
        found = f"`{token.text}`" if token.kind != "end" else "the end"
        return ExpressionError(
            f"expected {wanted}, found {found}", self._span(token.start, token.end)
        )

    # Types

    def _type(self) -> TypeNode:
        start = self._peek().start
        head = self._name("a type")
        argument: Name | None = None
        maximum: Expression | None = None
        if head.text in ("ref", "new", "handle"):
            argument = self._name(f"a name after `{head.text}`")
        elif head.text == "user_ptr":
            self._expect("(", "after `user_ptr`")
            argument = self._name("the type it points to")
            self._expect(",", "and the largest number of elements")
            maximum = self._level(_ARITHMETIC)
            self._expect(")", "after the largest number of elements")
        dimensions = []
        while self._is("["):
            dimensions.append(self._dimension())
        end = self._tokens[self._at - 1].end
        return TypeNode(head, tuple(dimensions), argument, maximum, self._span(start, end))

    def _dimension(self) -> Dimension:
        start = self._next().start
        low: Expression | None = None if self._is("..") else self._level(_ARITHMETIC)
        variable = low is None or self._is("..")
        if low is None or variable:
            self._next()
            high = self._level(_ARITHMETIC)
        else:
            high, low = low, None
        end = self._expect("]", "after the length").end
        return Dimension(low, high, variable, self._span(start, end))

    def _clause(self, clauses: Clauses, seen: set[str]) -> Clauses:
        token = self._peek()
        if token.text not in _CLAUSES or token.kind != "name":
            words = ", ".join(f"`{word}`" for word in _CLAUSES)
            raise ExpressionError(
                f"`{token.text}` cannot follow a type",
                self._span(token.start, token.end),
                f"after a type may come {words}",
            )
        if token.text in seen:
            raise ExpressionError(
                f"`{token.text}` is said twice", self._span(token.start, token.end)
            )
        seen.add(token.text)
        self._next()
        here = self._span(token.start, token.end)
        match token.text:
            case "in":
                low, high = self._range()
                end = self._tokens[self._at - 1].end
                return clauses._replace(limit=(low, high, self._span(token.end + 1, end)))
            case "reserved":
                return clauses._replace(reserved=here)
            case "secret":
                return clauses._replace(secret=here)
            case "since":
                return clauses._replace(since=(self._version(token), here))
            case "by":
                return clauses._replace(tag=self._name("the tag's field after `by`"))
            case "count":
                return clauses._replace(counter=self._name("a field after `count`"))
            case "size":
                return clauses._replace(size=self._name("a field after `size`"))
        return clauses._replace(offset=self._name("a field after `at`"))

    def _version(self, since: _Token) -> tuple[int, int]:
        match = _VERSION.match(self.scalar.text, since.end)
        if match is None:
            raise self._unexpected("a version such as 1.2 after `since`")
        while self._peek().kind != "end" and self._peek().start < match.end():
            self._next()
        return int(match[1]), int(match[2])

    def _range(self) -> tuple[Expression, Expression]:
        low = self._level(_ARITHMETIC)
        self._expect("..", "between the ends of the range")
        return low, self._level(_ARITHMETIC)

    # Integer expressions

    def _level(self, level: int) -> Expression:
        if level == len(_LEVELS):
            return self._unary()
        start = self._peek().start
        left = self._level(level + 1)
        compared = False
        while self._peek().text in _LEVELS[level] and self._peek().kind in ("op", "name"):
            operator = self._peek()
            if level == 2 and compared:
                raise ExpressionError(
                    "comparisons cannot be chained",
                    self._span(operator.start, operator.end),
                    "write `a <= b and b <= c`",
                )
            compared = True
            self._next()
            right = self._level(level + 1)
            end = self._tokens[self._at - 1].end
            left = Binary(operator.text, left, right, self._span(start, end))
        return left

    def _unary(self) -> Expression:
        token = self._peek()
        if token.kind in ("op", "name") and token.text in ("-", "~", "not", "("):
            self._depth += 1
            if self._depth > _MAX_DEPTH:
                raise ExpressionError(
                    f"the expression is nested deeper than {_MAX_DEPTH}",
                    self._span(token.start, token.end),
                )
            self._next()
            result = self._parenthesised() if token.text == "(" else self._applied(token)
            self._depth -= 1
            return result
        return self._primary()

    def _parenthesised(self) -> Expression:
        result = self._level(0)
        self._expect(")", "to close the parenthesis")
        return result

    def _applied(self, token: _Token) -> Expression:
        operand = self._level(2) if token.text == "not" else self._unary()
        end = self._tokens[self._at - 1].end
        return Unary(token.text, operand, self._span(token.start, end))

    def _primary(self) -> Expression:
        token = self._peek()
        if token.kind == "number":
            return self._number()
        name = self._name("a number or a name")
        path = [name.text]
        while self._is("."):
            self._next()
            path.append(self._name("a field after `.`").text)
        end = self._tokens[self._at - 1].end
        return Ref(tuple(path), self._span(token.start, end))

    def _number(self) -> Literal:
        token = self._next()
        span = self._span(token.start, token.end)
        if not _NUMBER.fullmatch(token.text):
            help = None
            digits = token.text.replace("_", "")
            if digits.isdigit():
                help = f"write {digits.lstrip('0')}, or 0x{digits.lstrip('0')} for hexadecimal"
            raise ExpressionError(f"`{token.text}` is not an integer", span, help)
        return Literal(int(token.text.replace("_", ""), 0), token.text, span)
