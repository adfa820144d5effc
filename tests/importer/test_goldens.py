"""Small headers of every construct: facts and schema are as stored, and compilers agree with the schema.

`make update` rewrites what is stored. A schema has already been held against clang's facts by the import itself;
that this notices a difference is shown here too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kgen.abi.abis import BY_NAME
from kgen.diagnostics import Sink
from kgen.importer.clang import load
from kgen.importer.convert import convert
from kgen.importer.facts import Facts, as_data
from kgen.importer.lift import lift
from kgen.importer.names import interface_name
from kgen.importer.parameters import points, roles
from kgen.importer.read import Request, read_facts
from kgen.importer.systems import usual_abis
from kgen.importer.text import write
from kgen.importer.verify import verify

HERE = Path(__file__).parent
HEADERS = sorted(
    path for path in (HERE / "headers").glob("*.h") if path.stem not in ("broken", "only_includes")
)
FAR = ("linux-aarch64", "linux-s390x", "linux-powerpc64le", "linux-armhf", "linux-mips64el")


def facts_of(path: Path, abis: tuple[str, ...] = ()) -> list[Facts]:
    chosen = [BY_NAME[name] for name in abis] or usual_abis(path.read_text())
    found = []
    for abi in chosen:
        facts = read_facts(load(), str(path), abi, Request())
        assert isinstance(facts, Facts), facts
        found.append(facts)
    return found


def held(path: Path, text: str, update: bool) -> None:
    if update:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"{path.name} differs: make update"


@pytest.mark.parametrize("path", HEADERS, ids=lambda path: path.stem)
def test_facts_and_schema_are_as_stored(path: Path, update: bool) -> None:
    facts = facts_of(path)
    whole = json.dumps([as_data(each) for each in facts], indent=1)
    near = whole.replace(f"{path.parent.as_posix()}/", "")
    held(HERE / "golden" / f"{path.stem}.json", near + "\n", update)
    result = convert(facts, interface_name(path.name), Sink())
    assert result is not None
    assert (result.refused, result.wrong) == ((), ())
    left = "".join(f"# {each.place.line}: {each.code} {each.message}\n" for each in result.left)
    held(HERE / "golden" / f"{path.stem}.yaml", result.text + left, update)


@pytest.mark.parametrize("abi", FAR)
@pytest.mark.parametrize(
    "name", ["bitfields", "packing", "unions", "arrays", "linux_codes", "codes_by_abi"]
)
def test_other_abis_are_exact_too(name: str, abi: str) -> None:
    facts = facts_of(HERE / "headers" / f"{name}.h", (abi,))
    result = convert(facts, name, Sink())
    assert result is not None
    assert (result.refused, result.wrong, result.left) == ((), (), ())


def test_a_wrong_layout_and_a_wrong_code_are_noticed() -> None:
    facts = facts_of(HERE / "headers" / "linux_codes.h")
    lifted = lift(facts, "codes")
    good = write(lifted.schema)
    assert verify(good, lifted, facts).differences == ()
    bad = good.replace("{id: u64, size: ulong}", "{id: u64, size: u32, more: ulong}")
    assert bad != good
    found = verify(bad, lifted, facts).differences
    assert {(each.key, each.is_code) for each in found} >= {
        ("struct depot_item", False),
        ("DEPOT_GET", True),
    }


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (lambda a: 7 + a, ("nr",)),
        (lambda a: 7 + (a << 16), ("size",)),
        (lambda a: 7, ("",)),
        (lambda a, b: (b << 16) + a, ("nr", "size")),
        (lambda a, b: a, ("nr", "")),
        (lambda a, b: a + b, None),
        (lambda a: 2 * a, None),
        (lambda a: 1 << a, None),
        (lambda a: a if a < 5 else 0, None),
        (lambda a, b: a + 2 * a * b, None),
        (lambda a: None if a == 2 else a, None),
    ],
)
def test_the_part_of_a_parameter_is_proven(code: Any, expected: tuple[str, ...] | None) -> None:
    count = code.__code__.co_argcount
    assert roles(count, [code(*point) for point in points(count)]) == expected


def test_a_code_where_its_abi_has_none_is_noticed() -> None:
    facts = facts_of(HERE / "headers" / "codes_by_abi.h")
    lifted = lift(facts, "codes")
    good = write(lifted.schema)
    assert verify(good, lifted, facts).differences == ()
    bad = good.replace("abis: [linux-i386], c_name: GIZMO_RELIC", "c_name: GIZMO_RELIC")
    bad = bad.replace("linux-i386: 0x670C", "linux-i386: 0x670B")
    found = verify(bad, lifted, facts).differences
    assert {(each.key, each.abi) for each in found} == {
        ("GIZMO_RELIC", "linux-x86_64"),
        ("GIZMO_CALL", "linux-i386"),
    }


def test_what_kgen_lays_out_otherwise_is_told_as_bytes() -> None:
    (facts,) = facts_of(HERE / "headers" / "arrays.h", ("linux-x86_64",))
    record = facts.records["struct element"]
    odd = record._replace(size=6, members=record.members[:1])
    alone = facts._replace(records={"struct element": odd})
    result = convert([alone], "odd", Sink())
    assert result is not None
    assert "contents: opaque(6, 2)" in result.text.replace('"', "")
    assert [each.code for each in result.left] == ["KG713"]
    assert "has 6 bytes aligned to 2" in result.left[0].message
    assert result.wrong == ()
