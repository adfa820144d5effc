"""What a vector is: one call, and what the boundary says to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.record import NamedTuple
from kgen.targets._rules import status

if TYPE_CHECKING:
    from kgen.targets._ids import Before, Prepared
    from kgen.targets._rules import Rule

PASSES = "passes"
LONGEST = 1 << 20
"""Bytes of the longest request in a file, zeros for the most part."""
LARGEST_BUFFER = 1 << 24
"""Bytes of the largest buffer that a vector asks of whoever replays it."""


class Vector(NamedTuple):
    id: str
    ioctl: str
    code: int
    access: str
    """Of the handle: `none`, `r`, `w` or `rw`."""
    request: bytes
    capacity: int
    """Bytes of the caller's other buffer: for the reply, or the `data:` buffer."""
    expect: str
    """`passes`, or the status that the boundary answers."""
    rule: str = ""
    trace: str = ""
    """What the driver tells its developer: ioctl, field, rule."""
    also: tuple[str, ...] = ()
    """What else is broken, where no request breaks this rule alone; never checked, as this comes first."""
    before: tuple[Before, ...] = ()
    """Calls that are made first, on the same handle."""
    fill: tuple[tuple[int, int, int], ...] = ()
    """(at, call, offset): the id at `at` of the request is that at `offset` of what that call answered."""
    abis: tuple[str, ...] = ()
    """Of the callers whose bytes these are; empty where they are the same for all."""


def of_group(id_: str, abis: tuple[str, ...]) -> str:
    """The id of one that is for some callers only."""
    return f"{id_}@{abis[0]}" if abis else id_


class Gap(NamedTuple):
    """A vector that there is none for, and why."""

    id: str
    why: str


class Caller:
    """The calls of one ioctl: what they share, and its vectors in their order."""

    def __init__(self, interface: str, name: str, code: int, access: str, room: int) -> None:
        self.interface = interface
        self.name = name
        self.code = code
        self.access = access
        self.room = room
        self.found: dict[str, Vector] = {}
        self._calls: set[tuple[int, str, bytes, int]] = set()

    def has(self, request: bytes, capacity: int | None = None) -> bool:
        room = self.room if capacity is None else capacity
        return (self.code, self.access, request, room) in self._calls

    def add(
        self,
        name: str,
        request: bytes,
        expect: str = PASSES,
        rule: str = "",
        path: str = "",
        *,
        code: int | None = None,
        access: str | None = None,
        capacity: int | None = None,
        also: tuple[str, ...] = (),
    ) -> None:
        """One more; `path` is that of the field, as the trace writes it."""
        vector = Vector(
            f"{self.name}.{name}",
            self.name,
            self.code if code is None else code,
            self.access if access is None else access,
            request,
            self.room if capacity is None else capacity,
            expect,
            # That of a handle in the request is no matter of the one that the call is made on.
            "handle" if rule == "access" and path else rule,
            self.trace(path, rule) if rule else "",
            also,
        )
        if rule == "code":
            vector = vector._replace(trace=f"{self.interface}: code")
        self.found[vector.id] = vector
        self._calls.add((vector.code, vector.access, request, vector.capacity))

    def prepare(self, name: str, prepared: Prepared) -> None:
        """Say what comes before the vector of that name."""
        key = f"{self.name}.{name}"
        self.found[key] = self.found[key]._replace(before=prepared.before, fill=prepared.fill)

    def add_broken(self, name: str, request: bytes, broken: list[Rule]) -> None:
        """The request breaks these rules, in the order of the checks; none: it passes."""
        if not broken:
            self.add(name, request)
            return
        first, *more = broken
        also = tuple(self.trace(rule.path, rule.rule) for rule in more)
        self.add(name, request, status(first), first.rule, first.path, also=also)

    def trace(self, path: str, rule: str) -> str:
        return ": ".join(part for part in (f"{self.interface}.{self.name}", path, rule) if part)
