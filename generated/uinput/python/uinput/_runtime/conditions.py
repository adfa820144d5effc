"""`require:` lines, evaluated over the values of a message before it is sent.

A predicate is text in reverse Polish notation: `what.range.first what.range.count +
4096 <=`. Every operand is evaluated, so that an arm that any of them names takes part.
"""
# Values are of the types that a schema says.
# ruff: noqa: ANN401, RUF100

from __future__ import annotations

from .unions import TaggedUnion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class InactiveArmError(Exception):
    """A union arm that a path names is not the active one."""


def holds(predicate: str, message: Any) -> bool:
    """Return whether it holds, or names a union arm that is not the active one."""
    stack: list[Any] = []
    try:
        for word in predicate.split():
            if word in _OPERATORS:
                right = stack.pop()
                stack.append(_OPERATORS[word](stack.pop(), right))
            elif word == "not":
                stack.append(not stack.pop())
            elif word[0].isalpha():
                stack.append(_look_up(word, message))
            else:
                stack.append(int(word))
    except InactiveArmError:
        return True
    return bool(stack.pop())


def _look_up(path: str, message: Any) -> Any:
    value = message
    for name in path.split("."):
        if isinstance(value, TaggedUnion):
            if value._item.arm_name(value.tag) != name:
                raise InactiveArmError
            value = value.value
        else:
            value = value._item.field_value(value, name)
    return value


def _divide(left: int, right: int) -> int:
    """Divide as C does: towards zero."""
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_OPERATORS: dict[str, Callable[..., Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divide,
    "%": lambda left, right: left - right * _divide(left, right),
    "<<": lambda left, right: left << right,
    ">>": lambda left, right: left >> right,
    "&": lambda left, right: left & right,
    "|": lambda left, right: left | right,
    "^": lambda left, right: left ^ right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "and": lambda left, right: left and right,
    "or": lambda left, right: left or right,
}
