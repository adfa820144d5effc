"""What the C targets hand to their templates: lengths, checks and conditions of small schemas."""

from __future__ import annotations

import pytest

from kgen.targets import load
from kgen.targets._c_checks import Checks
from kgen.targets._c_conditions import refusal
from kgen.targets._c_operations import operations
from kgen.targets._c_tidies import Tidies
from tests.support.layouts import HEAD, layouts_of

OWN = """\
enums:
  mode: {type: u8, values: {off: 0, on: 1}}
  loose: {type: u8, open: true, values: {off: 0}}
flags:
  all: {type: u8, values: {every: 0xFF}}
"""


def settings(ioctl: str) -> list[str]:
    layouts = layouts_of(f"{HEAD}ioctls:\n  x: {ioctl}\n")
    return operations(layouts.interface, layouts)[1].settings


@pytest.mark.parametrize(
    ("ioctl", "expected"),
    [
        ("{function: 0x801, access: any}", []),
        (
            "{function: 0x801, access: [read, write], in: u32}",
            [
                ".access = KGEN_READ_ACCESS | KGEN_WRITE_ACCESS",
                ".in_min = 4",
                ".in_max = 4",
                ".in_size = sizeof(struct lamp_x_request)",
            ],
        ),
        (
            "{function: 0x801, access: any, in: {s: u8[4] secret, t: 'u16[1..3]'}}",
            [
                ".in_min = 8",
                ".in_max = 14",
                ".in_size = sizeof(struct lamp_x_request)",
                ".secret = true",
            ],
        ),
        (
            "{function: 0x801, access: any, data: {to: caller, type: u16, length: 2..5}}",
            [
                ".data = KGEN_TO_CALLER",
                ".data_min = 4",
                ".data_max = 10",
                ".data_unit = 2",
            ],
        ),
    ],
)
def test_lengths(ioctl: str, expected: list[str]) -> None:
    ioctl = ioctl.replace("u8[4] secret", "'u8[4] secret'")
    assert settings(ioctl) == expected


def test_a_struct_that_grows_accepts_its_first_version_and_a_page() -> None:
    layouts = layouts_of(
        f"{HEAD}structs:\n  g: {{grows: true, fields: {{a: u32, b: u32 since 1.1}}}}\n"
        "ioctls:\n  x: {function: 0x801, access: any, inout: g}\n"
    )
    (_, row) = operations(layouts.interface, layouts)
    assert row.settings[:2] == [".in_min = 4", ".in_max = 4096"]
    assert row.settings[3:5] == [".out_min = 4", ".out_max = 8"]


def checks_of(fields: str) -> list[str]:
    layouts = layouts_of(
        f"{HEAD}{OWN}ioctls:\n  x: {{function: 0x801, access: any, in: {{{fields}}}}}\n"
    )
    request = layouts.interface.ioctls[0].request
    assert request is not None
    function = Checks("lamp", layouts).function(request)
    return [] if function is None else [check.test for check in function.checks]


@pytest.mark.parametrize(
    ("fields", "tests"),
    [
        ("a: u32", []),
        ("a: u32 in 0..4294967295", []),
        ("a: u32 in 0..7", ["in->a > 7u"]),
        ("a: s8 in -2..127", ["in->a < -2"]),
        ("a: u16be in 1..9", ["kgen_from_be16(in->a) < 1 || kgen_from_be16(in->a) > 9"]),
        ("a: bool", ["in->a > 1"]),
        ("a: mode", ["!is_mode(in->a)"]),
        ("a: loose", []),
        ("a: all", []),
        ("a: 'mode[2][3]'", ["!is_mode(in->a[i / 3][i % 3])"]),
        ("a: u32 reserved", ["in->a != 0"]),
        ("a: 'u8[4] reserved'", ["!kgen_is_zero(in->a, sizeof(in->a))"]),
        ("a: 'utf8[9]'", ["!kgen_utf8_padded(in->a, 9)"]),
        (
            "n: u64, a: 'u16[..8] size n'",
            [
                "in->n > 16ull || (uint32_t)in->n % 2 != 0",
                "!kgen_tail_is(length, LAMP_X_REQUEST_TAIL, 2, (uint32_t)in->n / 2)",
            ],
        ),
        (
            "a: 'utf16[..8]'",
            [
                "in->a_count > 8u",
                "!kgen_tail_is(length, LAMP_X_REQUEST_TAIL, 2, in->a_count)",
                "!kgen_utf16_valid(in->a, in->a_count)",
            ],
        ),
    ],
)
def test_checks(fields: str, tests: list[str]) -> None:
    assert checks_of(fields) == tests


def tidies_of(fields: str) -> list[str]:
    layouts = layouts_of(
        f"{HEAD}{OWN}bitfields:\n  cut: {{type: u16be, bits: {{low: 0..3}}}}\n"
        f"ioctls:\n  x: {{function: 0x801, access: any, out: {{{fields}}}}}\n"
    )
    reply = layouts.interface.ioctls[0].reply
    assert reply is not None
    function = Tidies("lamp", layouts).function(reply)
    return [] if function is None else [tidy.statement for tidy in function.tidies]


@pytest.mark.parametrize(
    ("fields", "statements"),
    [
        ("a: mode", []),
        ("a: bool", ["out->a = out->a != 0;"]),
        ("a: u32 reserved", ["out->a = 0;"]),
        ("a: 'utf16[4]'", ["kgen_utf16_scrub(out->a, 4);"]),
        ("a: cut", ["out->a = kgen_to_be16(kgen_from_be16(out->a) & LAMP_CUT_MASK);"]),
    ],
)
def test_tidies(fields: str, statements: list[str]) -> None:
    assert tidies_of(fields) == statements


@pytest.mark.parametrize(
    ("condition", "test"),
    [
        ("a < b", "in->a >= in->b"),
        ("a + b < 5", "(int64_t)in->a + (int64_t)in->b >= 5"),
        (
            "c + c < 5",
            "kgen_wide_compare(kgen_wide_add(kgen_wide_unsigned(in->c), kgen_wide_unsigned(in->c)), "
            "kgen_wide_signed(5u)) >= 0",
        ),
        ("not (a == 1 and b == 2)", "in->a == 1u && in->b == 2u"),
        ("a == 1 or b == 2 and a < b", "in->a != 1u && (in->b != 2u || in->a >= in->b)"),
        ("(a & b) == 0", "((int64_t)in->a & (int64_t)in->b) != 0"),
    ],
)
def test_conditions(condition: str, test: str) -> None:
    layouts = layouts_of(
        f"{HEAD}structs:\n  s: {{fields: {{a: u32, b: u32, c: u64}}, require: ['{condition}']}}\n"
    )
    (struct,) = layouts.interface.structs
    assert refusal(struct.conditions[0], "lamp") == test


def test_files() -> None:
    layouts = layouts_of(f"{HEAD}ioctls:\n  x: {{function: 0x801, access: any}}\n")
    files = {
        output.path: output
        for name in ("header", "core", "wdm", "c")
        for output in load(name).outputs(layouts.interface, layouts)
    }
    assert {path for path, output in files.items() if output.author} == {
        "driver/lamp_handlers.c",
        "driver/lamp_state.h",
        "driver/lamp_driver.c",
    }
    assert "wdm/kgen_wdm_seh.c" not in files
    assert "lamp_on_x" in files["driver/lamp_handlers.c"].handlers
