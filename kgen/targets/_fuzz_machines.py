"""Target `fuzz`: numbers of a table that are not the same on each machine, and what compilers leave between members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.layout import holes
from kgen.model.entities import Struct
from kgen.record import NamedTuple
from kgen.targets._c_narrow import PAIRS, differs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kgen.abi import Layouts
    from kgen.model.entities import Arm, Field, Record
    from kgen.model.types import Type


ON_LINUX = ("linux-x86_64", "linux-i386")
"""Of seeds, and of the fields by which a finding is shown: a driver, and its 32-bit callers."""


class Gap(NamedTuple):
    """Offset and bytes, in C; on some machines there may be none."""

    offset: str
    size: str


class Machines:
    """Those that a table is for, in the order of KGEN_FUZZ_ON: of a driver, or of its 32-bit callers."""

    def __init__(self, layouts: Layouts, *, narrow: bool = False) -> None:
        self.layouts = [layouts.on(pair[narrow]) for pair in PAIRS]
        self._every = [layouts.on(abi) for pair in PAIRS for abi in pair[:2]]

    def on(self, measure: Callable[[Layouts], int]) -> str:
        """A number, in C: one for all machines, or one for each kind of them."""
        return _each([measure(layouts) for layouts in self.layouts])

    def offset(self, struct: Struct, number: int) -> str:
        """Of a member by its place."""
        return self.on(lambda layouts: layouts.record(struct).fields[number].offset)

    def offset_of(self, struct: Struct, path: tuple[Field | Arm, ...]) -> str:
        """Of the field at the end of the path."""
        return self.on(lambda layouts: _offset(struct, path, layouts))

    def gaps(self, struct: Struct) -> dict[str, Gap]:
        """What some compiler leaves, by the member behind it, the last as ""; the same places for all callers."""
        if not struct.native:
            return {}
        found: dict[str, Gap] = {}
        for layouts in self._every:
            for hole in holes(layouts.record(struct)):
                name = hole.before.name if hole.before else ""
                places = [_gap(struct, name, layouts) for layouts in self.layouts]
                offset, size = (_each(each) for each in zip(*places, strict=True))
                found[name] = Gap(offset, size)
        return found


def is_other(record: Record | None, layouts: Layouts) -> bool:
    """Whether 32-bit callers have a message laid out otherwise than a driver of 64 bits."""
    return (
        layouts.has_native
        and isinstance(record, Struct)
        and record.native
        and differs(record, layouts)
    )


def _each(found: Sequence[int]) -> str:
    if len(set(found)) == 1:
        return str(found[0])
    return f"KGEN_FUZZ_ON({', '.join(map(str, found))})"


def _gap(struct: Struct, before: str, layouts: Layouts) -> tuple[int, int]:
    for hole in holes(layouts.record(struct)):
        if (hole.before.name if hole.before else "") == before:
            return hole.offset, hole.size
    return 0, 0


def _offset(struct: Struct, path: tuple[Field | Arm, ...], layouts: Layouts) -> int:
    place: Type | None = struct
    offset = 0
    for step in path:
        if isinstance(place, Struct):
            found = layouts.record(place).fields
            offset += next(item.offset for item in found if item.field.name == step.name)
        place = step.type
    return offset
