"""Model: every name of a schema, and the value or type that it stands for.

Types and constants may be used before they are declared; each is resolved when first asked for, and
one that needs itself is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from kgen.diagnostics import Note as DiagnosticNote
from kgen.diagnostics import closest
from kgen.model.evaluate import evaluate
from kgen.model.types import INTEGERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgen.diagnostics import Sink
    from kgen.schema.nodes import (
        BitFieldNode,
        ConstantNode,
        EnumNode,
        Expression,
        File,
        Name,
        Ref,
        StructNode,
        UnionNode,
    )

    TypeDeclaration = Union[EnumNode, BitFieldNode, UnionNode, StructNode]

WORDS = frozenset(
    [*INTEGERS, "bool", "guid", "utf8", "utf16", "handle", "user_ptr", "ref", "new", "none"]
)
"""Names of the language's own types: a schema cannot give them to something else."""


class Scope:
    """Looks up names of one schema file and of those that it imports."""

    def __init__(self, files: list[File], sink: Sink) -> None:
        self.sink = sink
        self.types: dict[str, TypeDeclaration] = {}
        self.enums: dict[str, EnumNode] = {}
        self.flags: dict[str, EnumNode] = {}
        self.constants: dict[str, ConstantNode] = {}
        self._values: dict[tuple[str, ...], int | None] = {}
        self._open: list[tuple[str, ...]] = []
        for file in files:
            self._collect(file.constants, self.constants, "constant")
            for kind, declarations in (
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

    def evaluate(self, expression: Expression) -> int | None:
        """The value of a constant expression; None where something was reported."""
        return evaluate(expression, self._lookup, self.sink)

    def value_of(self, path: tuple[str, ...]) -> Expression | None:
        """The expression behind a constant, an enum's value or a flag; None if there is none."""
        if len(path) == 1:
            constant = self.constants.get(path[0])
            return constant and constant.value
        if len(path) == 2:
            owner = self.enums.get(path[0]) or self.flags.get(path[0])
            for value in owner.values if owner else ():
                if value.name.text == path[1]:
                    return value.value
        return None

    def _lookup(self, ref: Ref) -> int | None:
        if ref.path in self._values:
            return self._values[ref.path]
        if ref.path in self._open:
            cycle = [".".join(path) for path in self._open[self._open.index(ref.path) :]]
            self.sink.error(
                "KG112",
                ref.span,
                f"the value of `{cycle[0]}` needs itself",
                label="goes in a circle",
            )
            self._values[ref.path] = None
            return None
        expression = self.value_of(ref.path)
        if expression is None:
            self._unknown(ref)
            return None
        self._open.append(ref.path)
        value = self.evaluate(expression)
        self._open.pop()
        if value is not None and self._is_bit(ref.path):
            value = 1 << value if 0 <= value < 64 else None
        return self._values.setdefault(ref.path, value)

    def _is_bit(self, path: tuple[str, ...]) -> bool:
        if len(path) != 2 or path[0] not in self.flags:
            return False
        return any(v.is_bit for v in self.flags[path[0]].values if v.name.text == path[1])

    def _unknown(self, ref: Ref) -> None:
        known = [*self.constants]
        for owner in (*self.enums.values(), *self.flags.values()):
            known += [f"{owner.name.text}.{value.name.text}" for value in owner.values]
        text = ".".join(ref.path)
        near = closest(text, known)
        self.sink.error(
            "KG113",
            ref.span,
            f"there is no constant `{text}`",
            label="unknown",
            help=f"did you mean `{near}`?" if near else None,
        )
