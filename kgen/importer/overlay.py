"""Meaning that a header does not have, laid over the schema of it: a small file that survives another import.

```yaml
kgen_overlay: 1
interface: {doc: Disks., windows: {path: \\\\.\\PhysicalDrive0}}
ioctls:
  IOCTL_DISK_GET_LENGTH_INFO: {out: GET_LENGTH_INFORMATION, idempotent: true}
structs:
  GET_LENGTH_INFORMATION: {fields: {Length: s64 in 0..1 << 62}}
flags:
  media_flags: {type: u32, from: MEDIA_*}
```

Everything is named as C names it. The overlay adds; what the header says itself, numbers and layouts, it cannot change.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from kgen import source
from kgen.diagnostics import closest
from kgen.importer.names import snake
from kgen.importer.text import Raw
from kgen.record import NamedTuple
from kgen.source import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from kgen.diagnostics import Sink, SourceFile, Span
    from kgen.source import Node

VERSION = "1"
_SECTIONS = ("interface", "constants", "enums", "flags", "unions", "structs", "ioctls")
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
_MESSAGES = ("in", "out", "inout")
_WORD = re.compile(r"[A-Za-z_]\w*")


class Overlay(NamedTuple):
    sections: dict[str, Mapping]


class Laid(NamedTuple):
    """What an overlay was laid over."""

    records: dict[str, Span]
    """Names of structs and unions in the schema, and where the overlay speaks of them."""


def read_overlay(file: SourceFile, sink: Sink) -> Overlay | None:
    """The sections of an overlay file; None where something was reported."""
    tree = source.parse(file, sink)
    if tree is None or sink.has_errors:
        return None
    entries = tree.entries if isinstance(tree, Mapping) else []
    first = entries[0] if entries else None
    if first is None or first[0].text != "kgen_overlay" or _text(first[1]) != VERSION:
        span = first[0].span if first is not None else tree.span
        sink.error(
            "KG107", span, "the first key of an overlay is `kgen_overlay: 1`", label="not there"
        )
        return None
    sections = {}
    for key, node in entries[1:]:
        if key.text not in _SECTIONS:
            near = closest(key.text, _SECTIONS)
            help = f"did you mean `{near}`?" if near else f"known: {', '.join(_SECTIONS)}"
            sink.error("KG101", key.span, f"an overlay has no key `{key.text}`", help=help)
        elif isinstance(node, Mapping):
            sections[key.text] = node
        else:
            sink.error("KG102", node.span, f"`{key.text}` wants a mapping, found {node.kind}")
    return None if sink.has_errors else Overlay(sections)


def lay_over(schema: dict[str, Any], overlay: Overlay, sink: Sink) -> Laid:
    """Change `schema` in place; what the header contradicts is KG717, what it does not have KG716."""
    return _Layer(schema, sink).lay(overlay)


class _Layer:
    def __init__(self, schema: dict[str, Any], sink: Sink) -> None:
        self.schema = schema
        self.sink = sink
        self.types = {
            _c_name(name, entry): name
            for part in ("enums", "flags", "unions", "structs")
            for name, entry in schema.get(part, {}).items()
        }
        self.laid: dict[str, Span] = {}

    def lay(self, overlay: Overlay) -> Laid:
        # New types come first: fields may be of them.
        for part in ("enums", "flags"):
            for key, node in self._entries(overlay, part):
                if isinstance(node, Mapping) and node.get("from") is not None:
                    self._group(part, key, node)
                else:
                    self._named(part, key, node)
        for part in ("constants", "unions", "structs", "ioctls"):
            for key, node in self._entries(overlay, part):
                self._named(part, key, node)
        if "interface" in overlay.sections:
            self._merge(self.schema, overlay.sections["interface"], "the interface")
        return Laid(self.laid)

    def _entries(self, overlay: Overlay, part: str) -> list[tuple[Scalar, Node]]:
        section = overlay.sections.get(part)
        return [] if section is None else list(section.entries)

    def _named(self, part: str, key: Scalar, node: Node) -> None:
        """Find what the header calls so, and add to it."""
        known = {_c_name(name, entry): name for name, entry in self.schema.get(part, {}).items()}
        name = known.get(key.text)
        if name is None:
            self._unknown(key, key.text, known, f"of the header's {part}")
            return
        if not isinstance(node, Mapping):
            self.sink.error("KG102", node.span, f"`{key.text}` wants a mapping")
            return
        entry = self.schema[part][name]
        if not isinstance(entry, dict):
            entry = self.schema[part][name] = {"value": entry}
        if part in ("structs", "unions"):
            self.laid[name] = key.span
        if part == "ioctls" and any(node.get(each) is not None for each in _MESSAGES):
            for each in _MESSAGES:
                entry.pop(each, None)
        self._merge(entry, node, f"`{key.text}`")

    def _merge(self, entry: dict[str, Any], node: Mapping, what: str) -> None:
        for key, value in node.entries:
            if key.text in ("fields", "arms", "values", "bits") and isinstance(value, Mapping):
                self._members(entry.get(key.text, {}), value, what)
                continue
            if isinstance(value, Mapping) and isinstance(entry.get(key.text), dict):
                self._merge(entry[key.text], value, f"`{key.text}` of {what}")
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

    def _members(self, members: dict[str, Any], node: Mapping, what: str) -> None:
        known = {_c_name(name, entry): name for name, entry in members.items()}
        for key, value in node.entries:
            name = known.get(key.text)
            if name is None:
                self._unknown(key, key.text, known, f"of {what}")
                continue
            entry = members[name]
            if not isinstance(entry, dict):
                entry = {"type": entry}
            if isinstance(value, Mapping):
                self._merge(entry, value, f"`{key.text}` of {what}")
            else:
                entry["type"] = self._plain(value, "type")
            members[name] = entry if len(entry) > 1 else entry["type"]

    def _group(self, part: str, key: Scalar, node: Mapping) -> None:
        """Constants of the header become the values of an enum, or of flags."""
        pattern = _text(node.get("from"))
        constants = self.schema.get("constants", {})
        found = {
            name: entry
            for name, entry in constants.items()
            if fnmatchcase(_c_name(name, entry), pattern)
        }
        if not found:
            place = node.get("from")
            span = place.span if place is not None else key.span
            self.sink.error("KG716", span, f"no constant of the header is called `{pattern}`")
            return
        if key.text in self.types.values() or key.text in self.types:
            self.sink.error("KG717", key.span, f"the header has a type `{key.text}` itself")
            return
        prefix = snake(pattern.partition("*")[0])
        values = {}
        for name, entry in found.items():
            del constants[name]
            short = name.removeprefix(f"{prefix}_") if prefix else name
            values[short if short[:1].isalpha() and short not in values else name] = entry
        group = {
            each.text: self._plain(value, each.text)
            for each, value in node.entries
            if each.text != "from"
        }
        group.setdefault("open", True)
        self.schema.setdefault(part, {})[key.text] = {**group, "values": values}
        if not constants:
            self.schema.pop("constants", None)
        self.types[key.text] = key.text

    def _plain(self, node: Node, key: str) -> Any:
        """A value of the overlay as the schema has it: types by their names there."""
        if isinstance(node, Mapping):
            return {each.text: self._plain(value, each.text) for each, value in node.entries}
        if isinstance(node, Sequence):
            return [self._plain(each, key) for each in node.items]
        text = _text(node)
        if key in _TEXTS:
            return text
        if text in ("true", "false"):
            return Raw(text)
        return Raw(_WORD.sub(lambda word: self.types.get(word[0], word[0]), text))

    def _unknown(self, key: Scalar, name: str, known: dict[str, str], where: str) -> None:
        near = closest(name, known)
        self.sink.error(
            "KG716",
            key.span,
            f"`{name}` is none {where}",
            label="not there, or not any more",
            help=f"did you mean `{near}`?" if near else None,
        )


def _c_name(name: str, entry: Any) -> str:
    found = entry.get("c_name") if isinstance(entry, dict) else None
    return str(found or name)


def _text(node: Node | None) -> str:
    return node.text.strip() if isinstance(node, Scalar) else ""
