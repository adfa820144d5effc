"""Facts of several ABIs -> one description, with `abis` where they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.abis import BY_NAME
from kgen.importer.packing import packing
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kgen.importer.facts import Member, Record, Type

_OS = ("windows", "linux")


class MergedMember(NamedTuple):
    member: Member
    """As one of its ABIs has it."""
    word: str
    """Its type in the language."""
    abis: tuple[str, ...]
    """Where it is so; empty: everywhere that the record is."""


class MergedRecord(NamedTuple):
    record: Record
    members: tuple[MergedMember, ...]
    pack: int | None
    align: int | None
    abis: tuple[str, ...]


Names = "Callable[[str], str]"


def word(types: Mapping[str, Type], name: Callable[[str], str]) -> str | None:
    """The one word of the language that is this type on each of the ABIs; None if there is none.

    `name` gives that of a record or enum by its key.
    """
    kinds = {type_[0] for type_ in types.values()}
    if len(kinds) != 1:
        return None
    first = next(iter(types.values()))
    kind = kinds.pop()
    if kind == "int":
        return _integer(types)
    if kind == "array":
        lengths = {type_[1] for type_ in types.values()}
        inner = word({abi: type_[2] for abi, type_ in types.items()}, name)
        if inner is None or len(lengths) != 1:
            return None
        length = "" if first[1] is None else first[1]
        # As in C, the first dimension is the outermost.
        stem, bracket, rest = inner.partition("[")
        return f"{stem}[{length}]{bracket}{rest}"
    if kind in ("bool", "pointer", "wchar", "guid"):
        return str(kind)
    if len(set(types.values())) != 1:
        return None
    if kind == "float":
        return str(first[1])
    if kind in ("record", "enum"):
        return name(first[1])
    return f"opaque({first[1]}, {first[2]})"


def _integer(types: Mapping[str, Type]) -> str | None:
    signs = {type_[2] for type_ in types.values()}
    if len(signs) != 1:
        return None
    signed = signs.pop()
    sizes = {abi: type_[1] for abi, type_ in types.items()}
    is_long = all(type_[3] == "long" for type_ in types.values())
    on_linux = all(BY_NAME[abi].os == "linux" for abi in types)
    if is_long and on_linux:
        return "long" if signed else "ulong"
    if len(set(sizes.values())) == 1:
        size = next(iter(sizes.values()))
        return f"opaque({size}, {size})" if size > 8 else f"{'s' if signed else 'u'}{8 * size}"
    if all(size == BY_NAME[abi].pointer for abi, size in sizes.items()):
        return "intptr" if signed else "uintptr"
    if all(size == BY_NAME[abi].long for abi, size in sizes.items()):
        return "long" if signed else "ulong"
    return None


def merge_record(
    records: Mapping[str, Record], all_abis: Sequence[str], name: Callable[[str], str]
) -> MergedRecord:
    """One record of those that the ABIs have under its key."""
    shown = packing(records)
    order: list[str] = []
    by_abi: dict[str, dict[str, Member]] = {}
    for abi, record in shown.records.items():
        found: dict[str, Member] = {}
        at = 0
        for number, member in enumerate(record.members):
            key = member.name or f"#{number}"
            if key in order and order.index(key) < at:
                key = f"{key} of {abi}"  # another order than elsewhere
            found[key] = member
            if key in order:
                at = order.index(key) + 1
            else:
                order.insert(at, key)
                at += 1
        by_abi[abi] = found
    members: list[MergedMember] = []
    for key in order:
        having = {abi: found[key] for abi, found in by_abi.items() if key in found}
        members += _member(having, tuple(records), name)
    first = next(iter(records.values()))
    return MergedRecord(
        first,
        tuple(members),
        shown.pack,
        shown.align,
        () if len(records) == len(all_abis) else tuple(records),
    )


def _member(
    having: Mapping[str, Member], abis: tuple[str, ...], name: Callable[[str], str]
) -> list[MergedMember]:
    """One member where the ABIs agree, otherwise one for each way to write it."""

    def form(member: Member) -> tuple[object, ...]:
        return (member.bits, member.align, member.packed)

    def merged(group: Mapping[str, Member]) -> MergedMember | None:
        if len({form(member) for member in group.values()}) != 1:
            return None
        text = word({abi: member.type for abi, member in group.items()}, name)
        if text is None:
            return None
        where = () if len(group) == len(abis) else tuple(group)
        return MergedMember(next(iter(group.values())), text, where)

    whole = merged(having)
    if whole is not None:
        return [whole]
    groups: dict[object, dict[str, Member]] = {}
    for abi, member in having.items():
        groups.setdefault((member.type, form(member)), {})[abi] = member
    result = [merged(group) for group in groups.values()]
    return [each for each in result if each is not None]
