"""Meaning that a header does not have, laid over the schema of it: a small file that survives another import.

```yaml
kgen_overlay: 1
prefixes: [DISK_]
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
from typing import TYPE_CHECKING

from kgen import source
from kgen.diagnostics import closest
from kgen.record import NamedTuple
from kgen.source import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from kgen.diagnostics import Sink, SourceFile, Span
    from kgen.source import Node

VERSION = "1"
_PREFIXES = "prefixes"
_SECTIONS = ("interface", "constants", "enums", "flags", "unions", "structs", "ioctls")
_WORD = re.compile(r"[A-Za-z_]\w*")


class Overlay(NamedTuple):
    sections: dict[str, Mapping]
    prefixes: tuple[str, ...]
    """Of C names, which those of the schema do without."""
    span: Span

    @property
    def codes(self) -> tuple[str, ...]:
        """What it calls codes: they are, though the header may write plain numbers."""
        section = self.sections.get("ioctls")
        return () if section is None else tuple(key.text for key, _ in section.entries)


def read_overlay(file: SourceFile, sink: Sink) -> Overlay | None:
    """The sections of an overlay file; None where something was reported."""
    tree = source.parse(file, sink)
    if tree is None or sink.has_errors:
        return None
    entries = tree.entries if isinstance(tree, Mapping) else []
    first = entries[0] if entries else None
    if first is None or first[0].text != "kgen_overlay" or text_of(first[1]) != VERSION:
        span = first[0].span if first is not None else tree.span
        sink.error(
            "KG107", span, "the first key of an overlay is `kgen_overlay: 1`", label="not there"
        )
        return None
    sections = {}
    prefixes: tuple[str, ...] = ()
    for key, node in entries[1:]:
        if key.text == _PREFIXES:
            prefixes = _prefixes(node, sink)
        elif key.text not in _SECTIONS:
            known = (_PREFIXES, *_SECTIONS)
            near = closest(key.text, known)
            help = f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"
            sink.error("KG101", key.span, f"an overlay has no key `{key.text}`", help=help)
        elif isinstance(node, Mapping):
            sections[key.text] = node
        else:
            sink.error("KG102", node.span, f"`{key.text}` wants a mapping, found {node.kind}")
    return None if sink.has_errors else Overlay(sections, prefixes, first[0].span)


def _prefixes(node: Node, sink: Sink) -> tuple[str, ...]:
    items = node.items if isinstance(node, Sequence) else [node]
    for each in items:
        if not isinstance(each, Scalar) or not _WORD.fullmatch(each.text):
            sink.error(
                "KG102",
                each.span,
                f"`{_PREFIXES}` wants beginnings of C names",
                help="[LOOP_, lo_]",
            )
    return tuple(text_of(each) for each in items)


def text_of(node: Node | None) -> str:
    return node.text.strip() if isinstance(node, Scalar) else ""
