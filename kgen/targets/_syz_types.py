"""Target `syzlang`: the language's types as syzkaller describes them; what a description needs besides, as it turns up.

Every struct is packed, for kgen leaves no holes: sizes and offsets are then those of the schema on every processor.
Source: docs/syscall_descriptions_syntax.md of syzkaller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.entities import BitField, Enum, Flags, Struct, TaggedUnion
from kgen.model.naming import macro, symbol
from kgen.model.types import (
    Array,
    Boolean,
    Guid,
    Handle,
    Integer,
    ObjectId,
    Tail,
    Text,
    UserPointer,
    innermost,
)
from kgen.record import NamedTuple
from kgen.targets._c_pointers import pointer_fields
from kgen.targets._c_types import base_integer

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Arm, Field
    from kgen.model.types import Type


class Line(NamedTuple):
    name: str
    type: str


class Block(NamedTuple):
    """A struct, or a union: of one of several."""

    name: str
    doc: str
    """Text of the schema."""
    lines: list[Line]
    union: bool
    attributes: str
    """`packed`, or `varlen`."""


class Values(NamedTuple):
    name: str
    values: str


class Words:
    """Makes descriptions of types, and remembers what they refer to: in the order of first use."""

    def __init__(self, prefix: str, layouts: Layouts) -> None:
        self.prefix = prefix
        self.layouts = layouts
        self.blocks: dict[str, Block] = {}
        self.flags: dict[str, Values] = {}
        self.constants: dict[str, int] = {}
        self.resources: dict[str, str] = {}
        """Name, and the doc of the object."""
        self.has_texts = False
        self._taken = {symbol(prefix, record.name) for record in layouts.interface.records}

    def message(self, struct: Struct) -> str:
        """The name of a struct, described on first use; where a union in it has a tag, one of its variants."""
        name = symbol(self.prefix, struct.name)
        if name in self.blocks:
            return name
        unions = [field for field in struct.fields if isinstance(field.type, TaggedUnion)]
        tail = struct.tail is not None
        if len(unions) != 1 or unions[0].tag is None:
            self.blocks[name] = Block(name, struct.note.doc, self._lines(struct), False, "packed")
            return name
        variants = []
        union = unions[0].type
        assert isinstance(union, TaggedUnion)
        for arm in union.arms:
            variant = self._fresh(f"{name}_{arm.name}")
            lines = self._lines(struct, unions[0], arm)
            self.blocks[variant] = Block(variant, "", lines, False, "packed")
            variants.append(Line(arm.name, variant))
        self.blocks[name] = Block(name, struct.note.doc, variants, True, "varlen" if tail else "")
        return name

    def _lines(
        self, struct: Struct, union: Field | None = None, arm: Arm | None = None
    ) -> list[Line]:
        found: list[Line] = []
        counted = {each.counter: (field, each) for field, each in pointer_fields(struct)}
        for field in struct.fields:
            if union is not None and arm is not None and field.name == union.tag:
                found.append(Line(field.name, self._tag(field, arm)))
            elif field is union and arm is not None:
                found += self._arm(field, arm)
            else:
                found += self._field(field, struct.tail, counted.get(field.name))
        return found

    def _tag(self, field: Field, arm: Arm) -> str:
        assert isinstance(field.type, Enum)
        return f"const[{self._constant(field.type, arm.name)}, {integer(field.type.type)}]"

    def _arm(self, field: Field, arm: Arm) -> list[Line]:
        """An arm, and the zeros up to the size of its union."""
        assert isinstance(field.type, TaggedUnion)
        size, used = self.layouts.size_align(field.type)[0], 0
        found = []
        if arm.type is not None:
            found.append(Line(field.name, self.type(arm.type)))
            used = self.layouts.size_align(arm.type)[0]
        if size > used:
            found.append(Line(f"{field.name}_zeros", f"array[const[0, int8], {size - used}]"))
        return found

    def _field(
        self, field: Field, tail: Field | None, pointer: tuple[Field, UserPointer] | None = None
    ) -> list[Line]:
        name, type_ = _free(field.name), field.type
        base = base_integer(innermost(type_))
        if pointer is not None and base is not None:
            word = "bytesize" if pointer[1].unit == "bytes" else "len"
            return [Line(name, f"{word}[{_free(pointer[0].name)}, {integer(base)}]")]
        if field.counts is not None and base is not None:
            assert tail is not None
            assert isinstance(tail.type, Tail)
            word = "bytesize" if tail.type.unit == "bytes" else "len"
            return [Line(name, f"{word}[{_free(field.counts)}, {integer(base)}]")]
        if field.reserved:
            zero = f"const[0, {integer(base) if base is not None else 'int8'}]"
            return [Line(name, self._wrapped(type_, zero))]
        if field.limit is not None and base is not None:
            bounds = f"[{field.limit.low}:{field.limit.high}]"
            return [Line(name, self._wrapped(type_, integer(base) + bounds))]
        return [Line(name, self.type(type_))]

    def _wrapped(self, type_: Type, inner: str) -> str:
        """The arrays around a type, around the description of its elements."""
        if isinstance(type_, Array):
            return f"array[{self._wrapped(type_.element, inner)}, {type_.length}]"
        if isinstance(type_, Tail):
            bounds = f"{type_.minimum}:{type_.maximum}"
            return f"array[{self._wrapped(type_.element, inner)}, {bounds}]"
        return inner

    def type(self, type_: Type) -> str:
        if isinstance(type_, Tail) and type_.text is not None:
            base = "int8" if type_.text == "utf8" else "int16"
            return f"array[{base}[0x20:0x7e], {type_.minimum}:{type_.maximum}]"
        if isinstance(type_, (Array, Tail)):
            return self._wrapped(type_, self.type(innermost(type_)))
        match type_:
            case Integer():
                return integer(type_)
            case Boolean() | Guid():
                return "bool8" if isinstance(type_, Boolean) else "array[int8, 16]"
            case Handle():
                return self._handle(type_)
            case UserPointer():
                least = "0:" if type_.counter else ""
                return f"ptr64[in, array[{self.type(type_.element)}, {least}{type_.maximum}]]"
            case Text():
                return self._text(type_)
            case Enum() | Flags():
                return self._named(type_)
            case BitField():
                return self._bits(type_)
            case ObjectId():
                name = symbol(self.prefix, type_.kind.name)
                self.resources.setdefault(name, type_.kind.note.doc)
                return name
            case Struct() | TaggedUnion():
                return self.message(type_) if isinstance(type_, Struct) else self._union(type_)
        raise AssertionError(f"no description of {type_!r}")

    def _fresh(self, name: str) -> str:
        """A name that no struct of the schema has."""
        return self._fresh(f"{name}_") if name in self._taken else name

    def _handle(self, handle: Handle) -> str:
        """A file descriptor in 64 bits, of which 0 is none; in a processor's order but for s390x."""
        resource = {"event": "fd_event", "file": "fd"}.get(handle.kind)
        if resource is None:
            return "const[0, int64]"
        some = self._fresh(f"{self.prefix}_{handle.kind}_handle")
        lines = [Line("number", resource), Line("high", "const[0, int32]")]
        self.blocks.setdefault(some, Block(some, "", lines, False, "packed"))
        if not handle.optional:
            return some
        name = self._fresh(f"{some}_or_none")
        lines = [Line("some", some), Line("none", "const[0, int64]")]
        self.blocks.setdefault(name, Block(name, "", lines, True, ""))
        return name

    def _text(self, text: Text) -> str:
        """A fixed string with a NUL behind it."""
        if text.encoding == "utf8" and text.length > len(TEXT):
            self.has_texts = True
            return f"string[{self.prefix}_strings, {text.length}]"
        unit = "int8" if text.encoding == "utf8" else "int16"
        if text.length == 1:
            return f"const[0, {unit}]"
        name = self._fresh(f"{self.prefix}_{text.encoding}_{text.length}")
        lines = [
            Line("text", f"array[{unit}[0x20:0x7e], {text.length - 1}]"),
            Line("end", f"const[0, {unit}]"),
        ]
        self.blocks.setdefault(name, Block(name, "", lines, False, "packed"))
        return name

    def _named(self, type_: Enum | Flags) -> str:
        base = integer(type_.type)
        numbers = _numbers(type_)
        if not numbers:
            return base
        if min(numbers.values()) < 0:
            return f"{base}[{min(numbers.values())}:{max(numbers.values())}]"
        name = symbol(self.prefix, type_.name)
        names = [self._constant(type_, each) for each in numbers]
        self.flags.setdefault(name, Values(name, ", ".join(names)))
        return f"flags[{name}, {base}]"

    def _constant(self, type_: Enum | Flags, value: str) -> str:
        name = macro(self.prefix, type_.name, value)
        self.constants[name] = _numbers(type_)[value] % (1 << 64)
        return name

    def _bits(self, bitfield: BitField) -> str:
        name, base = symbol(self.prefix, bitfield.name), integer(bitfield.type)
        lines, end = [], 0
        for part in sorted(bitfield.parts, key=lambda part: part.low):
            if part.low > end:
                lines.append(Line(f"zeros{end}", f"const[0, {base}:{part.low - end}]"))
            lines.append(Line(part.name, f"{base}:{part.width}"))
            end = part.low + part.width
        if end < bitfield.type.size * 8:
            lines.append(Line(f"zeros{end}", f"const[0, {base}:{bitfield.type.size * 8 - end}]"))
        self.blocks.setdefault(name, Block(name, bitfield.note.doc, lines, False, "packed"))
        return name

    def _union(self, union: TaggedUnion) -> str:
        name = symbol(self.prefix, union.name)
        if name not in self.blocks:
            size = self.layouts.size_align(union)[0]
            lines = [
                Line(arm.name, self.type(arm.type)) for arm in union.arms if arm.type is not None
            ]
            lines.append(Line("none", f"array[const[0, int8], {size}]"))
            self.blocks[name] = Block(name, union.note.doc, lines, True, "")
        return name


def _numbers(type_: Enum | Flags) -> dict[str, int]:
    """By the names of the schema."""
    if isinstance(type_, Enum):
        return {value.name: value.value for value in type_.values}
    return {flag.name: flag.mask for flag in type_.values}


def _free(name: str) -> str:
    return f"{name}_" if name in _RESERVED else name


_RESERVED = frozenset(["parent", "syscall"])
"""What a field cannot be called."""
TEXT = "kgen"
"""What a fixed string holds."""


def integer(type_: Integer) -> str:
    """`int32`, `int16be`: syzkaller's processors are little-endian, but for s390x."""
    return f"int{type_.size * 8}{'be' if type_.order == 'be' else ''}"
