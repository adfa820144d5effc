"""Schema: the small texts inside a scalar: integer expressions, types with their clauses, conditions.

field      = type clause*
type       = [("ref" | "drop" | "new")] NAME dims | "handle" NAME NAME*
           | "user_ptr" "(" NAME "," expr ")" | "opaque" "(" expr "," expr ")"
dims       = ("[" expr "]")* ["[" [expr] ".." expr "]"] | "[" "]"
clause     = "in" expr ".." expr | "by" NAME | "count" NAME | "size" NAME | "at" NAME
           | "reserved" | "secret" | "optional" | "since" VERSION | "bits" expr
expr       = C's integer operators with C's precedence, dotted names
condition  = comparisons joined by "and", "or", "not"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import closest
from kgen.schema.nodes import (
    Binary,
    Clauses,
    Dimension,
    Expression,
    Literal,
    Ref,
    TypeNode,
    Unary,
    Word,
)
from kgen.schema.tokens import (
    ExpressionError,
    Token,
    number,
    number_help,
    places,
    tokens,
    version,
)

if TYPE_CHECKING:
    from typing import Any

    from kgen.diagnostics import Span
    from kgen.source import Scalar

_LEVELS = (
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
_WORD_OPERATORS = ("and", "or", "not")
_LEVEL_OF = {operator: level for level, same in enumerate(_LEVELS) for operator in same}
_CONDITION, _COMPARISON, _ARITHMETIC = 0, 2, 3
"""Where a condition begins in _LEVELS, what compares, and the first level that makes a number."""
_NO_OPERATOR = -1
_MAX_DEPTH = 24
_MAX_DIMENSIONS = 8
WITH_NAME = ("ref", "drop", "new", "handle")
"""Types that a name follows."""
CLAUSES = (
    "in",
    "by",
    "count",
    "size",
    "rest",
    "at",
    "reserved",
    "secret",
    "optional",
    "since",
    "bits",
)
_FLAGS = frozenset(["reserved", "secret", "rest", "optional"])
"""Clauses of one word."""
_FOREIGN_HELP = {
    "*": "a message carries no pointers: declare an array, a tail or a `data:` buffer",
    ":": "a bit range is part of a bitfield; declare one under `bitfields`",
    "=": "a field has no default value",
    ";": "drop it",
    ",": "one field has one type",
    "..": "a range follows the word `in`, a length stands in brackets",
}


class Parser:
    """Parses the text of one scalar. Every method raises ExpressionError."""

    def __init__(self, scalar: Scalar) -> None:
        self.scalar = scalar
        self._tokens = tokens(scalar)
        self._span = places(scalar)
        self._at = 0
        self._depth = 0

    def expression(self) -> Expression:
        """A whole integer expression."""
        result = self._level(_ARITHMETIC)
        self._finish()
        return result

    def condition(self) -> Expression:
        """A whole `require:` line."""
        result = self._level(_CONDITION)
        self._finish()
        return result

    def range(self) -> tuple[Expression, Expression]:
        """`low..high`, both ends belong to it."""
        low, high, _ = self._range()
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

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def _is(self, text: str) -> bool:
        return self._peek().text == text and self._peek().kind in ("op", "name")

    def _expect(self, text: str, after: str, help: str | None = None) -> Token:
        if not self._is(text):
            raise self._unexpected(f"`{text}` {after}", help)
        return self._next()

    def _name(self, what: str) -> Word:
        token = self._peek()
        if token.kind != "name":
            raise self._unexpected(what)
        self._next()
        return Word(token.text, self._span(token.start, token.end))

    def _finish(self) -> None:
        if self._peek().kind != "end":
            raise self._unexpected("the end")

    def _unexpected(self, wanted: str, help: str | None = None) -> ExpressionError:
        token = self._peek()
        found = f"`{token.text}`" if token.kind != "end" else "the end"
        return ExpressionError(
            f"expected {wanted}, found {found}", self._span(token.start, token.end), help
        )

    # Types

    def _type(self) -> TypeNode:
        start = self._peek().start
        head = self._name("a type")
        argument: Word | None = None
        maximum: Expression | None = None
        align: Expression | None = None
        rights: tuple[Word, ...] = ()
        if head.text in WITH_NAME:
            argument = self._name(f"a name after `{head.text}`")
            if head.text == "handle":
                rights = self._rights()
        elif head.text == "user_ptr":
            self._expect("(", "after `user_ptr`")
            argument = self._pointed_to()
            self._expect(",", "and the largest number of elements")
            maximum = self._level(_ARITHMETIC)
            self._expect(")", "after the largest number of elements")
        elif head.text == "opaque":
            self._expect("(", "after `opaque`")
            maximum = self._level(_ARITHMETIC)
            self._expect(",", "and the alignment")
            align = self._level(_ARITHMETIC)
            self._expect(")", "after the alignment")
        dimensions: list[Dimension] = []
        while self._is("["):
            dimensions.append(self._dimension())
            if len(dimensions) > _MAX_DIMENSIONS:
                raise ExpressionError(
                    f"more than {_MAX_DIMENSIONS} dimensions", dimensions[-1].span
                )
        end = self._tokens[self._at - 1].end
        whole = self._span(start, end)
        return TypeNode(head, tuple(dimensions), argument, maximum, whole, rights, align)

    def _rights(self) -> tuple[Word, ...]:
        """The words that follow the kind of a handle, up to a clause."""
        rights: list[Word] = []
        while self._peek().kind == "name" and self._peek().text not in CLAUSES:
            rights.append(self._name("a right"))
        return tuple(rights)

    def _pointed_to(self) -> Word:
        if self._peek().text in (*WITH_NAME, "user_ptr"):
            raise self._unexpected("the type that is pointed to, of one word")
        return self._name("the type that is pointed to")

    def _dimension(self) -> Dimension:
        start = self._next().start
        if self._is("]"):
            span = self._span(start, self._next().end)
            return Dimension(None, Literal(0, "0", span), False, span, True)
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
        if token.text not in CLAUSES or token.kind != "name":
            words = ", ".join(f"`{word}`" for word in CLAUSES)
            near = closest(token.text, CLAUSES)
            hint = f"did you mean `{near}`?" if near else f"after a type may come {words}"
            raise ExpressionError(
                f"`{token.text}` cannot follow a type",
                self._span(token.start, token.end),
                _FOREIGN_HELP.get(token.text, hint),
            )
        if token.text in seen:
            raise ExpressionError(
                f"`{token.text}` is said twice", self._span(token.start, token.end)
            )
        seen.add(token.text)
        self._next()
        here = self._span(token.start, token.end)
        if token.text in _FLAGS:
            flag: dict[str, Any] = {token.text: here}
            return clauses._replace(**flag)
        match token.text:
            case "in":
                return clauses._replace(limit=self._range())
            case "bits":
                return clauses._replace(bits=(self._level(_ARITHMETIC), here))
            case "since":
                return clauses._replace(since=(self._version(), here))
            case "by":
                return clauses._replace(tag=self._name("the tag's field after `by`"))
            case "count":
                return clauses._replace(counter=self._name("a field after `count`"))
            case "size":
                return clauses._replace(size=self._name("a field after `size`"))
        return clauses._replace(offset=self._name("a field after `at`"))

    def _version(self) -> tuple[int, int]:
        start = self._peek()
        while self._peek().kind == "number" or self._is("."):
            self._next()
        found = version(self.scalar.text[start.start : self._peek().start].rstrip())
        if found is None:
            raise ExpressionError(
                "expected a version such as 1.2 after `since`", self._span(start.start, start.end)
            )
        return found

    def _range(self) -> tuple[Expression, Expression, Span]:
        start = self._peek().start
        low = self._level(_ARITHMETIC)
        self._expect(
            "..", "between the ends of the range", "a range names both of its ends: `1..64`"
        )
        high = self._level(_ARITHMETIC)
        return low, high, self._span(start, self._tokens[self._at - 1].end)

    # Integer expressions

    def _level(self, lowest: int) -> Expression:
        """Operands and the operators between them, of that level and above (precedence climbing)."""
        start = self._peek().start
        left = self._unary()
        compared = False
        while True:
            operator = self._peek()
            level = _LEVEL_OF.get(operator.text, _NO_OPERATOR)
            if level < lowest:
                return left
            if level == _COMPARISON and compared:
                raise ExpressionError(
                    "comparisons cannot be chained",
                    self._span(operator.start, operator.end),
                    "write `a <= b and b <= c`",
                )
            compared = level == _COMPARISON
            self._next()
            right = self._level(level + 1)
            end = self._tokens[self._at - 1].end
            left = Binary(operator.text, left, right, self._span(start, end))

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
        result = self._level(_CONDITION)
        self._expect(")", "to close the parenthesis")
        return result

    def _applied(self, token: Token) -> Expression:
        operand = self._level(_COMPARISON) if token.text == "not" else self._unary()
        end = self._tokens[self._at - 1].end
        return Unary(token.text, operand, self._span(token.start, end))

    def _primary(self) -> Expression:
        token = self._peek()
        if token.kind == "number":
            return self._number()
        if token.text in _WORD_OPERATORS:
            raise self._unexpected("a number or a name")
        path = [self._name("a number or a name").text]
        while self._is("."):
            self._next()
            path.append(self._name("a field after `.`").text)
        end = self._tokens[self._at - 1].end
        return Ref(tuple(path), self._span(token.start, end))

    def _number(self) -> Literal:
        token = self._next()
        span = self._span(token.start, token.end)
        value = number(token.text)
        if value is None:
            raise ExpressionError(
                f"`{token.text}` is not an integer", span, number_help(token.text)
            )
        return Literal(value, token.text, span)
