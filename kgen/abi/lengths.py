"""ABI: how short and how long a message or a buffer may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.abi.limits import LARGEST_GROWING
from kgen.model.types import Tail

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Ioctl, Struct


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


def request_bounds(struct: Struct | None, layouts: Layouts) -> tuple[int, int]:
    """The smallest and largest request that is taken: one that grows may be of a newer caller."""
    if struct is None:
        return 0, 0
    low, high = bounds(struct, layouts)
    return low, max(high, LARGEST_GROWING) if struct.grows else high


def data_bounds(ioctl: Ioctl, layouts: Layouts) -> tuple[int, int, int]:
    """Bytes of an element of the `data:` buffer, of the smallest buffer and of the largest."""
    assert ioctl.data is not None
    size = layouts.size_align(ioctl.data.type)[0]
    return size, ioctl.data.minimum * size, ioctl.data.maximum * size
