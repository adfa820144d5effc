"""Schema: fields, and the messages of an ioctl."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.schema.expression import Parser
from kgen.schema.nodes import (
    Clauses,
    DataNode,
    FieldNode,
    IoctlNode,
    Name,
    NoteNode,
    ShortNode,
    StructNode,
    TypeNode,
)
from kgen.schema.reader import Reader, check_name
from kgen.source import Mapping, Scalar

if TYPE_CHECKING:
    from kgen.schema.nodes import Message
    from kgen.source import Node

_PLAIN_CLAUSES = Clauses()
_PLAIN_NOTE = NoteNode()
_METHODS = ("buffered", "in_direct", "out_direct", "neither")


def read_type(reader: Reader, scalar: Scalar) -> TypeNode | None:
    """A type without clauses."""
    if scalar.text.isidentifier():
        span = scalar.span
        return TypeNode(Name(scalar.text, span), (), None, None, span)
    return reader.parse(scalar, Parser.type)


def read_fields(reader: Reader, key: str, external: bool) -> tuple[FieldNode, ...]:
    """The fields below `key`, in order."""
    mapping = reader.child(key)
    return () if mapping is None else _fields(reader, mapping, external)


def _fields(reader: Reader, mapping: Mapping, external: bool) -> tuple[FieldNode, ...]:
    fields = []
    for key, node in mapping.entries:
        name = Name(key.text, key.span)
        check_name(name, "a field", external, reader.sink)
        field = _field(reader, name, node)
        if field is not None:
            fields.append(field)
    return tuple(fields)


def _field(reader: Reader, name: Name, node: Node) -> FieldNode | None:
    note = _PLAIN_NOTE
    if isinstance(node, Mapping):
        inner = Reader(node, "field", f"field `{name.text}`", name.span, reader.sink)
        note = inner.note()
        value = node.get("type")
        if value is None:
            return None
        node = value
    scalar = reader.as_scalar(node, f"field `{name.text}`")
    if scalar is None:
        return None
    if scalar.text.isidentifier():
        span = scalar.span
        type_ = TypeNode(Name(scalar.text, span), (), None, None, span)
        return FieldNode(name, type_, _PLAIN_CLAUSES, note)
    parsed = reader.parse(scalar, Parser.field)
    if parsed is None:
        return None
    type_, clauses = parsed
    if clauses.since is not None and note.since is None:
        note = note._replace(since=clauses.since)
    return FieldNode(name, type_, clauses, note)


def read_ioctl(name: Name, reader: Reader, external: bool) -> IoctlNode:
    """One entry of `ioctls`."""
    method = reader.choice("method", _METHODS)
    method_node = reader.mapping.get("method")
    return IoctlNode(
        name=name,
        function=reader.placed("function"),
        nr=reader.placed("nr"),
        device_type=reader.placed("device_type"),
        access=reader.names("access"),
        method=Name(method, method_node.span) if method and method_node else None,
        request=_message(reader, "in", f"{name.text}_request", external),
        reply=_message(reader, "out", f"{name.text}_reply", external),
        message=_message(reader, "inout", f"{name.text}_message", external),
        data=_data(reader),
        errors=reader.names("errors"),
        short=_short(reader),
        idempotent=reader.boolean("idempotent"),
        note=reader.note(),
    )


def _message(reader: Reader, key: str, struct_name: str, external: bool) -> Message | None:
    node, key_node = reader.mapping.get(key), reader.mapping.key(key)
    if node is None or key_node is None:
        return None
    name = Name(struct_name, key_node.span)
    if isinstance(node, Mapping):
        fields = _fields(reader, node, external)
        return StructNode(name, fields, False, False, (), _PLAIN_NOTE, inline=True)
    scalar = reader.as_scalar(node, f"`{key}` of {reader.what}")
    if scalar is None:
        return None
    if scalar.text.isidentifier():
        return Name(scalar.text, scalar.span)
    parsed = reader.parse(scalar, Parser.field)
    if parsed is None:
        return None
    field = FieldNode(Name("value", scalar.span), *parsed, _PLAIN_NOTE)
    return StructNode(name, (field,), False, False, (), _PLAIN_NOTE, inline=True)


def _data(reader: Reader) -> DataNode | None:
    mapping, key = reader.child("data"), reader.mapping.key("data")
    if mapping is None or key is None:
        return None
    inner = Reader(mapping, "data", f"`data` of {reader.what}", key.span, reader.sink)
    directions = [word for word in ("to", "from") if mapping.get(word) is not None]
    for word in directions:
        inner.choice(word, ("caller",))
    if len(directions) != 1:
        reader.sink.error(
            "KG110",
            key.span,
            f"{inner.what} goes either `to: caller` or `from: caller`",
            label="both are said" if directions else "neither is said",
        )
    scalar = inner.scalar("type")
    type_ = read_type(inner, scalar) if scalar is not None else None
    length = inner.parsed("length", Parser.range)
    if type_ is None or length is None or not directions:
        return None
    return DataNode(directions[0], type_, length[0], length[1], key.span)


def _short(reader: Reader) -> ShortNode | None:
    node, key = reader.mapping.get("short"), reader.mapping.key("short")
    if node is None or key is None:
        return None
    if isinstance(node, Mapping):
        inner = Reader(node, "short", f"`short` of {reader.what}", key.span, reader.sink)
        field, unit = inner.word("truncate"), inner.choice("unit", ("elements", "bytes"))
        return None if field is None else ShortNode("truncate", field, unit or "elements", key.span)
    if isinstance(node, Scalar) and node.text == "refuse":
        return ShortNode("refuse", None, "elements", key.span)
    reader.sink.error(
        "KG104",
        node.span,
        f"`short` of {reader.what} is `refuse` or `{{truncate: FIELD}}`",
    )
    return None
