"""Target `core`: what is checked in a captured request, field by field.

A check is one C condition that must not hold, or a call of another check function; a loop around it
where it goes over elements. Their order is that of the fields; conditions between fields come last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import BitField, Enum, Field, Flags, Struct, TaggedUnion
from kgen.model.objects import places
from kgen.model.types import Array, Boolean, Integer, ObjectId, Tail, Text, UserPointer
from kgen.record import NamedTuple
from kgen.targets._c_conditions import refusal
from kgen.targets._c_elements import (
    element_size,
    is_full,
    loop,
    miscounted,
    outside,
    tag_value,
    tail_count,
)
from kgen.targets._c_names import (
    WIDTH,
    error_name,
    mask_name,
    member,
    object_name,
    record_type,
    tail_name,
    value_name,
    wrap_arguments,
    wrap_test,
)
from kgen.targets._c_pointers import (
    pointed_count,
    pointer_declaration,
    pointer_fields,
    pointer_parameter,
)
from kgen.targets._c_types import innermost, plain_type, value

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Arm, Record
    from kgen.model.types import Type


class Check(NamedTuple):
    loop: str
    """How often, with `i` as the index; empty where there is no loop."""
    test: str
    """Refuses where it holds; empty where `call` is the check."""
    refuse: str
    """The statement that returns then."""
    call: str
    """The statement that calls another check function."""


class Rule(NamedTuple):
    """A condition between fields."""

    test: str
    text: str
    """As in the schema; the template escapes it."""
    long: bool


class Case(NamedTuple):
    """One arm of a union."""

    label: str
    size: int
    checks: list[Check]


class Function(NamedTuple):
    """The check function of one struct or union."""

    head: str
    """Return type, name and parameters, in lines."""
    cases: list[Case]
    """Of a union; a struct has none."""
    checks: list[Check]
    rules: list[Rule]
    length: bool
    """Takes the length of the message as well."""
    holds: bool
    """Takes what the request holds of objects as well."""
    pointers: list[int]
    """Takes copies of what is behind pointers as well: those of the pointers that stand there."""
    calls: bool
    """Needs `status`."""
    loops: bool
    """Needs `i`."""
    locals: bool


class Membership(NamedTuple):
    """Whether a value is one of a closed enum."""

    name: str
    type: str
    labels: list[str]


class Checks:
    """The check functions of one interface, each made when first asked for, callees before callers."""

    def __init__(self, interface: str, layouts: Layouts) -> None:
        self.interface = interface
        self.layouts = layouts
        self.memberships: dict[str, Membership] = {}
        self._functions: dict[str, Function] = {}

    def function(self, record: Record) -> Function | None:
        """None where there is nothing to be checked."""
        found = self._functions.get(record.name)
        if found is None:
            if isinstance(record, Struct):
                checks = self._growth(record)
                for field in record.fields:
                    checks += self._field(field, record)
                found = self._function(record, [], checks, self._conditions(record))
            else:
                found = self._function(
                    record, [self._case(arm, record) for arm in record.arms], [], []
                )
            self._functions[record.name] = found
        return found if _is_needed(found) else None

    @property
    def functions(self) -> list[Function]:
        return [item for item in self._functions.values() if _is_needed(item)]

    def _function(
        self, record: Record, cases: list[Case], checks: list[Check], rules: list[Rule]
    ) -> Function:
        parameters = [
            "const struct kgen_place *at",
            f"const {record_type(self.interface, record)} *in",
        ]
        length = isinstance(record, Struct) and (record.tail is not None or record.grows)
        if length:
            parameters.append("size_t length")
        holds = isinstance(record, Struct) and bool(places(record))
        if holds:
            parameters.append("struct kgen_holds *holds")
        pointers = self._pointers(record)
        for index in pointers:
            assert isinstance(record, Struct)
            parameters.append(pointer_declaration(*pointer_fields(record)[index], self.interface))
        if isinstance(record, TaggedUnion):
            parameters.append(f"{plain_type(record.tag.type)} tag")
        head = wrap_arguments(f"static {self.interface}_status check_{record.name}", parameters)
        every = [*checks, *(check for case in cases for check in case.checks)]
        calls = any(check.call for check in every)
        loops = any(check.loop for check in every)
        return Function(
            head, cases, checks, rules, length, holds, pointers, calls, loops, calls or loops
        )

    def _pointers(self, record: Record) -> list[int]:
        """Those pointers of a request of which the check looks at what is behind them."""
        if not isinstance(record, Struct):
            return []
        return [
            index
            for index, (field, pointer) in enumerate(pointer_fields(record))
            if self._pointed(field, pointer, record)
        ]

    def _case(self, arm: Arm, record: TaggedUnion) -> Case:
        label = value_name(self.interface, record.tag, arm.value)
        if arm.type is None:
            return Case(label, 0, [])
        size = self.layouts.size_align(arm.type)[0]
        field = Field(arm.name, arm.type, arm.note, arm.span)
        return Case(label, size, self._field(field, record))

    def _growth(self, struct: Struct) -> list[Check]:
        if not struct.grows:
            return []
        return [Check("", "", "", "status = kgen_check_growth(at, in, sizeof(*in), length);")]

    def _field(self, field: Field, owner: Record) -> list[Check]:
        if _is_free(field):
            return []
        expression = f"in->{member(field)}"
        place = f'(at, "{field.name}"'
        if field.reserved:
            test = f"{expression} != 0"
            if isinstance(field.type, Array):
                test = f"!kgen_is_zero({expression}, sizeof({expression}))"
            return [self._refuse("", test, place, "RESERVED")]
        checks: list[Check] = []
        if isinstance(field.type, Tail):
            assert isinstance(owner, Struct)
            checks.append(self._tail_length(field, field.type, owner))
        if field.counts is not None:
            assert isinstance(owner, Struct)
            checks += self._count(field, owner, place)
        if isinstance(field.type, Tail) and field.type.text is not None:
            count = tail_count(owner, field.type, "in", self.layouts)
            test = f"!kgen_{field.type.text}_valid({expression}, {count})"
            return [*checks, self._refuse("", test, place, "STRING")]
        if isinstance(field.type, UserPointer):
            assert isinstance(owner, Struct)
            return self._pointed(field, field.type, owner)
        times, index = loop(field.type, owner, "in", self.layouts)
        element = f"{expression}{index}"
        type_ = innermost(field.type)
        if isinstance(type_, (Struct, TaggedUnion)):
            return checks + self._nested(field, type_, owner, element, times, place)
        if isinstance(type_, ObjectId):
            return [*checks, self._hold(type_, element, times, place)]
        for test, rule, part in self._tests(field, type_, element):
            at = f'(at, "{field.name}.{part}"' if part else place
            checks.append(self._refuse(times, test, at, rule))
        return checks

    def _pointed(self, field: Field, pointer: UserPointer, owner: Struct) -> list[Check]:
        """Of each element behind a pointer, which was captured before."""
        times = pointed_count(pointer, owner, self.layouts)
        element, place = f"{pointer_parameter(field)}[i]", f'(at, "{field.name}"'
        type_ = pointer.element
        if isinstance(type_, Struct):
            return self._nested(field, type_, owner, element, times, place)
        return [
            self._refuse(times, test, f'(at, "{field.name}.{part}"' if part else place, rule)
            for test, rule, part in self._tests(field, type_, element)
        ]

    def _nested(
        self,
        field: Field,
        type_: Struct | TaggedUnion,
        owner: Record,
        element: str,
        times: str,
        place: str,
    ) -> list[Check]:
        function = self.function(type_)
        if function is None:
            return []
        at = f"KGEN_ELEMENT{place}, i)" if times else f"KGEN_FIELD{place})"
        arguments = [at, f"&{element}"]
        if isinstance(type_, TaggedUnion):
            arguments.append(tag_value(field, owner, "in"))
        elif function.length:
            arguments.append(f"sizeof({element})")
        if function.holds:
            arguments.append("holds")
        head = f"{' ' * (8 if times else 4)}status = check_{type_.name}"
        return [Check(times, "", "", wrap_arguments(head, arguments, ";").lstrip())]

    def _hold(self, id_: ObjectId, element: str, times: str, place: str) -> Check:
        kind, role = object_name(self.interface, id_.kind), f"KGEN_ROLE_{id_.role.upper()}"
        test = f"!kgen_hold(holds, {kind}, {role}, {element})"
        at = f"KGEN_ELEMENT{place}, i)" if times else f"KGEN_FIELD{place})"
        head = f"{' ' * (12 if times else 8)}return kgen_refuse_object"
        stale = error_name(self.interface, id_.kind.stale)
        refuse = wrap_arguments(head, [at, stale], ";").lstrip()
        return Check(times, wrap_test(test, 8 if times else 4), refuse, "")

    def _tests(self, field: Field, type_: Type, element: str) -> list[tuple[str, str, str]]:
        """(condition, rule, part of a bitfield) for each test of one value."""
        match type_:
            case Boolean():
                return [(f"{element} > 1", "BOOL", "")]
            case Text():
                test = f"!kgen_{type_.encoding}_padded({element}, {type_.length})"
                return [(test, "STRING", "")]
            case Flags() if not type_.open and not is_full(type_.mask, type_.type):
                mask = mask_name(self.interface, type_)
                return [(f"({value(type_.type, element)} & ~{mask}) != 0", "FLAGS", "")]
            case Enum() if not type_.open:
                return [(f"!{self._member_of(type_)}({value(type_.type, element)})", "ENUM", "")]
            case BitField():
                return self._bit_tests(type_, value(type_.type, element))
            case Integer() if field.limit is not None:
                test = outside(type_, value(type_, element), field.limit.low, field.limit.high)
                return [(test, "RANGE", "")] if test else []
        return []

    def _bit_tests(self, type_: BitField, element: str) -> list[tuple[str, str, str]]:
        tests = []
        if not is_full(type_.mask, type_.type):
            mask = mask_name(self.interface, type_)
            tests.append((f"({element} & ~{mask}) != 0", "RESERVED", ""))
        for part in type_.parts:
            if part.enum is None or part.enum.open:
                continue
            name = f"{self.interface}_{type_.name}_{part.name}".upper()
            bits = f"({element} & {name}_MASK) >> {name}_SHIFT"
            argument = f"({plain_type(part.enum.type)})({bits})"
            tests.append((f"!{self._member_of(part.enum)}({argument})", "ENUM", part.name))
        return tests

    def _count(self, counter: Field, struct: Struct, place: str) -> list[Check]:
        assert struct.tail is not None
        tail = struct.tail.type
        assert isinstance(tail, Tail)
        test = miscounted(counter, tail, "in", element_size(tail, self.layouts))
        return [self._refuse("", test, place, "COUNT")] if test else []

    def _tail_length(self, field: Field, tail: Tail, struct: Struct) -> Check:
        count = tail_count(struct, tail, "in", self.layouts)
        offset = tail_name(self.interface, struct)
        size = element_size(tail, self.layouts)
        return Check(
            "",
            f"!kgen_tail_is(length, {offset}, {size}, {count})",
            f'return kgen_refuse_length(at, "{field.name}");',
            "",
        )

    def _conditions(self, struct: Struct) -> list[Rule]:
        rules = []
        for condition in struct.conditions:
            test = wrap_test(refusal(condition, self.interface), 4)
            statement = f'return kgen_refuse_field(at, "{condition.text}", KGEN_RULE_CONDITION);'
            rules.append(Rule(test, condition.text, len(statement) + 8 > WIDTH))
        return rules

    def _refuse(self, times: str, test: str, place: str, rule: str) -> Check:
        rule = f"KGEN_RULE_{rule}"
        if times:
            head, arguments = f"{' ' * 12}return kgen_refuse", [f"KGEN_ELEMENT{place}, i)", rule]
        else:
            head, arguments = (
                f"{' ' * 8}return kgen_refuse_field",
                [*place[1:].split(", ", 1), rule],
            )
        statement = wrap_arguments(head, arguments, ";").lstrip()
        return Check(times, wrap_test(test, 8 if times else 4), statement, "")

    def _member_of(self, enum: Enum) -> str:
        name = f"is_{enum.name}"
        if enum.name not in self.memberships:
            labels = {item.value: item for item in reversed(enum.values)}
            names = [value_name(self.interface, enum, item) for item in labels.values()]
            self.memberships[enum.name] = Membership(name, plain_type(enum.type), names[::-1])
        return name


def _is_needed(function: Function) -> bool:
    return bool(function.checks or function.cases or function.rules)


def _is_free(field: Field) -> bool:
    """Every value will do: an integer with nothing said of it."""
    return (
        type(field.type) is Integer
        and field.limit is None
        and field.counts is None
        and not field.reserved
    )
