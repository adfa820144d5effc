"""A header, and the one that kgen makes of its import, each compiled alone by the same compiler: all numbers are the same.

Both define the same names, so each is a translation unit of its own. What is compared stands in the object files:
codes, constants, sizes, alignments and offsets in one array of numbers; of each bit-field an object of its record
in which that bit-field alone is all ones.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.objects import sections
from kgen.importer.facts import Code, Facts, Member, Record

COMPILERS = {
    "windows-x64": ("x86_64-w64-mingw32-gcc",),
    "windows-x86": ("i686-w64-mingw32-gcc",),
    "linux-x86_64": ("gcc",),
    "linux-i386": ("gcc", "-m32"),
}
FLAGS = ("-std=gnu11", "-w", "-c", "-x", "c", "-ftrack-macro-expansion=0")
"""The last: an error is where a macro is used, not where it is defined."""
_VALUES, _LAYOUTS, _BITS = "kgen_v", "kgen_l", "kgen"
_NUMBERS = (_VALUES, _LAYOUTS)
_WORD = re.compile(r"[A-Za-z_]\w*")
_ERROR = re.compile(r"^(.+?):(\d+):(?:\d+:)? (?:fatal )?error: (.*)$", re.M)
_PATIENCE = 4
"""How often what does not compile is taken out."""


class Probe(NamedTuple):
    """What both headers are asked."""

    what: str
    """`sizeof`, `alignof`, `offset`, `bits`, `code` or `constant`."""
    of: str
    """`struct loop_info.lo_name`, `LOOP_SET_FD`."""
    record: str
    """Key of the record; empty of a code or constant."""
    theirs: str
    """The expression in the header's own words; of a bit-field its record's type."""
    ours: str
    """The same in the generated header."""
    path: str = ""
    """Of a member in its record."""

    def __str__(self) -> str:
        return f"{self.what} {self.of}"

    @property
    def words(self) -> list[str]:
        """Names of members."""
        return _WORD.findall(self.path)


class Trip(NamedTuple):
    """What came of one header on one ABI."""

    abi: str
    asked: dict[str, int]
    """How many questions of each kind there are."""
    same: dict[str, int]
    """How many of them both answer alike."""
    differences: tuple[str, ...]
    """What is not the same, or not there."""
    records: frozenset[str]
    """Keys of the records that were asked."""
    wrong: frozenset[str]
    """Keys of those that are not the same."""


class Refused(Exception):
    """A header that does not compile, whatever is asked of it."""


def probes(facts: Facts, listed: Container[str]) -> list[Probe]:
    """All that a header can be asked by name, but for values that the import has `listed` as lost."""
    found: list[Probe] = []
    for record in facts.records.values():
        if record.c_name:
            found += _of_record(record, facts)
    for code in facts.codes:
        text = f"(unsigned int)({_call(code)})"
        found.append(Probe("code", code.name, "", text, text))
    values = [*facts.constants, *(value for enum in facts.enums.values() for value in enum.values)]
    for value in values:
        text = f"(unsigned long long)({value.name})"
        found.append(Probe("constant", value.name, "", text, text))
    return [each for each in found if each.record or each.of not in listed]


def _call(code: Code) -> str:
    """With some number for each parameter that it has."""
    arguments = [*(["3"] if code.by else []), *(["64"] if code.parametric else [])]
    return f"{code.name}({', '.join(arguments)})" if arguments else code.name


def _spelled(record: Record) -> tuple[str, str]:
    """How C calls it, in the header and in the generated one, which has no typedefs."""
    theirs = record.c_name if record.c_kind == "typedef" else f"{record.c_kind} {record.c_name}"
    return theirs, f"{record.kind} {record.c_name}"


def _of_record(record: Record, facts: Facts) -> Iterator[Probe]:
    theirs, ours = _spelled(record)
    name = theirs
    yield Probe("sizeof", name, record.key, f"sizeof({theirs})", f"sizeof({ours})")
    yield Probe("alignof", name, record.key, f"_Alignof({theirs})", f"_Alignof({ours})")
    for path, member in _paths(record, facts):
        of = f"{name}.{path}"
        if member.bits is not None:
            yield Probe("bits", of, record.key, theirs, ours, path)
            continue
        texts = (f"__builtin_offsetof({type_}, {path})" for type_ in (theirs, ours))
        yield Probe("offset", of, record.key, *texts, path)


def _paths(record: Record, facts: Facts, before: str = "") -> Iterator[tuple[str, Member]]:
    """Each member that has a name, and those of members whose type has none."""
    for member in record.members:
        type_, path = member.type, f"{before}{member.name}"
        if member.name:
            yield path, member
        while type_[0] == "array":
            type_, path = type_[2], f"{path}[0]"
        inner = facts.records.get(type_[1]) if type_[0] == "record" else None
        if inner is not None and not member.name:
            yield from _paths(inner, facts, before)
        elif inner is not None and not inner.c_name and member.type[:2] != ("array", 0):
            yield from _paths(inner, facts, f"{path}.")


def round_trip(
    header: str,
    generated: str,
    facts: Facts,
    flags: Sequence[str],
    folder: Path,
    listed: Container[str] = (),
) -> Trip:
    """Compile both and compare. `flags`: where the header finds others. Raises FileNotFoundError without a compiler."""
    asked = probes(facts, listed)
    compiler = COMPILERS[facts.abi]
    before = "".join(f"#include <{name}>\n" for name in facts.before)
    sides = (
        (f'{before}#include "{header}"\n', [*compiler, *flags]),
        (f'#include "{generated}"\n', [*compiler]),
    )
    answers: list[dict[Probe, int | bytes]] = []
    differences: list[tuple[Probe, str]] = []
    for side, (text, command) in enumerate(sides):
        name = ("the header", "the generated header")[side]
        try:
            found, lost = _answers(text, command, asked, side, folder / f"side{side}.c")
        except Refused as problem:
            return refused(facts, f"{name} does not compile: {problem}")
        answers.append(found)
        differences += [(each, f"{each} is not in {name}: {why}") for each, why in lost.items()]
    theirs, ours = answers
    both = [each for each in asked if each in theirs and each in ours]
    differences += [
        (
            each,
            f"{each} is {_shown(theirs[each])}, and {_shown(ours[each])} in the generated header",
        )
        for each in both
        if theirs[each] != ours[each]
    ]
    return Trip(
        facts.abi,
        _counted(asked),
        _counted([each for each in both if theirs[each] == ours[each]]),
        tuple(text for _, text in differences),
        frozenset(each.record for each in asked if each.record),
        frozenset(each.record for each, _ in differences if each.record),
    )


def refused(facts: Facts, why: str) -> Trip:
    """Of a header with which nothing can be compared."""
    asked = probes(facts, ())
    every = frozenset(each.record for each in asked if each.record)
    return Trip(facts.abi, _counted(asked), {}, (why,), every, every)


def _counted(found: Sequence[Probe]) -> dict[str, int]:
    return dict(Counter(each.what for each in found))


def _shown(value: int | bytes) -> str:
    return value.hex(" ") if isinstance(value, bytes) else f"0x{value:X}"


def _answers(
    before: str, command: Sequence[str], asked: Sequence[Probe], side: int, source: Path
) -> tuple[dict[Probe, int | bytes], dict[Probe, str]]:
    """What one header answers, and what it does not know."""
    lost: dict[Probe, str] = {}
    for _ in range(_PATIENCE):
        known = [each for each in asked if each not in lost]
        errors = _compile(before, command, known, side, source)
        if not errors:
            return _read(source.with_suffix(".o").read_bytes(), known), lost
        for probe, why in errors:
            lost[probe] = why
    raise Refused(next(iter(lost.values())))


def _compile(
    before: str, command: Sequence[str], asked: Sequence[Probe], side: int, source: Path
) -> list[tuple[Probe, str]]:
    """What does not compile; nothing if all does. Raises Refused where it is the header that does not."""
    lines, by_line = _lines(before, asked, side)
    source.write_text("\n".join([*lines, ""]), encoding="utf-8")
    done = subprocess.run(
        [*command, *FLAGS, str(source), "-o", str(source.with_suffix(".o"))],
        capture_output=True, text=True, errors="replace", timeout=300, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return []
    found = [(path, int(line), text) for path, line, text in _ERROR.findall(done.stderr)]
    own = [
        (by_line[line], text)
        for path, line, text in found
        if path == str(source) and line in by_line
    ]
    if own:
        return own
    path, line, text = found[0] if found else ("", 0, done.stderr.strip()[:200])
    raise Refused(f"{Path(path).name}:{line}: {text}")


def _lines(before: str, asked: Sequence[Probe], side: int) -> tuple[list[str], dict[int, Probe]]:
    """The source, and what is asked on which of its lines."""
    lines, by_line = before.splitlines(), {}
    for section, group in zip(_NUMBERS, _numbers(asked), strict=True):
        if section == _LAYOUTS:
            # A macro of a member's name would stand for the member.
            words = {word for each in asked if each.record for word in each.words}
            lines += [f"#undef {word}" for word in sorted(words)]
        lines.append(_head("const unsigned long long", section))
        for each in group:
            lines.append(f"{(each.theirs, each.ours)[side]},")
            by_line[len(lines)] = each
        lines += ["0", "};"]
    for number, group in enumerate(_bit_fields(asked)):
        lines.append(_head((group[0].theirs, group[0].ours)[side], f"{_BITS}{number}"))
        for place, each in enumerate(group):
            lines.append(f"[{place}].{each.path} = -1,")
            by_line[len(lines)] = each
        lines.append("};")
    return lines, by_line


def _head(type_: str, name: str) -> str:
    return f'__attribute__((section("{name}"))) {type_} {name}_data[] = {{'


def _numbers(asked: Sequence[Probe]) -> tuple[list[Probe], list[Probe]]:
    """Values, and what a layout is made of."""
    return (
        [each for each in asked if not each.record],
        [each for each in asked if each.record and each.what != "bits"],
    )


def _bit_fields(asked: Sequence[Probe]) -> list[list[Probe]]:
    """Those of each record."""
    found: dict[str, list[Probe]] = {}
    for each in asked:
        if each.what == "bits":
            found.setdefault(each.record, []).append(each)
    return list(found.values())


def _read(data: bytes, asked: Sequence[Probe]) -> dict[Probe, int | bytes]:
    """What stands in the object file."""
    by_name = sections(data)
    result: dict[Probe, int | bytes] = {}
    for section, group in zip(_NUMBERS, _numbers(asked), strict=True):
        content = by_name[section]
        assert len(content) >= 8 * (len(group) + 1)
        for at, each in enumerate(group):
            result[each] = int.from_bytes(content[8 * at : 8 * at + 8], "little")
    # A section may be longer than what is in it.
    sizes = {each.record: int(result[each]) for each in result if each.what == "sizeof"}
    for number, group in enumerate(_bit_fields(asked)):
        content, size = by_name[f"{_BITS}{number}"], sizes[group[0].record]
        for at, each in enumerate(group):
            result[each] = content[size * at : size * (at + 1)]
            assert any(content[size * at : size * (at + 1)]), each
    return result
