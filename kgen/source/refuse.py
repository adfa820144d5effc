"""What YAML allows and kgen refuses: each finding has its own code and says what to write instead.

Aliases are never expanded, so that a small file cannot stand for a huge tree.
"""

from __future__ import annotations

import re

from kgen.diagnostics import Note, Sink, SourceFile, Span
from kgen.source.nodes import Node, Scalar
from kgen.source.parser import Event
from kgen.source.read import FORBIDDEN, character_name

_ANCHOR = re.compile(r"&[^\s,\[\]{}]+")
_TAG = re.compile(r"!\S*")


def event_span(file: SourceFile, event: Event) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def depth(file: SourceFile, event: Event, limit: int, sink: Sink) -> None:
    sink.error("KG009", event_span(file, event), f"nested more than {limit} levels deep")


def second_document(file: SourceFile, event: Event, sink: Sink) -> None:
    sink.error(
        "KG011",
        event_span(file, event),
        "a second YAML document",
        label="a schema file is one document",
        help="put the other interface into a file of its own, and remove the `---`",
    )


def directives(file: SourceFile, event: Event, sink: Sink) -> None:
    """`%YAML` and `%TAG` stand on the lines before the `---` at which the event starts."""
    if not event.explicit:
        return
    mark = event.start_mark
    for number in range(mark.line, 0, -1):
        line = file.line(number)
        if line.startswith("%"):
            span = Span(file, number, 1, number, len(line.rstrip()) + 1)
            directive(span, sink)
        elif line.strip() and not line.lstrip().startswith("#"):
            break


def directive(span: Span, sink: Sink) -> None:
    sink.error("KG017", span, "YAML directives are not used", help="remove the line")


def alias(file: SourceFile, event: Event, sink: Sink) -> None:
    sink.error(
        "KG014",
        event_span(file, event),
        f"YAML aliases such as `*{event.anchor}` are not allowed",
        label="an alias",
        help="name the shared type under `structs:` or the shared number under `constants:`; "
        "quote a text that begins with `*`",
    )


def properties(file: SourceFile, event: Event, sink: Sink) -> None:
    """An anchor or a tag before a value. Both stand at the start of the event, in any order."""
    mark = event.start_mark
    rest = file.line(mark.line + 1)[mark.column :]
    for word, span in _property_words(file, event, rest):
        if word[0] == "&":
            sink.error(
                "KG014",
                span,
                f"YAML anchors such as `{word}` are not allowed",
                label="an anchor",
                help="remove it; what is shared gets a name under `structs:` or `constants:`; "
                "quote a text that begins with `&`",
            )
        else:
            sink.error(
                "KG016",
                span,
                f"YAML tags such as `{word}` are not allowed",
                label="a tag",
                help="remove it: kgen knows the type of each key; quote a text that begins with `!`",
            )


def _property_words(file: SourceFile, event: Event, rest: str) -> list[tuple[str, Span]]:
    line, column = event.start_mark.line + 1, event.start_mark.column + 1
    found = []
    at = 0
    while match := (_ANCHOR.match(rest, at) or _TAG.match(rest, at)):
        span = Span(file, line, column + at, line, column + match.end())
        found.append((match.group(), span))
        at = len(rest) - len(rest[match.end() :].lstrip())
    return found


def escapes(node: Scalar, sink: Sink) -> None:
    """An escape must not bring in what may not be written directly."""
    if node.text.isprintable():
        return
    bad = FORBIDDEN.search(node.text)
    if bad:
        sink.error(
            "KG007",
            node.span,
            f"{character_name(bad.group())} is not allowed in a schema",
            label="comes from an escape in this text",
            help="remove the escape",
        )


def bad_keys(children: list[Node], sink: Sink) -> list[tuple[Scalar, Node]]:
    """The entries of a mapping from its alternating keys and values, without refused ones."""
    pairs = list(zip(children[::2], children[1::2], strict=True))
    entries = [(key, value) for key, value in pairs if isinstance(key, Scalar)]
    texts = {key.text for key, _ in entries}
    if len(texts) == len(pairs) and "<<" not in texts:
        return entries
    for key, _ in pairs:
        if not isinstance(key, Scalar):
            _not_a_name(key, sink)
    return _unique(entries, sink)


def _not_a_name(key: Node, sink: Sink) -> None:
    sink.error(
        "KG013",
        key.span,
        f"{key.kind} is used as a key",
        label="a key is a name",
        help="quote it if it is meant as text; `{{` and `}}` of a template engine need quotes too",
    )


def _unique(entries: list[tuple[Scalar, Node]], sink: Sink) -> list[tuple[Scalar, Node]]:
    first: dict[str, tuple[Scalar, Node]] = {}
    for entry in entries:
        key = entry[0]
        if key.text == "<<" and key.plain:
            sink.error(
                "KG015",
                key.span,
                "YAML merge keys are not allowed",
                help="write the entries out, or name a struct and use it as the type",
            )
        elif key.text in first:
            earlier = first[key.text][0].span
            sink.error(
                "KG012",
                key.span,
                f"`{key.text}` is defined twice",
                label="second definition",
                help="rename or remove one of the two",
                notes=[Note("first defined here", earlier)],
            )
        else:
            first[key.text] = entry
    return list(first.values())
