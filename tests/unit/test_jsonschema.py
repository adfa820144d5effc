"""kgen jsonschema: fresh in docs/, accepts what kgen accepts, refuses typical mistakes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kgen.cli import main
from kgen.cli.jsonschema import text
from kgen.diagnostics import Sink, SourceFile
from kgen.model import device, guids, pnp
from kgen.schema.shapes import SHAPES
from kgen.source import Mapping, Scalar, Sequence, parse

ROOT = Path(__file__).resolve().parents[2]
SCHEMA: dict[str, Any] = json.loads(text())


# A checker of exactly the keywords that kgen's JSON Schema uses; any other keyword is an error.

ANNOTATIONS = {"$schema", "$defs", "title", "description", "default", "then", "else"}
TYPES: dict[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
}


def accepts(schema: dict[str, Any], value: Any) -> bool:
    return all(_keyword(schema, word, rule, value) for word, rule in schema.items())


def _keyword(schema: dict[str, Any], word: str, rule: Any, value: Any) -> bool:
    if word in ANNOTATIONS:
        return True
    if word == "$ref":
        return accepts(SCHEMA["$defs"][rule.removeprefix("#/$defs/")], value)
    if word == "if":
        branch = schema.get("then" if accepts(rule, value) else "else", {})
        return accepts(branch, value)
    return CHECKS[word](rule, value, schema)


def _additional(rule: dict[str, Any] | bool, value: Any, schema: dict[str, Any]) -> bool:
    if not isinstance(value, dict):
        return True
    extra = [value[key] for key in value.keys() - schema.get("properties", {}).keys()]
    return not extra if rule is False else all(accepts(rule, item) for item in extra)  # type: ignore[arg-type]


CHECKS: dict[str, Callable[[Any, Any, dict[str, Any]], bool]] = {
    "type": lambda rule, value, _: TYPES[rule](value),
    "const": lambda rule, value, _: value == rule and isinstance(value, type(rule)),
    "enum": lambda rule, value, _: value in rule,
    "pattern": lambda rule, value, _: not isinstance(value, str) or bool(re.search(rule, value)),
    "minLength": lambda rule, value, _: not isinstance(value, str) or len(value) >= rule,
    "minimum": lambda rule, value, _: not isinstance(value, int) or value >= rule,
    "minItems": lambda rule, value, _: not isinstance(value, list) or len(value) >= rule,
    "uniqueItems": lambda _, value, __: (
        not isinstance(value, list) or len(set(value)) == len(value)
    ),
    "items": lambda rule, value, _: (
        not isinstance(value, list) or all(accepts(rule, v) for v in value)
    ),
    "anyOf": lambda rule, value, _: any(accepts(option, value) for option in rule),
    "oneOf": lambda rule, value, _: sum(accepts(option, value) for option in rule) == 1,
    "not": lambda rule, value, _: not accepts(rule, value),
    "required": lambda rule, value, _: (
        not isinstance(value, dict) or all(key in value for key in rule)
    ),
    "propertyNames": lambda rule, value, _: (
        not isinstance(value, dict) or all(accepts(rule, key) for key in value)
    ),
    "properties": lambda rule, value, _: (
        not isinstance(value, dict)
        or all(accepts(rule[key], value[key]) for key in value.keys() & rule.keys())
    ),
    "additionalProperties": _additional,
}


def as_json(node: object) -> Any:
    """A tree as an editor's YAML 1.2 reader gives it."""
    if isinstance(node, Mapping):
        return {key.text: as_json(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [as_json(item) for item in node.items]
    assert isinstance(node, Scalar)
    if not node.plain:
        return node.text
    if node.is_null:
        return None
    if node.text in ("true", "false"):
        return node.text == "true"
    if re.fullmatch(r"[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+", node.text):
        return int(node.text, 10 if node.text.lstrip("+-").isdigit() else 0)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", node.text):
        return float(node.text)
    return node.text


def valid(schema_text: str) -> bool:
    sink = Sink()
    tree = parse(SourceFile("s.yaml", schema_text), sink)
    assert tree is not None, [found.message for found in sink.sorted()]
    return accepts(SCHEMA, as_json(tree))


def test_it_is_printed_and_the_stored_one_is_fresh(
    capsys: pytest.CaptureFixture[str], stored: Callable[[Path, str], None]
) -> None:
    assert main(["jsonschema"]) == 0
    printed = capsys.readouterr().out
    stored(ROOT / "docs" / "kgen.schema.json", printed)


def test_every_key_is_there_with_its_words() -> None:
    for name, shape in SHAPES.items():
        definition = SCHEMA if name == "file" else SCHEMA["$defs"][name]
        if shape.short is not None:
            definition = definition["oneOf"][1]
        properties = definition["properties"]
        assert list(properties) == [key.name for key in shape.keys]
        for key in shape.keys:
            assert properties[key.name]["description"] == key.doc
        assert definition.get("required", []) == [key.name for key in shape.keys if key.required]


def test_every_reference_leads_somewhere() -> None:
    names = re.findall(r'"\$ref": "#/\$defs/(\w+)"', text())
    assert set(names) == set(SCHEMA["$defs"])


def test_patterns_are_those_of_the_language() -> None:
    windows, linux = (SCHEMA["$defs"][name]["properties"] for name in ("windows", "linux"))
    for found, pattern in (
        (windows["device"], device._DEVICE),
        (windows["class_guid"], guids._GUID),
        (windows["interface_guid"], guids._GUID),
        (windows["hardware_id"]["anyOf"][0], pnp._HARDWARE_ID),
        (windows["driver"], device._DRIVER),
        (linux["node"], device._NODE_IN_FOLDERS),
        (linux["group"], device._GROUP),
        (linux["capability"], device._CAPABILITY),
    ):
        assert found["pattern"] == f"^({pattern})$"


@pytest.mark.parametrize("path", sorted(ROOT.glob("schemas/*.yaml")), ids=lambda path: path.name)
def test_the_schemas_of_the_project_are_valid(path: Path) -> None:
    assert valid(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(ROOT.glob("schemas/*.yaml")), ids=lambda path: path.name)
def test_editors_find_it_from_the_schemas_of_the_project(path: Path) -> None:
    match = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text(encoding="utf-8"))
    assert match is not None
    assert (path.parent / match[1]).resolve() == ROOT / "docs" / "kgen.schema.json"


FINE = {
    "types only": "kgen: 1\nstructs: {p: {fields: {x: u32}}}\n",
    "every clause": "kgen: 1\nstructs: {p: {fields: {x: 'u8[1..n * 2] count n secret since 1.2', u: v by t}}}\n",
    "a range of expressions": "kgen: 1\nstructs: {p: {fields: {x: 'u32 in -(1 << 3)..max - 1'}}}\n",
    "pointers and handles": "kgen: 1\nstructs: {p: {fields: {x: 'user_ptr(u8, 4096)', h: handle event modify wait optional}}}\n",
    "matrices": "kgen: 1\nstructs: {p: {fields: {x: 'u32[2][max]', t: 'utf16[..4]'}}}\n",
    "names of an existing interface": "kgen: 1\nexternal: true\nstructs: {POINT: {fields: {X: u32}}}\n",
    "SDDL text": "kgen: 1\nwindows: {device_type: 0x8000, sddl: 'D:P(A;;GA;;;SY)'}\n",
    "one target": "kgen: 1\ntargets: python\n",
}
WRONG = {
    "unknown key": "kgen: 1\nioctl: {}\n",
    "no version of the language": "interface: x\n",
    "another version of it": "kgen: 2\n",
    "an interface in capitals": "kgen: 1\ninterface: Vault\n",
    "a struct in capitals": "kgen: 1\nstructs: {POINT: {fields: {x: u32}}}\n",
    "a version that is a number": "kgen: 1\nversion: 1.10\n",
    "a boolean of YAML 1.1": "kgen: 1\nexternal: yes\n",
    "an unknown key of an ioctl": "kgen: 1\nioctls: {a: {function: 0x800, input: u32}}\n",
    "an unknown access": "kgen: 1\nioctls: {a: {access: execute}}\n",
    "an unknown method": "kgen: 1\nioctls: {a: {method: direct}}\n",
    "inout beside in": "kgen: 1\nioctls: {a: {inout: p, in: p}}\n",
    "an enum without type": "kgen: 1\nenums: {e: {values: {a: 1}}}\n",
    "an enum of floats": "kgen: 1\nenums: {e: {type: float, values: {a: 1}}}\n",
    "flags of bits and masks": "kgen: 1\nflags: {f: {type: u32, bits: {a: 0}, values: {b: 2}}}\n",
    "flags without bits": "kgen: 1\nflags: {f: {type: u32}}\n",
    "a struct without fields": "kgen: 1\nstructs: {s: {grows: true}}\n",
    "a type with a bracket open": "kgen: 1\nstructs: {s: {fields: {a: 'u8[4'}}}\n",
    "an unknown clause": "kgen: 1\nstructs: {s: {fields: {a: 'u8 volatile'}}}\n",
    "a range without end": "kgen: 1\nstructs: {s: {fields: {a: 'u8 in 1..'}}}\n",
    "an unknown key of a field": "kgen: 1\nstructs: {s: {fields: {a: {type: u8, size: 4}}}}\n",
    "data both ways": "kgen: 1\nioctls: {a: {data: {to: caller, from: caller, type: u8, length: 1..2}}}\n",
    "data to nobody": "kgen: 1\nioctls: {a: {data: {type: u8, length: 1..2}}}\n",
    "an unknown short": "kgen: 1\nioctls: {a: {short: ignore}}\n",
    "an unknown preset": "kgen: 1\nwindows: {device_type: 0x8000, sddl: admin}\n",
    "windows without device type": "kgen: 1\nwindows: {device: X}\n",
    "a mode that is a number": "kgen: 1\nlinux: {magic: 1, mode: 600}\n",
    "an unknown errno": "kgen: 1\nerrors: {e: {ntstatus: 0xE0000001, errno: EFOO}}\n",
    "an arm that is nothing": "kgen: 1\nunions: {u: {tag: t, arms: {a: }}}\n",
}  # fmt: skip


@pytest.mark.parametrize("schema_text", FINE.values(), ids=FINE.keys())
def test_accepted(schema_text: str) -> None:
    assert valid(schema_text)


@pytest.mark.parametrize("schema_text", WRONG.values(), ids=WRONG.keys())
def test_refused(schema_text: str) -> None:
    assert not valid(schema_text)
