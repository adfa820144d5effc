"""YAML events -> nodes, in time linear in the text. `refuse` says what kgen does not take.

Nothing here recurses, so that no nesting can exhaust the stack.
"""

from __future__ import annotations

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

from kgen.diagnostics import Sink, SourceFile
from kgen.source import refuse
from kgen.source.nodes import Mapping, Node, Scalar, Sequence
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
            children.append(_scalar(file, event, sink))
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if len(enclosing) == MAX_DEPTH:
                refuse.depth(file, event, MAX_DEPTH, sink)
                break
            collection = _collection(file, event, sink)
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


def _scalar(file: SourceFile, event: Event, sink: Sink) -> Scalar:
    start, end = event.start_mark, event.end_mark
    style = event.style or ""
    text = event.value
    node = Scalar(file, start.line + 1, start.column + 1, end.line + 1, end.column + 1, text, style)
    if style:
        if style == '"':
            refuse.escapes(node, sink)
        elif style != "'":
            # Where a block scalar ends depends on the parser; its header marks it well enough.
            node.end_line, node.end_column = node.line, node.column + 1
    if event.anchor is not None or event.tag is not None:
        refuse.properties(file, event, sink)
    return node


def _placeholder(file: SourceFile, event: Event) -> Scalar:
    """Stands for an alias, so that keys and values still pair up."""
    start, end = event.start_mark, event.end_mark
    place = (start.line + 1, start.column + 1, end.line + 1, end.column + 1)
    return Scalar(file, *place, "*" + event.anchor, "'")


def _collection(file: SourceFile, event: Event, sink: Sink) -> Mapping | Sequence:
    mark = event.start_mark
    make = Mapping if event.__class__ is MappingStartEvent else Sequence
    if event.anchor is not None or event.tag is not None:
        refuse.properties(file, event, sink)
    return make(file, mark.line + 1, mark.column + 1)


def _close(node: Mapping | Sequence, children: list[Node], event: Event, sink: Sink) -> None:
    start, end = event.start_mark, event.end_mark
    if start.column != end.column:  # a bracket
        node.end_line, node.end_column = end.line + 1, end.column + 1
    elif children:
        last = children[-1]
        node.end_line, node.end_column = last.end_line, last.end_column
    if isinstance(node, Sequence):
        node.items = children
    else:
        node.entries = refuse.bad_keys(children, sink)
