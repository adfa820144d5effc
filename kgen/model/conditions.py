"""Model: `require:` lines, with every name looked up and every union arm noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import closest
from kgen.model.entities import (
    Arm,
    Comparison,
    Condition,
    Enum,
    Field,
    FieldRef,
    Flags,
    Logic,
    Number,
    Operand,
    Operation,
    Predicate,
    Struct,
    TaggedUnion,
)
from kgen.model.evaluate import LARGEST, SMALLEST
from kgen.model.types import Boolean, Integer
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
            first, second = self.operand(node.left), self.operand(node.right)
            if first is None or second is None:
                return None
            return Comparison(node.operator, first, second)
        self.sink.error(
            "KG140",
            node.span,
            "a condition compares: it answers true or false",
            help="write `a <= b`, joined by `and`, `or`, `not`",
        )
        return None

    def operand(self, node: Expression) -> Operand | None:
        constant = self._constant(node)
        if constant is not None:
            return constant
        match node:
            case Ref():
                return self._field(node)
            case Binary() if node.operator not in _COMPARISONS and node.operator not in _LOGIC:
                left, right = self.operand(node.left), self.operand(node.right)
                if left is None or right is None:
                    return None
                return self._operation(node, left, right)
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

    def _constant(self, node: Expression) -> Number | None:
        """A subexpression without fields, evaluated; None where it names a field or nothing."""
        if not self._is_constant(node):
            return None
        value = self.types.scope.evaluate(node)
        if value is None or not SMALLEST <= value <= LARGEST:
            return None
        return Number(value, _text(node))

    def _is_constant(self, node: Expression) -> bool:
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
            if isinstance(step, Arm):
                self.arms.setdefault(tuple(item.name for item in path), tuple(path))
            owner = type_ if isinstance(type_, (Struct, TaggedUnion)) else None
        if not isinstance(path[-1].type, (Integer, Boolean, Enum, Flags)):
            self.sink.error("KG140", ref.span, f"`{'.'.join(ref.path)}` is not a number")
            return None
        return FieldRef(tuple(path))

    def _unknown(self, ref: Ref, name: str, owner: Struct | TaggedUnion | None) -> None:
        known: list[str] = []
        if isinstance(owner, Struct):
            known = [field.name for field in owner.fields]
        elif isinstance(owner, TaggedUnion):
            known = [arm.name for arm in owner.arms]
        if owner is self.struct:
            known += self.types.scope.constants
        near = closest(name, known)
        self.sink.error(
            "KG141",
            ref.span,
            f"there is no `{name}` in `{owner.name}`" if owner else f"`{name}` is in no struct",
            help=f"did you mean `{near}`?" if near else None,
        )


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
            return f"{node.operator}{_text(node.operand)}"
        case Binary():
            return f"{_text(node.left)} {node.operator} {_text(node.right)}"
