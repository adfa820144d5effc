"""`require:` conditions in C give what exact arithmetic gives, for any value that a caller can send."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from kgen.cli import main
from tests.support.toolchain import compile_command, run_tool

# The condition as in a schema, and the same for Python; `t` divides as C does, towards zero.
CONDITIONS = [
    ("a + b <= 1 << 40", "a + b <= 1 << 40"),
    ("a - b >= 0", "a - b >= 0"),
    ("a * b == 12", "a * b == 12"),
    ("a * 3 > b * 2", "a * 3 > b * 2"),
    ("c + d < 5", "c + d < 5"),
    ("c - d != 1", "c - d != 1"),
    ("c * d <= 100", "c * d <= 100"),
    ("a < c", "a < c"),
    ("f < e", "f < e"),
    ("a / 7 == 2", "a // 7 == 2"),
    ("c / 7 == -2", "t(c, 7) == -2"),
    ("c % 10 == -3", "c - t(c, 10) * 10 == -3"),
    ("e % 4096 == 0", "e % 4096 == 0"),
    ("e / 4294967296 == f", "e // 4294967296 == f"),
    ("e % 8589934592 == 5", "e % 8589934592 == 5"),
    ("f < 0 or e <= -1", "f < 0 or e <= -1"),
    ("f < 0 or a <= -1", "f < 0 or a <= -1"),
    ("f < 0 and e >= 0", "f < 0 and e >= 0"),
    ("(e + 1) / 2 > 4", "(e + 1) // 2 > 4"),
    ("a << 3 > b", "a << 3 > b"),
    ("f << 2 == -4", "f << 2 == -4"),
    ("c >> 1 == -1", "c >> 1 == -1"),
    ("f >> 3 < 0", "f >> 3 < 0"),
    ("(a & 0xFF) == (b & 0xFF)", "(a & 0xFF) == (b & 0xFF)"),
    ("(c & d) >= 0", "(c & d) >= 0"),
    ("(a ^ c) < 0", "(a ^ c) < 0"),
    ("(e | 1) == e", "(e | 1) == e"),
    ("a < b and b < 100 or not (c == d)", "a < b and b < 100 or not (c == d)"),
    ("not (a < b or c < d) and e > 0", "not (a < b or c < d) and e > 0"),
    ("e - 5 < 10", "e - 5 < 10"),
    ("a == 18446744073709551615", "a == 18446744073709551615"),
    ("d == -9223372036854775807 - 1", "d == -9223372036854775807 - 1"),
    ("(a + 1) * (b + 1) > 1 << 63", "(a + 1) * (b + 1) > 1 << 63"),
    ("(a - b) * (c - 1) <= 0", "(a - b) * (c - 1) <= 0"),
    ("(a + b) / 3 == 1", "(a + b) // 3 == 1"),
    ("(c + d) % 5 < 0", "(c + d) - t(c + d, 5) * 5 < 0"),
    ("(c + d) >> 1 == -1", "(c + d) >> 1 == -1"),
    ("a + g <= 1 << 40", "a + g <= 1 << 40"),
]
EDGES = {
    "a": [0, 1, 2, 3, 12, 14, 20, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1],
    "c": [0, 1, -1, -2, 5, -13, -14, -20, (1 << 63) - 1, -(1 << 63), -(1 << 63) + 1],
    "e": [0, 1, 5, 9, 14, 15, 4096, (1 << 31), (1 << 32) - 1],
    "f": [0, 1, -1, -8, -9, 127, -128],
    "g": [0, 1, 1 << 20, 1 << 41],
}
FIELDS = {"a": "a", "b": "a", "c": "c", "d": "c", "e": "e", "f": "f", "g": "g"}
MEMBERS = "{a: u64, b: u64, c: s64, d: s64, e: u32, f: s8, pad: 'u8[3]', g: u64 in 0..1 << 41}"
VALUES = 400
"""Per condition."""


def truncated(dividend: int, divisor: int) -> int:
    quotient = abs(dividend) // divisor
    return quotient if dividend >= 0 else -quotient


def schema() -> str:
    lines = [
        "kgen: 1",
        "interface: sums",
        'version: "1.0"',
        "targets: [core]",
        "windows: {device_type: 0x9001, device: Sums, sddl: admins}",
        "structs:",
        f"  numbers: {{fields: {MEMBERS}}}",
    ]
    for number, (condition, _) in enumerate(CONDITIONS):
        lines.append(f"  m{number}: {{fields: {MEMBERS}, require: ['{condition}']}}")
    lines.append("ioctls:")
    for number in range(len(CONDITIONS)):
        lines.append(f"  i{number}: {{function: {0x800 + number}, access: any, in: m{number}}}")
    # Nothing else uses it, and a program wants to fill it.
    lines.append(f"  numbers: {{function: {0x800 + len(CONDITIONS)}, access: any, in: numbers}}")
    return "\n".join([*lines, ""])


def samples() -> list[tuple[int, dict[str, int]]]:
    chance = random.Random(20)
    found = []
    for number in range(len(CONDITIONS)):
        for _ in range(VALUES):
            found.append((number, {n: chance.choice(EDGES[kind]) for n, kind in FIELDS.items()}))
    return found


@pytest.mark.parametrize("compiler", ["gcc", "gcc-m32"])
def test_conditions(tmp_path: Path, compiler: str) -> None:
    path = tmp_path / "sums.yaml"
    path.write_text(schema(), encoding="utf-8")
    assert main(["build", str(path), "-o", str(tmp_path), "-q"]) == 0
    folder = tmp_path / "sums"
    sources = [str(Path(__file__).parent / "conditions.c")]
    sources += [str(folder / "core" / "sums_core.c"), str(folder / "driver" / "sums_handlers.c")]
    includes = [str(folder / part) for part in ("include", "core", "driver")]
    program = str(tmp_path / "sums.exe")
    flags = ["-fsanitize=undefined", "-fno-sanitize-recover=all"]
    run_tool([*compile_command(compiler, sources, includes, flags=flags), "-o", program])

    asked = samples()
    lines = [" ".join(map(str, (number, *values.values()))) for number, values in asked]
    done = subprocess.run(
        [program], input="\n".join(lines), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    codes = [compile(python, "condition", "eval") for _, python in CONDITIONS]
    answers = [eval(codes[number], {"t": truncated}, values) for number, values in asked]
    wrong = [
        (CONDITIONS[number][0], values, said)
        for (number, values), expected, said in zip(
            asked, answers, done.stdout.split(), strict=True
        )
        if said != str(int(expected))
    ]
    assert not wrong, wrong[:5]
    for number, (condition, _) in enumerate(CONDITIONS):
        given = answers[number * VALUES : (number + 1) * VALUES]
        assert len(set(given)) == 2, f"{condition} is always the same for these values"
