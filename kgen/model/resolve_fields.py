"""Model: structs and their fields; the implied count of a tail comes in here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import Note as DiagnosticNote
from kgen.diagnostics import closest
from kgen.model.conditions import resolve_conditions
from kgen.model.entities import Enum, Field, Flags, Note, Range, Struct, TaggedUnion, Use, View
from kgen.model.existing import check_layout, check_rest, member
from kgen.model.growth import check_growth
from kgen.model.handles import make_optional
from kgen.model.pointers import check_counters
from kgen.model.resolve_named import note_of
from kgen.model.types import (
    INTEGERS,
    SIMPLE,
    Boolean,
    Integer,
    Tail,
    Type,
    UserPointer,
    innermost,
    natural_alignment,
)
from kgen.schema.nodes import PLAIN_CLAUSES

if TYPE_CHECKING:
    from kgen.diagnostics import Span
    from kgen.model.resolve_types import Types
    from kgen.schema.nodes import FieldNode, Name, StructNode

_ELSEWHERE = {"utf8": "utf8", "utf16": "utf16", "u8": "bytes"}


def resolve_struct(node: StructNode, types: Types) -> Struct | None:
    """One struct; None where a field is broken, so that nothing else is said of it."""
    builder = _Builder(node, types)
    mark = types.sink.error_count
    outer, types.in_native = types.in_native, node.native
    for field in node.fields:
        builder.add(field)
    types.in_native = outer
    check_counters(node, builder.fields, builder.broken, types.sink)
    if not node.fields and not node.native:
        types.sink.error(
            "KG130",
            node.name.span,
            f"`{node.name.text}` has no fields",
            help="leave the key out where there is no message" if node.inline else None,
        )
    if builder.broken or types.sink.failed_since(mark):
        return None
    fields = tuple(builder.fields.values())
    rules = check_layout(node, fields, types)
    struct = Struct(
        name=node.name.text,
        fields=fields,
        note=note_of(node.note),
        span=node.name.span,
        grows=node.grows,
        native=node.native,
        views=tuple(builder.views),
        inline=node.inline,
        c_name=node.note.c_name,
        aligned=builder.alignment,
        rules=rules,
    )
    if node.grows:
        check_growth(struct, types.sink)
    if not node.requires:
        return struct
    return struct._replace(conditions=resolve_conditions(node.requires, struct, types))


class _Builder:
    def __init__(self, node: StructNode, types: Types) -> None:
        self.node = node
        self.types = types
        self.sink = types.sink
        self.fields: dict[str, Field] = {}
        self.views: list[View] = []
        self._tail: Field | None = None
        self.alignment = 1
        self.broken: set[str] = set()
        """Fields of which something was said: what refers to them is not wrong too."""

    def add(self, node: FieldNode) -> None:
        if self._tail is not None and node.clauses.offset is None:
            self._after_tail(node, self._tail)
            return
        if node.clauses.offset is not None:
            self._view(node)
            return
        name = node.name.text
        # Most fields are one word, and by far the most of this phase's time goes into fields.
        is_word = node.type.whole is None and node.clauses is PLAIN_CLAUSES
        type_ = SIMPLE.get(node.type.head.text) if is_word else None
        if type_ is not None:
            field = Field(name, type_, note_of(node.note), node.name.span)
        else:
            type_ = self._type(node)
            if type_ is None:
                self.broken.add(name)
                return
            if type(type_) is Tail:
                type_ = self._count(node, type_)
            field = self._constrained(node, type_)
        if node.note.c_name is not None:
            field = field._replace(c_name=node.note.c_name)
        if node.native is not None or node.clauses.bits is not None:
            field = field._replace(native=member(node, type_, self.node.native, self.types))
        self.fields[name] = field
        alignment = natural_alignment(type_)
        if alignment > self.alignment:
            self.alignment = alignment
        if type(type_) is Tail:
            self._tail = field

    def _constrained(self, node: FieldNode, type_: Type) -> Field:
        field = Field(
            name=node.name.text,
            type=type_,
            note=note_of(node.note),
            span=node.name.span,
            limit=self._limit(node, type_),
            reserved=node.clauses.reserved is not None,
            tag=self._tag(node, type_),
            secret=node.clauses.secret is not None,
        )
        self._check_reserved(field, node)
        return field

    def _after_tail(self, node: FieldNode, tail: Field) -> None:
        assert isinstance(tail.type, Tail)
        if node.name.text == tail.type.counter:
            return  # the tail said that its count comes too late
        self.sink.error(
            "KG131",
            node.name.span,
            f"`{node.name.text}` comes after the tail `{tail.name}`",
            label="a tail ends the struct",
            help=f"move `{tail.name}` to the end",
            notes=(DiagnosticNote("the tail", tail.span),),
        )

    def _type(self, node: FieldNode) -> Type | None:
        clauses = node.clauses
        counter, unit = "", "elements"
        if clauses.counter is not None:
            counter = clauses.counter.text
        elif clauses.size is not None:
            counter, unit = clauses.size.text, "bytes"
        elif node.type.dimensions and self._written(f"{node.name.text}_count"):
            counter = f"{node.name.text}_count"
        type_ = self.types.resolve(node.type, counter, unit)
        if isinstance(type_, UserPointer) and (clauses.counter or clauses.size):
            type_ = type_._replace(counter=counter, unit=unit)
        if clauses.optional is not None and type_ is not None:
            type_ = make_optional(type_, clauses.optional, self.sink)
        if node.clauses is not PLAIN_CLAUSES:
            self._check_counted(node, type_)
        if isinstance(type_, Struct) and type_.tail is not None:
            self.sink.error(
                "KG131",
                node.type.span,
                f"`{type_.name}` ends in a tail, so that it cannot be a field",
            )
            return None
        return type_

    def _written(self, name: str) -> FieldNode | None:
        return next((field for field in self.node.fields if field.name.text == name), None)

    def _check_counted(self, node: FieldNode, type_: Type | None) -> None:
        clauses = node.clauses
        if clauses.rest is not None:
            check_rest(node, type_, self.types)
        named = clauses.counter or clauses.size
        if named is None or type_ is None:
            return
        if not isinstance(type_, (Tail, UserPointer)):
            self.sink.error(
                "KG132",
                named.span,
                f"`{node.name.text}` has a fixed length, nothing counts it",
                help="write the type as a tail: `[..64]`",
            )
        elif clauses.counter is not None and clauses.size is not None:
            self.sink.error(
                "KG132",
                clauses.size.span,
                f"`{node.name.text}` is counted twice",
                label="`count` tells elements, `size` bytes",
                help="keep one of them",
            )

    def _count(self, node: FieldNode, tail: Tail) -> Tail:
        """Find the field that counts the tail, or put one before it."""
        if self.node.grows:
            self.sink.error(
                "KG131",
                node.name.span,
                "a struct that grows has no tail",
                label=f"`{node.name.text}` would have to move",
            )
        if tail.counter:
            self._mark_counter(node, tail)
        if tail.counter or node.clauses.rest is not None:
            return tail
        name = f"{node.name.text}_count"
        wide = natural_alignment(tail.element) == 8
        self.alignment = max(self.alignment, 8 if wide else 4)
        self.fields[name] = Field(
            name=name,
            type=INTEGERS["u64" if wide else "u32"],
            note=Note(f"Elements of `{node.name.text}`."),
            span=node.name.span,
            counts=node.name.text,
            implied=True,
        )
        return tail._replace(counter=name)

    def _mark_counter(self, node: FieldNode, tail: Tail) -> None:
        named = node.clauses.counter or node.clauses.size
        counter = self.fields.get(tail.counter)
        span = named.span if named else node.name.span
        if counter is None:
            self._no_counter(node, tail, span)
            return
        declared = (DiagnosticNote("declared here", counter.span),)
        if not isinstance(counter.type, Integer) or counter.type.signed:
            self.sink.error(
                "KG132",
                span,
                f"`{tail.counter}` cannot count: it is no unsigned integer",
                notes=declared,
            )
        elif counter.reserved:
            self.sink.error(
                "KG132", span, f"`{tail.counter}` cannot count: it is reserved", notes=declared
            )
        elif tail.unit == "elements" and tail.maximum > counter.type.maximum:
            self.sink.error(
                "KG132",
                span,
                f"`{tail.counter}` cannot count to {tail.maximum}",
                label=f"{counter.type.name} ends at {counter.type.maximum}",
                notes=declared,
            )
        else:
            self.fields[counter.name] = counter._replace(counts=node.name.text)

    def _no_counter(self, node: FieldNode, tail: Tail, span: Span) -> None:
        if tail.counter in self.broken:
            return
        late = self._written(tail.counter)
        near = closest(tail.counter, self.fields)
        self.sink.error(
            "KG132",
            span,
            f"there is no field `{tail.counter}` before `{node.name.text}`",
            help=f"did you mean `{near}`?"
            if near and late is None
            else "the count stands before its tail",
            notes=(DiagnosticNote("declared later", late.name.span),) if late else (),
        )

    def _limit(self, node: FieldNode, type_: Type) -> Range | None:
        if node.clauses.limit is None:
            return None
        low_node, high_node, span = node.clauses.limit
        low, high = self.types.scope.evaluate(low_node), self.types.scope.evaluate(high_node)
        if low is None or high is None:
            return None
        base = innermost(type_)
        if not isinstance(base, Integer) or (isinstance(type_, Tail) and type_.text):
            self.sink.error(
                "KG133",
                span,
                "only an integer has a range",
                help="the values of an enum or of flags are declared with it"
                if isinstance(base, (Enum, Flags))
                else None,
            )
        elif low > high:
            self.sink.error("KG133", span, f"the range {low}..{high} is empty")
        elif low < base.minimum or high > base.maximum:
            self.sink.error(
                "KG133",
                span,
                f"{low}..{high} reaches beyond {base.name}",
                label=f"{base.name} holds {base.minimum} to {base.maximum}",
            )
        return Range(low, high)

    def _tag(self, node: FieldNode, type_: Type) -> str | None:
        tag = node.clauses.tag
        if not isinstance(type_, TaggedUnion):
            if tag is not None:
                self.sink.error("KG134", tag.span, f"`{node.name.text}` is not a union")
            return None
        if tag is None:
            near = self._tag_candidate(type_.tag)
            self.sink.error(
                "KG134",
                node.type.span,
                f"the union `{type_.name}` needs its tag",
                help=f"write `{type_.name} by {near or 'FIELD'}`",
            )
            return None
        field = self.fields.get(tag.text)
        if field is None and tag.text in self.broken:
            return None
        if field is None:
            near = self._tag_candidate(type_.tag) or closest(tag.text, self.fields)
            self.sink.error(
                "KG134",
                tag.span,
                f"there is no field `{tag.text}` before `{node.name.text}`",
                help=f"did you mean `{near}`?" if near else "the tag stands before its union",
            )
        elif not isinstance(field.type, Enum) or field.type.name != type_.tag.name:
            self.sink.error(
                "KG134",
                tag.span,
                f"`{tag.text}` is not a `{type_.tag.name}`, which tells the arms of `{type_.name}`",
                notes=(DiagnosticNote("declared here", field.span),),
            )
        return tag.text

    def _tag_candidate(self, enum: Enum) -> str | None:
        for field in self.fields.values():
            if isinstance(field.type, Enum) and field.type.name == enum.name:
                return field.name
        return None

    def _check_reserved(self, field: Field, node: FieldNode) -> None:
        if not field.reserved:
            return
        base = innermost(field.type)
        if not isinstance(base, (Integer, Boolean)) or type(field.type) is Tail:
            self.sink.error(
                "KG135", node.type.span, "what is reserved is an integer or an array of integers"
            )
        if field.limit is not None or field.secret:
            self.sink.error("KG135", node.name.span, "what is reserved is zero and nothing else")

    def _view(self, node: FieldNode) -> None:
        offset, size, counter = node.clauses.offset, node.clauses.size, node.clauses.counter
        assert offset is not None
        what = f"content elsewhere (`{node.name.text}`)"
        is_text = node.type.head.text in _ELSEWHERE and not node.type.dimensions
        if size is None or counter is not None or not is_text:
            self.sink.error(
                "KG136",
                node.type.span,
                "what stands elsewhere is `utf8`, `utf16` or `u8`, with `at OFFSET size LENGTH`",
            )
            return
        if not self.types.external:
            self.sink.error(
                "KG136",
                node.type.span,
                "offsets into a message are for what exists already",
                help="declare the text as a field or as the tail",
            )
            return
        for name in (offset, size):
            self._check_integer(name)
        self.types.uses.append(Use("view", node.name.span, what))
        self.views.append(
            View(
                node.name.text,
                _ELSEWHERE[node.type.head.text],
                offset.text,
                size.text,
                note_of(node.note),
                node.name.span,
            )
        )

    def _check_integer(self, name: Name) -> None:
        field = self.fields.get(name.text)
        if field is None and name.text in self.broken:
            return
        if field is None or not isinstance(field.type, Integer) or field.type.signed:
            near = closest(name.text, self.fields) if field is None else None
            self.sink.error(
                "KG136",
                name.span,
                f"`{name.text}` is no unsigned integer before it",
                help=f"did you mean `{near}`?" if near else None,
            )
