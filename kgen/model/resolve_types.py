"""Model: type expressions and named types -> resolved types. Each named type is resolved once, when first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from kgen.diagnostics import closest
from kgen.model.entities import Arm, BitField, Enum, Flags, Struct, TaggedUnion, Use
from kgen.model.existing import report_machine_word
from kgen.model.foreign import advice
from kgen.model.handles import resolve_handle
from kgen.model.resolve_named import NamedIntegers, note_of
from kgen.model.scope import WORDS, Scope
from kgen.model.types import (
    INTEGERS,
    SIMPLE,
    Array,
    ObjectId,
    Tail,
    Text,
    Type,
    UserPointer,
    innermost,
)
from kgen.schema.nodes import BitFieldNode, ObjectNode, StructNode, TypeNode, UnionNode
from kgen.schema.tokens import shown

if TYPE_CHECKING:
    from kgen.diagnostics import Sink, Span
    from kgen.model.entities import ObjectKind
    from kgen.schema.nodes import Dimension, Name

NamedType = Union[Enum, Flags, BitField, TaggedUnion, Struct]
MAX_BYTES = 0x7FFFFFFF
"""Nothing is larger: lengths are 32 bits and signed arithmetic on them is safe."""
_MAX_NESTING = 32


class Types:
    """Resolves types and remembers every named one in the order in which C must declare them."""

    def __init__(self, scope: Scope, external: bool, sink: Sink) -> None:
        self.scope = scope
        self.external = external
        self.sink = sink
        self.integers = NamedIntegers(scope, external, sink)
        self.records: list[Struct | TaggedUnion] = []
        self.objects: dict[str, ObjectKind | None] = {}
        """Those that are declared; None for one that was reported."""
        self.uses: list[Use] = []
        self._named: dict[str, NamedType | None] = {}
        self._open: list[str] = []
        self.in_native = False
        """The struct at hand is native: an array may have no elements."""

    def named(self, name: Name) -> NamedType | None:
        """The type of that name; None where it is unknown or broken (reported)."""
        if name.text in self._named:
            return self._named[name.text]
        node = self.scope.types.get(name.text)
        if node is None:
            self._unknown(name)
            return None
        if isinstance(node, ObjectNode):
            self.sink.error(
                "KG161",
                name.span,
                f"`{name.text}` is an object: a message carries the id of one",
                help=f"`ref {name.text}` or `drop {name.text}` in a request, "
                f"`new {name.text}` in a reply",
            )
            return None
        if name.text in self._open:
            chain = " -> ".join([*self._open[self._open.index(name.text) :], name.text])
            self.sink.error("KG122", name.span, f"`{name.text}` holds itself", label=chain)
            return None
        if len(self._open) == _MAX_NESTING:
            self.sink.error(
                "KG125", name.span, f"`{name.text}` is nested deeper than {_MAX_NESTING} types"
            )
            return None
        self._open.append(name.text)
        type_: NamedType | None
        if isinstance(node, StructNode):
            from kgen.model.resolve_fields import resolve_struct

            type_ = resolve_struct(node, self)
        elif isinstance(node, UnionNode):
            type_ = self._union(node)
        elif isinstance(node, BitFieldNode):
            type_ = self.integers.bitfield(node)
        elif name.text in self.scope.flags:
            type_ = self.integers.flags(node)
        else:
            type_ = self.integers.enum(node)
        self._open.pop()
        self._named[name.text] = type_
        if isinstance(type_, (Struct, TaggedUnion)):
            self.records.append(type_)
        return type_

    def resolve(self, node: TypeNode, counter: str = "", unit: str = "elements") -> Type | None:
        """A type expression; `counter` and `unit` complete a tail. None where something was reported."""
        head = node.head.text
        if not node.dimensions and head in SIMPLE:
            return SIMPLE[head]
        if head in ("utf8", "utf16"):
            return self._text(node, counter, unit)
        base = self._base(node)
        return None if base is None else self._wrap(base, node.dimensions, None, counter, unit)

    def _base(self, node: TypeNode) -> Type | None:
        head = node.head.text
        if head in SIMPLE:
            return SIMPLE[head]
        if head in ("ref", "drop", "new"):
            return self._object_id(node)
        if head == "handle":
            return resolve_handle(node, self)
        if head == "user_ptr":
            return self._user_pointer(node)
        if head == "opaque" and node.align is not None:
            from kgen.model.native import resolve_opaque

            return resolve_opaque(node, self)
        return self.named(node.head)

    def _object_id(self, node: TypeNode) -> ObjectId | None:
        assert node.argument is not None
        name = node.argument.text
        if name not in self.objects:
            self.sink.error(
                "KG161",
                node.argument.span,
                f"there is no object `{shown(name)}`",
                label="unknown",
                help=self.scope.suggestion(name, self.objects) or "declare it under `objects`",
            )
            return None
        kind = self.objects[name]
        self.uses.append(Use("objects", node.span, f"`{node.head.text} {name}`"))
        return None if kind is None else ObjectId(kind, node.head.text)

    def _user_pointer(self, node: TypeNode) -> UserPointer | None:
        assert node.argument is not None
        assert node.maximum is not None
        self.uses.append(Use("user_ptr", node.span, f"a pointer to `{node.argument.text}`"))
        element = self.resolve(TypeNode(node.argument, (), None, None, None))
        maximum = self.scope.evaluate(node.maximum)
        if element is None or maximum is None:
            return None
        if report_machine_word(element, node.argument.span, self):
            return None
        if not self.is_element(element, node.argument.span):
            return None
        if not 0 < maximum <= MAX_BYTES:
            self._bad_length(maximum, node.maximum.span)
            return None
        if isinstance(element, Struct) and element.native:
            what = f"a pointer to `{node.argument.text}`"
            self.uses.append(Use("native_tail", node.span, what))
        return UserPointer(element, maximum)

    def is_element(self, type_: Type, span: Span) -> bool:
        """Whether a buffer can hold several of it, one after the other; else reported."""
        if isinstance(type_, Tail) or (isinstance(type_, Struct) and type_.tail is not None):
            self.sink.error("KG151", span, "an element of a buffer has a fixed size")
            return False
        return self._has_tag(type_, span)

    def _has_tag(self, type_: Type, span: Span) -> bool:
        if not isinstance(innermost(type_), TaggedUnion):
            return True
        self.sink.error(
            "KG134",
            span,
            "a union stands in a struct, beside its tag",
            help="declare a struct with the tag and `UNION by TAG`, and use that",
        )
        return False

    def _text(self, node: TypeNode, counter: str, unit: str) -> Type | None:
        encoding = node.head.text
        if not node.dimensions:
            self.sink.error(
                "KG117",
                node.span,
                f"`{encoding}` needs a length",
                help=f"`{encoding}[32]` for a fixed text, `{encoding}[..32]` for a counted one",
            )
            return None
        first, rest = node.dimensions[0], node.dimensions[1:]
        if first.variable:
            element = INTEGERS["u8" if encoding == "utf8" else "u16"]
            return self._wrap(element, node.dimensions, encoding, counter, unit)
        length = self._length(first)
        return (
            None
            if length is None
            else self._wrap(Text(encoding, length), rest, None, counter, unit)
        )

    def _wrap(
        self,
        base: Type,
        dimensions: tuple[Dimension, ...],
        text: str | None,
        counter: str,
        unit: str,
    ) -> Type | None:
        """Arrays around `base`; as in C the first dimension is the outermost, and only it may vary."""
        result = base
        if dimensions and not self._has_tag(base, dimensions[0].span):
            return None
        if isinstance(base, Struct) and base.tail is not None and dimensions:
            self.sink.error(
                "KG131",
                dimensions[0].span,
                f"`{base.name}` ends in a tail, so that there is no array of it",
            )
            return None
        for dimension in reversed(dimensions):
            if dimension.variable:
                if dimension is not dimensions[0]:
                    self.sink.error("KG117", dimension.span, "only the first length may vary")
                    return None
                return self._tail(result, dimension, text, counter, unit)
            length = self._length(dimension)
            if length is None:
                return None
            result = Array(result, length, dimension.open)
        return result

    def _tail(
        self, element: Type, dimension: Dimension, text: str | None, counter: str, unit: str
    ) -> Tail | None:
        low = 0 if dimension.low is None else self.scope.evaluate(dimension.low)
        high = self.scope.evaluate(dimension.high)
        if low is None or high is None:
            return None
        if not 0 <= low <= high or not 0 < high <= MAX_BYTES:
            self.sink.error(
                "KG117",
                dimension.span,
                f"a tail of {low} to {high} elements cannot be",
                label="0 or more at least, 1 or more at most",
            )
            return None
        return Tail(element, low, high, counter, unit, text)

    def _length(self, dimension: Dimension) -> int | None:
        if dimension.open and not self.in_native:
            self.sink.error(
                "KG117",
                dimension.span,
                "an array has a length",
                label="only a struct with `layout: native` leaves it out",
                help="a tail is written `[..64]`",
            )
            return None
        length = self.scope.evaluate(dimension.high)
        if length is None or 0 < length <= MAX_BYTES or (length == 0 and self.in_native):
            return length
        self._bad_length(length, dimension.span)
        return None

    def _bad_length(self, length: int, span: Span) -> None:
        self.sink.error(
            "KG117",
            span,
            f"a length of {length} cannot be",
            label=f"1 to {MAX_BYTES}",
            help="a tail is written `[..64]`" if length == 0 else None,
        )

    def _union(self, node: UnionNode) -> TaggedUnion | None:
        tag = self.named(node.tag)
        if not isinstance(tag, Enum):
            if tag is not None:
                self.sink.error("KG124", node.tag.span, f"`{tag.name}` is not an enum")
            return None
        if tag.open and not self.external:
            self.sink.error(
                "KG124",
                node.tag.span,
                f"`{tag.name}` is open: no arm would stand for a value without a name",
                help="a tag is an enum without `open: true`",
            )
        values = {value.name: value for value in tag.values}
        strangers, is_broken = 0, False
        arms: list[Arm] = []
        for arm in node.arms:
            value = values.pop(arm.name.text, None)
            if value is None:
                near = closest(arm.name.text, values)
                strangers += 1
                self.sink.error(
                    "KG124",
                    arm.name.span,
                    f"`{arm.name.text}` is not a value of `{tag.name}`",
                    help=f"did you mean `{near}`?" if near else None,
                )
                continue
            type_ = None if arm.type is None else self._arm_type(arm.type)
            is_broken = is_broken or (arm.type is not None and type_ is None)
            arms.append(Arm(value, type_, note_of(arm.note), arm.name.span))
        # A misspelt arm is missing under its right name; that is not said again.
        if len(values) > strangers:
            missing = ", ".join(f"`{name}`" for name in values)
            self.sink.error(
                "KG124",
                node.name.span,
                f"union `{node.name.text}` has no arm for {missing}",
                help=f"add `{next(iter(values))}: none` if it holds nothing then",
            )
        elif node.arms and all(arm.type is None for arm in node.arms):
            self.sink.error(
                "KG130", node.name.span, f"union `{node.name.text}` never holds anything"
            )
        if is_broken:
            return None
        union = TaggedUnion(
            node.name.text, tag, tuple(arms), note_of(node.note), node.name.span, node.note.c_name
        )
        return union._replace(aligned=union.alignment)

    def _arm_type(self, node: TypeNode) -> Type | None:
        type_ = self.resolve(node)
        if report_machine_word(type_, node.span, self):
            return None
        if isinstance(type_, (Tail, TaggedUnion)) or (isinstance(type_, Struct) and type_.tail):
            self.sink.error(
                "KG124",
                node.span,
                "an arm has a fixed size, and a union in it stands in a struct with its tag",
            )
            return None
        return type_

    def _unknown(self, name: Name) -> None:
        help = advice(name.text)
        if name.text in WORDS and help is None:
            help = "a struct, union, enum, flags or bitfield of this schema stands here"
        elif help is None:
            help = self.scope.suggestion(name.text, [*self.scope.types, *WORDS])
        self.sink.error(
            "KG120",
            name.span,
            f"there is no type `{shown(name.text)}`",
            label="unknown",
            help=help,
        )
