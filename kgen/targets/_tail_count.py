"""What counts the tail of a request: where it is, and how many bytes each one counted stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.types import Tail
from kgen.record import NamedTuple
from kgen.targets._c_types import base_integer

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Struct


class TailCount(NamedTuple):
    offset: int
    size: int
    """Bytes of the field."""
    order: str | None
    """`le` or `be` where the schema says one."""
    unit: int
    """Bytes of the tail for each one."""

    def tail(self, request: bytes) -> int:
        """How many bytes follow the fixed part, as the request says."""
        field = request[self.offset : self.offset + self.size]
        return int.from_bytes(field, "big" if self.order == "be" else "little") * self.unit


def tail_count(request: Struct, layouts: Layouts) -> TailCount | None:
    """None for a struct without a tail."""
    tail = request.tail
    if tail is None:
        return None
    assert isinstance(tail.type, Tail)
    counter = next(
        item for item in layouts.record(request).fields if item.field.name == tail.type.counter
    )
    integer = base_integer(counter.field.type)
    assert integer is not None
    assert counter.size is not None
    unit = 1
    if tail.type.unit != "bytes":
        unit = layouts.size_align(tail.type.element)[0]
    return TailCount(counter.offset, counter.size, integer.order, unit)
