"""Imports: what one schema takes from others, and what is said where that goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgen.diagnostics import Diagnostic
from tests.support.layouts import HEAD, analyse, layouts_of

TYPES = """\
kgen: 1
constants: {slots: 64}
enums:
  kind: {type: u32, values: {one: 1}}
errors:
  locked: {ntstatus: 0xEA170001, errno: EPERM}
structs:
  pair: {fields: {a: u32, b: u32}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "types.yaml").write_text(TYPES, encoding="utf-8")
    return tmp_path


def found(text: str, folder: Path) -> list[str]:
    """`path:line CODE message` of each diagnostic."""
    return [line(each) for each in analyse(HEAD + text, str(folder))[1]]


def line(diagnostic: Diagnostic) -> str:
    assert diagnostic.span is not None
    where = f"{diagnostic.span.file.path}:{diagnostic.span.line}"
    return f"{where} {diagnostic.code} {diagnostic.message}"


def test_types_constants_and_errors_come_from_an_import(folder: Path) -> None:
    layouts = layouts_of(
        HEAD
        + """\
imports: [types.yaml]
structs:
  list: {fields: {kind: kind, items: "pair[..slots]"}}
ioctls:
  get: {function: 0x801, access: read, out: list, short: refuse, errors: [locked]}
""",
        str(folder),
    )
    interface = layouts.interface
    assert [record.name for record in interface.records] == ["pair", "list"]
    assert [(c.name, c.value) for c in interface.constants] == [("slots", 64)]
    assert [enum.name for enum in interface.enums] == ["kind"]
    assert [error.name for error in interface.ioctls[0].errors] == ["locked"]


def test_devices_and_ioctls_of_an_import_stay_there(folder: Path) -> None:
    (folder / "whole.yaml").write_text(
        TYPES
        + "interface: other\nwindows: {device_type: 0x9000, sddl: system}\n"
        + "ioctls:\n  lock: {function: 0x900, access: any}\n",
        encoding="utf-8",
    )
    interface = layouts_of(HEAD + "imports: whole.yaml\n", str(folder)).interface
    assert interface.name == "lamp"
    assert interface.ioctls == ()
    assert interface.windows is not None
    assert interface.windows.device_type == 0x8A17


def test_names_are_shared_with_imports(folder: Path) -> None:
    text = """\
imports: [types.yaml]
constants: {slots: 32}
enums:
  pair: {type: u32, values: {one: 1}}
errors:
  locked: {ntstatus: 0xEA170002, errno: EBUSY}
  shut: {ntstatus: 0xEA170001, errno: EBUSY}
"""
    assert found(text, folder) == [
        "lamp.yaml:7 KG121 the constant `slots` has a name that is taken",
        "lamp.yaml:9 KG121 the enum `pair` has a name that is taken",
        "lamp.yaml:11 KG121 the error `locked` has a name that is taken",
        "lamp.yaml:12 KG121 `shut` and `locked` both are 0xea170001",
    ]


def test_the_note_tells_where_a_taken_name_is(folder: Path) -> None:
    _, (taken,) = analyse(HEAD + "imports: [types.yaml]\nconstants: {slots: 1}\n", str(folder))
    assert [(note.message, str(note.span)) for note in taken.notes] == [
        ("declared first", "types.yaml:2:13")
    ]


def test_the_same_file_by_another_path(folder: Path) -> None:
    (folder / "again.yaml").write_text(TYPES, encoding="utf-8")
    assert found("imports: [types.yaml, types.yaml]\n", folder) == [
        "lamp.yaml:6 KG118 `imports` of the schema lists `types.yaml` twice"
    ]


def test_a_schema_does_not_import_itself(folder: Path) -> None:
    (folder / "lamp.yaml").write_text(HEAD + "imports: lamp.yaml\n", encoding="utf-8")
    assert found("imports: lamp.yaml\n", folder) == ["lamp.yaml:6 KG118 the schema imports itself"]


def test_an_import_imports_nothing_itself(folder: Path) -> None:
    code = "KG126"
    (folder / "more.yaml").write_text(
        "kgen: 1\nimports: [types.yaml]\nstructs:\n  triple: {fields: {a: pair, b: u32}}\n",
        encoding="utf-8",
    )
    text = "imports: [more.yaml]\nstructs:\n  list: {fields: {items: nowhere}}\n"
    assert found(text, folder) == [
        f"more.yaml:2 {code} `types.yaml` is imported by a schema that is itself imported"
    ]


def test_of_a_broken_import_only_itself_is_said(folder: Path) -> None:
    (folder / "broken.yaml").write_text(
        "kgen: 1\nstructs:\n  triple: {fields: [a, b]}\n", encoding="utf-8"
    )
    text = "imports: [broken.yaml]\nstructs:\n  list: {fields: {items: triple, b: nowhere}}\n"
    assert found(text, folder) == [
        "broken.yaml:3 KG102 `fields` of struct `triple` wants a mapping, found a list"
    ]


def test_what_is_wrong_in_an_import_is_said_there(folder: Path) -> None:
    (folder / "wrong.yaml").write_text(
        "kgen: 1\nconstants: {a: b}\nstructs:\n  triple: {fields: {a: nowhere}}\n",
        encoding="utf-8",
    )
    text = "imports: [wrong.yaml]\nstructs:\n  list: {fields: {items: triple, b: 'u8[a]'}}\n"
    assert found(text, folder) == [
        "wrong.yaml:2 KG113 there is no constant `b`",
        "wrong.yaml:4 KG120 there is no type `nowhere`",
    ]
