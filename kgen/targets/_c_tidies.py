"""Target `core`: what is done to a reply before it leaves, so that nothing leaves but what the handler set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi import ABIS
from kgen.model.entities import BitField, Field, Struct, TaggedUnion
from kgen.model.types import Array, Boolean, Text
from kgen.record import NamedTuple
from kgen.targets._c_elements import is_full, loop, tag_value
from kgen.targets._c_names import mask_name, member, record_type, value_name, wrap_arguments
from kgen.targets._c_types import innermost, plain_type, stored, value

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Arm, Record


class Tidy(NamedTuple):
    loop: str
    """How often, with `i` as the index; empty where there is no loop."""
    statement: str


class TidyCase(NamedTuple):
    """One arm of a union."""

    label: str
    size: int
    tidies: list[Tidy]


class TidyFunction(NamedTuple):
    head: str
    cases: list[TidyCase]
    """Of a union; a struct has none."""
    tidies: list[Tidy]
    loops: bool


class Tidies:
    """The tidy functions of one interface, each made when first asked for, callees before callers."""

    def __init__(self, interface: str, layouts: Layouts) -> None:
        self.interface = interface
        self.layouts = layouts
        self._functions: dict[str, TidyFunction] = {}

    def function(self, record: Record) -> TidyFunction | None:
        """None where there is nothing to be done."""
        found = self._functions.get(record.name)
        if found is None:
            found = self._struct(record) if isinstance(record, Struct) else self._union(record)
            self._functions[record.name] = found
        return found if found.tidies or found.cases else None

    @property
    def functions(self) -> list[TidyFunction]:
        return [item for item in self._functions.values() if item.tidies or item.cases]

    def _struct(self, record: Struct) -> TidyFunction:
        tidies = [tidy for field in record.fields for tidy in self._field(field, record)]
        tidies += self._holes(record)
        head = f"static void tidy_{record.name}({record_type(self.interface, record)} *out)"
        return TidyFunction(head, [], tidies, any(tidy.loop for tidy in tidies))

    def _holes(self, record: Struct) -> list[Tidy]:
        """What a compiler leaves between members, and behind the last, on some ABI."""
        type_ = record_type(self.interface, record)
        found = []
        for place in sorted(native_holes(record, self.layouts)):
            before = f"KGEN_END_OF({type_}, {member(record.fields[place - 1])})"
            after = f"sizeof({type_})"
            if place < len(record.fields):
                after = f"offsetof({type_}, {member(record.fields[place])})"
            found.append(
                Tidy("", wrap_arguments("    kgen_clear", ["out", before, after], ";").lstrip())
            )
        return found

    def _union(self, record: TaggedUnion) -> TidyFunction:
        cases = [self._case(arm, record) for arm in record.arms]
        head = wrap_arguments(
            f"static void tidy_{record.name}",
            [f"{record_type(self.interface, record)} *out", f"{plain_type(record.tag.type)} tag"],
        )
        return TidyFunction(
            head, cases, [], any(tidy.loop for case in cases for tidy in case.tidies)
        )

    def _case(self, arm: Arm, record: TaggedUnion) -> TidyCase:
        label = value_name(self.interface, record.tag, arm.value)
        if arm.type is None:
            return TidyCase(label, 0, [])
        size = self.layouts.size_align(arm.type)[0]
        field = Field(arm.name, arm.type, arm.note, arm.span)
        return TidyCase(label, size, self._field(field, record))

    def _field(self, field: Field, owner: Record) -> list[Tidy]:
        expression = f"out->{member(field)}"
        if field.reserved:
            if isinstance(field.type, Array):
                return [Tidy("", f"memset({expression}, 0, sizeof({expression}));")]
            return [Tidy("", f"{expression} = 0;")]
        times, index = loop(field.type, owner, "out", self.layouts)
        element = f"{expression}{index}"
        type_ = innermost(field.type)
        match type_:
            case Boolean():
                return [Tidy(times, f"{element} = {element} != 0;")]
            case Text():
                return [Tidy(times, f"kgen_{type_.encoding}_scrub({element}, {type_.length});")]
            case BitField() if not is_full(type_.mask, type_.type):
                return [Tidy(times, self._named_bits(type_, element, times))]
            case Struct() | TaggedUnion() if self.function(type_) is not None:
                arguments = f"&{element}"
                if isinstance(type_, TaggedUnion):
                    arguments += f", {tag_value(field, owner, 'out')}"
                return [Tidy(times, f"tidy_{type_.name}({arguments});")]
        return []

    def _named_bits(self, type_: BitField, element: str, times: str) -> str:
        bits = f"{value(type_.type, element)} & {mask_name(self.interface, type_)}"
        if type_.type.order != "native":
            head, _, call = stored(type_.type, bits).partition("(")
            margin = " " * (8 if times else 4)
            return wrap_arguments(f"{margin}{element} = {head}", [call[:-1]], ";").lstrip()
        if type_.type.size < 4:
            return f"{element} = ({plain_type(type_.type)})({bits});"
        return f"{element} = {bits};"


def native_holes(record: Struct, layouts: Layouts) -> set[int]:
    """Numbers of the members of a native struct before which some ABI has a hole; as many as there are for its end."""
    found: set[int] = set()
    if not record.native:
        return found
    for abi in ABIS:
        layout = layouts.record(record, abi.name)
        ends = [item.offset + (item.size or 0) for item in layout.fields]
        starts = [*(item.offset for item in layout.fields[1:]), layout.size]
        found |= {
            place
            for place, (end, start) in enumerate(zip(ends, starts, strict=True), 1)
            if start > end
        }
    return found
