"""Model: the value of a constant expression, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.schema.nodes import Binary, Expression, Literal, Ref, Unary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kgen.diagnostics import Sink

_MAX_BITS = 256
_ARITHMETIC = frozenset(["+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^"])
SMALLEST = -(1 << 63)
LARGEST = (1 << 64) - 1


def evaluate(expression: Expression, lookup: Callable[[Ref], int | None], sink: Sink) -> int | None:
    """An integer that fits into 64 bits, signed or not; None where something was reported (KG111).

    `/` and `%` truncate towards zero as in C. `lookup` gives the value of a name and reports an unknown one.
    """
    value = _value(expression, lookup, sink)
    if value is not None and not SMALLEST <= value <= LARGEST:
        sink.error("KG111", expression.span, f"{value} does not fit into 64 bits")
        return None
    return value


def _value(expression: Expression, lookup: Callable[[Ref], int | None], sink: Sink) -> int | None:
    match expression:
        case Literal():
            return expression.value
        case Ref():
            return lookup(expression)
        case Unary():
            operand = _value(expression.operand, lookup, sink)
            if operand is None:
                return None
            if expression.operator == "not":
                _refuse_logic(expression, sink)
                return None
            return -operand if expression.operator == "-" else ~operand
        case Binary():
            return _chain(expression, lookup, sink)
    raise AssertionError(expression)


def _chain(expression: Binary, lookup: Callable[[Ref], int | None], sink: Sink) -> int | None:
    """`a + b + c ...` leans to the left: walked in a loop, so that no length exhausts the stack."""
    steps = []
    first: Expression = expression
    while isinstance(first, Binary):
        steps.append(first)
        first = first.left
    left = _value(first, lookup, sink)
    for step in reversed(steps):
        right = _value(step.right, lookup, sink)
        left = _step(step, left, right, sink)
    return left


def _step(step: Binary, left: int | None, right: int | None, sink: Sink) -> int | None:
    if left is None or right is None:
        return None
    if step.operator not in _ARITHMETIC:
        _refuse_logic(step, sink)
        return None
    problem = _problem(step.operator, left, right)
    if problem:
        sink.error("KG111", step.span, problem)
        return None
    return apply(step.operator, left, right)


def references(expression: Expression) -> Iterator[Ref]:
    """Every name in an expression, in no particular order."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Ref):
            yield node
        elif isinstance(node, Unary):
            waiting.append(node.operand)
        elif isinstance(node, Binary):
            waiting += (node.left, node.right)


def apply(operator: str, left: int, right: int) -> int:
    """One arithmetic operation on exact integers."""
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/" | "%":
            quotient = abs(left) // abs(right)
            if (left < 0) != (right < 0):
                quotient = -quotient
            return quotient if operator == "/" else left - quotient * right
        case "<<":
            return left << right
        case ">>":
            return left >> right
        case "&":
            return left & right
        case "|":
            return left | right
        case "^":
            return left ^ right
    raise AssertionError(operator)


def _problem(operator: str, left: int, right: int) -> str | None:
    if operator in ("/", "%") and right == 0:
        return "division by zero"
    if operator in ("<<", ">>") and not 0 <= right < _MAX_BITS:
        return f"cannot shift by {right} bits"
    bits = max(left.bit_length(), right.bit_length())
    grown = left.bit_length() + right if operator == "<<" else 2 * bits if operator == "*" else bits
    return "the value is far beyond 64 bits" if grown > _MAX_BITS else None


def _refuse_logic(expression: Unary | Binary, sink: Sink) -> None:
    sink.error(
        "KG111", expression.span, f"`{expression.operator}` answers true or false, not a number"
    )
