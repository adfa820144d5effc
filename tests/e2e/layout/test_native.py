"""Native structs and unions, random ones: sizes, alignments, offsets and bits, judged by compilers for every ABI."""

from __future__ import annotations

import re
import struct
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from kgen.abi import ABIS, Layouts
from kgen.cli import main
from kgen.model.entities import Struct
from kgen.model.types import innermost
from tests.e2e.layout.native_records import NativeRecords
from tests.support.layouts import layouts_of_file
from tests.support.tools import find_tool

SEEDS = range(5)
RECORDS = 40
CLANG = [abi for abi in ABIS if abi.triple]
OTHERS = [
    ("linux-x86_64", "gcc", "gcc"),
    ("linux-i386", "gcc -m32", "gcc-multilib"),
]
FLAGS = ["-std=gnu11", "-w", "-fms-extensions", "-ffreestanding"]
BIG = [abi.name for abi in CLANG if abi.big_endian]

_TOTAL = re.compile(r"^ *\| \[sizeof=(\d+), (?:.*?)align=(\d+)")
_MEMBER = re.compile(r"^ *(\d+)(?::(\d+)-(\d+)|:-)? \|   (?! ).*?(\S+)$")


class Place(NamedTuple):
    """Bits from the start of the record in memory, and how many; of no bit-field the bytes, and none."""

    offset: int
    width: int | None


Shape = tuple[int, int, dict[str, Place]]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[NativeRecords, Layouts, Path]]:
    folder = tmp_path_factory.mktemp("natives")
    found = []
    for seed in SEEDS:
        made = NativeRecords(seed, RECORDS)
        schema, source = folder / f"natives{seed}.yaml", folder / f"natives{seed}.c"
        schema.write_text(made.schema, encoding="utf-8")
        source.write_text(made.c, encoding="utf-8")
        found.append((made, layouts_of_file(schema), source))
    return found


def dumped(text: str) -> dict[str, Shape]:
    """What clang says of each record that it laid out; of members those that are its own and have a name."""
    found: dict[str, Shape] = {}
    for block in text.split("*** Dumping AST Record Layout")[1:]:
        head, *lines = block.strip("\n").splitlines()
        name = head.split("|", 1)[1].split()[1]
        members: dict[str, Place] = {}
        for line in lines:
            total = _TOTAL.match(line)
            if total:
                found[name] = (int(total[1]), int(total[2]), members)
                break
            member = _MEMBER.match(line)
            if member and member[4].startswith(f"{name}m"):
                members[member[4]] = _place(member)
    return found


def _place(member: re.Match[str]) -> Place:
    if member[2] is None:
        return Place(int(member[1]), None)
    return Place(int(member[1]) * 8 + int(member[2]), int(member[3]) - int(member[2]) + 1)


def own(layouts: Layouts, abi: str) -> dict[str, Shape]:
    """The same, by kgen."""
    big = next(each.big_endian for each in ABIS if each.name == abi)
    found: dict[str, Shape] = {}
    for record in layouts.interface.structs:
        layout = layouts.record(record, abi)
        members = {}
        for item in layout.fields:
            native = item.field.native
            if not item.field.name.startswith(f"{record.name}m") or (native and native.unnamed):
                continue
            if item.bit is None:
                members[item.field.name] = Place(item.offset, None)
                continue
            assert native is not None
            assert native.bits is not None
            assert item.size is not None
            low = item.size * 8 - item.bit - native.bits if big else item.bit
            members[item.field.name] = Place(item.offset * 8 + low, native.bits)
        found[record.name] = (layout.size, layout.align, members)
    return found


def divided(layouts: Layouts) -> set[str]:
    """Of which gcc and clang think otherwise: `aligned` on a bit-field where `#pragma pack` is; and what holds one."""
    found: set[str] = set()
    for record in layouts.interface.structs:
        packs = record.rules is not None and record.rules.pack > 0
        for field in record.fields:
            native, inner = field.native, innermost(field.type)
            if packs and native is not None and native.bits is not None and native.align:
                found.add(record.name)
            if isinstance(inner, Struct) and inner.name in found:
                found.add(record.name)
    assert len(found) < RECORDS // 2
    return found


@pytest.mark.parametrize("abi", [abi.name for abi in CLANG])
def test_every_record_by_clang(
    abi: str, sources: list[tuple[NativeRecords, Layouts, Path]]
) -> None:
    triple = next(each.triple for each in ABIS if each.name == abi)
    for _, layouts, path in sources:
        done = subprocess.run(
            [
                find_tool("clang", "clang"), f"--target={triple}", *FLAGS, "-fsyntax-only", "-Xclang",
                "-fdump-record-layouts", str(path),
            ],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[:4000]
        theirs = dumped(done.stdout)
        for name, mine in own(layouts, abi).items():
            assert mine == theirs[name], f"{path.name}: {name}"
        assert len(theirs) == RECORDS


@pytest.mark.parametrize(("abi", "compiler", "package"), OTHERS)
def test_every_record_by_gcc(
    abi: str,
    compiler: str,
    package: str,
    sources: list[tuple[NativeRecords, Layouts, Path]],
    tmp_path: Path,
) -> None:
    """Size, alignment and offsets; of bit-fields the bytes that a value of all ones fills."""
    program, *flags = compiler.split()
    for made, layouts, path in sources:
        lines = [f'#include "{path}"', "#define OF(t, m) __builtin_offsetof(t, m)"]
        kinds = {record.name: record.kind for record in made.records}
        for name, (size, align, members) in own(layouts, abi).items():
            if name in divided(layouts):
                continue
            type_ = f"{kinds[name]} {name}"
            lines.append(f'_Static_assert(sizeof({type_}) == {size}, "{name}");')
            lines.append(f'_Static_assert(_Alignof({type_}) == {align}, "{name}");')
            lines += [
                f'_Static_assert(OF({type_}, {member}) == {place.offset}, "{name}.{member}");'
                for member, place in members.items()
                if place.width is None
            ]
        source = tmp_path / path.name
        source.write_text("\n".join([*lines, ""]), encoding="utf-8")
        done = subprocess.run(
            [find_tool(program, package), *flags, *FLAGS, "-fsyntax-only", str(source)],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[:4000]


@pytest.mark.parametrize("abi", ["linux-x86_64", "linux-i386", "windows-x64", *BIG])
def test_bits_are_where_a_compiler_writes_them(
    abi: str, sources: list[tuple[NativeRecords, Layouts, Path]], tmp_path: Path
) -> None:
    """The bytes of an object file: of each bit-field a value of all ones, and nothing else."""
    triple = next(each.triple for each in ABIS if each.name == abi)
    order = "big" if abi in BIG else "little"
    for made, layouts, path in sources[:2]:
        kinds = {record.name: record.kind for record in made.records}
        lines, expected = [f'#include "{path}"'], []
        for record in layouts.interface.structs:
            layout = layouts.record(record, abi)
            for item in layout.fields:
                native = item.field.native
                if item.bit is None or native is None or native.bits is None or layout.size == 0:
                    continue
                assert item.size is not None
                value = ((1 << native.bits) - 1) << item.bit
                image = bytearray(layout.size)
                image[item.offset : item.offset + item.size] = value.to_bytes(item.size, order)
                expected.append((f"{record.name}.{item.field.name}", bytes(image)))
                lines.append(
                    f'__attribute__((section("part{len(expected)}"))) {kinds[record.name]} {record.name} '
                    f"probe{len(expected)} = {{.{item.field.name} = ({'1' if _is_bool(item.field.type) else '-1'})}};"
                )
        assert len(expected) > 20
        source, built = tmp_path / f"{abi}-{path.name}", tmp_path / f"{abi}-{path.stem}.o"
        source.write_text("\n".join([*lines, ""]), encoding="utf-8")
        done = subprocess.run(
            [
                find_tool("clang", "clang"), f"--target={triple}", *FLAGS, "-integrated-as", "-c",
                str(source), "-o", str(built),
            ],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[:4000]
        for number, (what, image) in enumerate(expected, 1):
            assert _section(built, f"part{number}", tmp_path)[: len(image)] == image, (
                f"{abi} {what}"
            )


def _is_bool(type_: object) -> bool:
    return getattr(type_, "name", "") == "bool"


def _section(path: Path, name: str, folder: Path) -> bytes:
    """Contents of one section of an object file, of ELF or of COFF."""
    data = path.read_bytes()
    if data[:4] != b"\x7fELF":
        count = int.from_bytes(data[2:4], "little")
        for at in range(20, 20 + 40 * count, 40):
            size, start = struct.unpack_from("<II", data, at + 16)
            if data[at : at + 8].rstrip(b"\0") == name.encode():
                return data[start : start + size]
        raise AssertionError(f"no section {name}")
    out = folder / "section"
    subprocess.run(
        [find_tool("llvm-objcopy", "llvm"), f"--dump-section={name}={out}", str(path), "/dev/null"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return out.read_bytes()


COMPILERS = {
    "gcc": ["gcc", "-std=c11"],
    "gcc -m32": ["gcc", "-m32", "-std=c11"],
    "g++": ["g++", "-x", "c++", "-std=c++11"],
    "clang": ["clang", "-std=c11"],
    "clang++": ["clang", "-x", "c++", "-std=c++11"],
    "clang, windows-x64": ["clang", "-std=c11", "--target=x86_64-pc-windows-msvc"],
    "clang, windows-x86": ["clang", "-std=c11", "--target=i686-pc-windows-msvc"],
}
PACKAGES = {"gcc": "gcc-multilib", "g++": "g++-multilib", "clang": "clang"}


@pytest.fixture(scope="module")
def headers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The generated header of each schema."""
    folder = tmp_path_factory.mktemp("headers")
    found = []
    for seed in SEEDS:
        schema, out = folder / f"natives{seed}.yaml", folder / str(seed)
        schema.write_text(NativeRecords(seed, RECORDS, agreed=True).schema, encoding="utf-8")
        assert main(["build", str(schema), "--target", "header", "-o", str(out), "-q"]) == 0
        found.append(next(out.rglob("natives.h")))
    return found


@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_generated_header_proves_itself(compiler: str, headers: list[Path]) -> None:
    """Sizes, alignments and offsets are asserted in it. Of random layouts compilers warn rightly."""
    program, *flags = COMPILERS[compiler]
    strict = ["-w", "-fsyntax-only"]
    freestanding = Path(__file__).parents[1] / "compile" / "freestanding"
    if "windows" in compiler:
        strict += ["-ffreestanding", "-isystem", str(freestanding)]
    for header in headers:
        text = header.read_text(encoding="utf-8")
        assert text.count("KGEN_ASSERT_LAYOUT(") == 4 * RECORDS
        done = subprocess.run(
            [find_tool(program, PACKAGES[program]), *flags, *strict, str(header)],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[:4000]
