"""YAML events -> nodes, in time linear in the text. `refuse` says what kgen does not take.

Nothing here recurses, so that no nesting can exhaust the stack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from kgen.source import refuse
from kgen.source.nodes import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from kgen.diagnostics import Sink, SourceFile
    from kgen.source.nodes import Node
    from kgen.source.parser import Event, EventParser

MAX_DEPTH = 64


def build(file: SourceFile, parser: EventParser, sink: Sink) -> Node | None:
    """The value of the first document; None where there is none. Raises yaml.MarkedYAMLError."""
    next_event = parser.get_event
    top: list[Node] = []
    # What the innermost open collection holds; a mapping's is key, value, key, value ...
    children = top
    enclosing: list[tuple[Mapping | Sequence, list[Node]]] = []
    while True:
        event = next_event()
        kind = event.__class__
        if kind is ScalarEvent:
            style = event.style or ""
            scalar = Scalar(file, event.start_mark, event.end_mark, event.value, style)
            children.append(scalar)
            if style or event.anchor is not None or event.tag is not None:
                _check_scalar(scalar, event, sink)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if len(enclosing) == MAX_DEPTH:
                refuse.depth(file, event, MAX_DEPTH, sink)
                break
            collection = _collection(file, event, sink)
            in_mapping = enclosing and isinstance(enclosing[-1][0], Mapping)
            if in_mapping and len(children) % 2 == 0:
                refuse.collection_as_key(collection, sink)
                children.append(_placeholder(file, event))
            else:
                children.append(collection)
            enclosing.append((collection, children))
            children = []
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            collection, outer = enclosing.pop()
            _close(collection, children, event, sink)
            children = outer
        elif kind is AliasEvent:
            refuse.alias(file, event, sink)
            children.append(_placeholder(file, event))
        elif kind is DocumentStartEvent:
            refuse.directives(file, event, sink)
            if top:
                refuse.second_document(file, event, sink)
                break
        elif kind is StreamEndEvent:
            break
    return top[0] if top else None


def _check_scalar(scalar: Scalar, event: Event, sink: Sink) -> None:
    if scalar.style == '"':
        refuse.escapes(scalar, sink)
    elif scalar.style in ("|", ">"):
        # Where a block scalar ends depends on the parser.
        scalar.end = event.start_mark
        refuse.block_comment(scalar.span, sink)
    if event.anchor is not None or event.tag is not None:
        refuse.properties(scalar.span, sink)


def _placeholder(file: SourceFile, event: Event) -> Scalar:
    """Stands for what was refused, so that keys and values still pair up; its text is unique."""
    start = event.start_mark
    return Scalar(file, start, event.end_mark, f"\0{start.line}:{start.column}", "'")


def _collection(file: SourceFile, event: Event, sink: Sink) -> Mapping | Sequence:
    make = Mapping if event.__class__ is MappingStartEvent else Sequence
    collection = make(file, event.start_mark, event.end_mark)
    if event.anchor is not None or event.tag is not None:
        refuse.properties(collection.span, sink)
    return collection


def _close(node: Mapping | Sequence, children: list[Node], event: Event, sink: Sink) -> None:
    if event.start_mark.column != event.end_mark.column:  # a bracket
        node.end = event.end_mark
    elif children:
        node.end = children[-1].end
    if isinstance(node, Sequence):
        node.items = children
        return
    # Keys are scalars: others were replaced when they were read.
    entries = zip(cast("list[Scalar]", children[::2]), children[1::2], strict=True)
    node.by_key = {entry[0].text: entry for entry in entries}
    if 2 * len(node.by_key) != len(children) or "<<" in node.by_key:
        node.by_key = refuse.bad_keys(children, sink)
