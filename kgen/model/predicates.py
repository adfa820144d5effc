"""Model: what a `require:` line says, resolved: predicates over the fields of a struct."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from kgen.record import NamedTuple

if TYPE_CHECKING:
    from kgen.diagnostics.span import Span
    from kgen.model.entities import Arm, Field


class Number(NamedTuple):
    value: int
    text: str
    """As written: `1 << 40`, `max_read`."""


class FieldRef(NamedTuple):
    """A field of the struct that carries the condition, or one nested in it."""

    path: tuple[Field | Arm, ...]
    """From the outermost field inwards; an Arm follows a field whose type is a union."""

    @property
    def text(self) -> str:
        return ".".join(step.name for step in self.path)


class Operation(NamedTuple):
    """Exact integer arithmetic: + - * / % << >> & | ^."""

    operator: str
    left: Operand
    right: Operand


class Comparison(NamedTuple):
    """== != < <= > >=."""

    operator: str
    left: Operand
    right: Operand


class Logic(NamedTuple):
    """`and`, `or` over two predicates; `not` over one."""

    operator: str
    terms: tuple[Predicate, ...]


Operand = Union[Number, FieldRef, Operation]
Predicate = Union[Comparison, Logic]


class Condition(NamedTuple):
    """A `require:` line. It applies while every union arm that it names is the active one."""

    text: str
    predicate: Predicate
    arms: tuple[tuple[Field | Arm, ...], ...]
    """Paths that end in the Arm which must be active, for each arm named."""
    span: Span
