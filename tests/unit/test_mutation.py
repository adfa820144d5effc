"""The mutation check's own parts: what is mutated, that the intact program is the generated one, and the record."""

from __future__ import annotations

import re
import subprocess
from datetime import date
from pathlib import Path

import pytest

from tests.mutation.equivalent import SAME
from tests.mutation.mutants import NUMBERS, SETTING, TRACE_TEXT
from tests.mutation.program import RULES, Program, mutated
from tests.mutation.report import KINDS, Fate, fingerprint, page
from tests.support.generated import ROOT
from tests.support.tools import find_tool

EXAMPLES = ("vault", "tour")


@pytest.fixture(scope="module", params=EXAMPLES)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Program:
    return mutated(request.param, tmp_path_factory.mktemp("mutation"))


def _sources(program: Program) -> list[Path]:
    core = Path(ROOT, "generated", program.name, "core")
    seen = {mutant.file for mutant in program.mutants}
    return [path for path in sorted(core.iterdir()) if path.name in seen]


def _functions(text: str) -> dict[str, str]:
    """The body of each function of a source, by its name."""
    found = re.finditer(r"^[a-z][\w \n*,()]*?\b(\w+)\([^;{]*\)\n\{\n(.*?)^\}", text, re.M | re.S)
    return {one[1]: one[2] for one in found if one[1] not in TRACE_TEXT}


def _mutants(program: Program, file: str, function: str, kind: str) -> int:
    return sum(
        (one.file, one.function, one.kind) == (file, function, kind) for one in program.mutants
    )


def test_every_condition_and_effect_is_mutated(program: Program) -> None:
    """By text, which is another way than that of the instrumenter."""
    checked = 0
    for path in _sources(program):
        for name, body in _functions(path.read_text(encoding="utf-8")).items():
            for pattern, kind in (
                (r"^\s*(?:else )?if \(", "never true"),
                (r"^\s*(?:\}? ?else )?(?:memset|memcpy|kgen_wipe|kgen_trace|kgen_utf\w+_scrub)\(", "not called"),
            ):  # fmt: skip
                wanted = len(re.findall(pattern, body, re.M))
                assert _mutants(program, path.name, name, kind) >= wanted, (name, kind)
                checked += wanted
    assert checked > 60


def test_every_setting_of_an_operation_is_mutated(program: Program) -> None:
    core = Path(ROOT, "generated", program.name, "core", f"{program.name}_core.c")
    text = core.read_text(encoding="utf-8")
    table = text[text.index("operations[] = {") : text.index("\n};")]
    changed = [one.what for one in program.mutants if one.function == "operations"]
    for setting in SETTING.finditer(table):
        name = setting[1]
        if (
            name in ("name", "handles")
            or name.endswith("_size")
            or (name, setting[2]) == ("data_unit", "1")
        ):
            continue
        assert name in NUMBERS or name in ("access", "data", "data_unit", "secret")
        assert any(what.endswith(f".{name} = {setting[2]}") for what in changed), setting[0]


def test_numbers_count_and_kinds_are_known(program: Program) -> None:
    numbers = [mutant.number for mutant in program.mutants]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {mutant.kind for mutant in program.mutants} <= set(KINDS)
    assert {mutant.file for mutant in program.mutants} >= {f"{program.name}_core.c", RULES[0]}
    assert not TRACE_TEXT & {mutant.function for mutant in program.mutants}


def test_every_mutant_stands_in_the_text_once(program: Program) -> None:
    core = program.folder / "core"
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(core.iterdir()))
    for mutant in program.mutants:
        assert len(re.findall(rf"KGEN_MUTANT\({mutant.number}\)", text)) >= 1, mutant


def test_the_program_compiles_and_a_fixed_mutant_too(program: Program) -> None:
    core = program.folder / "core"
    for flags in ([], ["-DKGEN_MUTANT_FIXED=0"], ["-DKGEN_MUTANT_FIXED=7"]):
        subprocess.run(
            [
                find_tool("gcc", "gcc"), "-std=c11", "-fsyntax-only", "-w", *flags,
                "-include", str(program.folder / "kgen_mutant.h"),
                f"-I{program.folder / 'include'}", f"-I{core}", str(core / f"{program.name}_core.c"),
            ],
            check=True,
        )  # fmt: skip


def test_the_record_is_of_the_cores_as_they_are(program: Program) -> None:
    """A core with another check was not looked at: run `make mutation`."""
    record = Path(ROOT, "docs", "mutation.md").read_text(encoding="utf-8")
    assert f"- `{program.name}`: `{fingerprint(program.mutants)}`" in record


def test_a_fingerprint_is_of_checks_alone(program: Program) -> None:
    moved = [mutant._replace(line=mutant.line + 1) for mutant in program.mutants]
    assert fingerprint(moved) == fingerprint(program.mutants)
    assert fingerprint(moved[1:]) != fingerprint(program.mutants)


def test_reasons_are_of_mutants_that_there_are(tmp_path: Path) -> None:
    mutants = [one for name in EXAMPLES for one in mutated(name, tmp_path).mutants]
    for same in SAME:
        assert any(same.matches(mutant) for mutant in mutants), same


def test_the_page_tells_what_lives(program: Program) -> None:
    mutant = program.mutants[0]
    text = page([Fate(program.name, mutant, "nothing", "")], date(2026, 1, 2), {program.name: "0"})
    assert "2026-01-02, 1 mutants." in text
    assert f"- `{mutant.where}`: {mutant.kind}" in text
