"""Objects of an open handle, as the model of the boundary knows them: slots, ids, who holds what.

An id is the generation of its slot (32 bits), the number of the open (20 bits), the slot (12 bits). Opens count from
1 in the order in which handles are opened; the driver is loaded anew for a sequence of calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

from tests.suites.wire_types import Refused, Where

LIVE = 0x4C495645
"""The upper half of what stands in a call for an id that its maker does not know yet: see `named`."""
_STALE = 0x7FFFFFFF


class Kind(NamedTuple):
    name: str
    first: int
    count: int
    stale: str
    full: str


class Slot:
    def __init__(self) -> None:
        self.generation = 0
        self.state: Any = None
        """What the handlers keep of the object; None where the slot is free."""
        self.live = False
        self.last = 0
        """The id of the last object that was given up."""


class Open:
    """The table of one open, and what the request that is served holds of it."""

    def __init__(self, number: int, count: int) -> None:
        self.number = number
        self.slots = [Slot() for _ in range(count)]
        self.claimed: list[int] = []
        self.made: list[int] = []

    def id(self, slot: int) -> int:
        return self.slots[slot].generation << 32 | self.number << 12 | slot

    def hold(self, kind: Kind, id_: int, drop: bool) -> Any:
        """The state of the object; None where the id names none."""
        at = id_ & 0xFFF
        if not kind.first <= at < kind.first + kind.count:
            return None
        slot = self.slots[at]
        if not slot.live or self.id(at) != id_ or (drop and at in self.claimed):
            return None
        self.claimed += [at] if drop else []
        return slot.state

    def make(self, kind: Kind) -> Any:
        for at in range(kind.first, kind.first + kind.count):
            if self.slots[at].state is None:
                self.slots[at].state = SimpleNamespace()
                self.slots[at].generation += 1
                self.made.append(at)
                return self.slots[at].state
        return None

    def settle(self, good: bool) -> Iterator[Any]:
        """The states of what is released."""
        gone = self.claimed if good else self.made
        for at in self.made if good else ():
            self.slots[at].live = True
        for at in gone:
            slot = self.slots[at]
            yield slot.state
            if slot.live:
                slot.last = self.id(at)
            slot.state, slot.live = None, False
        self.claimed, self.made = [], []


class ObjectId:
    """A field that holds an id."""

    size = align = 8

    def __init__(self, kind: Kind, role: str, opens: Any) -> None:
        self.kind, self.role, self.opens = kind, role, opens

    def encode(self, value: int) -> bytes:
        return value.to_bytes(8, "little")

    def check(self, data: bytes, where: Where) -> Any:
        id_ = int.from_bytes(data[:8], "little")
        state = self.opens.current.hold(self.kind, id_, self.role == "drop")
        if state is None:
            raise Refused(self.kind.stale, where, "object")
        return state

    def bad(self, good: bytes) -> Iterator[bytes]:
        """Ids that are near a good one, ids of others, old ones and no ids at all."""
        value = int.from_bytes(good, "little")
        if value >> 32 == LIVE:
            for variant in range(1, VARIANTS):
                yield self.encode(value | variant << 24)
        for other in (0, 1, 1 << 32, 1 << 32 | 1 << 12, (1 << 64) - 1, 1 << 63):
            yield self.encode(other)


VARIANTS = 9


def live(kind: Kind, index: int) -> int:
    """Stands for the id of the index-th object of a kind that the handle has when the call is made."""
    return LIVE << 32 | kind.first << 8 | index


def named(opens: dict[str, Open], access: str, kinds: dict[str, Kind], value: int) -> int:
    """The id that `live` stands for, or one of the variants that `ObjectId.bad` makes of it."""
    variant, first, index = value >> 24 & 0xFF, value >> 8 & 0xFFFF, value & 0xFF
    kind = next((kind for kind in kinds.values() if kind.first == first), None)
    open_ = opens[access]
    if kind is None:
        return value
    slots = range(kind.first, kind.first + kind.count)
    id_ = _nth([open_.id(at) for at in slots if open_.slots[at].live], index)
    others = [
        other.id(at)
        for name, other in opens.items()
        for at, slot in enumerate(other.slots)
        if slot.live and (name != access or at not in slots)
    ]
    old = [open_.slots[at].last for at in slots if open_.slots[at].last]
    return {
        1: id_ ^ 1 << 32,  # another generation
        2: id_ - (1 << 32) & (1 << 64) - 1,  # the one before
        3: id_ ^ 1 << 12,  # another open
        4: id_ ^ 1,  # another slot
        5: id_ | 0xFFF,
        6: _nth([other for other in others if other & 0xFFF in slots], index),  # of another open
        7: _nth(
            [other for other in others if other & 0xFFF not in slots], index
        ),  # of another kind
        8: _nth(old, index),
    }.get(variant, id_)


def _nth(ids: list[int], index: int) -> int:
    return ids[index % len(ids)] if ids else _STALE
