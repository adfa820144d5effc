"""Schema: reads one mapping by its shape. Wrong keys and kinds of value are reported here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from kgen.diagnostics import closest
from kgen.schema.expression import ExpressionError, Parser
from kgen.schema.nodes import Name, NoteNode
from kgen.schema.shapes import SHAPES
from kgen.source import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kgen.diagnostics import Sink, Span
    from kgen.schema.nodes import Expression
    from kgen.source import Node

_Result = TypeVar("_Result")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_C_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VERSION = re.compile(r"(0|[1-9]\d{0,4})\.(0|[1-9]\d{0,4})")
_LONGEST_NAME = 96
_KEYS = {name: frozenset(key.name for key in shape.keys) for name, shape in SHAPES.items()}
_REQUIRED = {
    name: tuple(key.name for key in shape.keys if key.required) for name, shape in SHAPES.items()
}
_TRAPS = {"yes": "true", "on": "true", "no": "false", "off": "false", "y": "true", "n": "false"}


class Reader:
    """The values of one mapping. `what` names it in messages: `ioctl seal`.

    Each getter returns None, or the default, where the key is absent or its value was reported.
    """

    def __init__(self, mapping: Mapping, shape: str, what: str, span: Span, sink: Sink) -> None:
        self.mapping = mapping
        self.what = what
        self.span = span
        self.sink = sink
        self._check_keys(shape)

    def _check_keys(self, shape: str) -> None:
        known = _KEYS[shape]
        for key, _ in self.mapping.entries:
            if key.text not in known:
                near = closest(key.text, known)
                help = f"did you mean `{near}`?" if near else None
                self.sink.error(
                    "KG101",
                    key.span,
                    f"{self.what} has no key `{key.text}`",
                    label="unknown key",
                    help=help or f"known keys: {', '.join(sorted(known))}",
                )
        for name in _REQUIRED[shape]:
            if self.mapping.get(name) is None:
                self.sink.error(
                    "KG103", self.span, f"{self.what} needs the key `{name}`", label="not complete"
                )

    # Scalars

    def scalar(self, key: str) -> Scalar | None:
        node = self.mapping.get(key)
        if node is None:
            return None
        return self.as_scalar(node, f"`{key}` of {self.what}")

    def as_scalar(self, node: Node, what: str) -> Scalar | None:
        if isinstance(node, Scalar) and not node.is_null:
            return node
        found = "nothing" if isinstance(node, Scalar) else node.kind
        self.sink.error("KG102", node.span, f"{what} wants a single value, found {found}")
        return None

    def text(self, key: str) -> str | None:
        scalar = self.scalar(key)
        return None if scalar is None else scalar.text.strip()

    def word(self, key: str) -> Name | None:
        """A text with its place; what it may be is checked elsewhere."""
        scalar = self.scalar(key)
        return None if scalar is None else Name(scalar.text.strip(), scalar.span)

    def choice(self, key: str, choices: tuple[str, ...]) -> str | None:
        scalar = self.scalar(key)
        if scalar is None:
            return None
        if scalar.text in choices:
            return scalar.text
        near = closest(scalar.text, choices)
        self.sink.error(
            "KG104",
            scalar.span,
            f"`{key}` of {self.what} is one of {', '.join(choices)}, not `{scalar.text}`",
            help=f"did you mean `{near}`?" if near else None,
        )
        return None

    def boolean(self, key: str) -> bool:
        scalar = self.scalar(key)
        if scalar is None:
            return False
        if scalar.plain and scalar.text in ("true", "false"):
            return scalar.text == "true"
        meant = _TRAPS.get(scalar.text.lower()) or closest(scalar.text, ("true", "false"))
        self.sink.error(
            "KG105",
            scalar.span,
            f"`{key}` of {self.what} is true or false, not `{scalar.text}`",
            help=f"write `{meant}`" if meant else None,
        )
        return False

    def version(self, key: str) -> tuple[tuple[int, int], Span] | None:
        scalar = self.scalar(key)
        if scalar is None:
            return None
        match = _VERSION.fullmatch(scalar.text)
        if match is None:
            self.sink.error(
                "KG106",
                scalar.span,
                f"`{scalar.text}` is not a version",
                help='write major and minor: "1.10"',
            )
            return None
        return (int(match[1]), int(match[2])), scalar.span

    # Texts with a grammar

    def parsed(self, key: str, rule: Callable[[Parser], _Result]) -> _Result | None:
        """The value of `key` by one of Parser's methods."""
        return self.parse(self.scalar(key), rule)

    def parse(self, scalar: Scalar | None, rule: Callable[[Parser], _Result]) -> _Result | None:
        if scalar is None:
            return None
        try:
            return rule(Parser(scalar))
        except ExpressionError as problem:
            self.sink.error("KG108", problem.span, problem.message, help=problem.help)
            return None

    def integer(self, key: str) -> Expression | None:
        return self.parsed(key, Parser.expression)

    def placed(self, key: str) -> tuple[Expression, Span] | None:
        """An integer expression with the place of its whole text."""
        scalar = self.scalar(key)
        if scalar is None:
            return None
        value = self.parse(scalar, Parser.expression)
        return None if value is None else (value, scalar.span)

    # Mappings and lists

    def child(self, key: str) -> Mapping | None:
        node = self.mapping.get(key)
        if node is None or isinstance(node, Mapping):
            return node
        if isinstance(node, Scalar) and node.is_null:
            return None
        self.sink.error(
            "KG102", node.span, f"`{key}` of {self.what} wants a mapping, found {node.kind}"
        )
        return None

    def named(self, key: str) -> Iterator[tuple[Name, Node]]:
        """Name and value of each entry of a mapping."""
        mapping = self.child(key)
        for name, node in mapping.entries if mapping is not None else ():
            yield Name(name.text, name.span), node

    def names(self, key: str) -> tuple[Name, ...]:
        """One word or a list of them."""
        node = self.mapping.get(key)
        if node is None:
            return ()
        items = node.items if isinstance(node, Sequence) else [node]
        words = (self.as_scalar(item, f"`{key}` of {self.what}") for item in items)
        return tuple(Name(word.text, word.span) for word in words if word is not None)

    def note(self) -> NoteNode:
        return NoteNode(
            self.text("doc") or "",
            self.version("since"),
            self.text("deprecated"),
            self.text("c_name"),
        )


def check_name(name: Name, what: str, external: bool, sink: Sink) -> None:
    """A name is lower case with `_`; an existing interface keeps its C spelling."""
    pattern = _C_NAME if external else _NAME
    if pattern.fullmatch(name.text) and len(name.text) <= _LONGEST_NAME:
        return
    if len(name.text) > _LONGEST_NAME:
        help = f"at most {_LONGEST_NAME} characters"
    else:
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|\W+", "_", name.text).lower().strip("_")
        help = f"write `{snake}`" if _NAME.fullmatch(snake) else "letters, digits and `_`"
    sink.error("KG109", name.span, f"`{name.text}` cannot name {what}", label=None, help=help)
