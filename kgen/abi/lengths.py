"""ABI: how short and how long a message may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.limits import LARGEST_GROWING
from kgen.model.types import Tail

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Struct


def bounds(struct: Struct, layouts: Layouts) -> tuple[int, int]:
    """The smallest and largest length of a message, in bytes, as far as this version knows it."""
    layout = layouts.record(struct)
    if struct.tail is not None:
        assert isinstance(struct.tail.type, Tail)
        element = layouts.size_align(struct.tail.type.element)[0]
        return layout.size, layout.size + struct.tail.type.maximum * element
    if struct.grows:
        newer = (item.offset for item in layout.fields if item.field.note.since is not None)
        return next(newer, layout.size), layout.size
    return layout.size, layout.size


def request_bounds(struct: Struct, layouts: Layouts) -> tuple[int, int]:
    """The smallest and largest request that is taken: one that grows may be of a newer caller."""
    low, high = bounds(struct, layouts)
    return low, max(high, LARGEST_GROWING) if struct.grows else high
