"""`kgen inspect`: the JSON that DESIGN section 6 froze, the text, and the command."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kgen.abi import ABIS
from kgen.inspection import document, encode, table
from kgen.inspection.bytemap import byte_map, letters
from tests.support.layouts import HEAD, layouts_of, layouts_of_file

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "inspect"
TWO = [abi for abi in ABIS if abi.name in ("windows-x64", "linux-i386")]

Json = dict[str, Any]


def inspected(text: str, abis: list[Any] | None = None) -> Json:
    found: Json = document(layouts_of(HEAD + text), abis or ABIS)
    return found


def type_of(found: Json, name: str) -> Json:
    entry: Json = next(each for each in found["types"] if each["name"] == name)
    return entry


def fields_of(found: Json, name: str, abi: str = "linux-x86_64") -> dict[str, Json]:
    return {field["name"]: field for field in type_of(found, name)["layouts"][abi]["fields"]}


@pytest.mark.parametrize("name", ["vault", "tour", "mountmgr"])
def test_the_json_of_the_examples(name: str, stored: Callable[[Path, str], None]) -> None:
    layouts = layouts_of_file(ROOT / "schemas" / f"{name}.yaml")
    stored(GOLDEN / f"{name}.json", encode(document(layouts, TWO)))


@pytest.mark.parametrize("name", ["vault", "tour", "mountmgr"])
def test_the_text_of_the_examples(name: str, stored: Callable[[Path, str], None]) -> None:
    layouts = layouts_of_file(ROOT / "schemas" / f"{name}.yaml")
    stored(GOLDEN / f"{name}.txt", table(layouts, ABIS))


def test_the_keys_and_their_order() -> None:
    """DESIGN section 6. What is here is frozen."""
    found = inspected("""\
constants: {most: 9}
enums:
  mood: {type: u32, values: {calm: 0}}
ioctls:
  list:
    function: 0x801
    access: read
    in: {a: u32}
    out: {b: "u32[..9]"}
    short: refuse
  load: {function: 0x802, access: write, data: {from: caller, type: u16, length: 1..most}}
""")
    assert list(found) == [
        "kgen_inspect", "interface", "version", "hash", "external", "ioctls", "constants", "types",
        "objects",
        "errors",
    ]  # fmt: skip
    assert found["kgen_inspect"] == 1
    for ioctl in found["ioctls"]:
        assert list(ioctl) == [
            "name", "c_name", "codes", "function", "method", "access", "in", "out", "inout", "data",
            "errors", "since", "deprecated", "doc", "request_size", "reply_size", "short", "idempotent",
            "calling",
        ]  # fmt: skip
        assert list(ioctl["codes"])[:2] == ["windows", "linux"]
    assert list(found["ioctls"][1]["data"]) == ["direction", "type", "element_size", "min", "max"]
    assert list(found["constants"][0]) == ["name", "c_name", "value"]
    for type_ in found["types"]:
        assert list(type_) == [
            "name", "c_name", "kind", "values", "layouts", "open", "grows", "tag", "members", "conditions",
        ]  # fmt: skip
        assert list(type_["layouts"]) == [abi.name for abi in ABIS]
        for layout in type_["layouts"].values():
            assert list(layout) == ["size", "align", "fields"]
            for field in layout["fields"]:
                assert list(field) == [
                    "name", "c_name", "type", "offset", "size", "bit_offset", "bit_width", "tail",
                ]  # fmt: skip
    assert list(found["types"][0]["values"][0]) == ["name", "value", "c_name", "doc"]
    tail = fields_of(found, "list_reply")["b"]["tail"]
    assert list(tail.items()) == [
        ("count", "b_count"), ("max", 9), ("element_size", 4), ("min", 0), ("counter", "b_count"),
        ("unit", "elements"), ("text", None),
    ]  # fmt: skip
    assert list(found["errors"][0]) == ["name", "builtin", "ntstatus", "win32", "errno", "doc"]
    assert list(found["ioctls"][0]["reply_size"].items()) == [("min", 4), ("max", 40)]
    assert list(found["ioctls"][0]["short"]) == ["policy", "field", "unit"]
    assert list(type_of(found, "list_reply")["members"][0]) == [
        "name", "range", "reserved", "secret", "tag", "counts", "value", "enum", "since", "deprecated", "doc",
    ]  # fmt: skip


def test_the_example_of_the_design() -> None:
    layouts = layouts_of("""\
kgen: 1
interface: depot
version: "1.2"
windows: {device_type: 0x8337, device: Depot, sddl: admins}
linux: {node: depot, magic: 0xB9, mode: "0600"}
constants: {max_read: 1 << 20}
errors:
  quota: {ntstatus: 0xE8330001, errno: EDQUOT}
ioctls:
  claim: {function: 0x801, access: write, in: {size: u64}, out: {block: u64}, errors: [quota], doc: Claim one.}
""")
    found = json.loads(encode(document(layouts, ABIS)))
    assert found["ioctls"] == [
        {
            "name": "claim",
            "c_name": None,
            "codes": {"windows": 2201460740, "linux": 3222321409},
            "function": 2049,
            "method": "buffered",
            "access": ["write"],
            "in": "claim_request",
            "out": "claim_reply",
            "inout": None,
            "data": None,
            "errors": ["quota"],
            "since": "1.0",
            "deprecated": None,
            "doc": "Claim one.",
            "request_size": {"min": 8, "max": 8},
            "reply_size": {"min": 8, "max": 8},
            "short": None,
            "idempotent": False,
            "calling": None,
        }
    ]
    assert found["errors"][-1] == {
        "name": "quota",
        "builtin": False,
        "ntstatus": 0xE8330001,
        "win32": 0xE8330001,
        "errno": "EDQUOT",
        "doc": "",
    }
    assert found["constants"] == [{"name": "max_read", "c_name": None, "value": 1048576}]
    request = type_of(found, "claim_request")
    assert (request["kind"], request["values"], request["c_name"]) == ("struct", None, None)
    assert request["layouts"]["windows-x64"] == {
        "size": 8,
        "align": 8,
        "fields": [
            {
                "name": "size",
                "c_name": None,
                "type": "u64",
                "offset": 0,
                "size": 8,
                "bit_offset": None,
                "bit_width": None,
                "tail": None,
            }
        ],
    }


def test_codes_name_an_abi_only_where_its_number_differs() -> None:
    found = inspected(
        "ioctls:\n  a: {function: 0x801, access: any, out: u32}\n"
        "  b: {function: 0x802, access: any, inout: {x: u32}}\n"
    )
    three = ["linux-powerpc64le", "linux-mips64el", "linux-mipsel", "linux-sparc64", "linux-alpha"]
    assert list(found["ioctls"][0]["codes"]) == ["windows", "linux", *three]
    assert list(found["ioctls"][1]["codes"]) == ["windows", "linux"]


def test_null_where_the_schema_has_no_such_block() -> None:
    head = 'kgen: 1\ninterface: lamp\nversion: "0.9"\n'
    windows = "windows: {device_type: 0x8A17, sddl: admins}\n"
    ioctls = "ioctls:\n  a: {nr: 1, access: any}\n"
    only_linux = document(layouts_of(f"{head}linux: {{magic: 0xB9}}\n{ioctls}"), ABIS)["ioctls"][0]
    assert (only_linux["codes"]["windows"], only_linux["function"]) == (None, None)
    only_windows = document(
        layouts_of(head + windows + ioctls.replace("nr: 1", "function: 0x801")), ABIS
    )
    assert only_windows["ioctls"][0]["codes"] == {"windows": 0x8A172004, "linux": None}
    assert only_windows["ioctls"][0]["since"] == "0.9"
    assert only_windows["version"] == "0.9"


def test_the_layout_of_every_kind_of_type() -> None:
    found = inspected("""\
enums:
  mood: {type: s16, values: {bad: {value: -1, doc: Not good.}, good: 1}}
  tone: {type: u8, values: {low: 1}}
flags:
  traits: {type: u32be, bits: {loud: 0, rare: 31}}
bitfields:
  mode: {type: u64, bits: {speed: 0..3, tone: {at: 8..23, type: tone}}}
unions:
  what: {tag: mood, arms: {bad: none, good: "u32[3]"}}
structs:
  all:
    fields:
      mood: mood
      half: u16
      what: what by mood
      matrix: u16[2][3]
      names: utf8[4][2]
      traits: traits
      mode: mode
      many: "utf16[..20]"
  sized: {fields: {n: u32, words: "u16[2..9][2] size n"}}
""")
    assert [each["name"] for each in found["types"]] == [
        "mood", "tone", "traits", "mode", "what", "all", "sized",
    ]  # fmt: skip
    assert [each["kind"] for each in found["types"]] == [
        "enum", "enum", "flags", "struct", "union", "struct", "struct",
    ]  # fmt: skip
    assert type_of(found, "mood")["values"] == [
        {"name": "bad", "value": -1, "c_name": None, "doc": "Not good."},
        {"name": "good", "value": 1, "c_name": None, "doc": ""},
    ]
    assert [each["value"] for each in type_of(found, "traits")["values"]] == [1, 1 << 31]
    assert fields_of(found, "mood")["value"]["type"] == "s16"
    assert fields_of(found, "traits")["value"]["type"] == "u32be"
    mode = fields_of(found, "mode")
    assert [(each["type"], each["offset"], each["size"]) for each in mode.values()] == [
        ("u64", 0, 8)
    ] * 2
    assert (mode["speed"]["bit_offset"], mode["speed"]["bit_width"]) == (0, 4)
    assert (mode["tone"]["bit_offset"], mode["tone"]["bit_width"]) == (8, 16)
    arms = fields_of(found, "what")
    assert [(each["type"], each["offset"], each["size"]) for each in arms.values()] == [
        ("none", 0, 0),
        ("u32[3]", 0, 12),
    ]
    fields = fields_of(found, "all")
    assert {
        name: (each["type"], each["offset"], each["size"]) for name, each in fields.items()
    } == {
        "mood": ("mood", 0, 2),
        "half": ("u16", 2, 2),
        "what": ("what", 4, 12),
        "matrix": ("u16[2][3]", 16, 12),
        "names": ("utf8[4][2]", 28, 8),
        "traits": ("traits", 36, 4),
        "mode": ("mode", 40, 8),
        "many_count": ("u32", 48, 4),
        "many": ("utf16[0..20]", 52, None),
    }
    many = fields["many"]["tail"]
    assert (many["count"], many["max"], many["element_size"]) == ("many_count", 20, 2)
    assert (many["min"], many["counter"], many["unit"], many["text"]) == (
        0, "many_count", "elements", "utf16",
    )  # fmt: skip
    assert type_of(found, "all")["layouts"]["linux-i386"]["size"] == 52
    words = fields_of(found, "sized")["words"]
    assert (words["type"], words["tail"]) == (
        "u16[2..9][2]",
        {
            "count": None,
            "max": 9,
            "element_size": 4,
            "min": 2,
            "counter": "n",
            "unit": "bytes",
            "text": None,
        },
    )


def test_what_is_checked() -> None:
    found = inspected("""\
enums:
  mood: {type: s16, open: true, values: {bad: -1}}
  kind: {type: u16, values: {none_: 0, one: 7}}
flags:
  traits: {type: u8, bits: {loud: 0}}
bitfields:
  mode: {type: u8, bits: {speed: 0..3, kind: {at: 4..7, type: kind}}}
unions:
  what: {tag: kind, arms: {none_: none, one: it}}
structs:
  it: {fields: {a: u32 in 1..9, b: s32 secret, c: "u8[4] reserved"}, require: [a - b <= 2 << 1, not (a == 3 and b >= 0)]}
  all:
    fields: {kind: kind, spare: u16 reserved, what: what by kind}
    require: what.one.a != kind
  more: {grows: true, fields: {a: u64, b: u64 since 1.1}}
ioctls:
  send: {function: 0x801, access: write, in: {n: u32, items: "it[2..5] size n"}}
  list: {function: 0x802, access: read, out: {total: u32, items: "u32[..9]"}, short: {truncate: total, unit: bytes}}
  grow: {function: 0x803, access: [read, write], inout: more, idempotent: true}
""")
    assert [type_of(found, name)["open"] for name in ("mood", "kind", "traits", "it")] == [
        True, False, False, None,
    ]  # fmt: skip
    assert [each["enum"] for each in type_of(found, "mode")["members"]] == [None, "kind"]
    what = type_of(found, "what")
    assert (what["tag"], [each["value"] for each in what["members"]]) == ("kind", [0, 7])
    a, b, c = type_of(found, "it")["members"]
    assert (a["range"], b["range"], b["secret"], c["reserved"]) == ([1, 9], None, True, True)
    assert [each["predicate"] for each in type_of(found, "it")["conditions"]] == [
        ["<=", ["-", "a", "b"], 4],
        ["not", ["and", ["==", "a", 3], [">=", "b", 0]]],
    ]
    assert type_of(found, "all")["conditions"] == [
        {
            "text": "what.one.a != kind",
            "arms": ["what.one"],
            "predicate": ["!=", "what.one.a", "kind"],
        }
    ]
    assert type_of(found, "all")["members"][2]["tag"] == "kind"
    assert type_of(found, "send_request")["members"][0]["counts"] == "items"
    more = type_of(found, "more")
    assert (more["grows"], [each["since"] for each in more["members"]]) == (True, [None, "1.1"])
    send, list_, grow = found["ioctls"]
    assert (send["request_size"], send["reply_size"]) == ({"min": 4, "max": 64}, None)
    assert list_["short"] == {"policy": "truncate", "field": "total", "unit": "bytes"}
    assert (grow["request_size"], grow["reply_size"], grow["idempotent"]) == (
        {"min": 8, "max": 4096}, {"min": 8, "max": 16}, True,
    )  # fmt: skip


def test_handles_and_pointers() -> None:
    found = inspected('structs:\n  it: {fields: {a: handle event, b: "user_ptr(u16, 9)"}}\n')
    assert [each["type"] for each in fields_of(found, "it").values()] == [
        "handle event modify",
        "user_ptr(u16, 9)",
    ]


def test_names_of_existing_headers() -> None:
    layouts = layouts_of_file(ROOT / "schemas" / "mountmgr.yaml")
    found = document(layouts, ABIS)
    assert found["external"] is True
    assert found["ioctls"][0]["c_name"] == "IOCTL_MOUNTMGR_QUERY_POINTS"
    assert type_of(found, "mount_point")["c_name"] == "MOUNTMGR_MOUNT_POINT"
    assert fields_of(found, "mount_points")["mount_points"]["c_name"] == "MountPoints"
    serial = document(layouts_of_file(ROOT / "schemas" / "serial.yaml"), ABIS)
    assert type_of(serial, "parity")["values"][0]["c_name"] == "NO_PARITY"


def test_native_layouts_differ_by_abi() -> None:
    found = inspected("structs:\n  it: {layout: native, fields: {a: u8, b: u64}}\n")
    layouts = type_of(found, "it")["layouts"]
    assert (layouts["windows-x86"]["size"], layouts["windows-x86"]["align"]) == (16, 8)
    assert (layouts["linux-i386"]["size"], layouts["linux-i386"]["align"]) == (12, 4)
    assert layouts["linux-i386"]["fields"][1]["offset"] == 4


def test_the_bytes_are_the_same_for_every_hash_seed() -> None:
    command = [sys.executable, "-m", "kgen", "inspect", "schemas/tour.yaml", "--format", "json"]
    found = {
        subprocess.run(
            command,
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(found) == 1
    assert found.pop().isascii()


def test_encode_breaks_lines_between_objects_only() -> None:
    value = {"a": [], "b": [1, 2], "c": [{"d": {"e": None}}, {}], "f": "é"}
    text = encode(value)
    assert json.loads(text) == value
    assert text == (
        '{\n  "a": [],\n  "b": [1, 2],\n  "c": [\n    {"d": {"e": null}},\n    {}\n  ],\n'
        '  "f": "\\u00e9"\n}\n'
    )


# The text


def test_the_map_of_the_bytes() -> None:
    layouts = layouts_of(
        HEAD
        + """\
structs:
  it: {layout: native, fields: {a: u8, b: u32, c: "u8[70]", d: u64}}
  tail: {fields: {a: u32, b: "u16[..9]"}}
  lengthy: {fields: {a: "u8[16]", b: "u8[200]"}}
"""
    )
    it, tail, long = (list(byte_map(layouts.record(each))) for each in layouts.interface.structs)
    assert it == [
        "    0  a... bbbb cccc cccc",
        "   16  cccc cccc cccc cccc",
        "*",
        "   64  cccc cccc cccc cc..",
        "   80  dddd dddd",
    ]
    assert tail == ["    0  aaaa bbbb +"]
    assert long[1:] == ["   16  bbbb bbbb bbbb bbbb", "*", "  208  bbbb bbbb"]


def test_letters_begin_again_after_52_fields() -> None:
    fields = ", ".join(f"f{number}: u8" for number in range(54))
    layouts = layouts_of(f"{HEAD}structs:\n  it: {{fields: {{{fields}}}}}\n")
    found = letters(layouts.record(layouts.interface.structs[0]))
    assert (found[0], found[51], found[52], found[53]) == ("a", "Z", "a", "b")


def test_the_text_shows_each_way_a_native_struct_is_laid_out() -> None:
    layouts = layouts_of(
        HEAD
        + "structs:\n  it: {layout: native, fields: {a: u8, b: u64}}\n"
        + "ioctls:\n  get: {function: 0x801, access: any, out: it}\n"
    )
    text = table(layouts, ABIS)
    assert "struct it on linux-i386: 12 bytes, alignment 4, native" in text
    assert text.count("struct it on ") == 2
    assert "argument on linux-i386: 12 bytes, written by the driver" in text
    only = table(layouts, [abi for abi in ABIS if abi.name == "linux-i386"])
    assert "struct it: 12 bytes" in only
    assert "linux-alpha" not in only


def test_the_table_of_what_c_has() -> None:
    """Bits with the first of them, a union without a map of its bytes, and where a record is at all."""
    layouts = layouts_of("""\
kgen: 1
interface: relic
external: true
linux: {magic: 0x67}
unions:
  value: {layout: native, arms: {whole: u32, label: "wchar[2]"}}
structs:
  there: {layout: native, abis: windows, fields: {a: u8}}
  state:
    layout: native
    fields: {a: u32 bits 3, b: u16 bits 9, value: value, rest: "u16[]"}
""")
    text = table(layouts, [abi for abi in ABIS if abi.name in ("windows-x64", "linux-s390x")])
    assert text.partition("union")[2].splitlines() == [
        " value on windows-x64: 4 bytes, alignment 4, native",
        "      0     4  a  whole  u32",
        "      0     4  b  label  wchar[2]",
        "union value on linux-s390x: 8 bytes, alignment 4, native",
        "      0     4  a  whole  u32",
        "      0     8  b  label  wchar[2]",
        "",
        "struct there on windows-x64: 1 bytes, alignment 1, native",
        "      0     1  a  a  u8",
        "        0  a",
        "",
        "struct state on windows-x64: 12 bytes, alignment 4, native",
        "      0     1  a  a      u32 bits 3, from bit 0",
        "      4     2  b  b      u16 bits 9, from bit 0",
        "      8     4  c  value  value",
        "     12     0  d  rest   u16[]",
        "        0  a... bb.. cccc",
        "struct state on linux-s390x: 12 bytes, alignment 4, native",
        "      0     1  a  a      u32 bits 3, from bit 5",
        "      0     2  b  b      u16 bits 9, from bit 4",
        "      4     8  c  value  value",
        "     12     0  d  rest   u16[]",
        "        0  ab.. cccc cccc",
    ]
