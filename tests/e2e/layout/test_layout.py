"""What `kgen inspect` says of sizes, offsets and codes, judged by a compiler for every ABI."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from kgen.abi import ABIS
from kgen.inspection import document, encode
from tests.e2e.layout import kernel_headers
from tests.e2e.layout.declare import PRELUDE, Json, declare, facts
from tests.e2e.layout.random_schema import RandomSchema
from tests.support.layouts import layouts_of_file
from tests.support.tools import find_tool

ROOT = Path(__file__).parents[3]
EXAMPLES = [
    path
    for path in sorted((ROOT / "schemas").glob("*.yaml"))
    if "\ninterface:" in path.read_text(encoding="utf-8")
]
SEEDS = range(24)
FLAGS = ("-std=c11", "-ffreestanding", "-fsyntax-only", "-Wall", "-Wextra", "-Werror")

CLANG = {abi.name: f"--target={abi.triple}" for abi in ABIS if abi.triple}
OTHERS = [
    ("linux-x86_64", "gcc", "gcc"),
    ("linux-i386", "gcc -m32", "gcc-multilib"),
    ("windows-x64", "x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64"),
    ("windows-x86", "i686-w64-mingw32-gcc", "gcc-mingw-w64-i686"),
]


def inspected(path: Path) -> Json:
    """The document of one schema, by way of its JSON text."""
    found: Json = json.loads(encode(document(layouts_of_file(path), ABIS)))
    return found


@pytest.fixture(scope="session")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, Json]]:
    """Every example, and the random schemas."""
    folder = tmp_path_factory.mktemp("random")
    paths = list(EXAMPLES)
    for seed in SEEDS:
        path = folder / f"random{seed}.yaml"
        path.write_text(RandomSchema(seed).text, encoding="utf-8")
        paths.append(path)
    return [(path, inspected(path)) for path in paths]


def judge(
    schemas: list[tuple[Path, Json]], abi: str, compiler: Sequence[str], folder: Path, ioc: str
) -> None:
    """Compile the declarations and assertions of all schemas; `ioc` declares _IOC."""
    units = [declare(found, facts(path), abi) for path, found in schemas]
    path = folder / "layout.c"
    path.write_text("\n".join([PRELUDE, ioc, *units]), encoding="utf-8")
    command = [*compiler, *FLAGS, os.fspath(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[:4000]
    assert path.read_text(encoding="utf-8").count("KG_NEED(") > 1000


def ioc_of(abi: str) -> str:
    return "" if abi.startswith("windows-") else kernel_headers.constants(abi)


@pytest.mark.parametrize("abi", CLANG)
def test_layout_and_codes_by_clang(
    abi: str, schemas: list[tuple[Path, Json]], tmp_path: Path
) -> None:
    judge(schemas, abi, [find_tool("clang", "clang"), CLANG[abi]], tmp_path, ioc_of(abi))


@pytest.mark.parametrize(("abi", "compiler", "package"), OTHERS)
def test_layout_and_codes_by_gcc(
    abi: str, compiler: str, package: str, schemas: list[tuple[Path, Json]], tmp_path: Path
) -> None:
    program, *flags = compiler.split()
    judge(schemas, abi, [find_tool(program, package), *flags], tmp_path, ioc_of(abi))


def test_alpha_by_its_documented_constants_as_clang_has_no_triple_for_it(
    schemas: list[tuple[Path, Json]], tmp_path: Path
) -> None:
    """Alpha aligns as x86-64 does (ELF psABI), so that gcc stands in for the layouts."""
    assert [abi.name for abi in ABIS if not abi.triple] == ["linux-alpha"]
    judge(schemas, "linux-alpha", [find_tool("gcc", "gcc")], tmp_path, ioc_of("linux-alpha"))


@pytest.mark.parametrize("abi", kernel_headers.INSTALLED)
def test_codes_by_the_kernels_own_header(
    abi: str, schemas: list[tuple[Path, Json]], tmp_path: Path
) -> None:
    target = CLANG.get(abi, CLANG["linux-x86_64"])
    include = ["-isystem", str(kernel_headers.folder(abi)), "-isystem", "/usr/include"]
    compiler = [find_tool("clang", "clang"), target, *include]
    judge(schemas, abi, compiler, tmp_path, "#include <asm/ioctl.h>")


def test_every_abi_is_judged() -> None:
    """A new row in kgen.abi.abis is not forgotten here, and this machine's own header is there."""
    assert {*CLANG, "linux-alpha"} == {abi.name for abi in ABIS}
    assert set(kernel_headers.IOC) == {abi.name for abi in ABIS if abi.os == "linux"}
    assert "linux-x86_64" in kernel_headers.INSTALLED


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda layout: layout.update(size=layout["size"] + 8), "sizeof"),
        (lambda layout: layout.update(align=layout["align"] * 2), "_Alignof"),
        (lambda layout: layout["fields"][1].update(offset=1), "offsetof"),
    ],
)
def test_the_compiler_refuses_a_wrong_document(
    change: object, complaint: str, tmp_path: Path
) -> None:
    """The judge itself: a document with one wrong number does not pass."""
    path = ROOT / "schemas" / "vault.yaml"
    found = inspected(path)
    entry = next(type_ for type_ in found["types"] if type_["name"] == "entry")
    assert callable(change)
    change(entry["layouts"]["linux-x86_64"])
    with pytest.raises(AssertionError, match=complaint):
        judge([(path, found)], "linux-x86_64", ["gcc"], tmp_path, ioc_of("linux-x86_64"))


@pytest.mark.parametrize("key", ["windows", "linux"])
def test_the_compiler_refuses_a_wrong_code(key: str, tmp_path: Path) -> None:
    path = ROOT / "schemas" / "vault.yaml"
    found = inspected(path)
    found["ioctls"][0]["codes"][key] += 1
    abi = {"windows": "windows-x64", "linux": "linux-aarch64"}[key]
    with pytest.raises(AssertionError, match=r"KG_CTL_CODE|_IOC"):
        judge([(path, found)], abi, ["clang", CLANG[abi]], tmp_path, ioc_of(abi))
