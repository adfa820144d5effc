"""Schema: the table of keys (kgen.schema.shapes) -> a JSON Schema, with which editors complete, explain and check.

Draft 2020-12. It knows keys, kinds of values and the words of the language; what a name refers to
only kgen itself knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.record import NamedTuple
from kgen.schema.shapes import SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from kgen.schema.shapes import Key, Shape

    Json = dict[str, Any]


class Words(NamedTuple):
    """The closed lists of the language, which later phases own."""

    integers: tuple[str, ...]
    """`u8`, `s16le` ..."""
    types: tuple[str, ...]
    """The other types that are one word: `bool`, `guid`."""
    sddl_presets: tuple[str, ...]
    errors: tuple[str, ...]
    """The built-in ones."""
    errno: tuple[str, ...]


_NAME = "[a-z][a-z0-9_]{0,95}"
_ANY_NAME = "[A-Za-z_][A-Za-z0-9_]{0,95}"
_VERSION = r"(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})"
_SUM = r"[-~(0-9A-Za-z_][-0-9A-Za-z_ .()+*/%&|^~<>]*"
_DIMENSION = rf"\[\s*({_SUM})?\s*(\.\.\s*{_SUM})?\]"
_TYPE = (
    rf"((ref|drop|new)\s+{_ANY_NAME}|handle(\s+{_ANY_NAME})+|user_ptr\s*\(\s*{_ANY_NAME}\s*,[^()]+\)"
    rf"|{_ANY_NAME})({_DIMENSION})*"
)
_CLAUSE = (
    rf"(in\s+{_SUM}\.\.{_SUM}|(by|count|size|at)\s+{_ANY_NAME}|reserved|secret|optional"
    r"|since\s+[0-9]+\.[0-9]+)"
)


def _text(pattern: str) -> Json:
    return {"type": "string", "pattern": f"^({pattern})$"}


_INTEGER: Json = {"anyOf": [{"type": "integer"}, _text(_SUM)]}

_KINDS: dict[str, Json] = {
    "text": {"type": "string"},
    "name": {"type": "string", "minLength": 1},
    "names": {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True},
        ]
    },
    "integer": _INTEGER,
    "numbers": {
        "anyOf": [
            *_INTEGER["anyOf"],
            {
                "type": "object",
                "propertyNames": _text("(windows|linux)(-[a-z0-9_]+)?"),
                "additionalProperties": _INTEGER,
                "minProperties": 1,
            },
        ]
    },
    "version": _text(_VERSION),
    "boolean": {"type": "boolean", "default": False},
    "type": {"$ref": "#/$defs/type"},
    "plain_type": {"$ref": "#/$defs/plain_type"},
    "range": _text(rf"\s*{_SUM}\.\.{_SUM}"),
    "bits": {"anyOf": [{"type": "integer", "minimum": 0}, _text(rf"{_SUM}(\.\.{_SUM})?")]},
    "conditions": {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
        ]
    },
    "mode": _text("0?[0-7]{3}"),
    "message": {
        "anyOf": [
            {"$ref": "#/$defs/type"},
            {
                "type": "object",
                "propertyNames": _text(_ANY_NAME),
                "additionalProperties": {"$ref": "#/$defs/field"},
            },
        ]
    },
}

_RULES: dict[str, Json] = {
    "flags": {"oneOf": [{"required": ["bits"]}, {"required": ["values"]}]},
    "data": {"oneOf": [{"required": ["to"]}, {"required": ["from"]}]},
    "ioctl": {"not": {"anyOf": [{"required": ["inout", "in"]}, {"required": ["inout", "out"]}]}},
}
"""What a mapping's keys say about each other."""


def json_schema(words: Words) -> Json:
    """The whole JSON Schema; plain dictionaries, lists, texts and numbers."""
    known = _known(words)
    top = _object("file", SHAPES["file"], known)
    maps = [key.name for key in SHAPES["file"].keys if key.kind.startswith("map:")]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "kgen",
        **top,
        "if": {"properties": {"external": {"const": True}}, "required": ["external"]},
        "else": {"properties": {name: {"propertyNames": _text(_NAME)} for name in maps}},
        "$defs": {
            "plain_type": _types(words, ""),
            "type": _types(words, rf"(\s+{_CLAUSE})*\s*"),
            **{
                name: _definition(name, shape, known)
                for name, shape in SHAPES.items()
                if name != "file"
            },
        },
    }


def _known(words: Words) -> dict[tuple[str, str], Json]:
    """Values of which more is known than their kind tells, by shape and key."""
    carrier: Json = {"enum": list(words.integers)}
    access: Json = {"enum": ["any", "read", "write"]}
    return {
        ("file", "kgen"): {"const": 1},
        ("file", "interface"): _text(_NAME),
        ("file", "targets"): _one_or_more(_text(_NAME)),
        ("windows", "device"): _text("[A-Za-z][A-Za-z0-9_.-]{0,63}"),
        ("windows", "sddl"): {"anyOf": [{"enum": list(words.sddl_presets)}, _text("[OGD]:.+")]},
        ("windows", "class_guid"): _text("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
        ("windows", "interface_guid"): _text("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
        ("windows", "hardware_id"): _one_or_more(_text("[!#$&-+\\--:<-~]{1,199}")),
        ("windows", "pool_tag"): _text("[A-Za-z0-9_]{4}"),
        ("linux", "node"): _text(
            "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}(/[A-Za-z0-9][A-Za-z0-9_.-]{0,63}){0,7}"
        ),
        ("windows", "driver"): _text("[A-Za-z][A-Za-z0-9_]{0,63}"),
        ("linux", "group"): _text("[a-z_][a-z0-9_-]{0,31}"),
        ("linux", "capability"): _text("CAP_[A-Z_]{1,40}"),
        ("error", "errno"): {"enum": sorted(words.errno)},
        ("enum", "type"): carrier,
        ("flags", "type"): carrier,
        ("bitfield", "type"): carrier,
        ("ioctl", "access"): _one_or_more(access),
        ("ioctl", "errors"): _one_or_more({"anyOf": [{"enum": list(words.errors)}, _text(_NAME)]}),
    }


def _one_or_more(item: Json) -> Json:
    return {"anyOf": [item, {"type": "array", "items": item, "uniqueItems": True}]}


def _types(words: Words, clauses: str) -> Json:
    simple = [*words.integers, *words.types]
    return {"anyOf": [{"enum": simple}, _text(_TYPE + clauses)]}


def _definition(name: str, shape: Shape, known: dict[tuple[str, str], Json]) -> Json:
    mapping = _object(name, shape, known)
    if shape.short is None:
        return mapping
    del mapping["description"]
    return {"description": shape.doc, "oneOf": [_kind(shape.short), mapping]}


def _object(name: str, shape: Shape, known: dict[tuple[str, str], Json]) -> Json:
    required = [key.name for key in shape.keys if key.required]
    result: Json = {
        "description": shape.doc,
        "type": "object",
        "properties": {key.name: _property(name, key, known) for key in shape.keys},
        "additionalProperties": False,
        **_RULES.get(name, {}),
    }
    if required:
        result["required"] = required
    return result


def _property(name: str, key: Key, known: dict[tuple[str, str], Json]) -> Json:
    return {"description": key.doc, **(known.get((name, key.name)) or _kind(key.kind))}


def _kind(kind: str) -> Json:
    form, _, shape = kind.partition(":")
    if form == "shape":
        return {"$ref": f"#/$defs/{shape}"}
    if form == "map":
        return {
            "type": "object",
            "propertyNames": _text(_ANY_NAME),
            "additionalProperties": {"$ref": f"#/$defs/{shape}"},
        }
    return _KINDS.get(kind) or _choice(kind.split("|"))


def _choice(words: Iterable[str]) -> Json:
    return {"enum": list(words)}
