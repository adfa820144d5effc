"""Packing and alignment of a record that are not the same on each ABI, said by its members.

The language has one `pack` and one `align` for a record. Where a header packs it on one ABI only (`#pragma pack(4)` under
`#if !defined(_WIN64)`), each member there is `packed` with its own `align`; where it is aligned on one only, its
first member is. Either comes to the same layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kgen.importer.facts import Member, Record


class Packing(NamedTuple):
    records: dict[str, Record]
    """By ABI, their members changed where the record cannot say it."""
    pack: int | None
    align: int | None


def packing(records: Mapping[str, Record]) -> Packing:
    """What a record says of itself on every ABI, and what is left to its members."""
    result = dict(records)
    packs = {abi: _pack(record) for abi, record in records.items()}
    said = [pack for pack in packs.values() if pack is not None]
    pack = min(said, default=None)
    if pack is not None and any(
        own != pack and record.natural > pack for own, record in _both(packs, records)
    ):
        pack = None
        for abi, own in packs.items():
            if own is not None:
                result[abi] = _packed(result[abi], own)
    aligned = [record.align for record in records.values() if record.aligned]
    align = min(aligned, default=None)
    if align is not None and any(
        not record.aligned or record.align != max(align, min(record.natural, pack or align))
        for record in records.values()
        if record.align > align or not record.aligned
    ):
        align = None
        result = {abi: _first_aligned(record) for abi, record in result.items()}
    return Packing(result, pack, align)


def _both(
    packs: Mapping[str, int | None], records: Mapping[str, Record]
) -> list[tuple[int | None, Record]]:
    return [(packs[abi], record) for abi, record in records.items()]


def _packed(record: Record, pack: int) -> Record:
    """Each member that is aligned to more is packed to `pack` by itself."""
    members = tuple(
        member._replace(packed=True, align=pack if pack > 1 else None)
        if member.natural > pack and member.bits is None
        else member
        for member in record.members
    )
    return record._replace(members=members)


def _first_aligned(record: Record) -> Record:
    if not record.aligned or not record.members:
        return record
    first: Member = record.members[0]._replace(align=record.align)
    return record._replace(members=(first, *record.members[1:]))


def _pack(record: Record) -> int | None:
    """`#pragma pack` in force at a record's end, as far as it changed anything."""
    if record.packed:
        return None
    if record.align < record.natural:
        return record.align
    if record.aligned:
        odd = [member.offset // 8 for member in record.members if member.bits is None]
        aligns = [offset & -offset for offset in odd if offset]
        lowest = min(aligns, default=record.natural)
        return lowest if lowest < record.natural and not _fits(record) else None
    return None


def _fits(record: Record) -> bool:
    """Whether its members are where they would be without packing."""
    return all(
        member.bits is not None or member.offset // 8 % max(member.align or 1, member.natural) == 0
        for member in record.members
    )
