"""kgen.lint: each rule fires on what it is for, and not on what looks like it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

import pytest

from kgen.lint import NOTE, RULES, SEVERITIES, Finding, findings
from tests.support.layouts import layouts_of, layouts_of_file

ROOT = Path(__file__).parents[2]


class Case(NamedTuple):
    rule: str
    fires: str
    """Schema after the head, in which the rule finds exactly `message`."""
    message: str
    quiet: str
    """Schema in which it finds nothing."""


HEAD = 'kgen: 1\ninterface: lamp\nversion: "1.2"\n'
ADMINS = "windows: {device_type: 0x8A17, sddl: admins}\n"
LINUX = "linux: {magic: 0xB9}\n"
GET = "ioctls:\n  get: {function: 0x801, access: read, out: u32}\n"
NR = GET.replace("function: 0x801", "nr: 1")


def device(sddl: str) -> str:
    return f"windows: {{device_type: 0x8A17, sddl: {sddl!r}}}\n{GET}"


def one(text: str) -> str:
    return f"{ADMINS}ioctls:\n  act: {{function: 0x801, {text}}}\n"


def fields(text: str, way: str = "in", name: str = "act") -> str:
    return f"{ADMINS}ioctls:\n  {name}: {{function: 0x801, access: write, {way}: {{{text}}}}}\n"


CASES = [
    Case(
        "sddl-world",
        device("D:P(A;;GA;;;SY)(A;;FW;;;AU)"),
        "`Authenticated users` may open the device for write",
        device("D:P(A;;GA;;;SY)(A;;GRGX;;;WD)(A;;GA;;;S-1-5-21-1-2-3-512)"),
    ),
    Case(
        "sddl-world",
        device("everyone"),
        "`Everyone` may open the device for write",
        device("D:P(D;;GW;;;BU)(A;;GRGW;;;BU)"),
    ),
    Case(
        "sddl-control",
        device("D:P(A;;GA;;;SY)(A;;GRWD;;;BU)"),
        "`Users` may change who may open the device",
        device("D:P(A;;GA;;;SY)(A;;GRGW;;;BU)"),
    ),
    Case(
        "sddl-subset",
        device("D:P(A;;GA;;;SY)(D;;GA;;;AN)"),
        "the device's SDDL has entries that do not just allow (`A`)",
        device("D:P(A;;GA;;;SY)(A;;0x120089;;;BU)"),
    ),
    Case(
        "sddl-subset",
        device("D:(A;;GA;;;SY)"),
        "the device's SDDL has a DACL that is not just protected (`D:P`)",
        device("D:(A;;GA;;;SY)").replace("sddl:", r"hardware_id: Root\Lamp, sddl:"),
    ),
    Case(
        "sddl-subset",
        device("D:P(A;;FR;;;SY)"),
        "the device's SDDL has the rights `FR`: write a mask, as in `0x120089`",
        device("D:P(A;;GRGWRCSDWDWO;;;SY)(A;;0x3;;;S-1-5-21-1-2-3-1001)"),
    ),
    Case(
        "sddl-subset",
        device("D:P(A;;GA;;;SY)(A;;GR;;;PU)"),
        "the device's SDDL has the alias `PU`: write the SID in full",
        device("D:P(A;;GA;;;SY)(A;;GR;;;S-1-5-32-547)(A;;GR;;;LS)"),
    ),
    Case(
        "sddl-subset",
        device("D:P(A;;GA;;;SY)(A;;GR;;;RC)"),
        "the device's SDDL has `RC` without `WD`, which its callers must be in as well",
        device("D:P(A;;GA;;;SY)(A;;GR;;;WD)(A;;GR;;;RC)"),
    ),
    Case(
        "sddl-subset",
        device("O:BAD:P(A;;GA;;;SY)"),
        "the device's SDDL has an owner or group",
        NR.replace("ioctls", f"{LINUX}ioctls"),
    ),
    Case(
        "sddl-subset",
        device("D:P(A;OICI;GA;;;SY)"),
        "the device's SDDL has entries with inheritance or GUIDs",
        device("users_read"),
    ),
    Case(
        "sddl-subset",
        device("D:P(A;;GA;;;SY)S:(ML;;NW;;;ME)"),
        "the device's SDDL has a SACL",
        device("admins"),
    ),
    Case(
        "magic-taken",
        f"linux: {{magic: 0xB7}}\n{NR}",
        "numbers of magic 0xb7 are those of `uapi/linux/remoteproc_cdev.h`, `uapi/linux/nsfs.h`",
        LINUX + NR,
    ),
    Case(
        "magic-taken",
        f"linux: {{magic: 0x21}}\n{NR}",
        "numbers of magic 0x21 are those of `uapi/linux/seccomp.h`",
        f"linux: {{magic: 0x21}}\n{NR}".replace("nr: 1", "nr: 0x20"),
    ),
    Case(
        "node-world",
        f'linux: {{magic: 0xB9, mode: "0666"}}\n{NR}',
        "mode 0666 lets everybody open the node for write",
        f'linux: {{magic: 0xB9, mode: "0664"}}\n{NR}',
    ),
    Case(
        "broad-capability",
        f"linux: {{magic: 0xB9, capability: CAP_SYS_ADMIN}}\n{NR}",
        "callers need CAP_SYS_ADMIN",
        f"linux: {{magic: 0xB9, capability: CAP_SYS_RAWIO}}\n{NR}",
    ),
    Case(
        "any-access",
        one("access: any, out: u32"),
        "`act` needs no right of its handle",
        one("access: read, out: u32"),
    ),
    Case(
        "access-direction",
        one("access: read, in: {level: u32}"),
        "`act` only takes from its caller, and a handle for read is enough",
        one("access: read, in: {first: u32}, out: u32"),
    ),
    Case(
        "access-direction",
        one("access: read, data: {from: caller, type: u8, length: 1..9}"),
        "`act` only takes from its caller, and a handle for read is enough",
        one("access: write, data: {from: caller, type: u8, length: 1..9}"),
    ),
    Case(
        "access-direction",
        one("access: write, out: u32"),
        "`act` hands out what is stored, and a handle for write is enough",
        one("access: write, in: {name: 'utf8[9]'}, out: {id: u32}"),
    ),
    Case(
        "access-direction",
        one("access: write, data: {to: caller, type: u8, length: 1..9}"),
        "`act` hands out what is stored, and a handle for write is enough",
        one("access: read, data: {to: caller, type: u8, length: 1..9}"),
    ),
    Case(
        "secret-any-access",
        one("access: any, out: {code: 'u8[4] secret'}"),
        "`act` hands a secret to any handle",
        one("access: any, in: {code: 'u8[4] secret'}"),
    ),
    Case(
        "secret-not-wiped",
        one("access: read, out: {code: 'u8[4] secret'}"),
        "the secret in the reply of `act` is not wiped after use",
        one("access: read, method: neither, out: {code: 'u8[4] secret'}"),
    ),
    Case(
        "method-neither",
        one("access: read, method: neither, out: u32"),
        "`act` is METHOD_NEITHER",
        one("access: read, data: {to: caller, type: u8, length: 1..9}"),
    ),
    Case(
        "buffered-too-big",
        one("access: write, in: {bytes: 'u8[..65533]'}"),
        "`act` is METHOD_BUFFERED with up to 65537 bytes",
        one("access: write, in: {bytes: 'u8[..65532]'}"),
    ),
    Case(
        "large-message",
        one("access: write, method: neither, in: {bytes: 'u8[..1 << 20]'}"),
        "a message of `act` has up to 1048580 bytes",
        one("access: write, data: {from: caller, type: u8, length: 1..1 << 21}"),
    ),
    Case(
        "embedded-pointer",
        fields("base_address: u64, n: u64"),
        "`base_address` of `act` looks like an address that the caller chooses",
        fields("address: u32be, addressee: u32, ptr: 'u8[8]'"),
    ),
    Case(
        "kernel-address",
        fields("ptr: u64", "out"),
        "`ptr` of `act` looks like an address that is handed out",
        fields("offset: u64", "out"),
    ),
    Case(
        "raw-handle",
        fields("event_handle: u64"),
        "`event_handle` of `act` looks like a handle in a number",
        fields("handles_open: u64, done: handle event"),
    ),
    Case(
        "physical-access",
        fields("value: u32, number: u32", name="rdmsr"),
        "`rdmsr` looks like access to memory, ports or registers of the caller's choice",
        fields("port: u32", name="connect"),
    ),
    Case(
        "physical-access",
        fields("address: u64, size: u64", name="map_memory"),
        "`map_memory` looks like access to memory, ports or registers of the caller's choice",
        fields("width: u32, height: u32", name="map_size"),
    ),
    Case(
        "open-request",
        "enums:\n  mood: {type: u8, open: true, values: {good: 1}}\n" + fields("mood: mood"),
        "`mood` of `act` accepts values without a name",
        "enums:\n  mood: {type: u8, open: true, values: {good: 1}}\n" + fields("mood: mood", "out"),
    ),
    Case(
        "secret-unmarked",
        fields("user_password: 'utf8[32]'"),
        "`user_password` of `act` is named like a secret and not marked `secret`",
        fields("password: 'utf8[32] secret', key_index: u32, pins: 'u8[8]'"),
    ),
]
IDS = [f"{case.rule}-{number}" for number, case in enumerate(CASES)]


def found(text: str) -> list[Finding]:
    return findings(layouts_of(HEAD + text.replace("'", '"')))


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_rule_fires(case: Case) -> None:
    hits = [each for each in found(case.fires) if each.rule.name == case.rule]
    assert [each.message for each in hits] == [case.message]
    assert hits[0].severity == RULES[case.rule].severity


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_rule_is_quiet(case: Case) -> None:
    assert [each.message for each in found(case.quiet) if each.rule.name == case.rule] == []


def test_every_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} == set(RULES)


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_says_why_and_where_from(name: str) -> None:
    rule = RULES[name]
    assert rule.severity in SEVERITIES
    assert rule.why.endswith(".")
    assert rule.source.startswith("https://")


def test_a_rule_is_one_function() -> None:
    """Named as the rule, documented, and nothing else of that file is a rule."""
    names = []
    for path in sorted((ROOT / "kgen" / "lint").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                assert ast.get_docstring(node)
                names.append(node.name.replace("_", "-"))
    assert sorted(names) == sorted(RULES)


def test_a_finding_points_at_the_schema() -> None:
    text = HEAD + fields("a: u32, user_handle: u32")
    (finding,) = findings(layouts_of(text))
    assert (finding.ioctl, finding.path) == ("act", "user_handle")
    line = text.splitlines()[finding.span.line - 1]
    assert line[finding.span.column - 1 :].startswith("user_handle")
    (opened,) = [each for each in found(device("everyone")) if each.rule.name == "sddl-world"]
    assert (opened.ioctl, opened.span.line) == (None, 4)


def test_fields_deep_inside_are_found() -> None:
    text = (
        "enums:\n  kind: {type: u32, values: {one: 0, two: 1}}\n"
        "unions:\n  what: {tag: kind, arms: {one: none, two: inner}}\n"
        "structs:\n"
        "  inner: {fields: {handle: u64}}\n"
        "  outer: {fields: {kind: kind, rest: u32 reserved, what: what by kind, many: 'inner[2]'}}\n"
    )
    hits = found(text + one("access: write, in: outer"))
    assert [each.path for each in hits] == ["what.two.handle", "many[].handle"]


def test_of_a_driver_that_is_not_ours_everything_is_a_note() -> None:
    for name in ("mountmgr", "serial"):
        hits = findings(layouts_of_file(ROOT / "schemas" / f"{name}.yaml"))
        assert hits
        assert {each.severity for each in hits} == {NOTE}
        assert not any(each.rule.name.startswith("sddl") for each in hits)


def test_findings_are_those_of_the_device_then_in_the_order_of_the_schema() -> None:
    hits = findings(layouts_of_file(ROOT / "schemas" / "tour.yaml"))
    assert [(each.rule.name, each.ioctl) for each in hits] == [
        ("sddl-world", None),
        ("any-access", "ping"),
        ("open-request", "write_reading"),
        ("method-neither", "neither"),
        ("any-access", "old_ping"),
        ("method-neither", "trade"),
    ]
