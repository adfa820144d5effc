"""Hold a lifted schema against the facts: kgen's own layouts and codes must be what clang found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen import abi, model, schema, source
from kgen.abi.abis import BY_NAME
from kgen.abi.layout import has_no_bytes
from kgen.diagnostics import Sink, SourceFile
from kgen.model.types import Array, Opaque, Tail
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kgen.abi import Layouts
    from kgen.diagnostics.diagnostic import Diagnostic
    from kgen.importer.facts import Facts, Record
    from kgen.importer.lift import Lifted


class Difference(NamedTuple):
    key: str
    """Of the record; or the name of a code."""
    abi: str
    message: str
    is_code: bool = False


class Verified(NamedTuple):
    refused: tuple[Diagnostic, ...]
    """What kgen has against the schema: nothing, or the import has a mistake."""
    differences: tuple[Difference, ...]


def verify(text: str, lifted: Lifted, facts: Sequence[Facts]) -> Verified:
    """Resolve the schema and compare every size, alignment, offset, bit position and number."""
    sink = Sink()
    layouts = _layouts(text, sink)
    if layouts is None:
        return Verified(tuple(sink.sorted()), ())
    records = {struct.name: struct for struct in layouts.interface.structs}
    found: list[Difference] = []
    for each in facts:
        for key, record in each.records.items():
            struct = records.get(lifted.records.get(key, ""))
            if struct is None:
                found.append(Difference(key, each.abi, "is not there"))
                continue
            layout = layouts.record(struct, each.abi)
            for message in _compare(record, layout, BY_NAME[each.abi].big_endian):
                found.append(Difference(key, each.abi, message))
        found += _codes(layouts, each, lifted.without)
    return Verified((), tuple(found))


def sizes(
    text: str, records: Iterable[str], abis: Iterable[str]
) -> dict[tuple[str, str], set[int]]:
    """Bytes of each member of some records, by record and member; none where the text is refused."""
    layouts = _layouts(text, Sink())
    found: dict[tuple[str, str], set[int]] = {}
    for name in records if layouts is not None else ():
        assert layouts is not None
        struct = next((each for each in layouts.interface.structs if each.name == name), None)
        for abi_name in abis if struct is not None else ():
            assert struct is not None
            layout = layouts.record(struct, abi_name)
            for row in layout.fields:
                found.setdefault((name, row.field.name), set()).add(
                    _bytes(row, row is layout.fields[-1], layouts, abi_name)
                )
    return found


def _bytes(row: abi.FieldLayout, is_last: bool, layouts: Layouts, abi_name: str) -> int:
    """Of a member; of the last one, where it may go on (`T[1]`, `T[]` or a tail), those of one element."""
    type_ = row.field.type
    if isinstance(type_, Tail) or (is_last and isinstance(type_, Array) and type_.length < 2):
        return layouts.size_align(type_.element, abi_name, native=True)[0]
    return row.size or 0


def _layouts(text: str, sink: Sink) -> Layouts | None:
    tree = source.parse(SourceFile("the imported schema", text), sink)
    file = None if tree is None or sink.has_errors else schema.parse(tree, sink)
    if file is None or sink.has_errors:
        return None
    interface = model.resolve(file, sink, lambda name, found: None)
    if interface is None or sink.has_errors:
        return None
    layouts = abi.lay_out(interface, sink)
    return None if sink.has_errors else layouts


def _compare(record: Record, layout: abi.RecordLayout, big_endian: bool) -> Iterator[str]:
    if _goes_on(record) and layout.tail is not None:
        # An overlay tells how far; up to there all is as it was.
        record = record._replace(size=record.members[-1].offset // 8)
    size = 0 if has_no_bytes(layout) else layout.size  # of Microsoft's compilers 4, of mingw's 0
    if (record.size, record.align) != (size, layout.align):
        yield (
            f"has {record.size} bytes aligned to {record.align}, "
            f"and kgen says {layout.size} aligned to {layout.align}"
        )
        return
    if len(layout.fields) == 1 and isinstance(layout.fields[0].field.type, Opaque):
        return
    named = [each for each in record.members if each.name or each.bits is None]
    rows = [row for row in layout.fields if not _is_unnamed_bits(row)]
    if len(rows) != len(named):
        yield f"has {len(named)} members, and kgen says {len(rows)}"
        return
    for member, row in zip(named, rows, strict=True):
        at = _position(row, big_endian)
        if at != member.offset and member.bits != 0:
            yield f"has `{member.name}` at bit {member.offset}, and kgen says {at}"


def _goes_on(record: Record) -> bool:
    """Whether C ends it with `T[]`, `T[0]` or `T[1]`: ways to say that more follows."""
    last = record.members[-1].type if record.members else ("",)
    return last[0] == "array" and last[1] in (None, 0, 1)


def _is_unnamed_bits(row: abi.FieldLayout) -> bool:
    native = row.field.native
    return native is not None and native.unnamed and native.bits is not None


def _position(row: abi.FieldLayout, big_endian: bool) -> int:
    """Bits from the start of the record, as clang counts them."""
    at = row.offset * 8
    if row.bit is None:
        return at
    if not big_endian:
        return at + row.bit
    width = row.field.native.bits if row.field.native else None
    return at + 8 * (row.size or 0) - row.bit - (width or 0)


def _codes(layouts: Layouts, facts: Facts, without: frozenset[str]) -> Iterator[Difference]:
    by_name = {ioctl.c_name: ioctl for ioctl in layouts.interface.ioctls}
    for name in by_name.keys() - {code.name for code in facts.codes}:
        if layouts.codes[by_name[name].name].on(facts.abi) is not None:
            yield Difference(str(name), facts.abi, "is not there, and kgen says so", True)
    for code in facts.codes:
        if code.name in without:
            continue
        ioctl = by_name.get(code.name)
        if ioctl is None:
            yield Difference(code.name, facts.abi, "is not there", True)
            continue
        codes = layouts.codes[ioctl.name]
        number = codes.on(facts.abi)
        if code.parametric:
            continue
        if number != code.value:
            shown = "none" if number is None else f"0x{number:08X}"
            message = f"is 0x{code.value:08X}, and kgen says {shown}"
            yield Difference(code.name, facts.abi, message, True)
