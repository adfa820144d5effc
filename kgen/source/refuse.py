"""What YAML allows and kgen refuses: each finding has its own code and says what to write instead.

Aliases are never expanded, so that a small file cannot stand for a huge tree.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgen.diagnostics import Note, Span
from kgen.source.nodes import Node, Scalar
from kgen.source.read import character_name, forbidden

if TYPE_CHECKING:
    from kgen.diagnostics import Sink, SourceFile
    from kgen.source.parser import Event

# Not compiled here: a schema that is as it should be needs none of it.
_PROPERTY = r"\s*(&[^\s,\[\]{}]+|!<[^>]*>|![^\s,\[\]{}]*)"


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
    """Those before a document, all of which its first event covers."""
    for number in range(event.start_mark.line + 1, event.end_mark.line + 1):
        if file.line(number).startswith("%"):
            directive(file, number, sink)


def directive(file: SourceFile, number: int, sink: Sink) -> None:
    text = file.line(number).split(" #")[0].rstrip()
    span = Span(file, number, 1, number, len(text) + 1)
    sink.error("KG017", span, "YAML directives are not used", help="remove the line")


def alias(file: SourceFile, event: Event, sink: Sink) -> None:
    sink.error(
        "KG014",
        event_span(file, event),
        f"YAML aliases such as `*{event.anchor}` are not allowed",
        label="an alias",
        help="name what is shared under `structs:` or `constants:`. A text that begins with `*` "
        "needs quotes",
    )


def properties(span: Span, sink: Sink) -> None:
    """The anchor and the tag at the start of a value, in either order."""
    rest = span.file.line(span.line)[span.column - 1 :]
    start = span.column
    while match := re.match(_PROPERTY, rest):
        word = match[1]
        start += match.start(1)
        place = Span(span.file, span.line, start, span.line, start + len(word))
        if word[0] == "&":
            _anchor(word, place, sink)
        else:
            _tag(word, place, sink)
        start += len(word)
        rest = rest[match.end() :]


def _anchor(word: str, span: Span, sink: Sink) -> None:
    sink.error(
        "KG014",
        span,
        f"YAML anchors such as `{word}` are not allowed",
        label="an anchor",
        help="remove it; what is shared gets a name under `structs:` or `constants:`. "
        "A text that begins with `&` needs quotes",
    )


def _tag(word: str, span: Span, sink: Sink) -> None:
    sink.error(
        "KG016",
        span,
        f"YAML tags such as `{word}` are not allowed",
        label="a tag",
        help="remove it: kgen knows the type of each key. A text that begins with `!` needs quotes",
    )


def block_comment(span: Span, sink: Sink) -> None:
    """`>#`: not every parser takes a comment here without a space before it."""
    header = span.file.line(span.line)[span.column - 1 :]
    rest = header.lstrip("|>-+0123456789")
    if rest.startswith("#"):
        mark = header[: -len(rest)]
        column = span.column + len(mark)
        sink.error(
            "KG042",
            Span(span.file, span.line, column, span.line, column + 1),
            f"`#` cannot follow `{mark}`",
            help="put a space before the comment",
        )


def escapes(node: Scalar, sink: Sink) -> None:
    """An escape must not bring in what may not be written directly."""
    if node.text.isprintable():
        return
    bad = forbidden(node.text)
    if bad and "\ud800" <= bad.group() <= "\udfff":
        # libyaml does not get this far.
        sink.error("KG027", node.span, "half of a surrogate pair is not a character")
    elif bad:
        sink.error(
            "KG007",
            node.span,
            f"{character_name(bad.group())} is not allowed in a schema",
            label="comes from an escape in this text",
            help="remove the escape",
        )


def collection_as_key(key: Node, sink: Sink) -> None:
    sink.error(
        "KG013",
        key.span,
        f"{key.kind} is used as a key",
        label="a key is a single name",
        help="quote it if it is meant as text",
    )


def bad_keys(children: list[Node], sink: Sink) -> dict[str, tuple[Scalar, Node]]:
    """The entries of a mapping, from its alternating keys and values, without those reported:
    merge keys and second definitions.
    """
    kept: dict[str, tuple[Scalar, Node]] = {}
    for key, value in zip(children[::2], children[1::2], strict=True):
        assert isinstance(key, Scalar), "the builder replaces other keys"
        if key.text == "<<" and key.plain:
            _merge_key(key, sink)
        elif key.text in kept:
            _defined_twice(key, kept[key.text][0], sink)
        else:
            kept[key.text] = (key, value)
    return kept


def _merge_key(key: Scalar, sink: Sink) -> None:
    sink.error(
        "KG015",
        key.span,
        "YAML merge keys are not allowed",
        help="write the entries out, or name a struct and use it as the type",
    )


def _defined_twice(key: Scalar, first: Scalar, sink: Sink) -> None:
    sink.error(
        "KG012",
        key.span,
        f"`{key.text}` is defined twice",
        label="second definition",
        help="rename or remove one of the two",
        notes=[Note("first defined here", first.span)],
    )
