"""The interface hash: changes with all that both sides must agree on, and with nothing else."""

from __future__ import annotations

import re

import pytest

from kgen.abi.fingerprint import facts
from tests.support.layouts import layouts_of

SCHEMA = """\
kgen: 1
interface: lamp
version: "1.2"
doc: A lamp.
windows: {device_type: 0x8A17, device: Lamp, sddl: admins}
linux: {magic: 0xB9, node: lamp}
constants:
  most: 100
  unused: 1
errors:
  hot: {ntstatus: 0xEA170001, errno: EBUSY, doc: Too hot.}
  cold: {ntstatus: 0xEA170002, errno: EIO}
  spare: {ntstatus: 0xEA170003, errno: ENOSPC}
enums:
  mood: {type: u32, values: {calm: 0, wild: {value: 1, doc: Very.}}}
  shade: {type: u8, values: {light: 1, dark: 2}}
  forgotten: {type: u8, values: {one: 1, two: 2}}
flags:
  traits: {type: u32, bits: {loud: 0, fast: 1}}
bitfields:
  mode: {type: u32, bits: {speed: 0..3, shade: {at: 8..15, type: shade}}}
unions:
  what: {tag: mood, arms: {calm: u32, wild: "u8[4]"}}
structs:
  paint:
    doc: What to paint.
    fields:
      mood: mood
      what: what by mood
      traits: traits
      mode: mode
      level: {type: u32 in 0..most, doc: How bright.}
      width: u32
      pin: "u8[4]"
      rest: u32 reserved
      name: "utf8[8]"
    require:
      - level <= width
  state:
    grows: true
    fields: {used: u32, free: u32, more: u64 since 1.2}
ioctls:
  paint: {function: 0x801, access: write, in: paint, out: {done: u32}, errors: [hot]}
  state: {function: 0x802, access: read, out: state, idempotent: true}
  list:
    function: 0x803
    access: read
    in: {first: u32}
    out: {total: u32, full: u32, levels: "u32[1..9]"}
    short: {truncate: total}
  bytes:
    function: 0x804
    access: read
    out: {size: u32, text: "utf8[..9] size size"}
    short: refuse
  load: {function: 0x805, access: write, data: {from: caller, type: u8, length: 1..9}}
"""

SAME = {
    "the schema's doc": ("doc: A lamp.", "doc: Another lamp."),
    "a field's doc": ("doc: How bright.", "doc: How dark."),
    "a comment": ("constants:", "# nothing\nconstants:"),
    "an error's doc": ("doc: Too hot.", "doc: Much too hot."),
    "the version": ('version: "1.2"', 'version: "1.3"'),
    "a constant that nothing uses": ("unused: 1", "unused: 2"),
    "a constant in place of its value": ("in 0..most", "in 0..100"),
    "an enum that nothing uses": ("{one: 1, two: 2}", "{one: 1}"),
    "an error that no ioctl has": ("errno: ENOSPC", "errno: EPERM"),
    "deprecated": ("{type: u32 in 0..most,", "{type: u32 in 0..most, deprecated: old,"),
    "since of an ioctl": ("in: paint,", "in: paint, since: 1.1,"),
    "secret": ('pin: "u8[4]"', 'pin: "u8[4] secret"'),
    "the device's name": ("device: Lamp", "device: Light"),
    "who may open it": ("sddl: admins", "sddl: system"),
    "the node": ("node: lamp", "node: light"),
    "serialised": ("doc: A lamp.", "doc: A lamp.\nserialised: true"),
    "targets": ("doc: A lamp.", "doc: A lamp.\ntargets: []"),
    "the order of enum values": (
        "calm: 0, wild: {value: 1, doc: Very.}",
        "wild: 1, calm: 0",
    ),
    "the order of bits": ("loud: 0, fast: 1", "fast: 1, loud: 0"),
    "the order of arms": ('calm: u32, wild: "u8[4]"', 'wild: "u8[4]", calm: u32'),
    "the order of bit ranges": (
        "speed: 0..3, shade: {at: 8..15, type: shade}",
        "shade: {at: 8..15, type: shade}, speed: 0..3",
    ),
    "blanks in a condition": ("level <= width", "( level  <=  width )"),
    "a value in another base": ("function: 0x805", "function: 2053"),
}

OTHER = {
    "the interface's name": ("interface: lamp", "interface: light"),
    "the device type": ("device_type: 0x8A17", "device_type: 0x8A18"),
    "the magic": ("magic: 0xB9", "magic: 0xBA"),
    "a function code": ("function: 0x805", "function: 0x806"),
    "an ioctl's name": ("  load:", "  load_all:"),
    "access": ("{function: 0x801, access: write", "{function: 0x801, access: read"),
    "method": ("  state: {function: 0x802", "  state: {method: neither, function: 0x802"),
    "an Linux number": ("function: 0x805", "function: 0x805, nr: 9"),
    "idempotent": (", idempotent: true", ""),
    "an error that may be answered": ("errors: [hot]", "errors: [cold]"),
    "one error more": ("errors: [hot]", "errors: [hot, cold]"),
    "an error's NTSTATUS": ("0xEA170001", "0xEA170009"),
    "an error's errno": ("errno: EBUSY", "errno: EPERM"),
    "a field's type": ("width: u32", "width: s32"),
    "a field's byte order": ("width: u32", "width: u32be"),
    "a field's name": ('pin: "u8[4]"', 'key: "u8[4]"'),
    "a range": ("in 0..most", "in 1..most"),
    "a constant in a range": ("most: 100", "most: 99"),
    "a range removed": ("u32 in 0..most", "u32"),
    "reserved": ("rest: u32 reserved", "rest: u32"),
    "the length of an array": ('pin: "u8[4]"', 'pin: "u8[8]"'),
    "the encoding of a text": ('name: "utf8[8]"', 'name: "utf16[4]"'),
    "bytes in place of a text": ('name: "utf8[8]"', 'name: "u8[8]"'),
    "a condition": ("level <= width", "level < width"),
    "a condition's field": ("level <= width", "level <= rest"),
    "a condition less": ("    require:\n      - level <= width\n", ""),
    "the value of an enum": ("value: 1", "value: 2"),
    "the name of an enum value": ("dark: 2", "dim: 2"),
    "one enum value more": ("light: 1, dark: 2", "light: 1, dark: 2, red: 3"),
    "the carrier of an enum": ("mood: {type: u32", "mood: {type: s32"),
    "an open enum": ("shade: {type: u8,", "shade: {type: u8, open: true,"),
    "a bit": ("fast: 1}", "fast: 2}"),
    "open flags": ("traits: {type: u32,", "traits: {type: u32, open: true,"),
    "a bit range": ("speed: 0..3", "speed: 0..4"),
    "the place of a bit range": ("speed: 0..3", "speed: 1..4"),
    "the enum of a bit range": ("{at: 8..15, type: shade}", "8..15"),
    "an arm": ('wild: "u8[4]"', 'wild: "s8[4]"'),
    "a tail's minimum": ('"u32[1..9]"', '"u32[..9]"'),
    "a tail's maximum": ('"u32[1..9]"', '"u32[1..8]"'),
    "what a tail's count counts": ('"utf8[..9] size size"', '"utf8[..9] count size"'),
    "a tail of text": ('"utf8[..9] size size"', '"u8[..9] size size"'),
    "what a short buffer gets": ("short: {truncate: total}", "short: refuse"),
    "the field that tells the full size": ("{truncate: total}", "{truncate: full}"),
    "the unit of that field": ("{truncate: total}", "{truncate: total, unit: bytes}"),
    "the direction of data": ("data: {from:", "data: {to:"),
    "the type of data": ("type: u8, length: 1..9", "type: s8, length: 1..9"),
    "the least length of data": ("length: 1..9", "length: 2..9"),
    "the largest length of data": ("length: 1..9", "length: 1..8"),
    "growth": ("    grows: true\n", ""),
    "the first version of a growing struct": ("free: u32,", "free: u32 since 1.1,"),
    "a message less": (", out: {done: u32}", ""),
    "the same message the other way": ("out: state", "in: state"),
    "a field of a message": ("{done: u32}", "{count: u32}"),
}


def hash_of(text: str) -> str:
    return layouts_of(text).hash


def changed(change: tuple[str, str]) -> str:
    old, new = change
    assert SCHEMA.count(old) >= 1, f"the schema has no {old!r}"
    return SCHEMA.replace(old, new, 1)


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_does_not_change_with(change: tuple[str, str]) -> None:
    assert hash_of(changed(change)) == hash_of(SCHEMA)


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_changes_with(change: tuple[str, str]) -> None:
    assert hash_of(changed(change)) != hash_of(SCHEMA)


def test_every_change_makes_another_hash() -> None:
    """No two of them are taken for one, nor does one undo the other."""
    found = [hash_of(changed(change)) for change in OTHER.values()]
    assert len(set(found)) == len(found)


def test_does_not_change_with_the_order_of_declarations() -> None:
    head, *sections = re.split(r"^(?=\w+:\n)", SCHEMA, flags=re.MULTILINE)
    assert len(sections) == 8
    assert hash_of(head + "".join(reversed(sections))) == hash_of(SCHEMA)
    ioctls = sections[-1].removeprefix("ioctls:\n")
    entries = re.split(r"^(?=  \w)", ioctls, flags=re.MULTILINE)[1:]
    assert len(entries) == 5
    moved = SCHEMA.replace(ioctls, "".join(reversed(entries)))
    assert moved != SCHEMA
    assert hash_of(moved) == hash_of(SCHEMA)


def test_native_layout_handles_pointers_and_views_count() -> None:
    head = 'kgen: 1\ninterface: lamp\nversion: "1.0"\nexternal: true\nwindows: {device_type: 0x2D}\nstructs:\n'
    tail = "ioctls:\n  set: {function: 1, access: any, in: it}\n"
    bodies = [
        "{fields: {a: u64}}",
        "{layout: native, fields: {a: u64}}",
        "{layout: native, fields: {a: u64 bits 40}}",
        "{layout: native, fields: {a: u64 bits 41}}",
        "{layout: native, fields: {a: u64 bits 41, b: u64 bits 3}}",
        "{layout: native, fields: {a: u64 bits 41, b: u64 bits 4}}",
        "{fields: {a: handle event}}",
        "{fields: {a: handle event wait}}",
        "{fields: {a: handle event optional}}",
        "{fields: {a: handle file}}",
        '{fields: {a: "user_ptr(u8, 9)"}}',
        '{fields: {a: "user_ptr(u8, 10)"}}',
        '{fields: {a: "user_ptr(s8, 9)"}}',
        "{fields: {a: u32, b: u32}}",
        "{fields: {a: u32, b: u32, c: utf8 at a size b}}",
        "{fields: {a: u32, b: u32, c: u8 at a size b}}",
        "{fields: {a: u32, b: u32, c: utf8 at b size a}}",
    ]
    found = [hash_of(f"{head}  it: {body}\n{tail}") for body in bodies]
    assert len(set(found)) == len(found)


def test_conditions_count_by_their_meaning() -> None:
    def of(condition: str, most: int = 100) -> str:
        text = SCHEMA.replace("- level <= width", f"- {condition}")
        return hash_of(text.replace("most: 100", f"most: {most}").replace("in 0..most", "in 0..9"))

    assert of("level + 1 <= most") == of("level + 1 <= 100") == of("level + 0x1 <= (most)")
    assert of("level + 1 <= most") != of("level + 1 <= most", most=101)
    assert of("level <= width and width <= 9") != of("level <= width or width <= 9")
    assert of("not (level <= width)") != of("level <= width")
    assert of("(level + width) * 2 <= 9") != of("level + width * 2 <= 9")


def test_facts_say_in_words_what_the_hash_covers() -> None:
    found = facts(layouts_of(SCHEMA))
    assert found == sorted(found)
    assert "error hot 0xea170001 EBUSY" in found
    assert not any("spare" in fact or "forgotten" in fact for fact in found)
    assert "enum mood u32 closed:\n 0 calm\n 1 wild" in found
    assert "struct state 16 8 grows from 8:\n 0 used u32\n 4 free u32\n 8 more u64" in found


def test_the_hash_is_the_same_for_ever() -> None:
    """On every system, Python and hash seed. Another one makes every older client and driver a stranger."""
    assert hash_of(SCHEMA) == "1c91408ba09d5b7337eb27a9f6ca417474cd0aaab7307eda8c5aaf073359da06"
