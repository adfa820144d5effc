"""Target `core`: what is checked in a captured request, field by field, and what is done to a reply.

A check is one C condition that must not hold, or a call of another check function; a loop around it
where it goes over elements. Which checks there are follows DESIGN section 3; their order is that of
the fields, conditions between fields last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kgen.emit.escape import c_string
from kgen.model.entities import BitField, Enum, Field, Flags, Struct, TaggedUnion
from kgen.model.types import Array, Boolean, Integer, Tail, Text
from kgen.targets._c_conditions import refusal
from kgen.targets._c_names import (
    literal,
    mask_name,
    member,
    record_type,
    tail_name,
    value_name,
    wrap_arguments,
    wrap_test,
)
from kgen.targets._c_types import base_integer, innermost, plain_type, stored, value

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


class Tidy(NamedTuple):
    loop: str
    statement: str


class Case(NamedTuple):
    """One arm of a union."""

    label: str
    size: int
    checks: list[Check]
    tidies: list[Tidy]


class Function(NamedTuple):
    """The check or the tidy function of one struct or union."""

    head: str
    """Return type, name and parameters, in lines."""
    cases: list[Case]
    """Of a union; a struct has none."""
    checks: list[Check]
    tidies: list[Tidy]
    length: bool
    """A check takes the length of the message as well."""
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
    """The functions of one interface, made for the records that requests and replies are of."""

    def __init__(self, interface: str, layouts: Layouts) -> None:
        self.interface = interface
        self.layouts = layouts
        self.memberships: dict[str, Membership] = {}
        self._checks: dict[str, Function] = {}
        self._tidies: dict[str, Function] = {}

    def check(self, record: Record) -> Function:
        """The check function of a record, those of the records in it made first."""
        found = self._checks.get(record.name)
        if found is None:
            if isinstance(record, Struct):
                checks = self._growth(record)
                for field in record.fields:
                    checks += self._field(field, record)
                checks += self._conditions(record)
                found = self._function(record, [], checks)
            else:
                cases = [self._case(arm, record, reply=False) for arm in record.arms]
                found = self._function(record, cases, [])
            self._checks[record.name] = found
        return found

    def tidy(self, record: Record) -> Function:
        """The tidy function of a record, those of the records in it made first."""
        found = self._tidies.get(record.name)
        if found is None:
            if isinstance(record, Struct):
                tidies: list[Tidy] = []
                for field in record.fields:
                    tidies += self._tidy_field(field, record)
                found = self._tidy_function(record, [], tidies)
            else:
                cases = [self._case(arm, record, reply=True) for arm in record.arms]
                found = self._tidy_function(record, cases, [])
            self._tidies[record.name] = found
        return found

    @property
    def check_functions(self) -> list[Function]:
        """Those that have something to check, callees before their callers."""
        return [function for function in self._checks.values() if has_checks(function)]

    @property
    def tidy_functions(self) -> list[Function]:
        return [function for function in self._tidies.values() if has_tidies(function)]

    # Functions

    def _function(self, record: Record, cases: list[Case], checks: list[Check]) -> Function:
        is_struct = isinstance(record, Struct)
        length = is_struct and (record.tail is not None or record.grows)
        parameters = ["const struct kgen_place *at", f"const {self._type(record)} *in"]
        if length:
            parameters.append("size_t length")
        if isinstance(record, TaggedUnion):
            parameters.append(f"{plain_type(record.tag.type)} tag")
        head = wrap_arguments(
            f"static {self.interface}_status check_{record.name}", parameters
        )
        every = [*checks, *(check for case in cases for check in case.checks)]
        calls = any(check.call for check in every)
        loops = any(check.loop for check in every)
        return Function(head, cases, checks, [], length, calls, loops, calls or loops)

    def _tidy_function(self, record: Record, cases: list[Case], tidies: list[Tidy]) -> Function:
        parameters = [f"{self._type(record)} *out"]
        if isinstance(record, TaggedUnion):
            parameters.append(f"{plain_type(record.tag.type)} tag")
        head = wrap_arguments(f"static void tidy_{record.name}", parameters)
        every = [*tidies, *(tidy for case in cases for tidy in case.tidies)]
        loops = any(tidy.loop for tidy in every)
        return Function(head, cases, [], tidies, False, False, loops, loops)

    def _type(self, record: Record) -> str:
        return record_type(self.interface, record)

    def _case(self, arm: Arm, record: TaggedUnion, reply: bool) -> Case:
        label = value_name(self.interface, record.tag, arm.value)
        if arm.type is None:
            return Case(label, 0, [], [])
        size = self.layouts.size_align(arm.type)[0]
        field = Field(arm.name, arm.type, arm.note, arm.span)
        if reply:
            return Case(label, size, [], self._tidy_field(field, record))
        return Case(label, size, self._field(field, record), [])

    # Checks

    def _growth(self, struct: Struct) -> list[Check]:
        if not struct.grows:
            return []
        return [Check("", "", "", "status = kgen_check_growth(at, in, sizeof(*in), length);")]

    def _field(self, field: Field, owner: Record) -> list[Check]:
        expression = f"in->{member(field)}"
        place = f'(at, "{c_string(field.name)}"'
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
            checks.append(self._count(field, owner, place))
        if isinstance(field.type, Tail) and field.type.text is not None:
            count = self.count(owner, field.type, "in")
            test = f"!kgen_{field.type.text}_valid({expression}, {count})"
            return [*checks, self._refuse("", test, place, "STRING")]
        loop, index = self._loop(field.type, owner, "in")
        element = f"{expression}{index}"
        type_ = innermost(field.type)
        if isinstance(type_, (Struct, TaggedUnion)):
            return checks + self._nested(field, type_, owner, element, loop, place)
        for test, rule, part in self._tests(field, type_, element):
            at = f'(at, "{c_string(field.name)}.{part}"' if part else place
            checks.append(self._refuse(loop, test, at, rule))
        return checks

    def _nested(
        self,
        field: Field,
        type_: Struct | TaggedUnion,
        owner: Record,
        element: str,
        loop: str,
        place: str,
    ) -> list[Check]:
        function = self.check(type_)
        if not has_checks(function):
            return []
        at = f"KGEN_ELEMENT{place}, i)" if loop else f"KGEN_FIELD{place})"
        arguments = [at, f"&{element}"]
        if isinstance(type_, TaggedUnion):
            arguments.append(self._tag(field, owner, "in"))
        elif function.length:
            arguments.append(f"sizeof({element})")
        head = f"{' ' * (8 if loop else 4)}status = check_{type_.name}"
        return [Check(loop, "", "", wrap_arguments(head, arguments, ";").lstrip())]

    def _tests(self, field: Field, type_: Type, element: str) -> list[tuple[str, str, str]]:
        """(condition, rule, part of a bitfield) for each test of one value."""
        match type_:
            case Boolean():
                return [(f"{element} > 1", "BOOL", "")]
            case Text():
                test = f"!kgen_{type_.encoding}_padded({element}, {type_.length})"
                return [(test, "STRING", "")]
            case Flags() if not type_.open and not _is_full(type_.mask, type_.type):
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
        if not _is_full(type_.mask, type_.type):
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

    def _count(self, field: Field, struct: Struct, place: str) -> Check:
        tail = struct.tail
        integer = base_integer(field.type)
        assert tail is not None
        assert isinstance(tail.type, Tail)
        assert integer is not None
        expression = value(integer, f"in->{member(field)}")
        unit = self.element_size(tail.type) if tail.type.unit == "bytes" else 1
        low, high = tail.type.minimum * unit, tail.type.maximum * unit
        if field.limit is not None:
            low, high = max(low, field.limit.low), min(high, field.limit.high)
        tests = [outside(integer, expression, low, high)]
        if unit > 1:
            tests.append(f"{narrow(integer, expression)} % {unit} != 0")
        test = " || ".join(test for test in tests if test)
        return self._refuse("", test or "false", place, "COUNT")

    def _tail_length(self, field: Field, tail: Tail, struct: Struct) -> Check:
        count = self.count(struct, tail, "in")
        offset = tail_name(self.interface, struct)
        size = self.element_size(tail)
        return Check(
            "",
            f"!kgen_tail_is(length, {offset}, {size}, {count})",
            f'return kgen_refuse_length(at, "{c_string(field.name)}");',
            "",
        )

    def _conditions(self, struct: Struct) -> list[Check]:
        checks = []
        for condition in struct.conditions:
            test = refusal(condition, self.interface)
            text = c_string(condition.text)
            checks.append(self._refuse("", test, f'(at, "{text}"', "CONDITION"))
        return checks

    def _refuse(self, loop: str, test: str, place: str, rule: str) -> Check:
        rule = f"KGEN_RULE_{rule}"
        if loop:
            head, arguments = f"{' ' * 12}return kgen_refuse", [f"KGEN_ELEMENT{place}, i)", rule]
        else:
            head, arguments = f"{' ' * 8}return kgen_refuse_field", [*place[1:].split(", ", 1), rule]
        statement = wrap_arguments(head, arguments, ";").lstrip()
        return Check(loop, wrap_test(test, 8 if loop else 4), statement, "")

    def _member_of(self, enum: Enum) -> str:
        name = f"is_{enum.name}"
        if enum.name not in self.memberships:
            labels = {item.value: item for item in reversed(enum.values)}
            names = [value_name(self.interface, enum, item) for item in labels.values()]
            self.memberships[enum.name] = Membership(name, plain_type(enum.type), names[::-1])
        return name

    # Replies

    def _tidy_field(self, field: Field, owner: Record) -> list[Tidy]:
        expression = f"out->{member(field)}"
        if field.reserved:
            if isinstance(field.type, Array):
                return [Tidy("", f"memset({expression}, 0, sizeof({expression}))")]
            return [Tidy("", f"{expression} = 0")]
        loop, index = self._loop(field.type, owner, "out")
        element = f"{expression}{index}"
        type_ = innermost(field.type)
        match type_:
            case Boolean():
                return [Tidy(loop, f"{element} = {element} != 0")]
            case Text():
                return [Tidy(loop, f"kgen_{type_.encoding}_scrub({element}, {type_.length})")]
            case BitField() if not _is_full(type_.mask, type_.type):
                mask = mask_name(self.interface, type_)
                bits = f"{value(type_.type, element)} & {mask}"
                kept = stored(type_.type, bits)
                if type_.type.order == "native":
                    kept = f"({plain_type(type_.type)})({bits})" if type_.type.size < 4 else bits
                return [Tidy(loop, f"{element} = {kept}")]
            case Struct() | TaggedUnion() if has_tidies(self.tidy(type_)):
                arguments = f"&{element}"
                if isinstance(type_, TaggedUnion):
                    arguments += f", {self._tag(field, owner, 'out')}"
                return [Tidy(loop, f"tidy_{type_.name}({arguments})")]
        return []

    # What both need

    def _loop(self, type_: Type, owner: Record, variable: str) -> tuple[str, str]:
        """How many elements there are, and the index of element `i`; empty for a single value."""
        lengths: list[int] = []
        inner = type_.element if isinstance(type_, Tail) else type_
        while isinstance(inner, Array):
            lengths.append(inner.length)
            inner = inner.element
        count = 1
        for length in lengths:
            count *= length
        if isinstance(type_, Tail):
            times = self.count(owner, type_, variable)
            total = f"{times} * {count}" if count > 1 else times
            lengths.insert(0, 0)
        elif lengths:
            total = str(count)
        else:
            return "", ""
        return total, _index(lengths)

    def count(self, owner: Record, tail: Tail, variable: str) -> str:
        """How many elements the tail has, as 32 bits; its bounds were checked before."""
        assert isinstance(owner, Struct)
        field = next(field for field in owner.fields if field.name == tail.counter)
        integer = base_integer(field.type)
        assert integer is not None
        text = value(integer, f"{variable}->{member(field)}")
        text = narrow(integer, text)
        unit = self.element_size(tail) if tail.unit == "bytes" else 1
        return f"{text} / {unit}" if unit > 1 else text

    def element_size(self, tail: Tail) -> int:
        return self.layouts.size_align(tail.element)[0]

    def _tag(self, field: Field, owner: Record, variable: str) -> str:
        assert isinstance(owner, Struct)
        tag = next(other for other in owner.fields if other.name == field.tag)
        integer = base_integer(tag.type)
        assert integer is not None
        return value(integer, f"{variable}->{member(tag)}")


def _index(lengths: list[int]) -> str:
    """`[i / 3][i % 3]`: element `i` of all, for arrays of any dimension."""
    if len(lengths) == 1:
        return "[i]"
    parts, stride = [], 1
    for position in range(len(lengths) - 1, -1, -1):
        text = "i" if stride == 1 else f"i / {stride}"
        if position > 0:
            text += f" % {lengths[position]}"
        parts.append(f"[{text}]")
        stride *= lengths[position]
    return "".join(reversed(parts))


def outside(type_: Integer, expression: str, low: int, high: int) -> str:
    """The condition that a value is not in low..high; empty where every value is."""
    tests = []
    if low > type_.minimum:
        tests.append(f"{expression} < {literal(low, type_)}")
    if high < type_.maximum:
        tests.append(f"{expression} > {literal(high, type_)}")
    return " || ".join(tests)


def narrow(type_: Integer, expression: str) -> str:
    """A number that is known to fit into 32 bits, so that no kernel divides 64."""
    return f"(uint32_t){expression}" if type_.size == 8 else expression


def has_checks(function: Function) -> bool:
    """A union is always checked: for what is beyond its arm."""
    return bool(function.checks or function.cases)


def has_tidies(function: Function) -> bool:
    return bool(function.tidies or function.cases)


def _is_full(mask: int, type_: Integer) -> bool:
    return mask == (1 << type_.size * 8) - 1
