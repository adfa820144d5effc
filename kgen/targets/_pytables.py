"""Python target: views of the types, for the stub (`messages.pyi`) and the table (`messages.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.abis import ABIS
from kgen.abi.layout import editions
from kgen.model.abis import is_there
from kgen.model.entities import BitField, Enum, EnumValue, Struct, TaggedUnion
from kgen.model.predicates import Comparison, FieldRef, Logic, Number, Operation
from kgen.model.types import Tail
from kgen.record import NamedTuple
from kgen.targets._pyabis import has_content, has_rules, keyed
from kgen.targets._pydocs import WIDTH, docstring, note_text
from kgen.targets._pynames import (
    MESSAGE_MEMBERS,
    NATIVE_UNION_MEMBERS,
    UNION_MEMBERS,
    Scope,
)
from kgen.targets._pytypes import is_optional

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.abi.layout import RecordLayout
    from kgen.model.entities import Field, Flags, ObjectKind
    from kgen.model.predicates import Operand, Predicate
    from kgen.model.types import Type
    from kgen.targets._pytypes import TypeNames

_ROW_INDENT = 16
_MEMBER_WIDTH = WIDTH - 4
_NATIVE_ROW_INDENT = 24


Member = tuple[str, str]
"""A declaration in a class body, on one line, and its doc; of a plain tuple, for there are many."""

Row = tuple[str, list[str]]
"""A row of the table: what is between its parentheses; and that in parts, if it is too long."""


class ClassView(NamedTuple):
    """A class of the stub."""

    name: str
    base: str
    is_long: bool
    """Its first line is longer than a line may be."""
    doc: str
    members: list[Member]
    is_enum: bool
    is_union: bool
    is_message: bool
    tag: str
    """Class of a union's tag."""
    value: str
    """Annotation of what a union holds."""


class ConditionView(NamedTuple):
    text: str
    """As the schema writes it."""
    polish: str


class LayoutView(NamedTuple):
    abi: str
    """Pointer size, alignment of a u64 and size of `long`, as a Python tuple; names of ABIs as a Python string
    where those do not decide; `()` stands for every ABI."""
    first_size: int
    size: int
    rows: list[Row]
    has_rows: bool


class TypeView(NamedTuple):
    """An entry of the table."""

    name: str
    kind: str
    heads: list[str]
    """Literals before the rows."""
    layouts: list[LayoutView]
    """One without an ABI for what has one layout."""
    is_native: bool
    rows: list[Row]
    has_rows: bool
    doc: str
    views: list[Row]
    conditions: list[ConditionView]
    has_views: bool
    has_conditions: bool
    has_more: bool
    """Views or conditions."""


class Tables:
    """Makes both views of every type of an interface."""

    def __init__(self, layouts: Layouts, names: TypeNames) -> None:
        self.layouts = layouts
        self.names = names
        self.fields: dict[str, dict[str, str]] = {}
        """Python name of each field, by struct and name in the schema."""
        reserved = MESSAGE_MEMBERS | frozenset(names.classes.values())
        self._by_name = has_rules(layouts.interface)
        for struct in layouts.interface.structs:
            scope = Scope(NATIVE_UNION_MEMBERS if struct.is_union else reserved)
            known = {field.name: scope.member(field.name) for field in struct.fields}
            known.update((view.name, scope.member(view.name)) for view in struct.views)
            self.fields[struct.name] = known
        self.arms: dict[str, dict[str, str]] = {}
        """Python name of each arm, by union and name in the schema."""
        for union in layouts.interface.unions:
            scope = Scope(UNION_MEMBERS)
            self.arms[union.name] = {arm.name: scope.member(arm.name) for arm in union.arms}
        self._reserved = reserved

    # Enums, flags, bit-fields

    def enum(self, enum: Enum | Flags) -> tuple[ClassView, TypeView]:
        is_enum = isinstance(enum, Enum)
        scope = Scope()
        members, rows = [], []
        for value in enum.values:
            name = scope.upper(value.name)
            text = str(value.value) if isinstance(value, EnumValue) else f"0x{value.mask:X}"
            members.append(member(f"{name} = {text}", note_text(value.note)))
            rows.append(_row([f'"{name}"', text]))
        class_name = self.names.classes[enum.name]
        doc = note_text(enum.note)
        base = "OpenEnum" if is_enum else "Flags"
        stub = _stub(class_name, base, _class_doc(doc, enum.name), members)
        heads = [f'"{enum.type.name}"', str(enum.open)]
        kind = "enum" if is_enum else "flags"
        return stub, _table(class_name, kind, heads, rows, stub.doc)

    def object_id(self, kind: ObjectKind) -> tuple[ClassView, TypeView]:
        class_name = self.names.classes[kind.name]
        doc = _class_doc(note_text(kind.note), kind.name)
        table = _table(class_name, "id", [], [], doc)._replace(has_rows=False)
        return _stub(class_name, "ObjectId", doc, []), table

    def bits(self, bits: BitField) -> tuple[ClassView, TypeView]:
        scope = Scope(self._reserved)
        members, rows = [], []
        for part in bits.parts:
            name = scope.member(part.name)
            enum = "" if part.enum is None else self.names.classes[part.enum.name]
            members.append(member(f"{name}: {enum or 'int'}", note_text(part.note)))
            rows.append(_row([f'"{name}"', str(part.low), str(part.width), f'"{enum}"']))
        class_name = self.names.classes[bits.name]
        doc = _class_doc(note_text(bits.note), bits.name)
        stub = _stub(class_name, "Message", doc, members)
        return stub, _table(class_name, "bits", [f'"{bits.type.name}"'], rows, doc)

    # Unions and structs

    def union(self, union: TaggedUnion) -> tuple[ClassView, TypeView]:
        class_name = self.names.classes[union.name]
        members, rows, held = [], [], []
        for arm in union.arms:
            name = self.arms[union.name][arm.name]
            annotation = "" if arm.type is None else self.names.arm(arm.type)
            text = "" if arm.type is None else self.names.type_text(arm.type)
            given = f", value: {annotation}, /" if annotation else ""
            arm_doc = note_text(arm.note)
            body = ":" if arm_doc else ": ..."
            members.append(member(f"def {name}(cls{given}) -> {class_name}{body}", arm_doc, 8))
            rows.append(_row([str(arm.value.value), f'"{name}"', f'"{text}"']))
            held += [annotation] if annotation else []
        doc = _class_doc(note_text(union.note), union.name)
        tag = self.names.classes[union.tag.name]
        value = " | ".join(dict.fromkeys([*held, "bytes", "None"]))
        value += "  # fmt: skip" * (len(f"value: {value}") > _MEMBER_WIDTH)
        stub = _stub(class_name, "TaggedUnion", doc, members, tag, value)
        heads = [self._union_size(union), f'"{tag}"']
        return stub, _table(class_name, "union", heads, rows, doc)

    def _union_size(self, union: TaggedUnion) -> str:
        """A number; by ABI where a native struct in it makes it differ."""
        sizes = {abi: self.layouts.record(union, abi.name).size for abi in ABIS}
        if len(set(sizes.values())) == 1:
            return str(self.layouts.record(union).size)
        texts = {abi: str(size) for abi, size in sizes.items()}
        keys = keyed(texts, self._by_name)
        rows = [f"                {key}: {size},\n" for key, size in keys.items()]
        return "{\n" + "".join(rows) + "            }"

    def struct(self, struct: Struct, base: str) -> tuple[ClassView, TypeView]:
        names = self.fields[struct.name]
        derived = {field.tag for field in struct.fields if field.tag is not None}
        members = []
        for field in struct.fields:
            is_shown = field.counts is None and field.name not in derived
            if is_shown and not field.reserved and has_content(field):
                text = f"{names[field.name]}: {self.names.annotation(field)}"
                if struct.grows and field.note.since != struct.fields[0].note.since:
                    text += " = ..." if is_optional(field) else " | None = ..."
                elif is_optional(field):
                    text += " = ..."
                members.append(member(text, note_text(field.note)))
        for view in struct.views:
            kind = "bytes" if view.encoding == "bytes" else "str"
            text = f"{names[view.name]}: {kind} | None = ..."
            members.append(member(text, note_text(view.note)))
        class_name = self.names.classes[struct.name]
        doc = _class_doc(note_text(struct.note) or self._inline_doc(struct), struct.name)
        stub = _stub(class_name, "NativeUnion" if struct.is_union else base, doc, members)
        kind = "native_union" if struct.is_union else "native" if struct.native else "struct"
        layouts = self._layouts(struct)
        table = TypeView(
            name=class_name,
            kind=kind,
            heads=[],
            layouts=layouts,
            is_native=struct.native,
            rows=[],
            has_rows=False,
            doc=doc,
            views=self._views(struct),
            conditions=self._conditions(struct),
            has_views=bool(struct.views),
            has_conditions=bool(struct.conditions),
            has_more=bool(struct.views or struct.conditions),
        )
        return stub, table

    def _inline_doc(self, struct: Struct) -> str:
        for suffix, verb in (
            ("_request", "takes"),
            ("_reply", "returns"),
            ("_message", "exchanges"),
        ):
            if struct.inline and struct.name.endswith(suffix):
                return f"What `{struct.name.removesuffix(suffix)}` {verb}."
        return ""

    def _layouts(self, struct: Struct) -> list[LayoutView]:
        if not struct.native:
            return [self._layout(struct, self.layouts.record(struct), "()")]
        there = struct.rules.abis if struct.rules is not None else ()
        found = {
            abi: self._layout(struct, self.layouts.record(struct, abi.name), "()")
            for abi in ABIS
            if is_there(there, abi.name)
        }
        if len(set(map(repr, found.values()))) == 1 and not there:
            return [next(iter(found.values()))]
        return [view._replace(abi=key) for key, view in keyed(found, self._by_name).items()]

    def _layout(self, struct: Struct, layout: RecordLayout, abi: str) -> LayoutView:
        names = self.fields[struct.name]
        rows: list[Row] = []
        longest = WIDTH - len("(),") - (_NATIVE_ROW_INDENT if struct.native else _ROW_INDENT)
        first_size = editions(layout)[0].size if struct.grows else layout.size
        for item in layout.fields:
            if not has_content(item.field):
                continue
            text = self._clauses(item.field, struct, names)
            if item.bit is not None and item.field.native is not None:
                text += f" bits {item.field.native.bits} {item.bit} {item.size}"
            name, offset = names[item.field.name], item.offset
            row = f'"{name}", {offset}, "{text}"'
            if len(row) <= longest:
                rows.append((row, []))
            else:
                rows.append((row, [f'"{name}"', str(offset), f'"{text}"']))
        return LayoutView(abi, first_size, layout.size, rows, bool(rows))

    def _clauses(self, field: Field, struct: Struct, names: dict[str, str]) -> str:
        text = self.names.text(field)
        special = field.reserved or field.secret or field.note.since or field.tag
        if not special and type(field.type) is not Tail:
            return text
        words = [text]
        if isinstance(field.type, Tail):
            unit = "size" if field.type.unit == "bytes" else "count"
            words += [unit, names[field.type.counter]] if field.type.counter else ["rest"]
        if field.tag is not None:
            words += ["by", names[field.tag]]
        if field.reserved:
            words.append("reserved")
        if field.secret:
            words.append("secret")
        if struct.grows and field.note.since not in (None, struct.fields[0].note.since):
            words.append("since {}.{}".format(*field.note.since))
        return " ".join(words)

    def _views(self, struct: Struct) -> list[Row]:
        names = self.fields[struct.name]
        return [
            _row(
                [
                    f'"{names[view.name]}"',
                    f'"{view.encoding}"',
                    f'"{names[view.offset]}"',
                    f'"{names[view.size]}"',
                ]
            )
            for view in struct.views
        ]

    def _conditions(self, struct: Struct) -> list[ConditionView]:
        return [
            ConditionView(
                " ".join(condition.text.split()), self._polish(struct, condition.predicate)
            )
            for condition in struct.conditions
        ]

    def _polish(self, struct: Struct, node: Predicate | Operand) -> str:
        """Operands before their operator, separated by spaces; fields by their path."""
        match node:
            case Number():
                return str(node.value)
            case FieldRef():
                return self._path(struct, node)
            case Logic(operator="not"):
                return f"{self._polish(struct, node.terms[0])} not"
            case Logic():
                first, *rest = (self._polish(struct, term) for term in node.terms)
                return " ".join([first, *(f"{term} {node.operator}" for term in rest)])
            case Comparison() | Operation():
                left, right = self._polish(struct, node.left), self._polish(struct, node.right)
                return f"{left} {right} {node.operator}"
        raise AssertionError(f"no such operand: {node!r}")

    def _path(self, struct: Struct, ref: FieldRef) -> str:
        names = []
        place: Type | None = struct
        for step in ref.path:
            if isinstance(place, TaggedUnion):
                names.append(self.arms[place.name][step.name])
            elif isinstance(place, Struct):
                names.append(self.fields[place.name][step.name])
            place = step.type
        return ".".join(names)


def member(text: str, doc: str, indent: int = 4) -> Member:
    """A declaration; one that is longer than a line may be is marked, so that it stays."""
    if len(text) > _MEMBER_WIDTH:
        text += "  # fmt: skip"
    return text, docstring(doc, indent) if doc else ""


def _stub(
    name: str, base: str, doc: str, members: list[Member], tag: str = "", value: str = ""
) -> ClassView:
    is_union = base == "TaggedUnion"
    is_enum = base in ("OpenEnum", "Flags")
    return ClassView(
        name=name,
        base=base,
        is_long=len(name) + len(base) > WIDTH - len("class ():"),
        doc=doc,
        members=members,
        is_enum=is_enum,
        is_union=is_union,
        is_message=not (is_enum or is_union),
        tag=tag,
        value=value,
    )


def _row(items: list[str], indent: int = _ROW_INDENT) -> Row:
    text = ", ".join(items)
    return text, [] if indent + len(text) + len("(),") <= WIDTH else items


def _class_doc(doc: str, name: str) -> str:
    return docstring(doc or f"`{name}` of the schema.", 4)


def _table(name: str, kind: str, heads: list[str], rows: list[Row], doc: str) -> TypeView:
    return TypeView(name, kind, heads, [], False, rows, True, doc, [], [], False, False, False)
