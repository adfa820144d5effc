"""ABI: the interface hash, which driver and client compare.

Two interfaces have the same hash where a client of one works with a driver of the other in every detail.

Part of it: everything that crosses the boundary or decides what does.
    interface   its name
    ioctl       name, both codes (method and device type are in them), access, messages, `data:`, `short:`,
                idempotent (a client repeats what is), the errors that it may answer; of a code that
                exists already whether it passes a value or returns one, and on which ABIs it is
    error       name, NTSTATUS, errno
    struct      name, size, alignment, growth with the size of the first version, native layout, conditions
    field       name, offset, type, range, reserved, tag, what it counts; of a bit-field its bits
    enum, flags, bit range, union
                names with their values: a name is what a value means to the other side

No part of it: docs, `since` and `deprecated` apart from growth, comments, the order of declarations,
the version (it is compared beside the hash), constants (only what they make of a limit counts), `secret`
and `serialised` (each side's own affair), where the device is and who may open it, C names, and every
type and error that no ioctl leads to.

Changing what is said here makes all older clients and drivers strangers to the newer: it needs a new
`abi` in the reply of the interface-info ioctl.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.layout import editions
from kgen.model.entities import BitField, Enum, Flags, Struct, TaggedUnion
from kgen.model.predicates import Comparison, FieldRef, Logic, Number, Operation
from kgen.model.types import Array, Handle, Integer, ObjectId, Tail, Text, UserPointer

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.abi.layout import FieldLayout
    from kgen.model.entities import Ioctl
    from kgen.model.predicates import Operand, Predicate
    from kgen.model.types import Type


def fingerprint(layouts: Layouts) -> str:
    """SHA-256 of `facts`, each on lines of its own: 64 hex digits."""
    from hashlib import sha256

    return sha256("\n".join(facts(layouts)).encode()).hexdigest()


def facts(layouts: Layouts) -> list[str]:
    """What the hash covers, as sorted text; two lists compared say why two hashes differ."""
    found = _Facts(layouts)
    for ioctl in layouts.interface.ioctls:
        found.ioctl(ioctl)
    head = f"interface {layouts.interface.name}"
    return sorted([head, *found.ioctls, *found.errors, *found.by_name.values()])


class _Facts:
    """Collects a fact about everything that an ioctl leads to, each once."""

    def __init__(self, layouts: Layouts) -> None:
        self.layouts = layouts
        self.ioctls: list[str] = []
        self.errors: set[str] = set()
        self.by_name: dict[str, str] = {}

    def ioctl(self, ioctl: Ioctl) -> None:
        codes = self.layouts.codes[ioctl.name]
        words = [f"ioctl {ioctl.name} {codes.windows} {codes.linux}", *ioctl.access]
        for role, struct in (
            ("in", ioctl.request),
            ("out", ioctl.reply),
            ("inout", ioctl.message),
        ):
            if struct is not None:
                words.append(f"{role} {self.type(struct)}")
        if ioctl.data is not None:
            data = ioctl.data
            words.append(
                f"data {data.direction} {self.type(data.type)} {data.minimum}..{data.maximum}"
            )
        if ioctl.short is not None:
            words.append(f"short {ioctl.short.policy} {ioctl.short.field} {ioctl.short.unit}")
        if ioctl.idempotent:
            words.append("idempotent")
        if ioctl.abis:
            words += [f"{abi} {number}" for abi, number in codes.other]
        if ioctl.calling.parameter is not None:
            words.append(f"by {' '.join(map(str, ioctl.calling.parameter))}")
        words += ["by value"] * ioctl.calling.by_value
        if ioctl.calling.returns is not None or ioctl.calling.returns_length:
            words.append(f"returns {ioctl.calling.returns and ioctl.calling.returns.name}")
        for error in sorted(ioctl.errors, key=lambda error: error.name):
            words.append(error.name)
            self.errors.add(f"error {error.name} {error.ntstatus:#x} {error.errno}")
        self.ioctls.append(" ".join(words))

    def type(self, type_: Type | None) -> str:
        """How a fact names a type; that of a named type itself is added at the first mention."""
        lengths = ""
        while isinstance(type_, Array):
            lengths += f"[{type_.length}]"
            type_ = type_.element
        return self._element(type_) + lengths

    def _element(self, type_: Type | None) -> str:
        match type_:
            case None:
                return "none"
            case Tail():
                bounds = f"{type_.minimum}..{type_.maximum}"
                what = type_.text or self.type(type_.element)
                return f"{what}[{bounds}] {type_.unit} {type_.counter}"
            case Text():
                return f"{type_.encoding}[{type_.length}]"
            case Handle():
                optional = " optional" if type_.optional else ""
                return f"handle({' '.join((type_.kind, *type_.rights))}{optional})"
            case ObjectId():
                return f"{type_.role}({type_.kind.name})"
            case UserPointer():
                pointed = f"user_ptr({self.type(type_.element)}, {type_.maximum})"
                return f"{pointed} {type_.unit} {type_.counter}" if type_.counter else pointed
            case Enum() | Flags() | BitField() | Struct() | TaggedUnion():
                if type_.name not in self.by_name:
                    self.by_name[type_.name] = self._named(type_)
        assert not isinstance(type_, Array)
        return type_.name

    def _named(self, type_: Enum | Flags | BitField | Struct | TaggedUnion) -> str:
        match type_:
            case Enum():
                values = [f"{value.value} {value.name}" for value in type_.values]
                return _fact(f"enum {type_.name} {type_.type.name} {_openness(type_)}", values)
            case Flags():
                values = [f"{flag.mask} {flag.name}" for flag in type_.values]
                return _fact(f"flags {type_.name} {type_.type.name} {_openness(type_)}", values)
            case BitField():
                parts = [
                    f"{part.low} {part.width} {part.name} {self.type(part.enum)}"
                    for part in type_.parts
                ]
                return _fact(f"bits {type_.name} {type_.type.name}", parts)
            case TaggedUnion():
                size, align = self.layouts.size_align(type_)
                arms = [f"{arm.name} {self.type(arm.type)}" for arm in type_.arms]
                return _fact(f"union {type_.name} {size} {align} {self.type(type_.tag)}", arms)
            case Struct():
                return self._struct(type_)

    def _struct(self, struct: Struct) -> str:
        layout = self.layouts.record(struct)
        head = f"struct {struct.name} {layout.size} {layout.align}"
        if struct.native:
            head += " native union" if struct.is_union else " native"
        if struct.grows:
            head += f" grows from {editions(layout)[0].size}"
        # No sorting: offsets ascend, and this is the part that a large schema has most of.
        lines = [f"{head}:", *map(self._field, layout.fields)]
        lines += sorted(f"require {_predicate(each.predicate)}" for each in struct.conditions)
        lines += sorted(
            f"view {view.name} {view.encoding} {view.offset} {view.size}" for view in struct.views
        )
        return "\n ".join(lines)

    def _field(self, item: FieldLayout) -> str:
        field, type_ = item.field, item.field.type
        name = type_.name if type(type_) is Integer else self.type(type_)
        text = f"{item.offset} {field.name} {name}"
        if field.limit is not None:
            text += f" in {field.limit.low}..{field.limit.high}"
        if field.reserved:
            text += " reserved"
        if field.tag is not None:
            text += f" by {field.tag}"
        if field.counts is not None:
            text += f" counts {field.counts}"
        if item.bit is not None and field.native is not None:
            text += f" bits {item.bit} {field.native.bits}"
        return text


def _fact(head: str, parts: list[str]) -> str:
    """A line and its parts; their order in the schema says nothing."""
    return "\n ".join([f"{head}:", *sorted(parts)])


def _openness(type_: Enum | Flags) -> str:
    return "open" if type_.open else "closed"


def _predicate(predicate: Predicate) -> str:
    match predicate:
        case Comparison():
            left, right = _operand(predicate.left), _operand(predicate.right)
            return f"({predicate.operator} {left} {right})"
        case Logic():
            return f"({predicate.operator} {' '.join(map(_predicate, predicate.terms))})"


def _operand(operand: Operand) -> str:
    match operand:
        case Number():
            return str(operand.value)
        case FieldRef():
            return operand.text
        case Operation():
            return f"({operand.operator} {_operand(operand.left)} {_operand(operand.right)})"
