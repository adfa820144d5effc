"""From what the author wrote to what is true: values that follow, and remedies that are offered."""

from __future__ import annotations

import uuid

import pytest

from kgen.diagnostics import Diagnostic
from kgen.model.entities import Enum, Interface, Struct, TaggedUnion
from kgen.model.types import Array, Integer, Tail, Text
from tests.support.layouts import HEAD, analyse, layouts_of


def interface_of(text: str) -> Interface:
    return layouts_of(HEAD + text).interface


def struct(interface: Interface, name: str) -> Struct:
    return next(each for each in interface.structs if each.name == name)


def only(text: str) -> Diagnostic:
    _, found = analyse(HEAD + text)
    assert len(found) == 1, [f"{d.code} {d.message}" for d in found]
    return found[0]


def test_constants_in_any_order() -> None:
    interface = interface_of(
        """\
constants: {a: b + kind.two, b: marks.high * c, c: 1 << 3}
enums: {kind: {type: u32, values: {one: 1, two: kind.one + 1}}}
flags: {marks: {type: u32, bits: {low: 0, high: 4}}}
"""
    )
    assert {c.name: c.value for c in interface.constants} == {"a": 130, "b": 128, "c": 8}
    assert [v.value for v in interface.enums[0].values] == [1, 2]
    assert [f.mask for f in interface.flags[0].values] == [1, 16]
    assert interface.flags[0].mask == 17


def test_the_count_of_a_tail() -> None:
    interface = interface_of(
        """\
structs:
  implied: {fields: {a: u32, items: "u32[..4]"}}
  wide: {fields: {items: "u64[1..4]"}}
  nested_wide: {fields: {items: "implied_wide[..4]"}}
  implied_wide: {fields: {a: u64}}
  written: {fields: {items_count: u16, a: u16, items: "u8[..4]"}}
  named: {fields: {n: u8, a: u8, items: "u16[..4] count n"}}
  sized: {fields: {n: u32, items: "u16[..4] size n"}}
"""
    )

    def tail(name: str) -> tuple[list[str], str, str]:
        made = struct(interface, name)
        assert made.tail is not None
        assert isinstance(made.tail.type, Tail)
        return [f.name for f in made.fields], made.tail.type.counter, made.tail.type.unit

    assert tail("implied") == (["a", "items_count", "items"], "items_count", "elements")
    assert tail("written") == (["items_count", "a", "items"], "items_count", "elements")
    assert tail("named") == (["n", "a", "items"], "n", "elements")
    assert tail("sized") == (["n", "items"], "n", "bytes")
    counters = {
        name: field.type.name
        for name in ("implied", "wide", "nested_wide")
        for field in struct(interface, name).fields
        if field.implied and isinstance(field.type, Integer)
    }
    assert counters == {"implied": "u32", "wide": "u64", "nested_wide": "u64"}
    (counter,) = [f for f in struct(interface, "named").fields if f.counts]
    assert (counter.name, counter.counts, counter.implied) == ("n", "items", False)


def test_a_struct_is_aligned_as_its_widest_field() -> None:
    interface = interface_of(
        """\
structs:
  bytes: {fields: {a: u8, b: "u8[3]"}}
  counted: {fields: {items: "u8[..4]"}}
  wide: {fields: {items: "u64[..4]"}}
  holds: {fields: {a: inner, b: u16}}
  inner: {fields: {a: u16, b: "utf16[2]"}}
  id: {fields: {a: guid}}
"""
    )
    alignments = {each.name: each.alignment for each in interface.structs}
    assert alignments == {"bytes": 1, "counted": 4, "wide": 8, "holds": 2, "inner": 2, "id": 4}
    for each in interface.structs:
        assert each._replace(aligned=0).alignment == each.alignment


def test_types_of_fields() -> None:
    interface = interface_of(
        """\
structs:
  s:
    fields:
      a: u16be[2][3]
      b: utf16[8][2]
      c: u8 in 1..5
      d: u8[3] reserved
      e: u32 secret
"""
    )
    a, b, c, d, e = struct(interface, "s").fields
    inner = Array(Integer("u16be", 2, False, "be"), 3)
    assert a.type == Array(inner, 2)
    assert b.type == Array(Text("utf16", 8), 2)
    assert c.limit == (1, 5)
    assert d.reserved
    assert e.secret


def test_a_type_stands_after_those_that_it_uses() -> None:
    interface = interface_of(
        """\
enums: {kind: {type: u32, values: {one: 0, two: 1}}}
structs:
  outer: {fields: {kind: kind, what: target by kind, inner: inner}}
  inner: {fields: {a: u32}}
unions:
  target: {tag: kind, arms: {one: inner, two: none}}
ioctls:
  set: {function: 0x801, access: write, in: {o: outer}, out: outer}
"""
    )
    assert [record.name for record in interface.records] == [
        "inner",
        "target",
        "outer",
        "set_request",
    ]
    union = interface.records[1]
    assert isinstance(union, TaggedUnion)
    assert union.alignment == 4
    assert [arm.type is None for arm in union.arms] == [False, True]


def test_what_an_ioctl_resolves_to() -> None:
    interface = interface_of(
        """\
errors: {locked: {ntstatus: 0xE0000001, errno: EPERM}}
ioctls:
  a: {function: 0x801, access: [write, read], in: u32, errors: [locked, busy], idempotent: true}
  b: {function: 0x802, access: any, data: {to: caller, type: u16, length: 1..8}}
  c: {function: 0x803, access: read, data: {from: caller, type: u8, length: 2..2}, nr: 100}
  d: {function: 0x804, access: read, method: neither, out: {n: u32, x: "u8[..4]"}, short: {truncate: n, unit: bytes}}
"""
    )
    a, b, c, d = interface.ioctls
    assert (a.method, a.access, a.nr, a.idempotent) == ("buffered", ("read", "write"), 1, True)
    assert [error.name for error in a.errors] == ["locked", "busy"]
    assert (b.method, b.access) == ("out_direct", ("any",))
    assert b.data is not None
    assert (b.data.direction, b.data.minimum, b.data.maximum) == ("to", 1, 8)
    assert (c.method, c.nr) == ("in_direct", 100)
    assert d.method == "neither"
    assert d.short == ("truncate", "n", "bytes")
    assert {use.capability for use in interface.uses} == {"method_direct", "method_neither"}


def test_conditions_keep_what_was_written() -> None:
    interface = interface_of(
        """\
constants: {limit: 10}
structs:
  s:
    fields: {a: u32, b: u32}
    require:
      - (a   + b) * 2 <= (limit + 1) * -(2 - 4)
"""
    )
    (condition,) = struct(interface, "s").conditions
    assert condition.text == "(a + b) * 2 <= (limit + 1) * -(2 - 4)"
    comparison = condition.predicate
    assert comparison[0] == "<="
    number = comparison[2]
    assert (number.value, number.text) == (22, "(limit + 1) * -(2 - 4)")


def test_defaults_of_a_device() -> None:
    interface = interface_of("")
    assert interface.windows is not None
    assert interface.linux is not None
    assert interface.windows.device == "Lamp"
    assert interface.windows.sddl == "D:P(A;;GA;;;SY)(A;;GA;;;BA)"
    assert interface.windows.pool_tag == "Lamp"
    assert interface.windows.driver == "lamp"
    expected = uuid.uuid5(uuid.NAMESPACE_URL, "kgen:interface:lamp")
    assert interface.windows.class_guid == str(expected).upper()
    assert (interface.linux.node, interface.linux.mode) == ("lamp", 0o600)
    assert interface.license == "GPL-2.0-only WITH Linux-syscall-note"


def test_a_device_as_written() -> None:
    interface = layouts_of(
        """\
kgen: 1
interface: dim_lamp
windows:
  device_type: 0x8000 + 1
  device: Dim.Lamp-1
  sddl: "D:P(A;;GA;;;SY)"
  class_guid: 1b4e28ba-2fa1-11d2-883f-0016d3cca427
  pool_tag: Dim_
  driver: lamps
  path: '\\\\.\\Other'
  exclusive: true
linux: {node: dim-lamp, magic: 0xB9, mode: "0660", group: dialout, capability: CAP_SYS_RAWIO}
license: MIT OR (GPL-2.0-only WITH Linux-syscall-note)
"""
    ).interface
    windows, linux = interface.windows, interface.linux
    assert windows is not None
    assert windows[:6] == (
        0x8001,
        "Dim.Lamp-1",
        "D:P(A;;GA;;;SY)",
        "1B4E28BA-2FA1-11D2-883F-0016D3CCA427",
        "Dim_",
        True,
    )
    assert (windows.driver, windows.path) == ("lamps", r"\\.\Other")
    assert linux is not None
    assert linux[:5] == ("dim-lamp", 0xB9, 0o660, "dialout", "CAP_SYS_RAWIO")
    assert interface.version == (1, 0)


HELPS = [
    ("structs: {s: {fields: {a: DWORD}}}", "write `u32`"),
    ("structs: {s: {fields: {a: int}}}", "write `s32`"),
    ("structs: {s: {fields: {a: __le32}}}", "write `u32le`"),
    ("structs: {s: {fields: {a: size_t}}}", "its size differs between systems"),
    ("structs: {s: {fields: {a: double}}}", "no floating point"),
    ("structs: {s: {fields: {a: PVOID}}}", "carries no pointers"),
    ("structs: {status: {fields: {a: u8}}, t: {fields: {b: statsu}}}", "did you mean `status`?"),
    ("unions: {t: {tag: u32, arms: {a: u8}}}", "of this schema"),
    ("constants: {slots: 4, half: slot / 2}", "did you mean `slots`?"),
    ("constants: {magic: V}", "the character 'V' is 0x56"),
    ("enums: {kind: {type: int, values: {a: 1}}}", "write `s32`"),
    ("enums: {kind: {type: u33, values: {a: 1}}}", "did you mean `u32`?"),
    ("flags: {f: {type: u8, bits: {a: 8}}}", "masks stand under `values`"),
    ('structs: {s: {fields: {a: "u8[0]"}}}', "`[..64]`"),
    ("structs: {s: {fields: {total: u32, a: 'u8[..4] count totl'}}}", "did you mean `total`?"),
    ("structs: {s: {fields: {total: u32, a: 'u8[..4] count xyz'}}}", "before its tail"),
    ("ioctls: {a: {function: 0x801}}", "`access: read`"),
    ("ioctls: {a: {function: 0x801, access: rw}}", "write `[read, write]`"),
    ("ioctls: {a: {function: 0x801, access: FILE_READ_ACCESS}}", "write `read`"),
    ("ioctls: {a: {function: 0x801, access: reed}}", "write `read`"),
    ("ioctls: {a: {function: 0x801, access: xyzzy}}", None),
    ("ioctls: {a: {function: 1, access: any, nr: 1}}", "Microsoft's"),
    ("ioctls: {a: {function: 0x801, access: any, errors: [bussy]}}", "did you mean `busy`?"),
    ("ioctls: {a: {function: 0x801, access: any, errors: [xyzzy]}}", "under `errors`"),
    ("ioctls: {a: {function: 0x801, access: any, errors: [ok]}}", "it is no error"),
    ("ioctls: {a: {function: 0x801, access: any, in: void}}", "leave the key out"),
    ("ioctls: {a: {function: 0x801, access: any, in: {}}}", "leave the key out"),
    (
        "ioctls: {a: {function: 0x801, access: any, out: {total: u32, x: 'u8[..4]'}, "
        "short: {truncate: totl}}}",
        "did you mean `total`?",
    ),
    (
        "ioctls: {a: {function: 0x801, access: any, out: {x: 'u8[..4]'}, short: {truncate: m}}}",
        "add a field: `total: u32`",
    ),
    (
        "structs: {s: {fields: {first: u32, last: u32}, require: frist < last}}",
        "did you mean `first`?",
    ),
    ("structs: {s: {fields: {a: u32}, require: '-a < 5'}}", "write `0 - a`"),
    ("structs: {s: {fields: {a: u32}, require: '~a < 5'}}", "write `a ^ MASK`"),
    ("structs: {s: {fields: {class: u32}}}", "write `class_`"),
    ("structs: {s: {fields: {a: u32 since 1.10}}}", 'raise `version` to "1.10"'),
    ("errors: {a: {ntstatus: 0xE0000001, errno: EPREM}}", "did you mean `EPERM`?"),
]


@pytest.mark.parametrize(("text", "help"), HELPS)
def test_what_is_said_to_do(text: str, help: str | None) -> None:
    given = only(text + "\n").help
    if help is None:
        assert given is None
    else:
        assert help in (given or "")


def test_notes_lead_to_the_other_place() -> None:
    found = only(
        "ioctls:\n  a: {function: 0x801, access: any}\n  b: {function: 0x801, access: any}\n"
    )
    assert [(note.message, str(note.span)) for note in found.notes] == [
        ("the other one", "lamp.yaml:7:3")
    ]


def test_an_open_enum_and_its_signs() -> None:
    interface = interface_of("enums: {mood: {type: s8, open: true, values: {bad: -1, good: 1}}}")
    (mood,) = interface.enums
    assert isinstance(mood, Enum)
    assert mood.open
    assert (mood.type.minimum, mood.type.maximum, mood.type.signed) == (-128, 127, True)
