"""`kgen inspect`: what its page says, and a boundary that is made of its JSON."""

from __future__ import annotations

import ctypes
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kgen.abi import ABIS
from kgen.inspection import document, encode, table
from kgen.targets._handles import wanted
from kgen.targets._vectors import vectors
from tests.e2e.simulator.random_rules import RandomRules
from tests.suites.boundary import place
from tests.suites.inspected_boundary import InspectedBoundary
from tests.suites.wire_types import Refused
from tests.support.layouts import layouts_of_file
from tests.unit.test_inspect import fields_of, type_of

ROOT = Path(__file__).parents[2]
TWO = [abi for abi in ABIS if abi.name in ("windows-x64", "linux-i386")]

DOC = (ROOT / "docs" / "inspect.md").read_text(encoding="utf-8")


def test_the_back_end_of_the_documentation_works(capsys: pytest.CaptureFixture[str]) -> None:
    """It is run as it stands there, and ctypes agrees with kgen about what it wrote."""
    blocks = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)
    assert len(blocks) == 1
    assert len(blocks[0].splitlines()) <= 25
    found = encode(document(layouts_of_file(ROOT / "schemas" / "vault.yaml"), ABIS))
    module = subprocess.run(
        [sys.executable, "-c", blocks[0]],
        input=found,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    names: dict[str, Any] = {}
    exec(module, names)
    assert (names["SEAL"], names["LOCK"]) == (0xC040BA01, 0x0000BA06)
    assert (names["LIFETIME_FOREVER"], names["SEAL_FLAGS_REPLACE"]) == (3, 2)
    structs = [each for each in json.loads(found)["types"] if each["kind"] == "struct"]
    assert len(structs) > 5
    for struct in structs:
        layout = struct["layouts"]["linux-x86_64"]
        class_ = names[struct["name"]]
        assert ctypes.sizeof(class_) == layout["size"]
        for field in layout["fields"]:
            assert getattr(class_, field["name"]).offset == field["offset"]


def test_the_documentation_shows_what_is_printed() -> None:
    shown = re.search(r"```text\n(struct seal_request.*?)```", DOC, re.DOTALL)
    assert shown
    assert shown[1] in table(layouts_of_file(ROOT / "schemas" / "vault.yaml"), ABIS)


def test_the_documentation_names_every_key_and_every_abi() -> None:
    found = document(layouts_of_file(ROOT / "schemas" / "vault.yaml"), ABIS)
    entries = [found, found["ioctls"][0], found["constants"][0], found["types"][0]]
    entries += [found["types"][0]["values"][0], *fields_of(found, "seal_request").values()]
    named = {key for entry in entries for key in entry} | {
        *fields_of(found, "seal_request")["secret"]["tail"],
        *type_of(found, "entry")["members"][0],
        *found["errors"][0],
        *found["ioctls"][2]["short"],
        *found["ioctls"][0]["request_size"],
    }
    assert sorted(key for key in named if f"`{key}`" not in DOC) == []
    assert sorted(abi.name for abi in ABIS if f"`{abi.name}`" not in DOC) == []


@pytest.mark.parametrize("name", ["vault", "tour", "rules0", "rules1", "rules2", "rules3"])
def test_a_boundary_can_be_made_of_it(name: str, tmp_path: Path) -> None:
    """One that knows nothing else answers every vector as the vectors say."""
    path = ROOT / "schemas" / f"{name}.yaml"
    if name.startswith("rules"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(RandomRules(int(name[5:])).text, encoding="utf-8")
    layouts = layouts_of_file(path)
    boundary = InspectedBoundary(json.loads(encode(document(layouts, TWO))))
    asked = vectors(layouts.interface, layouts).vectors
    wrong = []
    for vector in asked:
        if vector.rule == "access" or vector.ioctl == "interface_info":
            continue
        if vector.rule in ("object", "full") and vector.before:
            continue  # whether an object is there, no message tells
        named = frozenset(at for at, _, _ in vector.fill)
        handles = {one.at: (one.kind, one.rights) for one in wanted(vector.request)}
        try:
            found = boundary.check(vector.code, vector.request, vector.capacity, named, handles)
            answer = ("unknown_code", f"{name}: code") if found is None else ("passes", "")
        except Refused as refused:
            answer = (refused.status, f"{place(refused.where)}: {refused.rule}")
        if answer != (vector.expect, vector.trace):
            wrong.append(f"{vector.id}: {answer}")
    assert len(asked) > 400
    assert wrong == []
