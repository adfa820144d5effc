"""`kgen audit`: what the report says is what the boundary does and what the device's security allows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kgen.audit import document, records, report, text
from kgen.audit.records import IoctlReport, Report
from kgen.inspection import encode
from tests.support.layouts import HEAD, analyse, layouts_of

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "audit"
EXAMPLES = ("vault", "tour", "mountmgr", "serial")


def example(name: str) -> Report:
    path = ROOT / "schemas" / f"{name}.yaml"
    layouts, found = analyse(
        path.read_text(encoding="utf-8"), str(path.parent), f"schemas/{name}.yaml"
    )
    assert layouts is not None, found
    return report(layouts)


def audited(schema: str, head: str = HEAD) -> Report:
    return report(layouts_of(head + schema.replace("'", '"')))


def ioctl_of(found: Report, name: str) -> IoctlReport:
    return next(each for each in found.ioctls if each.name == name)


def one(request: str, more: str = "") -> IoctlReport:
    """The report of one ioctl with that request."""
    found = audited(
        f"{more}ioctls:\n  act: {{function: 0x801, access: write, in: {{{request}}}}}\n"
    )
    return ioctl_of(found, "act")


def checks(ioctl: IoctlReport) -> list[tuple[str, str, str]]:
    return [tuple(check) for check in ioctl.checks]  # type: ignore[misc]


def unchecked(ioctl: IoctlReport) -> list[tuple[str, str, str]]:
    return [tuple(each) for each in ioctl.unchecked]  # type: ignore[misc]


# The examples


@pytest.mark.parametrize("name", ["vault", "tour", "mountmgr"])
def test_the_json_of_the_examples(name: str, stored: Callable[[Path, str], None]) -> None:
    stored(GOLDEN / f"{name}.json", encode(document(example(name))))


@pytest.mark.parametrize("name", ["vault", "tour", "mountmgr"])
def test_the_text_of_the_examples(name: str, stored: Callable[[Path, str], None]) -> None:
    stored(GOLDEN / f"{name}.txt", text(example(name)))


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_document_is_plain(name: str) -> None:
    found = document(example(name))
    assert json.loads(encode(found)) == found
    assert next(iter(found)) == "kgen_audit"


# The generated core as the oracle


RULES_OF_FIELDS = {
    "range", "enum", "flags", "bool", "string", "reserved", "count", "union", "condition",
}  # fmt: skip


def core(name: str) -> str:
    return (ROOT / "generated" / name / "core" / f"{name}_core.c").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["vault", "tour"])
def test_lengths_are_those_of_the_generated_core(name: str) -> None:
    found = example(name)
    rows = re.findall(r"\[OP_(\w+)\] =\s+\{(.*?)\n +\},\n", core(name), re.DOTALL)
    table = {key.lower(): dict(re.findall(r"\.(\w+) = (\w+),", row)) for key, row in rows}
    assert set(table) == {ioctl.name for ioctl in found.ioctls}
    for ioctl in found.ioctls:
        row = table[ioctl.name]
        for way, message in (("in", ioctl.request), ("out", ioctl.reply)):
            if message is None or ioctl.builtin:
                assert ioctl.builtin or f"{way}_max" not in row
                continue
            assert message.largest == int(row[f"{way}_max"])
            # The core takes a length up to the tail and then refuses a count that is too small.
            least = message.smallest - int(row[f"{way}_min"])
            assert least == 0 or least % (message.element_size or 0) == 0
        if ioctl.data is not None:
            assert ioctl.data.smallest == int(row["data_min"])
            assert ioctl.data.largest == int(row["data_max"])
        assert ("secret" in row) == bool(ioctl.secrets)


@pytest.mark.parametrize("name", ["vault", "tour"])
def test_no_rule_of_the_generated_core_is_left_out(name: str) -> None:
    there = set(re.findall(r"KGEN_RULE_([A-Z]+)", core(name)))
    there -= {"CODE", "STATUS"}  # of no field
    if "kgen_check_growth" in core(name):
        there.add("GROWTH")
    if "kgen_refuse_object" in core(name):
        there.add("OBJECT")
    said = {check.rule.upper() for ioctl in example(name).ioctls for check in ioctl.checks}
    assert said == there


@pytest.mark.parametrize("name", ["vault", "tour"])
def test_what_is_said_to_be_checked_is_what_the_vectors_break(name: str) -> None:
    """Each vector breaks one rule, and the drivers refused it with that trace (tests/e2e)."""
    path = ROOT / "generated" / name / "vectors" / f"{name}_vectors.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    traces = {
        vector["trace"] for vector in stored["vectors"] if vector.get("rule") in RULES_OF_FIELDS
    }
    broken = {re.sub(r"\[\d+\]", "[]", trace).replace("[]:", ":") for trace in traces}
    said = set()
    for ioctl in example(name).ioctls:
        for check in ioctl.checks:
            if check.rule in RULES_OF_FIELDS:
                words = [check.path, check.text] if check.rule == "condition" else [check.path]
                place = ".".join(word for word in words if word)
                said.add(f"{name}.{ioctl.name}: {place}: {check.rule}")
    assert broken <= said
    # What no request can break is named by the vectors too.
    whys = [gap["why"] for gap in stored["uncovered"]]
    for left in said - broken:
        text = left.split(": ")[1]
        assert any(f"`{text}`" in why for why in whys), left


@pytest.mark.parametrize("name", ["vault", "tour"])
def test_every_field_of_a_request_is_checked_or_left_or_holds_others(name: str) -> None:
    schema = json.loads((ROOT / f"tests/golden/inspect/{name}.json").read_text(encoding="utf-8"))
    types = {each["name"]: each["layouts"]["windows-x64"]["fields"] for each in schema["types"]}
    kinds = {each["name"]: each["kind"] for each in schema["types"]}
    for ioctl in example(name).ioctls:
        if ioctl.request is None:
            continue
        said = {each.path for each in [*ioctl.checks, *ioctl.unchecked]}
        for field in types[ioctl.request.type]:
            held = re.sub(r"\[.*", "", field["type"])
            inside = any(re.match(rf"{field['name']}(\[\])?\.", path) for path in said)
            assert field["name"] in said or (kinds.get(held) == "struct" and inside), field


# Field by field

TYPES = """\
enums:
  mood: {type: u8, values: {good: 1, bad: 2}}
  tone: {type: u8, open: true, values: {low: 1}}
flags:
  bits: {type: u16, bits: {loud: 0, fast: 1}}
  some: {type: u8, open: true, bits: {loud: 0}}
  full: {type: u8, values: {all: 0xFF}}
bitfields:
  cut: {type: u8, bits: {mood: {at: 0..3, type: mood}, n: 4..5, one: 6}}
"""


@pytest.mark.parametrize(
    ("field", "check"),
    [
        ("a: u32 in 1..9", ("a", "range", "1 to 9")),
        ("a: s8 in -128..9", ("a", "range", "-128 to 9")),
        ("a: 'u32[4] in 1..9'", ("a", "range", "each element 1 to 9")),
        ("a: bool", ("a", "bool", "0 or 1")),
        ("a: 'bool[3]'", ("a", "bool", "each element 0 or 1")),
        ("a: mood", ("a", "enum", "one of `good`, `bad`")),
        ("a: 'mood[2][2]'", ("a", "enum", "each element one of `good`, `bad`")),
        ("a: bits", ("a", "flags", "no bits but `loud`, `fast`")),
        ("a: u16 reserved", ("a", "reserved", "zero")),
        ("a: handle event", ("a", "handle", "a handle of the caller, of kind event, for modify")),
        (
            "a: handle file read write optional",
            ("a", "handle", "a handle of the caller, of kind file, for read, write, or 0 for none"),
        ),
        ("a: 'u8[5] reserved'", ("a", "reserved", "zero")),
    ],
)
def test_what_is_checked_alone(field: str, check: tuple[str, str, str]) -> None:
    ioctl = one(field.replace("'", '"'), TYPES)
    assert checks(ioctl) == [check]
    assert unchecked(ioctl) == []


@pytest.mark.parametrize(
    ("field", "left"),
    [
        ("a: u32", ("a", "number", "any u32")),
        ("a: u8 in 0..255", ("a", "number", "any u8")),
        ("a: 's64be[4]'", ("a", "number", "each element any s64be")),
        ("a: 'u8[4]'", ("a", "bytes", "any bytes: u8[4]")),
        ("a: guid", ("a", "guid", "any GUID")),
        ("a: tone", ("a", "enum", "any value, also without a name; named are `low`")),
        ("a: some", ("a", "flags", "any bits, also without a name; named are `loud`")),
        ("a: full", ("a", "flags", "any bits: each of them has a name")),
    ],
)
def test_what_is_left_alone(field: str, left: tuple[str, str, str]) -> None:
    ioctl = one(field.replace("'", '"'), TYPES)
    assert checks(ioctl) == []
    assert unchecked(ioctl) == [left]


def test_what_a_pointer_points_to() -> None:
    ioctl = one(
        'a: "user_ptr(wire, 8) count n", n: u64, k: "user_ptr(u8, 4)"',
        """
structs:
  wire: {fields: {level: u32 in 1..9, spare: u32}}
""",
    )
    assert checks(ioctl) == [
        ("a", "pointer", "an address of the caller's; what is there is captured once: as many elements as `n` says, wire at most 8 times"),
        ("a[].level", "range", "1 to 9"),
        ("k", "pointer", "an address of the caller's; what is there is captured once: all of them, u8 at most 4 times"),
    ]  # fmt: skip
    assert ("k", "number", "each element any u8") in unchecked(ioctl)


def test_text_is_well_formed_and_may_say_anything() -> None:
    ioctl = one('a: "utf8[8]", b: "utf16[..9]"')
    assert checks(ioctl) == [
        ("a", "string", "valid UTF-8 of at most 7 code units, and nothing but NUL behind it"),
        (
            "b_count",
            "count",
            "0 to 9 elements of `b`, counted in elements; exactly as many as the length of the"
            " request says",
        ),
        ("b", "string", "valid UTF-16 without NUL, at most 9 code units"),
    ]
    assert [each[:2] for each in unchecked(ioctl)] == [("a", "text"), ("b", "text")]


def test_a_bitfield_is_looked_into() -> None:
    ioctl = one("a: cut", TYPES)
    assert checks(ioctl) == [
        ("a", "reserved", "zero in the bits that have no name"),
        ("a.mood", "enum", "one of `good`, `bad`"),
    ]
    assert unchecked(ioctl) == [
        ("a.n", "bits", "any value of 2 bits"),
        ("a.one", "bits", "any value of 1 bit"),
    ]


def test_nested_fields_conditions_and_unions_have_paths() -> None:
    found = audited("""\
enums:
  kind: {type: u32, values: {none: 0, span: 1}}
unions:
  what: {tag: kind, arms: {none: none, span: span}}
structs:
  span: {fields: {low: u32, high: u32}, require: [low <= high]}
  ask:
    fields: {kind: kind, what: what by kind, many: "span[2]", n: u32, m: u32}
    require: [what.span.low + n < 9]
ioctls:
  act: {function: 0x801, access: write, in: ask}
""")
    ioctl = ioctl_of(found, "act")
    assert checks(ioctl) == [
        ("kind", "enum", "one of `none`, `span`"),
        ("what", "union", "the arm that `kind` says; zero in the bytes behind it"),
        ("what.span", "condition", "low <= high"),
        ("many[]", "condition", "low <= high"),
        ("", "condition", "what.span.low + n < 9"),
    ]
    limited = "any u32, as far as the conditions allow"
    assert unchecked(ioctl) == [
        ("what.span.low", "number", limited),
        ("what.span.high", "number", limited),
        ("many[].low", "number", limited),
        ("many[].high", "number", limited),
        ("n", "number", limited),
        ("m", "number", "any u32"),
    ]


def test_a_struct_that_grows() -> None:
    found = audited("""\
structs:
  usage: {grows: true, fields: {a: u32 in 0..5, b: u32 since 1.1}}
ioctls:
  put: {function: 0x801, access: write, in: usage}
  get: {function: 0x802, access: read, out: usage}
""")
    put = ioctl_of(found, "put")
    assert put.checks[0].rule == "growth"
    assert put.request is not None
    assert (put.request.smallest, put.request.largest) == (4, 4096)
    get = ioctl_of(found, "get")
    assert get.reply is not None
    assert (get.reply.smallest, get.reply.largest, get.reply.variable) == (4, 8, "growth")
    assert get.memory.copied == 8


def test_long_lists_of_names_are_cut() -> None:
    values = ", ".join(f"v{number}: {number}" for number in range(12))
    ioctl = one("a: many", f"enums:\n  many: {{type: u8, values: {{{values}}}}}\n")
    assert ioctl.checks[0].text.endswith("`v7` and 4 more")


# What a caller can make the kernel do


def test_memory() -> None:
    found = audited("""\
ioctls:
  a: {function: 0x801, access: write, in: {n: u32, b: "u8[..101]"}}
  b: {function: 0x802, access: write, method: neither, in: {n: u64}, out: {m: "u32[..10]"}, short: refuse}
  c: {function: 0x803, access: read, data: {to: caller, type: u16, length: 2..9}}
""")
    assert tuple(ioctl_of(found, "a").memory) == (112, 0, True)
    assert tuple(ioctl_of(found, "b").memory) == (8 + 44, 0, False)
    assert tuple(ioctl_of(found, "c").memory) == (0, 18, True)
    data = ioctl_of(found, "c").data
    assert data is not None
    assert (data.smallest, data.largest, data.element_size) == (4, 18, 2)


def test_pointers_handles_and_secrets_are_named() -> None:
    found = audited("""\
structs:
  inner: {fields: {key: "u8[4] secret", spare: u32}}
ioctls:
  act: {function: 0x801, access: write, in: {done: handle event, all: "inner[2]", p: "user_ptr(u8, 9)"}, out: {code: "u8[2] secret"}}
""")
    ioctl = ioctl_of(found, "act")
    assert [tuple(each) for each in ioctl.handles] == [("done", "request", "handle event modify")]
    assert [tuple(each) for each in ioctl.pointers] == [("p", "request", "user_ptr(u8, 9)")]
    assert [(each.path, each.where) for each in ioctl.secrets] == [
        ("all[].key", "request"),
        ("code", "reply"),
    ]
    assert any("`all[].key`, `code` it must wipe" in duty for duty in ioctl.duties)


def test_objects() -> None:
    found = audited("""\
objects:
  block: {per_open: 64, doc: A block.}
ioctls:
  claim: {function: 0x801, access: write, in: {size: u32 in 1..9}, out: new block, errors: [no_space]}
  join: {function: 0x802, access: write, in: {n: u64, blocks: "ref block[3]"}}
  free: {function: 0x803, access: write, in: drop block}
""")
    assert [tuple(each) for each in found.objects] == [
        ("block", "A block.", 64, ["claim"], ["join"], ["free"])
    ]
    claim, join, free = (ioctl_of(found, name) for name in ("claim", "join", "free"))
    assert [tuple(each) for each in claim.objects] == [("value", "reply", "new block")]
    assert [error.name for error in claim.errors] == ["no_space"]
    assert [error.name for error in free.errors] == ["bad_handle"]
    assert checks(join) == [
        ("blocks", "object", "each element the id of a `block` that this open handle has")
    ]
    # A request of 32 bytes and three holds of 20, to a multiple of 8.
    assert (join.memory.copied, claim.memory.copied, free.memory.copied) == (96, 32, 32)
    shown = text(found)
    assert "What an open handle can have" in shown
    assert "block   64          claim    join     free" in shown


def duty(found: Report, part: str) -> list[str]:
    return [each.name for each in found.ioctls if any(part in duty for duty in each.duties)]


def test_duties() -> None:
    ioctls = """\
ioctls:
  any: {function: 0x801, access: any, in: {a: u32}}
  load: {function: 0x802, access: write, data: {from: caller, type: u8, length: 1..9}}
  dump: {function: 0x803, access: read, data: {to: caller, type: u8, length: 1..9}}
  raw: {function: 0x804, access: write, method: neither, in: {a: u32 in 0..3, name: "utf8[8]"}}
"""
    found = audited(ioctls)
    assert duty(found, "Any handle reaches it") == ["any"]
    assert duty(found, "no administrators") == []
    assert duty(found, "copy once") == ["load"]
    assert duty(found, "read nothing back") == ["dump"]
    assert duty(found, "`fault`") == ["raw"]
    assert duty(found, "Check `a`") == ["any"]
    assert duty(found, "Check `name` before it is a name") == ["raw"]
    assert duty(found, "lock") == ["any", "load", "dump", "raw"]
    alone = audited("serialised: true\n" + ioctls)
    assert duty(alone, "lock") == []
    opened = audited(ioctls, HEAD.replace("sddl: admins", "sddl: everyone"))
    assert duty(opened, "no administrators") == ["load", "dump", "raw"]


# The format


def test_every_key_is_in_the_docs() -> None:
    page = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    for record in vars(records).values():
        for key in getattr(record, "_fields", ()):
            assert f"`{key}`" in page, f"{record.__name__}.{key}"


def test_the_keys_and_their_order() -> None:
    """What is here is frozen."""
    found = document(example("tour"))
    assert list(found) == [
        "kgen_audit", "interface", "version", "doc", "schema", "hash", "external", "serialised",
        "windows", "linux", "principals", "objects", "boundary_errors", "ioctls", "findings",
    ]  # fmt: skip
    assert list(found["ioctls"][0]) == [
        "name", "builtin", "doc", "since", "deprecated", "codes", "method", "access", "reached_by",
        "outsiders", "request", "reply", "inout", "data", "memory", "pointers", "handles",
        "objects", "secrets", "checks", "unchecked", "duties", "errors",
    ]  # fmt: skip
    assert list(found["principals"][0]) == [
        "id", "name", "system", "administrator", "rights", "open", "read", "write", "condition",
        "note", "calls", "conditional",
    ]  # fmt: skip
    assert list(found["findings"][0]) == [
        "rule", "severity", "message", "ioctl", "path", "file", "line", "column", "why", "source",
    ]  # fmt: skip


def test_the_bytes_are_the_same_for_every_hash_seed() -> None:
    outputs = set()
    for seed in ("0", "1"):
        for form in ("json", "html"):
            command = [sys.executable, "-m", "kgen", "audit", "schemas/tour.yaml", "--format", form]
            ran = subprocess.run(
                command,
                cwd=ROOT,
                env={"PYTHONHASHSEED": seed, "PATH": ""},
                capture_output=True,
                check=True,
                timeout=60,
            )
            outputs.add(ran.stdout)
    assert len(outputs) == 2


def test_the_docs_show_what_is_printed() -> None:
    page = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert shown in text(example("vault"))


def test_every_rule_has_a_row_in_the_docs() -> None:
    from kgen.lint import RULES

    page = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (error|warning|note) \|", page, re.MULTILINE)
    assert sorted(rows) == sorted((rule.name, rule.severity) for rule in RULES.values())
