"""Target `core`: `require:` conditions as C, exact for every value that a caller can send.

Intervals decide how: in int64_t where every intermediate value fits, in uint64_t where none is
negative and all fit, else in 128 bits by the functions of kgen_wide.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import Arm, Enum, Field, TaggedUnion
from kgen.model.predicates import Comparison, FieldRef, Number, Operation
from kgen.model.types import INTEGERS, Boolean, Integer
from kgen.record import NamedTuple
from kgen.targets._c_names import literal, member, value_name
from kgen.targets._c_types import base_integer, value

if TYPE_CHECKING:
    from kgen.model.predicates import Condition, Operand, Predicate

_SIGNED = (-(1 << 63), (1 << 63) - 1)
_UNSIGNED = (0, (1 << 64) - 1)
_WIDE = (-(1 << 127), (1 << 127) - 1)
_NARROW_DIVISION = (0, (1 << 32) - 1)
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_WIDE_NAMES = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "%": "remainder",
    "<<": "shift_left",
    ">>": "shift_right",
    "&": "and",
    "|": "or",
    "^": "xor",
}


class Interval(NamedTuple):
    low: int
    high: int

    def within(self, bounds: tuple[int, int]) -> bool:
        return bounds[0] <= self.low and self.high <= bounds[1]


def refusal(condition: Condition, interface: str) -> str:
    """The C condition that holds where the requirement applies and is broken."""
    test = _negated(condition.predicate, False)
    arms = [_active(path, interface) for path in condition.arms]
    if not arms:
        return test
    if " || " in test:
        test = f"({test})"
    return " && ".join([*arms, test])


def _active(path: tuple[Field | Arm, ...], interface: str) -> str:
    """Whether the arm at the end of the path is the active one of its union."""
    *_, union_field, arm = path
    assert isinstance(union_field, Field)
    assert isinstance(arm, Arm)
    union = union_field.type
    assert isinstance(union, TaggedUnion)
    assert union_field.tag is not None
    prefix = "".join(f"{member(step)}." for step in path[:-2])
    tag = f"in->{prefix}{union_field.tag}"
    return f"{value(union.tag.type, tag)} == {value_name(interface, union.tag, arm.value)}"


def _negated(predicate: Predicate, truth: bool) -> str:
    """The predicate in C; `truth` False negates it, down to the comparisons."""
    if isinstance(predicate, Comparison):
        operator = predicate.operator if truth else _OPPOSITE[predicate.operator]
        return _comparison(operator, predicate.left, predicate.right)
    if predicate.operator == "not":
        return _negated(predicate.terms[0], not truth)
    conjunction = (predicate.operator == "and") == truth
    terms = []
    for term in predicate.terms:
        text = _negated(term, truth)
        if " && " in text or " || " in text:
            text = f"({text})"
        terms.append(text)
    return (" && " if conjunction else " || ").join(terms)


def _comparison(operator: str, left: Operand, right: Operand) -> str:
    intervals: list[Interval] = []
    interval(left, intervals)
    interval(right, intervals)
    if _is_simple(left) and _is_simple(right) and _is_decided(operator, left, right):
        # Exact like the others, and no compiler warns that it is always true, or never.
        return f"kgen_wide_compare({_wide(left)}, {_wide(right)}) {operator} 0"
    if all(item.within(_SIGNED) for item in intervals):
        if _is_simple(left) and _is_simple(right):
            return f"{_simple(left, right)} {operator} {_simple(right, left)}"
        return f"{_side(left, 'int64_t')} {operator} {_side(right, 'int64_t')}"
    if all(item.within(_UNSIGNED) for item in intervals):
        return f"{_side(left, 'uint64_t')} {operator} {_side(right, 'uint64_t')}"
    return f"kgen_wide_compare({_wide(left)}, {_wide(right)}) {operator} 0"


def _is_decided(operator: str, left: Operand, right: Operand) -> bool:
    """Whether the types alone give the answer."""
    one, other = _range(left), _range(right)
    if operator in ("<", ">="):
        return one.high < other.low or one.low >= other.high
    if operator in (">", "<="):
        return one.high <= other.low or one.low > other.high
    return one.high < other.low or one.low > other.high


def _range(operand: Operand) -> Interval:
    """What a number is, or the type of a field can hold."""
    if isinstance(operand, Number):
        return Interval(operand.value, operand.value)
    integer = _integer(operand)
    return Interval(integer.minimum, integer.maximum) if integer else Interval(0, 0xFF)


def _side(operand: Operand, type_: str) -> str:
    """One side of a comparison, which in C binds tighter than `&`, `^` and `|`."""
    text = _plain(operand, type_)
    is_bitwise = isinstance(operand, Operation) and operand.operator in "&|^"
    return f"({text})" if is_bitwise else text


def _is_simple(operand: Operand) -> bool:
    return isinstance(operand, (Number, FieldRef))


def _simple(operand: Operand, other: Operand) -> str:
    """A field or number beside another: no cast where C compares them as numbers anyway."""
    if isinstance(operand, Number):
        integer = _integer(other)
        fits = integer is not None and integer.minimum <= operand.value <= integer.maximum
        return literal(operand.value, integer) if fits else _plain(operand, "int64_t")
    assert isinstance(operand, FieldRef)
    first, second = _integer(operand), _integer(other)
    if first is not None and second is not None and first.signed != second.signed:
        return _plain(operand, "int64_t")
    return _access(operand)


def _integer(operand: Operand) -> Integer | None:
    if not isinstance(operand, FieldRef):
        return None
    type_ = operand.path[-1].type
    return None if type_ is None else base_integer(type_)


def _access(reference: FieldRef) -> str:
    path = ".".join(member(step) for step in reference.path)
    type_ = reference.path[-1].type
    assert type_ is not None
    integer = base_integer(type_)
    return value(integer, f"in->{path}") if integer else f"in->{path}"


def interval(operand: Operand, seen: list[Interval]) -> Interval:
    """The smallest and largest value that a checked request can give; every step goes into `seen`."""
    if isinstance(operand, Number):
        found = Interval(operand.value, operand.value)
    elif isinstance(operand, FieldRef):
        found = _leaf(operand)
    else:
        left, right = interval(operand.left, seen), interval(operand.right, seen)
        found = _result(operand.operator, left, right)
    seen.append(found)
    return found


def _leaf(reference: FieldRef) -> Interval:
    step = reference.path[-1]
    type_ = step.type
    if isinstance(type_, Boolean):
        return Interval(0, 1)
    if isinstance(step, Field) and step.limit is not None:
        return Interval(step.limit.low, step.limit.high)
    if isinstance(type_, Enum) and not type_.open:
        values = [item.value for item in type_.values]
        return Interval(min(values), max(values))
    assert type_ is not None
    integer = base_integer(type_)
    assert integer is not None
    return Interval(integer.minimum, integer.maximum)


def _result(operator: str, left: Interval, right: Interval) -> Interval:
    match operator:
        case "+":
            return Interval(left.low + right.low, left.high + right.high)
        case "-":
            return Interval(left.low - right.high, left.high - right.low)
        case "*" | "<<":
            factors = (right.low, right.high) if operator == "*" else (1 << right.low,) * 2
            products = [one * other for one in left for other in factors]
            return Interval(min(products), max(products))
        case "/":
            quotients = [_truncated(one, right.low) for one in left]
            return Interval(min(quotients), max(quotients))
        case "%":
            most = right.low - 1
            return Interval(-most if left.low < 0 else 0, most if left.high > 0 else 0)
        case ">>":
            return Interval(left.low >> right.low, left.high >> right.low)
    return _bits(operator, left, right)


def _bits(operator: str, left: Interval, right: Interval) -> Interval:
    if operator == "&" and (left.low >= 0 or right.low >= 0):
        masks = [item.high for item in (left, right) if item.low >= 0]
        return Interval(0, min(masks))
    size = max(item.bit_length() for side in (left, right) for item in (side.low, side.high))
    negative = left.low < 0 or right.low < 0
    return Interval(-(1 << size) if negative else 0, (1 << size) - 1)


def _truncated(dividend: int, divisor: int) -> int:
    quotient = abs(dividend) // divisor
    return quotient if dividend >= 0 else -quotient


def _plain(operand: Operand, type_: str) -> str:
    """In int64_t or uint64_t, whichever holds every step."""
    if isinstance(operand, Number):
        return _constant(operand.value, type_)
    if isinstance(operand, FieldRef):
        return f"({type_}){_access(operand)}"
    left, right = _plain(operand.left, type_), _plain(operand.right, type_)
    if isinstance(operand.left, Operation):
        left = f"({left})"
    if isinstance(operand.right, Operation):
        right = f"({right})"
    if operand.operator in "/%":
        return _division(operand, left, right, type_)
    if operand.operator == "<<":
        # A left shift of a negative number has no meaning in C.
        return f"{left} * {_constant(1 << _number(operand.right), type_)}"
    if operand.operator == ">>" and interval(operand.left, []).low < 0:
        # What C makes of a negative number here is up to the compiler.
        wide = f"kgen_wide_shift_right({_wide(operand.left)}, {_number(operand.right)})"
        return f"({type_})kgen_wide_low({wide})"
    return f"{left} {operand.operator} {right}"


def _constant(number: int, type_: str) -> str:
    return literal(number, INTEGERS["s64" if type_ == "int64_t" else "u64"])


def _division(operand: Operation, left: str, right: str, type_: str) -> str:
    """Never a 64-bit division, which a 32-bit kernel lacks."""
    sides = (operand.left, operand.right)
    if all(interval(side, []).within(_NARROW_DIVISION) for side in sides):
        return f"({type_})((uint32_t)({left}) {operand.operator} (uint32_t){right})"
    name = "kgen_wide_divide" if operand.operator == "/" else "kgen_wide_remainder"
    wide = f"{name}({_wide(operand.left)}, {_wide(operand.right)})"
    return f"({type_})kgen_wide_low({wide})"


def _number(operand: Operand) -> int:
    assert isinstance(operand, Number)
    return operand.value


def _wide(operand: Operand) -> str:
    if isinstance(operand, Number):
        kind = "unsigned" if operand.value > _SIGNED[1] else "signed"
        return f"kgen_wide_{kind}({literal(operand.value)})"
    if isinstance(operand, FieldRef):
        integer = _integer(operand)
        kind = "signed" if integer is not None and integer.signed else "unsigned"
        return f"kgen_wide_{kind}({_access(operand)})"
    name = _WIDE_NAMES[operand.operator]
    if operand.operator in ("<<", ">>"):
        return f"kgen_wide_{name}({_wide(operand.left)}, {_number(operand.right)})"
    return f"kgen_wide_{name}({_wide(operand.left)}, {_wide(operand.right)})"
