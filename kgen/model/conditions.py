"""Model: `require:` lines, with every name looked up and every union arm noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import Arm, Enum, Field, Flags, Struct, TaggedUnion
from kgen.model.predicates import (
    Comparison,
    Condition,
    FieldRef,
    Logic,
    Number,
    Operand,
    Operation,
    Predicate,
)
from kgen.model.types import Array, Boolean, Integer, Tail, Text
from kgen.schema.nodes import Binary, Expression, Literal, Ref, Unary

if TYPE_CHECKING:
    from kgen.model.resolve_types import Types
    from kgen.schema.nodes import RequireNode

_COMPARISONS = frozenset(["==", "!=", "<", "<=", ">", ">="])
_LOGIC = frozenset(["and", "or"])


def resolve_conditions(
    nodes: tuple[RequireNode, ...], struct: Struct, types: Types
) -> tuple[Condition, ...]:
    """Every condition of a struct that could be resolved; the rest was reported."""
    found = []
    for node in nodes:
        resolver = _Resolver(struct, types)
        predicate = resolver.predicate(node.expression)
        if predicate is not None:
            found.append(Condition(node.text, predicate, tuple(resolver.arms.values()), node.span))
    return tuple(found)


class _Resolver:
    def __init__(self, struct: Struct, types: Types) -> None:
        self.struct = struct
        self.types = types
        self.sink = types.sink
        self.arms: dict[tuple[str, ...], tuple[Field | Arm, ...]] = {}

    def predicate(self, node: Expression) -> Predicate | None:
        if isinstance(node, Binary) and node.operator in _LOGIC:
            left, right = self.predicate(node.left), self.predicate(node.right)
            return None if left is None or right is None else Logic(node.operator, (left, right))
        if isinstance(node, Unary) and node.operator == "not":
            inner = self.predicate(node.operand)
            return None if inner is None else Logic("not", (inner,))
        if isinstance(node, Binary) and node.operator in _COMPARISONS:
            return self._comparison(node)
        self.sink.error(
            "KG140",
            node.span,
            "a condition compares: it answers true or false",
            help="write `a <= b`, joined by `and`, `or`, `not`",
        )
        return None

    def _comparison(self, node: Binary) -> Comparison | None:
        first, second = self.operand(node.left), self.operand(node.right)
        if first is None or second is None:
            return None
        if isinstance(first, Number) and isinstance(second, Number):
            self.sink.error("KG140", node.span, "this compares constants", label="names no field")
            return None
        return Comparison(node.operator, first, second)

    def operand(self, node: Expression) -> Operand | None:
        if self._is_constant(node):
            value = self.types.scope.evaluate(node)
            return None if value is None else Number(value, _text(node))
        match node:
            case Ref():
                return self._field(node)
            case Binary() if node.operator not in _COMPARISONS and node.operator not in _LOGIC:
                left, right = self.operand(node.left), self.operand(node.right)
                if left is None or right is None:
                    return None
                return self._operation(node, left, right)
            case Unary() if node.operator != "not":
                self.sink.error(
                    "KG140",
                    node.span,
                    f"`{node.operator}` applies to constants only",
                    help="write `0 - a`" if node.operator == "-" else "write `a ^ MASK`",
                )
                return None
        self.sink.error("KG140", node.span, "here stands a number, a field or arithmetic on them")
        return None

    def _operation(self, node: Binary, left: Operand, right: Operand) -> Operand | None:
        """Dividing or shifting by what the caller sends could trap or be undefined in C."""
        if node.operator in ("/", "%", "<<", ">>") and not isinstance(right, Number):
            self.sink.error(
                "KG140", node.right.span, f"`{node.operator}` takes a constant on its right"
            )
            return None
        if isinstance(right, Number) and (
            (node.operator in ("/", "%") and right.value <= 0)
            or (node.operator in ("<<", ">>") and not 0 <= right.value < 64)
        ):
            self.sink.error(
                "KG140", node.right.span, f"`{node.operator} {right.value}` has no meaning here"
            )
            return None
        return Operation(node.operator, left, right)

    def _is_constant(self, node: Expression) -> bool:
        """Whether no part of it names a field. What is unknown counts as a field."""
        match node:
            case Literal():
                return True
            case Ref():
                return (
                    not self._names_field(node) and self.types.scope.value_of(node.path) is not None
                )
            case Unary():
                return node.operator != "not" and self._is_constant(node.operand)
            case Binary():
                if node.operator in _COMPARISONS or node.operator in _LOGIC:
                    return False
                return self._is_constant(node.left) and self._is_constant(node.right)

    def _names_field(self, ref: Ref) -> bool:
        """A field hides a constant of its name; `traits.loud` is still a flag where `traits` is a field."""
        field = _member(self.struct, ref.path[0])
        if field is None or len(ref.path) == 1:
            return field is not None
        return isinstance(field.type, (Struct, TaggedUnion))

    def _field(self, ref: Ref) -> FieldRef | None:
        path: list[Field | Arm] = []
        owner: Struct | TaggedUnion | None = self.struct
        for name in ref.path:
            step = _member(owner, name)
            if step is None:
                self._unknown(ref, name, owner)
                return None
            path.append(step)
            type_ = step.type
            if isinstance(step, Arm) and not self._enter(tuple(path), ref):
                return None
            owner = type_ if isinstance(type_, (Struct, TaggedUnion)) else None
        if not isinstance(path[-1].type, (Integer, Boolean, Enum, Flags)):
            self.sink.error(
                "KG140",
                ref.span,
                f"`{'.'.join(ref.path)}` is not a number",
                label=f"ends at {_kind(path[-1])}",
            )
            return None
        return FieldRef(tuple(path))

    def _enter(self, path: tuple[Field | Arm, ...], ref: Ref) -> bool:
        """Note that the condition holds for one arm; two of one union are never there together."""
        names = tuple(step.name for step in path)
        for other in self.arms:
            if other[:-1] == names[:-1] and other != names:
                self.sink.error(
                    "KG140",
                    ref.span,
                    f"`{other[-1]}` and `{names[-1]}` of `{'.'.join(names[:-1])}` "
                    "are never there together",
                    help="a condition that names an arm applies while it is the active one",
                )
                return False
        self.arms[names] = path
        return True

    def _unknown(self, ref: Ref, name: str, owner: Struct | TaggedUnion | None) -> None:
        known: list[str] = []
        if isinstance(owner, Struct):
            known = [field.name for field in owner.fields]
        elif isinstance(owner, TaggedUnion):
            known = [arm.name for arm in owner.arms]
        if owner is self.struct:
            known += self.types.scope.constants
        self.sink.error(
            "KG141",
            ref.span,
            f"there is no `{name}` in `{owner.name}`" if owner else f"`{name}` is in no struct",
            help=self.types.scope.suggestion(name, known),
        )


def _kind(step: Field | Arm) -> str:
    match step.type:
        case None:
            return "an arm that holds nothing"
        case Struct():
            return "a struct"
        case TaggedUnion():
            return "a union"
        case Array() | Tail():
            return "an array"
        case Text():
            return "a text"
    return "what has no order"


def _member(owner: Struct | TaggedUnion | None, name: str) -> Field | Arm | None:
    members: tuple[Field | Arm, ...] = ()
    if isinstance(owner, Struct):
        members = owner.fields
    elif isinstance(owner, TaggedUnion):
        members = owner.arms
    return next((member for member in members if member.name == name), None)


def _text(node: Expression) -> str:
    match node:
        case Literal():
            return node.text
        case Ref():
            return ".".join(node.path)
        case Unary():
            return f"{node.operator}{_inner(node.operand)}"
        case Binary():
            return f"{_inner(node.left)} {node.operator} {_inner(node.right)}"


def _inner(node: Expression) -> str:
    return f"({_text(node)})" if isinstance(node, Binary) else _text(node)
