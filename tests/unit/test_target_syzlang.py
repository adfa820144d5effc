"""Descriptions for syzkaller: a grammar of our own reads them, and finds every name and every size that kgen has."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from kgen.abi import Layouts
from kgen.diagnostics import Sink
from kgen.pipeline import Analysis, diagnose, generate
from kgen.project import Project

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "syzlang"
SCHEMAS = {
    "vault": ROOT / "schemas" / "vault.yaml",
    "tour": ROOT / "schemas" / "tour.yaml",
    "beacon": ROOT / "tests" / "e2e" / "layout" / "schemas" / "beacon.yaml",
}
PROJECT = Project(str(ROOT), {"targets": ["syzlang"]})
FOREIGN = {"fd": 4, "fd_event": 4}
"""Resources of syzkaller's own, in bytes."""
ARCHES = "386, amd64, arm, arm64, mips64le, ppc64le, riscv64, s390x"


class Description(NamedTuple):
    """One file, as syzkaller's documentation of the syntax has it: a statement is a line, or a block in braces."""

    resources: dict[str, str]
    calls: dict[str, str]
    flags: dict[str, list[str]]
    blocks: dict[str, list[tuple[str, str]]]
    unions: set[str]
    constants: dict[str, int]
    other: dict[str, dict[str, int]]
    """By constant and processor, where a number differs."""


STATEMENTS: list[tuple[str, Callable[[Description, re.Match[str]], None]]] = [
    (r"resource (\w+)\[(\w+)\](?:: \w+)?", lambda d, m: d.resources.update({m[1]: m[2]})),
    (r"((?:openat|ioctl)\$\w+)\((.*)\)(?: \w+)?", lambda d, m: d.calls.update({m[1]: m[2]})),
    (r'(\w+) = ("[^"]*"|\w+(?:, \w+)*)', lambda d, m: d.flags.update({m[1]: m[2].split(", ")})),
]


def read(text: str, constants: str) -> Description:
    found = Description({}, {}, {}, {}, set(), {}, {})
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    while lines:
        line = lines.pop(0)
        opened = re.fullmatch(r"(\w+) ([{\[])", line)
        if opened is None:
            matches = ((re.fullmatch(pattern, line), add) for pattern, add in STATEMENTS)
            match, add = next((match, add) for match, add in matches if match is not None)
            add(found, match)
            continue
        name = opened[1]
        assert name not in found.blocks, name
        fields: list[tuple[str, str]] = []
        while field := re.fullmatch(r"\t([a-z_]\w*)\t(.+?)(?: \((?:in|out|inout)\))?", lines[0]):
            fields.append((field[1], field[2]))
            lines.pop(0)
        end = lines.pop(0)
        assert re.fullmatch(r"\} \[packed\]" if opened[2] == "{" else r"\](?: \[varlen\])?", end)
        assert fields
        assert len({field for field, _ in fields}) == len(fields), name
        found.blocks[name] = fields
        if opened[2] == "[":
            found.unions.add(name)
    head, *rest = [line for line in constants.splitlines() if not line.startswith("#")]
    assert head == f"arches = {ARCHES}"
    for line in rest:
        match = re.fullmatch(r"(\w+) = (\d+)((?:, [\w:]+:\d+)*)", line)
        assert match is not None, line
        found.constants[match[1]] = int(match[2])
        for group in match[3].split(", ")[1:]:
            *arches, value = group.split(":")
            assert set(arches) <= set(ARCHES.split(", "))
            found.other.setdefault(match[1], {}).update(dict.fromkeys(arches, int(value)))
    return found


def split(options: str) -> list[str]:
    """`array[int8, 3], 2` at the commas that are outside of brackets."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(options):
        depth += (character == "[") - (character == "]")
        if character == "," and depth == 0:
            parts.append(options[start:at])
            start = at + 1
    return [part.strip() for part in [*parts, options[start:]]]


class Sizes:
    """Bytes of types; of one that varies, the smallest. Names that do not resolve are a KeyError."""

    def __init__(self, description: Description) -> None:
        self.d = description
        self.used: set[str] = set()

    def block(self, name: str) -> int:
        self.used.add(name)
        sizes = [(type_, self.of(type_, name)) for _, type_ in self.d.blocks[name]]
        if name in self.d.unions:
            return max(size for _, size in sizes)
        bits = [type_ for type_, _ in sizes if re.search(r"int\d+(?:be)?:\d+", type_)]
        assert sum(int(re.search(r":(\d+)", type_)[1]) for type_ in bits) % 8 == 0  # type: ignore[index]
        return (
            sum(size for _, size in sizes)
            + sum(
                int(re.search(r":(\d+)", type_)[1])
                for type_ in bits  # type: ignore[index]
            )
            // 8
        )

    def of(self, type_: str, block: str = "") -> int:
        match = re.fullmatch(r"(\w+)(?:\[(.*)\])?", type_)
        if match is None:
            assert re.fullmatch(r"int(8|16|32|64)(be)?:\d+", type_), type_
            return 0
        word, options = match[1], split(match[2]) if match[2] else []
        integer = re.fullmatch(r"int(8|16|32|64)(be)?", word)
        if integer:
            for bounds in options:
                low, high = (int(each, 0) for each in bounds.split(":"))
                assert low <= high
            return int(integer[1]) // 8
        if word in ("const", "flags", "len", "bytesize"):
            self._refers(word, options[0], block)
            return self.of(options[1], block) if len(options) > 1 else 0
        if word == "bool8":
            return 1
        if word == "string":
            (value,) = self.d.flags[options[0]] if options[0] in self.d.flags else (options[0],)
            assert value[0] == '"'
            self.used.add(options[0])
            return int(options[1]) if len(options) > 1 else len(value) - 1
        if word == "array":
            return self.of(options[0], block) * int(options[1].split(":")[0])
        if word in ("ptr", "ptr64"):
            assert options[0] in ("in", "out", "inout")
            self.of(options[1], block)
            return 8
        if word in FOREIGN:
            return FOREIGN[word]
        if word in self.d.resources:
            self.used.add(word)
            base = self.d.resources[word]
            return FOREIGN.get(base) or self.of(base)
        return self.block(word)

    def _refers(self, word: str, name: str, block: str) -> None:
        if word == "const":
            assert name.isdigit() or name in self.d.constants
            self.used.add(name)
        elif word == "flags":
            assert all(value in self.d.constants for value in self.d.flags[name])
            self.used.update([name, *self.d.flags[name]])
        elif block:
            assert name in dict(self.d.blocks[block])


def made(name: str) -> tuple[Analysis, str, str]:
    path = str(SCHEMAS[name])
    analysis, generated = diagnose(path, Sink(), PROJECT), generate(path, Sink(), PROJECT)
    assert analysis is not None
    assert generated is not None
    files = {path: text.decode() for path, text in generated.files.items()}
    return analysis, files[f"syzlang/dev_{name}.txt"], files[f"syzlang/dev_{name}.txt.const"]


def without_stamp(text: str) -> str:
    return re.sub(r"^# (Generated by|To change|Source sha).*\n", "", text, flags=re.M)


@pytest.mark.parametrize("name", SCHEMAS)
def test_golden(name: str, stored: Callable[[Path, str], None]) -> None:
    _, text, constants = made(name)
    stored(GOLDEN / f"dev_{name}.txt", without_stamp(text))
    stored(GOLDEN / f"dev_{name}.txt.const", without_stamp(constants))


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_name_is_there_and_every_size_is_that_of_the_schema(name: str) -> None:
    analysis, text, constants = made(name)
    description, layouts = read(text, constants), analysis.layouts
    sizes = Sizes(description)
    for call, arguments in description.calls.items():
        for argument in split(arguments):
            sizes.of(argument.partition(" ")[2])
        if call.startswith("ioctl$"):
            assert f"cmd const[{call.removeprefix('ioctl$')}]" in arguments
    for struct in layouts.interface.structs:
        block = f"{name}_{struct.name}"
        if block in description.blocks:
            assert sizes.block(block) == layouts.record(struct).size + _least(struct, layouts), (
                block
            )
    for ioctl in layouts.interface.ioctls:
        block, argument = f"{name}_{ioctl.name}_arg", layouts.arguments[ioctl.name]
        if block in description.blocks:
            least = _least(ioctl.request, layouts) if ioctl.request is not None else 0
            assert sizes.block(block) == argument.size + least
    # What nothing refers to is an error in syzkaller.
    described = {*description.blocks, *description.flags, *description.resources}
    assert described - sizes.used <= {f"fd_{name}", f"{name}_open_flags"}


def _least(struct: object, layouts: Layouts) -> int:
    """Bytes of a tail of the fewest elements."""
    tail = getattr(struct, "tail", None)
    return 0 if tail is None else tail.type.minimum * layouts.size_align(tail.type.element)[0]


@pytest.mark.parametrize("name", SCHEMAS)
def test_numbers_are_those_of_each_processor(name: str) -> None:
    analysis, text, constants = made(name)
    description, layouts = read(text, constants), analysis.layouts
    for ioctl in layouts.interface.ioctls:
        code, codes = f"{name}_ioc_{ioctl.name}".upper(), layouts.codes[ioctl.name]
        other = dict(codes.other)
        assert description.constants[code] == codes.linux
        differing = description.other.get(code, {})
        for arch, abi in (("ppc64le", "linux-powerpc64le"), ("mips64le", "linux-mips64el")):
            assert differing.get(arch, codes.linux) == other.get(abi, codes.linux)
        assert set(differing) <= {"ppc64le", "mips64le"}


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("len[secret, int32]", "len[secrets, int32]"),
        ("vault_seal_request (in)", "vault_seal_requests (in)"),
        ("flags[vault_lifetime, int32]", "flags[vault_lifetimes, int32]"),
        ("slot\tint32[0:15]", "slot\tint64[0:15]"),
        ("array[const[0, int8], 4]", "array[const[0, int8], 8]"),
        ("} [packed]", "}"),
    ],
)
def test_the_grammar_notices(text: str, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    analysis, description, constants = made("vault")
    assert text in description
    changed = description.replace(text, other, 1)
    monkeypatch.setitem(globals(), "made", lambda name: (analysis, changed, constants))
    with pytest.raises((AssertionError, KeyError)):
        test_every_name_is_there_and_every_size_is_that_of_the_schema("vault")
