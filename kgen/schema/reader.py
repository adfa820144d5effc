"""Schema: reads one mapping by its shape. Wrong keys and kinds of value are reported here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from kgen.diagnostics import closest
from kgen.schema.expression import Parser
from kgen.schema.nodes import PLAIN_NOTE, NativeNode, NoteNode, Word
from kgen.schema.shapes import SHAPES
from kgen.schema.tokens import LONGEST_NAME, ExpressionError, literal, shown, version
from kgen.source import Mapping, Scalar, Sequence
from kgen.source.scalars import boolean, report_odd_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kgen.diagnostics import Sink, Span
    from kgen.schema.nodes import Expression, Name
    from kgen.source import Node

_Result = TypeVar("_Result")
_NAME = re.compile(rf"(?!\w*__)[a-z][a-z0-9_]{{0,{LONGEST_NAME - 1}}}")
_C_NAME = re.compile(rf"[A-Za-z_][A-Za-z0-9_]{{0,{LONGEST_NAME - 1}}}")
_KEYS = {name: frozenset(key.name for key in shape.keys) for name, shape in SHAPES.items()}
_REQUIRED = {
    name: tuple(key.name for key in shape.keys if key.required) for name, shape in SHAPES.items()
}
_NOTE_KEYS = frozenset(NoteNode._fields)
_NATIVE_KEYS = frozenset(NativeNode._fields) - {"span"}
_C_KINDS = ("struct", "union", "typedef")
_TRUTHS = frozenset(["", "true", "false", "yes", "on", "no", "off"])
_LATER = frozenset(["events", "queues", "upcalls", "rings", "regions"])
"""Keys that the language keeps for what it cannot say yet."""

is_name = _NAME.fullmatch
"""Whether a text may name something in a new interface."""


class Reader:
    """The values of one mapping. `what` names it in messages: `ioctl seal`; `place` is where its name is.

    Each getter returns None, or the default, where the key is absent or its value was reported.
    """

    __slots__ = ("_entries", "external", "mapping", "place", "sink", "what")

    def __init__(
        self, mapping: Mapping, shape: str, what: str, place: Name, external: bool, sink: Sink
    ) -> None:
        self.mapping = mapping
        self.what = what
        self.place = place
        self.external = external
        self.sink = sink
        self._entries = mapping.by_key
        if not _KEYS[shape].issuperset(self._entries):
            self._unknown_keys(_KEYS[shape])
        for name in _REQUIRED[shape]:
            self.require(name)

    def has(self, key: str) -> bool:
        return key in self._entries

    def require(self, key: str) -> None:
        """Report a key that is not there."""
        if key not in self._entries:
            text = f"{self.what} needs the key `{key}`"
            self.sink.error("KG103", self.place.span, text, label="not complete")

    def inside(self, mapping: Mapping, shape: str, what: str, place: Name) -> Reader:
        """A reader of a mapping within this one."""
        return Reader(mapping, shape, what, place, self.external, self.sink)

    @property
    def span(self) -> Span:
        return self.place.span

    def _unknown_keys(self, known: frozenset[str]) -> None:
        for key, _ in self._entries.values():
            if key.text in known:
                continue
            near = closest(key.text, known)
            help = f"did you mean `{near}`?" if near else f"known keys: {', '.join(sorted(known))}"
            if "ioctls" in known and key.text in _LATER:
                help = f"`{key.text}` come with a later version of kgen"
            self.sink.error(
                "KG101",
                key.span,
                f"{self.what} has no key `{shown(key.text)}`",
                label="unknown key",
                help=help,
            )
        self._entries = {key: entry for key, entry in self._entries.items() if key in known}

    # Scalars

    def scalar(self, key: str, wanted: str = "a single value") -> Scalar | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        node = entry[1]
        if isinstance(node, Scalar) and not node.is_null:
            return node
        return self.as_scalar(node, f"`{key}` of {self.what}", wanted)

    def as_scalar(self, node: Node, what: str, wanted: str = "a single value") -> Scalar | None:
        if isinstance(node, Scalar) and not node.is_null:
            return node
        self.wrong_kind(node, what, wanted)
        return None

    def wrong_kind(self, node: Node, what: str, wanted: str) -> None:
        found = "nothing" if isinstance(node, Scalar) and node.is_null else node.kind
        help = None
        if isinstance(node, Sequence) and "type" in wanted and node.items:
            help = 'a type is one text: "u8[16]"'
        self.sink.error("KG102", node.span, f"{what} wants {wanted}, found {found}", help=help)

    def text(self, key: str) -> str | None:
        scalar = self.scalar(key, "a text")
        return None if scalar is None else scalar.text.strip()

    def word(self, key: str) -> Name | None:
        """A text with its place; what it may be is checked elsewhere."""
        scalar = self.scalar(key, "a name")
        if scalar is None:
            return None
        return self._stripped(scalar, f"`{key}` of {self.what}")

    def _stripped(self, scalar: Scalar, what: str) -> Name | None:
        text = scalar.text.strip()
        if text == scalar.text and text:
            return scalar
        if not text:
            self.sink.error("KG102", scalar.span, f"{what} wants a name, found an empty text")
            return None
        return Word(text, scalar.span)

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
            f"`{key}` of {self.what} is {_one_of(choices)}, not `{shown(scalar.text)}`",
            help=f"did you mean `{near}`?" if near else None,
        )
        return None

    def span_of(self, key: str) -> Span:
        """Where a key that is there has its value."""
        return self._entries[key][1].span

    def boolean(self, key: str) -> bool:
        if key not in self._entries:
            return False
        scalar = self.scalar(key, "true or false")
        if scalar is None:
            return False
        return boolean(scalar, f"`{key}` of {self.what}", self.sink) or False

    def version(self, key: str) -> tuple[tuple[int, int], Span] | None:
        scalar = self.scalar(key, "a version")
        if scalar is None:
            return None
        found = version(scalar.text)
        if found is None:
            self.sink.error(
                "KG106",
                scalar.span,
                f"`{shown(scalar.text)}` is not a version",
                help='write major and minor, each 0 to 65535: "1.10"',
            )
            return None
        return found, scalar.span

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

    def expression(self, scalar: Scalar | None) -> Expression | None:
        """An integer expression; most are a number."""
        if scalar is None:
            return None
        value = literal(scalar)
        if value is None and report_odd_number(scalar, "this", self.sink):
            return None
        return value or self.parse(scalar, Parser.expression)

    def integer(self, key: str) -> Expression | None:
        return self.expression(self.scalar(key, "a number"))

    def placed(self, key: str) -> tuple[Expression, Span] | None:
        """An integer expression with the place of its whole text."""
        scalar = self.scalar(key, "a number")
        value = self.expression(scalar)
        return None if value is None or scalar is None else (value, scalar.span)

    # Mappings and lists

    def child(self, key: str) -> Mapping | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        node = entry[1]
        if isinstance(node, Mapping):
            return node
        self.wrong_kind(node, f"`{key}` of {self.what}", "a mapping")
        return None

    def named(self, key: str) -> Iterator[tuple[Name, Node]]:
        """Name and value of each entry of a mapping; nothing below the key is a mapping without entries."""
        entry = self._entries.get(key)
        if entry is None or (isinstance(entry[1], Scalar) and entry[1].is_null):
            return
        mapping = self.child(key)
        if mapping is not None:
            yield from mapping.by_key.values()

    def names(self, key: str) -> tuple[Name, ...]:
        """One word or a list of them."""
        entry = self._entries.get(key)
        if entry is None:
            return ()
        node, what = entry[1], f"`{key}` of {self.what}"
        found: dict[str, Name] = {}
        for item in node.items if isinstance(node, Sequence) else [node]:
            scalar = self.as_scalar(item, what, "a name or a list of names")
            word = scalar and self._stripped(scalar, what)
            if word is None:
                continue
            if word.text in found:
                self.sink.error(
                    "KG118", word.span, f"{what} lists `{shown(word.text)}` twice", label="again"
                )
            found.setdefault(word.text, word)
        return tuple(found.values())

    def note(self) -> NoteNode:
        if _NOTE_KEYS.isdisjoint(self._entries):
            return PLAIN_NOTE
        return NoteNode(
            self.text("doc") or "", self.version("since"), self._deprecated(), self._c_name()
        )

    def native(self) -> NativeNode | None:
        """What only a native struct, union or field says of itself."""
        if _NATIVE_KEYS.isdisjoint(self._entries):
            return None
        first = next(entry[0] for key, entry in self._entries.items() if key in _NATIVE_KEYS)
        return NativeNode(
            first.span,
            self.placed("pack"),
            self.placed("align"),
            self.boolean("packed"),
            self.boolean("unnamed"),
            self.names("abis"),
            self.choice("c_kind", _C_KINDS),
        )

    def _deprecated(self) -> str | None:
        text = self.text("deprecated")
        if text is not None and text.lower() in _TRUTHS:
            scalar = self.scalar("deprecated")
            self.sink.error(
                "KG102",
                scalar.span if scalar else None,
                f"`deprecated` of {self.what} wants a text that says why, found `{text}`",
                help="`deprecated: use NAME`",
            )
        return text

    def _c_name(self) -> str | None:
        name = self.word("c_name")
        if name is None:
            return None
        if not self.external:
            self.sink.error(
                "KG303",
                name.span,
                f"`c_name` of {self.what}: kgen makes the C names of a new interface",
                help="drop it; or write `external: true` if the driver exists already",
            )
        elif not _C_NAME.fullmatch(name.text):
            self.sink.error("KG303", name.span, f"`{shown(name.text)}` is no identifier of C")
        return name.text


def check_name(name: Name, what: str, external: bool, sink: Sink) -> None:
    """A name is lower case with `_`; an existing interface may keep its C spelling."""
    pattern = _C_NAME if external else _NAME
    if pattern.fullmatch(name.text):
        return
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+", "_", name.text).lower().strip("_")
    if len(name.text) > LONGEST_NAME:
        help = f"at most {LONGEST_NAME} characters"
    elif _NAME.fullmatch(snake):
        help = f"write `{snake}`"
    else:
        help = "a letter from a to z, then letters, digits and single `_`"
    sink.error("KG109", name.span, f"`{shown(name.text)}` cannot name {what}", help=help)


def _one_of(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]
