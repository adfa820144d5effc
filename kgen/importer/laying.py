"""Lay an overlay over a lifted schema: what it says in C's names, in those of the schema."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from kgen.diagnostics import closest
from kgen.importer.names import snake
from kgen.importer.overlay import text_of
from kgen.importer.text import Raw
from kgen.record import NamedTuple
from kgen.source import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping as Dict

    from kgen.diagnostics import Sink, Span
    from kgen.importer.overlay import Overlay
    from kgen.source import Node

_TEXTS = frozenset(["doc", "deprecated", "version", "mode", "path"])
_MEANING = frozenset(
    [
        "doc",
        "deprecated",
        "since",
        "type",
        "in",
        "out",
        "inout",
        "arg",
        "interface",
        "targets",
        "node",
        "device",
        "path",
    ]
)
"""What an overlay may say in place of what the import wrote."""
_DIRECTIONS = ("in", "out", "inout")
_MESSAGES = (*_DIRECTIONS, "arg")
_WORD = re.compile(r"[A-Za-z_]\w*")
_ELSEWHERE = re.compile(r"\bat\s+\w+\s+size\s+\w+")
"""Of content that has no place of its own in a struct."""

Path = tuple[str, ...]
"""Keys from the top of a schema down."""


class Laid(NamedTuple):
    """What an overlay was laid over."""

    records: dict[str, Span]
    """Names of structs and unions in the schema, and where the overlay speaks of them."""
    codes: dict[str, Span]
    """C names of codes, and where the overlay speaks of them."""
    messages: frozenset[str]
    """C names of the codes of Linux whose message the overlay replaced."""
    origins: dict[Path, Span]
    """What came from the overlay, and from where in it."""


def lay_over(schema: dict[str, Any], overlay: Overlay, sink: Sink, coded: Dict[str, int]) -> Laid:
    """Change `schema` in place; what the header contradicts is KG717, what it does not have KG716.

    `coded` has the C names of codes whose number tells another message than the overlay does, and its size in bytes.
    """
    return _Layer(schema, sink, coded).lay(overlay)


class _Layer:
    def __init__(self, schema: dict[str, Any], sink: Sink, coded: Dict[str, int]) -> None:
        self.schema = schema
        self.sink = sink
        self.coded = coded
        self.types = {
            _c_name(name, entry): name
            for part in ("enums", "flags", "unions", "structs")
            for name, entry in schema.get(part, {}).items()
        }
        self.constants = {
            _c_name(name, entry): name for name, entry in schema.get("constants", {}).items()
        }
        self.members: dict[str, str] = {}
        """Of the record that is spoken of, by their C names."""
        self.records: dict[str, Span] = {}
        self.codes: dict[str, Span] = {}
        self.messages: set[str] = set()
        self.origins: dict[Path, Span] = {}

    def lay(self, overlay: Overlay) -> Laid:
        # New types come first: fields may be of them.
        for part in ("enums", "flags"):
            for key, node in self._entries(overlay, part):
                if isinstance(node, Mapping) and self._is_new(part, key, node):
                    self._group(part, key, node)
                else:
                    self._named(part, key, node, self._merge)
        laying = {"structs": self._record, "unions": self._record, "ioctls": self._ioctl}
        for part in ("constants", "unions", "structs", "ioctls"):
            for key, node in self._entries(overlay, part):
                self._named(part, key, node, laying.get(part, self._merge))
        for name, entry in self.schema.get("ioctls", {}).items():
            # The message is the header's, and has a tail now.
            size = self.coded.get(_c_name(name, entry), 0)
            if size and "coded" not in entry:
                entry["coded"] = {"size": Raw(f"u8[{size}]")}
        if "interface" in overlay.sections:
            self._merge(self.schema, overlay.sections["interface"], (), "the interface")
        return Laid(self.records, self.codes, frozenset(self.messages), self.origins)

    def _entries(self, overlay: Overlay, part: str) -> list[tuple[Scalar, Node]]:
        section = overlay.sections.get(part)
        return [] if section is None else list(section.entries)

    def _is_new(self, part: str, key: Scalar, node: Mapping) -> bool:
        """Whether it is made of constants of the header, and not a type that the header has."""
        known = {_c_name(name, entry) for name, entry in self.schema.get(part, {}).items()}
        return node.get("from") is not None or (
            key.text not in known and isinstance(node.get("values"), Mapping)
        )

    def _named(self, part: str, key: Scalar, node: Node, lay: Callable[..., None]) -> None:
        """Find what the header calls so, and add to it."""
        known = {_c_name(name, entry): name for name, entry in self.schema.get(part, {}).items()}
        name = known.get(key.text)
        if name is None:
            self._unknown(key.span, key.text, known, f"of the header's {part}")
            return
        if not isinstance(node, Mapping):
            self.sink.error("KG102", node.span, f"`{key.text}` wants a mapping")
            return
        entry = self.schema[part][name]
        if not isinstance(entry, dict):
            entry = self.schema[part][name] = {"value": entry}
        found = self.codes if part == "ioctls" else self.records
        found[key.text if part == "ioctls" else name] = key.span
        lay(entry, node, (part, name), f"`{key.text}`")
        self.members = {}

    def _record(self, entry: dict[str, Any], node: Mapping, path: Path, what: str) -> None:
        self.members = _members_of(entry)
        self._merge(entry, node, path, what)

    def _ioctl(self, entry: dict[str, Any], node: Mapping, path: Path, what: str) -> None:
        if any(node.get(each) is not None for each in _MESSAGES):
            old = {each: entry.pop(each) for each in _MESSAGES if each in entry}
            name = _c_name(path[-1], entry)
            if "nr" in entry and "coded" not in entry:
                self.messages.add(name)
                if name in self.coded and node.get("coded") is None:
                    entry["coded"] = _coded(old)
        reply = text_of(node.get("out") or node.get("inout"))
        of_reply = self.schema.get("structs", {}).get(self.types.get(reply, reply), {})
        self.members = _members_of(of_reply)
        self._merge(entry, node, path, what)

    def _merge(self, entry: dict[str, Any], node: Mapping, path: Path, what: str) -> None:
        for key, value in node.entries:
            at = (*path, key.text)
            if key.text in ("fields", "arms", "values", "bits") and isinstance(value, Mapping):
                self._members(entry.setdefault(key.text, {}), value, at, what)
                continue
            if isinstance(value, Mapping) and isinstance(entry.get(key.text), dict):
                self._merge(entry[key.text], value, at, f"`{key.text}` of {what}")
                continue
            new = self._plain(value, key.text)
            old = entry.get(key.text)
            if old is not None and str(old) != str(new) and key.text not in _MEANING:
                self.sink.error(
                    "KG717",
                    value.span,
                    f"`{key.text}` of {what} is {old} in the header",
                    label="an overlay adds to it",
                    help="drop it here, or change the header",
                )
                continue
            entry[key.text] = new
            self.origins[at] = value.span

    def _members(self, members: dict[str, Any], node: Mapping, path: Path, what: str) -> None:
        known = {_c_name(name, entry): name for name, entry in members.items()}
        for key, value in node.entries:
            name = known.get(key.text)
            if name is None and _ELSEWHERE.search(text_of(_type(value))):
                name = key.text
                members[name] = {}
            if name is None:
                self._unknown(key.span, key.text, known, f"of {what}")
                continue
            entry = members[name]
            if not isinstance(entry, dict):
                entry = {"type": entry}
            if isinstance(value, Mapping):
                self._merge(entry, value, (*path, name), f"`{key.text}` of {what}")
            else:
                entry["type"] = self._plain(value, "type")
                self.origins[path + (name,)] = value.span
            members[name] = entry if len(entry) > 1 else entry["type"]

    def _group(self, part: str, key: Scalar, node: Mapping) -> None:
        """Constants of the header become the values of an enum, or of flags."""
        if key.text in self.types.values() or key.text in self.types:
            self.sink.error("KG717", key.span, f"the header has a type `{key.text}` itself")
            return
        values: dict[str, Any] = {}
        for pattern in _items(node.get("from")):
            self._matching(pattern, values)
        listed = node.get("values")
        if isinstance(listed, Mapping):
            for name, c_name in listed.entries:
                self._one(name.text, c_name, values)
        group = {
            each.text: self._plain(value, each.text)
            for each, value in node.entries
            if each.text not in ("from", "values")
        }
        group.setdefault("open", True)
        self.schema.setdefault(part, {})[key.text] = {**group, "values": values}
        if not self.schema.get("constants", True):
            del self.schema["constants"]
        self.types[key.text] = key.text
        self.origins[(part, key.text)] = key.span

    def _matching(self, pattern: Node, values: dict[str, Any]) -> None:
        """Constants by a pattern; what it has before a star is not in their names."""
        text = text_of(pattern)
        found = [each for each in self.constants if fnmatchcase(each, text)]
        if not found:
            message = f"no constant of the header is called `{text}`"
            self.sink.error("KG716", pattern.span, message)
        for c_name in found:
            name = self.constants[c_name]
            rest = c_name[len(text.partition("*")[0]) :].lstrip("_")
            is_free = rest[:1].isalpha() and snake(rest) not in values
            values[snake(rest) if is_free else name] = self._taken(name)

    def _one(self, name: str, c_name: Node, values: dict[str, Any]) -> None:
        constant = self.constants.get(text_of(c_name))
        if constant is None:
            where = "of the header's constants"
            self._unknown(c_name.span, text_of(c_name), self.constants, where)
        else:
            values[name] = self._taken(constant)

    def _taken(self, name: str) -> dict[str, Any]:
        """A constant, which is none any longer."""
        entry = self.schema["constants"].pop(name)
        del self.constants[_c_name(name, entry)]
        return entry if isinstance(entry, dict) else {"value": entry}

    def _plain(self, node: Node, key: str) -> Any:
        """A value of the overlay as the schema has it: types, constants and members by their names there."""
        if isinstance(node, Mapping):
            return {each.text: self._plain(value, each.text) for each, value in node.entries}
        if isinstance(node, Sequence):
            return [self._plain(each, key) for each in node.items]
        text = text_of(node)
        if key in _TEXTS:
            return text
        if text in ("true", "false"):
            return Raw(text)
        names = {**self.members, **self.constants, **self.types}
        return Raw(_WORD.sub(lambda word: names.get(word[0], word[0]), text))

    def _unknown(self, span: Span, name: str, known: dict[str, str], where: str) -> None:
        near = closest(name, known)
        self.sink.error(
            "KG716",
            span,
            f"`{name}` is none {where}",
            label="not there, or not any more",
            help=f"did you mean `{near}`?" if near else None,
        )


def _coded(old: dict[str, Any]) -> dict[str, Any]:
    """What a number says by itself of the message that the header names."""
    for key in _DIRECTIONS:
        if key in old:
            message = old[key]
            size = message if isinstance(message, str) else next(iter(message.values()))
            return {"direction": Raw("both" if key == "inout" else key), "size": size}
    return {"direction": Raw("none")}


def _items(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return list(node.items) if isinstance(node, Sequence) else [node]


def _members_of(record: dict[str, Any]) -> dict[str, str]:
    members = record.get("fields") or record.get("arms") or {}
    return {_c_name(name, entry): name for name, entry in members.items()}


def _type(node: Node) -> Node | None:
    return node.get("type") if isinstance(node, Mapping) else node


def _c_name(name: str, entry: Any) -> str:
    found = entry.get("c_name") if isinstance(entry, dict) else None
    return str(found or name)
