"""Schema: fields, and the messages of an ioctl."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.schema.expression import WITH_NAME, Parser
from kgen.schema.nodes import (
    PLAIN_CLAUSES,
    PLAIN_NOTE,
    CodedNode,
    DataNode,
    FieldNode,
    IoctlNode,
    NumberNode,
    ParameterNode,
    ShortNode,
    StructNode,
    TypeNode,
    Word,
)
from kgen.schema.reader import check_name, is_name
from kgen.schema.tokens import LONGEST_NAME, shown
from kgen.source import Mapping, Scalar

if TYPE_CHECKING:
    from kgen.diagnostics import Span
    from kgen.schema.nodes import Clauses, Expression, Message, Name
    from kgen.schema.reader import Reader
    from kgen.source import Node

_DIRECTIONS = ("none", "in", "out", "both")
_METHODS = ("buffered", "in_direct", "out_direct", "neither")
_TYPE = "a type"
_MORE_THAN_A_WORD = frozenset([*WITH_NAME, "user_ptr", "opaque"])


def read_type(reader: Reader, scalar: Scalar) -> TypeNode | None:
    """A type without clauses."""
    if _is_word(scalar):
        return TypeNode(scalar, (), None, None, None)
    return reader.parse(scalar, Parser.type)


def read_fields(reader: Reader, key: str) -> tuple[FieldNode, ...]:
    """The fields below `key`, in order."""
    mapping = reader.child(key)
    return () if mapping is None else _fields(reader, mapping)


def _is_word(scalar: Scalar) -> bool:
    """Whether the text is one name, as most types are; anything else takes a Parser."""
    text = scalar.text
    if text in _MORE_THAN_A_WORD:
        return False
    return text.isidentifier() and text.isascii() and len(text) <= LONGEST_NAME


def _fields(reader: Reader, mapping: Mapping) -> tuple[FieldNode, ...]:
    fields = []
    for name, node in mapping.by_key.values():
        if reader.external or not is_name(name.text):
            check_name(name, "a field", reader.external, reader.sink)
        field = _field(reader, name, node)
        if field is not None:
            fields.append(field)
    return tuple(fields)


def _field(reader: Reader, name: Name, node: Node) -> FieldNode | None:
    note, native = PLAIN_NOTE, None
    if isinstance(node, Mapping):
        inner = reader.inside(node, "field", f"field `{shown(name.text)}`", name)
        note, native = inner.note(), inner.native()
        value = node.get("type")
        if value is None:
            return None
        node = value
    if not isinstance(node, Scalar) or node.is_null:
        reader.wrong_kind(node, f"field `{shown(name.text)}`", _TYPE)
        return None
    if _is_word(node):
        type_ = TypeNode(node, (), None, None, None)
        return FieldNode(name, type_, PLAIN_CLAUSES, note, native)
    parsed = reader.parse(node, Parser.field)
    if parsed is None:
        return None
    type_, clauses = parsed
    if clauses.since is not None:
        if note.since is not None:
            reader.sink.error("KG108", clauses.since[1], "`since` is said twice")
        note = note._replace(since=clauses.since)
    return FieldNode(name, type_, clauses, note, native)


def read_ioctl(name: Name, reader: Reader) -> IoctlNode:
    """One entry of `ioctls`."""
    method = reader.choice("method", _METHODS)
    method_node = reader.mapping.get("method")
    argument, argument_key = _message(reader, "arg", name, "request"), reader.mapping.key("arg")
    nr, parameter = _nr(reader)
    return IoctlNode(
        name=name,
        function=reader.placed("function"),
        nr=nr,
        device_type=reader.placed("device_type"),
        access=reader.names("access"),
        method=Word(method, method_node.span) if method and method_node else None,
        request=_message(reader, "in", name, "request"),
        reply=_message(reader, "out", name, "reply"),
        message=_message(reader, "inout", name, "message"),
        data=_data(reader),
        errors=reader.names("errors"),
        short=_short(reader),
        idempotent=reader.boolean("idempotent"),
        note=reader.note(),
        number=_number(reader),
        magic=reader.placed("magic"),
        coded=_coded(reader),
        argument=(argument, argument_key.span) if argument and argument_key else None,
        returns=reader.word("returns"),
        abis=reader.names("abis"),
        parameter=parameter,
    )


def _nr(reader: Reader) -> tuple[tuple[Expression, Span] | None, ParameterNode | None]:
    """The number, and what is added to it."""
    node, key = reader.mapping.get("nr"), reader.mapping.key("nr")
    if not isinstance(node, Mapping) or key is None:
        return reader.placed("nr"), None
    inner = reader.inside(node, "nr", f"`nr` of {reader.what}", key)
    name, maximum = inner.word("by"), inner.placed("max")
    if name is None or maximum is None:
        return inner.placed("base"), None
    check_name(name, "a parameter", False, reader.sink)
    return inner.placed("base"), ParameterNode(name, maximum)


def _number(reader: Reader) -> NumberNode | None:
    """The whole number, or one for each ABI."""
    node, key = reader.mapping.get("number"), reader.mapping.key("number")
    if not isinstance(node, Mapping) or key is None:
        whole = reader.placed("number")
        return None if whole is None else NumberNode(whole[1], ((None, *whole),))
    rows = []
    for name, value in node.by_key.values():
        scalar = reader.as_scalar(value, f"`number` of {reader.what}", "a number")
        number = reader.expression(scalar)
        if scalar is not None and number is not None:
            rows.append((name, number, scalar.span))
    return NumberNode(key.span, tuple(rows))


def _coded(reader: Reader) -> CodedNode | None:
    mapping, key = reader.child("coded"), reader.mapping.key("coded")
    if mapping is None or key is None:
        return None
    inner = reader.inside(mapping, "coded", f"`coded` of {reader.what}", key)
    scalar = inner.scalar("size", _TYPE)
    size = read_type(inner, scalar) if scalar is not None else None
    return CodedNode(inner.choice("direction", _DIRECTIONS), size, key.span)


def _message(reader: Reader, key: str, ioctl: Name, role: str) -> Message | None:
    node, key_node = reader.mapping.get(key), reader.mapping.key(key)
    if node is None or key_node is None:
        return None
    if isinstance(node, Mapping):
        name = Word(f"{ioctl.text}_{role}", key_node.span)
        fields = _fields(reader, node)
        return StructNode(name, fields, False, False, (), PLAIN_NOTE, inline=True)
    if not isinstance(node, Scalar) or node.is_null:
        reader.wrong_kind(node, f"`{key}` of {reader.what}", "fields, a struct or a type")
        return None
    if _is_word(node):
        return node
    parsed = reader.parse(node, Parser.field)
    return None if parsed is None else value_message(ioctl, role, node, *parsed)


def value_message(
    ioctl: Name, role: str, place: Name, type_: TypeNode, clauses: Clauses = PLAIN_CLAUSES
) -> StructNode:
    """`in: u32` is short for `in: {value: u32}`."""
    note = PLAIN_NOTE if clauses.since is None else PLAIN_NOTE._replace(since=clauses.since)
    field = FieldNode(Word("value", place.span), type_, clauses, note)
    name = Word(f"{ioctl.text}_{role}", place.span)
    return StructNode(name, (field,), False, False, (), PLAIN_NOTE, inline=True)


def _data(reader: Reader) -> DataNode | None:
    mapping, key = reader.child("data"), reader.mapping.key("data")
    if mapping is None or key is None:
        return None
    inner = reader.inside(mapping, "data", f"`data` of {reader.what}", key)
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
    scalar = inner.scalar("type", _TYPE)
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
        inner = reader.inside(node, "short", f"`short` of {reader.what}", key)
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
