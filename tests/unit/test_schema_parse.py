"""From nodes to what the author wrote: places, remedies, and what the short forms stand for."""

from __future__ import annotations

import pytest

from kgen.diagnostics import Diagnostic, Sink, SourceFile
from kgen.schema import File, parse
from kgen.schema.nodes import StructNode
from kgen.source import parse as read


def read_file(text: str) -> tuple[File | None, list[Diagnostic]]:
    sink = Sink()
    mapping = read(SourceFile("vault.yaml", text), sink)
    assert mapping is not None, [d.message for d in sink.sorted()]
    return parse(mapping, sink), sink.sorted()


def schema(text: str) -> File:
    file, found = read_file(f"kgen: 1\ninterface: vault\n{text}")
    assert file is not None, [d.message for d in found]
    return file


def only(text: str) -> Diagnostic:
    file, found = read_file(f"kgen: 1\ninterface: vault\n{text}")
    assert file is None
    assert len(found) == 1, [d.message for d in found]
    return found[0]


HELPS = [
    ("wndows: {}", "did you mean `windows`?"),
    ("xyzzy: {}", "known keys: bitfields, constants"),
    ("events: {}", "`events` come with a later version of kgen"),
    ("structs: {Entry: {fields: {a: u8}}}", "write `entry`"),
    ("structs: {slotNumber: {fields: {a: u8}}}", "write `slot_number`"),
    ("structs: {slot-number: {fields: {a: u8}}}", "write `slot_number`"),
    ("structs: {_pad__: {fields: {a: u8}}}", "write `pad`"),
    ("structs: {größe: {fields: {a: u8}}}", "a letter from a to z"),
    (f"structs: {{{'a' * 97}: {{fields: {{a: u8}}}}}}", "at most 96 characters"),
    ("external: yes", "write `true`"),
    ("external: Off", "write `false`"),
    ("external: TRUE", "write `true`"),
    ("external: ture", "write `true`"),
    ('version: "1"', '"1.10"'),
    ("structs: {e: {layout: natve, fields: {a: u8}}}", "did you mean `native`?"),
    ("structs: {e: {fields: {a: [u8, 4]}}}", 'a type is one text: "u8[16]"'),
    ("structs: {e: {deprecated: true, fields: {a: u8}}}", "`deprecated: use NAME`"),
    ("constants: {a: {value: 1, c_name: A}}", "`external: true`"),
]


@pytest.mark.parametrize(("text", "help"), HELPS)
def test_what_is_said_to_do(text: str, help: str) -> None:
    assert help in (only(text).help or "")


def test_nothing_is_suggested_where_nothing_is_near() -> None:
    assert only("external: xyzzy").help is None
    assert only("structs: {e: {layout: xyzzy, fields: {a: u8}}}").help is None


def test_a_boolean_in_quotes_is_told_apart() -> None:
    assert only('external: "true"').help == "write `true`, without quotes"


PLACES = [
    ("colour: red", (3, 1, 7)),
    ("version: 1", (3, 10, 11)),
    ("structs: {Entry: {fields: {a: u8}}}", (3, 11, 16)),
    ("structs: {e: {fields: {a: u8 x}}}", (3, 30, 31)),
    ("enums: {e: {values: {a: 1}}}", (3, 9, 10)),
    ('targets: [wdm, "wdm"]', (3, 16, 21)),
    ("constants: {a: 0x}", (3, 16, 18)),
]


@pytest.mark.parametrize(("text", "place"), PLACES)
def test_the_place_that_is_wrong_is_marked(text: str, place: tuple[int, int, int]) -> None:
    span = only(text).span
    assert span is not None
    assert (span.line, span.column, span.end_column) == place


def test_every_mistake_of_the_phase_is_said_at_once() -> None:
    lines = [f"  s{n}x: {{fields: {{A{n}: u8 x}}}}" for n in range(50)]
    _, found = read_file("kgen: 1\ninterface: Vault\nstructs:\n" + "\n".join(lines) + "\n")
    assert [d.code for d in found].count("KG109") == 51
    assert [d.code for d in found].count("KG108") == 50


def test_short_forms() -> None:
    file = schema(
        """\
ioctls:
  a: {function: 0x801, in: u32 in 1..5 since 1.2, out: pair, inout: {x: u8}}
constants: {one: 1, two: {value: 2, doc: Two.}}
"""
    )
    (ioctl,) = file.ioctls
    assert isinstance(ioctl.request, StructNode)
    assert ioctl.request.name.text == "a_request"
    (field,) = ioctl.request.fields
    assert field.name.text == "value"
    assert field.note.since is not None
    assert field.note.since[0] == (1, 2)
    assert not isinstance(ioctl.reply, StructNode)
    assert ioctl.reply is not None
    assert ioctl.reply.text == "pair"
    assert isinstance(ioctl.message, StructNode)
    assert ioctl.message.name.text == "a_message"
    assert [constant.note.doc for constant in file.constants] == ["", "Two."]


def test_since_is_taken_from_the_clause_or_the_key() -> None:
    file = schema("structs: {e: {fields: {a: u8 since 1.2, b: {type: u8, since: 1.3}}}}")
    (struct,) = file.structs
    assert [f.note.since and f.note.since[0] for f in struct.fields] == [(1, 2), (1, 3)]


def test_texts_are_stripped_and_words_may_be_quoted() -> None:
    file = schema("doc: |\n  Two.\n\n  Lines.\nlicense: ' MIT '\ntargets: \"wdm\"\n")
    assert file.doc == "Two.\n\nLines."
    assert file.license is not None
    assert file.license.text == "MIT"
    assert [target.text for target in file.targets] == ["wdm"]
    assert str(file.license.span) == "vault.yaml:7:10"


def test_a_mistake_in_external_does_not_make_its_names_wrong() -> None:
    _, found = read_file("kgen: 1\ninterface: v\nexternal: yes\nversion: 1\n")
    assert [d.code for d in found] == ["KG030", "KG106"]
