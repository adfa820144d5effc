"""Model: enums, flags and bitfields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.diagnostics import Note as DiagnosticNote
from kgen.model.entities import BitField, BitPart, Enum, EnumValue, Flag, Flags, Note
from kgen.model.foreign import advice
from kgen.model.types import INTEGERS, Integer
from kgen.schema.nodes import PLAIN_NOTE
from kgen.schema.tokens import shown

if TYPE_CHECKING:
    from kgen.diagnostics import Sink, Span
    from kgen.model.scope import Scope
    from kgen.schema.nodes import BitFieldNode, EnumNode, Name, NoteNode, PartNode, ValueNode


_NO_NOTE = Note()


def note_of(node: NoteNode) -> Note:
    if node is PLAIN_NOTE:
        return _NO_NOTE
    return Note(node.doc, node.since[0] if node.since else None, node.deprecated)


class NamedIntegers:
    """Resolves the integers whose values, bits or bit ranges have names."""

    def __init__(self, scope: Scope, external: bool, sink: Sink) -> None:
        self.scope = scope
        self.external = external
        self.sink = sink
        self._enums: dict[str, Enum | None] = {}

    def enum(self, node: EnumNode) -> Enum | None:
        """Resolved once: a bit range may hold it before its turn comes."""
        if node.name.text not in self._enums:
            self._enums[node.name.text] = self._enum(node)
        return self._enums[node.name.text]

    def _enum(self, node: EnumNode) -> Enum | None:
        self._check_content(node.values, node.name, "enum", "values")
        type_ = self._carrier(node.type, f"enum `{node.name.text}`")
        if type_ is None:
            return None
        values = []
        for value_node in node.values:
            value = self.scope.evaluate(value_node.value)
            if value is not None and self._fits(value, type_, value_node):
                values.append(
                    EnumValue(
                        value_node.name.text,
                        value,
                        note_of(value_node.note),
                        value_node.name.span,
                        value_node.note.c_name,
                    )
                )
        self._check_unique([(value.name, value.value, value.span) for value in values], "value")
        if len(values) < len(node.values):
            return None  # what refers to a value that was reported is not wrong too
        return Enum(
            node.name.text,
            type_,
            tuple(values),
            node.is_open,
            note_of(node.note),
            node.name.span,
            node.note.c_name,
        )

    def flags(self, node: EnumNode) -> Flags | None:
        self._check_content(node.values, node.name, "flags", "bits")
        what = f"flags `{node.name.text}`"
        type_ = self._carrier(node.type, what)
        if type_ is None:
            return None
        if type_.signed:
            self.sink.error("KG114", node.type.span, f"{what} want an unsigned integer")
            return None
        flags = []
        for value_node in node.values:
            mask = self._mask(value_node, type_)
            if mask is not None:
                flags.append(
                    Flag(
                        value_node.name.text,
                        mask,
                        note_of(value_node.note),
                        value_node.name.span,
                        value_node.note.c_name,
                    )
                )
        bits = {value.name.text for value in node.values if value.is_bit}
        self._check_unique([(f.name, f.mask, f.span) for f in flags if f.name in bits], "bit")
        if len(flags) < len(node.values):
            return None
        return Flags(
            node.name.text,
            type_,
            tuple(flags),
            node.is_open,
            note_of(node.note),
            node.name.span,
            node.note.c_name,
        )

    def bitfield(self, node: BitFieldNode) -> BitField | None:
        self._check_content(node.parts, node.name, "bitfield", "bits")
        type_ = self._carrier(node.type, f"bitfield `{node.name.text}`")
        if type_ is None:
            return None
        if type_.signed:
            self.sink.error(
                "KG114",
                node.type.span,
                f"bitfield `{node.name.text}` wants an unsigned integer",
            )
            return None
        parts: list[BitPart] = []
        for part_node in node.parts:
            part = self._part(part_node, type_)
            if part is not None:
                self._check_overlap(part, parts)
                parts.append(part)
        if len(parts) < len(node.parts):
            return None
        return BitField(node.name.text, type_, tuple(parts), note_of(node.note), node.name.span)

    def _check_content(self, content: tuple[object, ...], name: Name, what: str, kind: str) -> None:
        if not content:
            self.sink.error("KG130", name.span, f"{what} `{name.text}` has no {kind}")

    def _carrier(self, name: Name, what: str) -> Integer | None:
        type_ = INTEGERS.get(name.text)
        if type_ is None:
            self.sink.error(
                "KG114",
                name.span,
                f"{what} is carried by an integer such as u32, not `{shown(name.text)}`",
                help=advice(name.text) or self.scope.suggestion(name.text, INTEGERS),
            )
        return type_

    def _fits(self, value: int, type_: Integer, node: ValueNode) -> bool:
        if type_.minimum <= value <= type_.maximum:
            return True
        self.sink.error(
            "KG115",
            node.value.span,
            f"{value} does not fit into {type_.name}",
            label=f"{type_.name} holds {type_.minimum} to {type_.maximum}",
        )
        return False

    def _mask(self, node: ValueNode, type_: Integer) -> int | None:
        value = self.scope.evaluate(node.value)
        if value is None:
            return None
        if not node.is_bit:
            return value if self._fits(value, type_, node) else None
        if 0 <= value < type_.size * 8:
            return 1 << value
        self.sink.error(
            "KG115",
            node.value.span,
            f"{type_.name} has no bit {value}",
            label=f"bits are 0 to {type_.size * 8 - 1}",
            help="a bit is told by its number; masks stand under `values`",
        )
        return None

    def _part(self, node: PartNode, type_: Integer) -> BitPart | None:
        low = self.scope.evaluate(node.low)
        high = low if node.high is None else self.scope.evaluate(node.high)
        if low is None or high is None:
            return None
        if not 0 <= low <= high < type_.size * 8:
            self.sink.error(
                "KG115",
                node.low.span,
                f"bits {low}..{high} are not in {type_.name}",
                label=f"bits are 0 to {type_.size * 8 - 1}, the lower one first",
            )
            return None
        width = high - low + 1
        enum = None if node.enum is None else self._part_enum(node.enum, width)
        return BitPart(node.name.text, low, width, enum, note_of(node.note), node.name.span)

    def _part_enum(self, name: Name, width: int) -> Enum | None:
        node = self.scope.enums.get(name.text)
        if node is None:
            self.sink.error(
                "KG120",
                name.span,
                f"there is no enum `{shown(name.text)}`",
                label="unknown",
                help=self.scope.suggestion(name.text, self.scope.enums),
            )
            return None
        enum = self.enum(node)
        for value in enum.values if enum else ():
            if not 0 <= value.value < 1 << width:
                self.sink.error(
                    "KG115",
                    name.span,
                    f"`{name.text}.{value.name}`, which is {value.value}, does not fit",
                    label=f"the range has {width} bit{'s' if width > 1 else ''}",
                    notes=(DiagnosticNote("the value", value.span),),
                )
                break
        return enum

    def _check_overlap(self, part: BitPart, others: list[BitPart]) -> None:
        for other in others:
            if part.low < other.low + other.width and other.low < part.low + part.width:
                self.sink.error(
                    "KG116",
                    part.span,
                    f"`{part.name}` and `{other.name}` share bits",
                    notes=(DiagnosticNote("the other one", other.span),),
                )
                return

    def _check_unique(self, values: list[tuple[str, int, Span]], what: str) -> None:
        if self.external:
            return
        seen: dict[int, tuple[str, Span]] = {}
        for name, value, span in values:
            if value in seen:
                first, first_span = seen[value]
                self.sink.error(
                    "KG116",
                    span,
                    f"`{name}` and `{first}` have the same {what}",
                    notes=(DiagnosticNote("the other one", first_span),),
                )
            seen.setdefault(value, (name, span))
