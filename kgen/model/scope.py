"""Model: every name of a schema, and the value or type that it stands for.

Types and constants may be used before they are declared; each is resolved when first asked for, and
one that needs itself is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from kgen.diagnostics import Note as DiagnosticNote
from kgen.diagnostics import closest
from kgen.model.evaluate import LARGEST, evaluate, references
from kgen.model.types import FLOATS, INTEGERS, MACHINE_WORDS
from kgen.schema.nodes import Literal, Ref

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kgen.diagnostics import Sink
    from kgen.schema.nodes import (
        BitFieldNode,
        ConstantNode,
        EnumNode,
        Expression,
        File,
        Name,
        ObjectNode,
        StructNode,
        UnionNode,
        ValueNode,
    )

    TypeDeclaration = Union[EnumNode, BitFieldNode, UnionNode, StructNode, ObjectNode]

_TYPES = (
    "bool",
    "guid",
    "utf8",
    "utf16",
    "handle",
    "user_ptr",
    "ref",
    "drop",
    "new",
    "none",
    "opaque",
    *FLOATS,
    *MACHINE_WORDS,
)
WORDS = frozenset([*INTEGERS, *_TYPES, "and", "or", "not"])
"""Names of the language's own types and operators: a schema cannot give them to something else."""


_SUGGESTIONS = 100_000
"""Names that are compared for "did you mean" in one run: where a whole import is missing, every
name is unknown, and comparing each with all others takes longer than anything else.
"""


class Scope:
    """Looks up names of one schema file and of those that it imports."""

    def __init__(self, files: list[File], sink: Sink) -> None:
        self.sink = sink
        self.types: dict[str, TypeDeclaration] = {}
        self.enums: dict[str, EnumNode] = {}
        self.flags: dict[str, EnumNode] = {}
        self.constants: dict[str, ConstantNode] = {}
        self._values: dict[tuple[str, ...], int | None] = {}
        self._members: dict[str, dict[str, ValueNode]] = {}
        self._left = _SUGGESTIONS
        for file in files:
            self._collect(file.constants, self.constants, "constant")
            for kind, declarations in (
                ("object", file.objects),
                ("enum", file.enums),
                ("flags", file.flags),
                ("bitfield", file.bitfields),
                ("union", file.unions),
                ("struct", file.structs),
            ):
                self._collect(declarations, self.types, kind)
            self.enums.update((node.name.text, node) for node in file.enums)
            self.flags.update((node.name.text, node) for node in file.flags)

    def declare(self, node: StructNode) -> None:
        """Add a message written inside an ioctl."""
        self._collect((node,), self.types, "message")

    def _collect(self, nodes: Iterable, table: dict, kind: str) -> None:  # type: ignore[type-arg]
        for node in nodes:
            name: Name = node.name
            first = table.get(name.text)
            if name.text in WORDS:
                self.sink.error(
                    "KG121", name.span, f"`{name.text}` is a word of the language", label="taken"
                )
            elif first is not None:
                self.sink.error(
                    "KG121",
                    name.span,
                    f"the {kind} `{name.text}` has a name that is taken",
                    label="declared again",
                    notes=(DiagnosticNote("declared first", first.name.span),),
                )
            else:
                table[name.text] = node

    def suggestion(self, name: str, known: Collection[str]) -> str | None:
        """The help for a name that is unknown: the one that was probably meant."""
        self._left -= len(known)
        near = closest(name, known) if self._left > 0 else None
        return f"did you mean `{near}`?" if near else None

    def evaluate(self, expression: Expression) -> int | None:
        """The value of a constant expression; None where something was reported."""
        if type(expression) is Literal and expression.value <= LARGEST:
            return expression.value
        return evaluate(expression, self._lookup, self.sink)

    def constant(self, node: ConstantNode) -> int | None:
        """The value of a constant of this scope."""
        return self._lookup(Ref((node.name.text,), node.name.span))

    def value_of(self, path: tuple[str, ...]) -> Expression | None:
        """The expression behind a constant, an enum's value or a flag; None if there is none."""
        if len(path) == 1:
            constant = self.constants.get(path[0])
            return constant and constant.value
        member = self._member(path)
        return member and member.value

    def _member(self, path: tuple[str, ...]) -> ValueNode | None:
        """The value of an enum or flag that `shade.deep` names."""
        if len(path) != 2:
            return None
        members = self._members.get(path[0])
        if members is None:
            owner = self.enums.get(path[0]) or self.flags.get(path[0])
            members = {value.name.text: value for value in owner.values} if owner else {}
            self._members[path[0]] = members
        return members.get(path[1])

    def _lookup(self, ref: Ref) -> int | None:
        if ref.path not in self._values:
            if self.value_of(ref.path) is None:
                self._unknown(ref)
                return None
            self._settle(ref)
        return self._values[ref.path]

    def _settle(self, ref: Ref) -> None:
        """Find the value of a name and of all that it needs. No recursion: chains may be long."""
        chain = {ref.path: ref}
        while chain:
            path = next(reversed(chain))
            expression = self.value_of(path)
            assert expression is not None
            needed = self._first_open(expression)
            if needed is None:
                del chain[path]
                self._values.setdefault(path, self._value(path, expression))
            elif needed.path in chain:
                self.sink.error(
                    "KG112",
                    needed.span,
                    f"the value of `{'.'.join(needed.path)}` needs itself",
                    label="goes in a circle",
                )
                self._values[needed.path] = None
            else:
                chain[needed.path] = needed

    def _first_open(self, expression: Expression) -> Ref | None:
        for ref in references(expression):
            if ref.path not in self._values and self.value_of(ref.path) is not None:
                return ref
        return None

    def _value(self, path: tuple[str, ...], expression: Expression) -> int | None:
        value = self.evaluate(expression)
        member = self._member(path)
        if value is None or member is None or not member.is_bit:
            return value
        return 1 << value if 0 <= value < 64 else None

    def _unknown(self, ref: Ref) -> None:
        known = [*self.constants]
        for owner in (*self.enums.values(), *self.flags.values()):
            known += [f"{owner.name.text}.{value.name.text}" for value in owner.values]
        text = ".".join(ref.path)
        help = self.suggestion(text, known)
        if help is None and len(text) == 1:
            help = f"the character '{text}' is {ord(text):#x}"
        self.sink.error(
            "KG113",
            ref.span,
            f"there is no constant `{text}`",
            label="unknown",
            help=help,
        )
