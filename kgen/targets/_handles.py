"""Handles of a request: what the boundary asks of them, and placeholders where there is none yet.

As `kgen.targets._ids` has them for objects. A placeholder is a number that no process has for a handle. It says what whoever sends the request has to make: an
object of which kind, and what the handle allows.
"""

from __future__ import annotations

from kgen.model.handles import HANDLE_RIGHTS
from kgen.record import NamedTuple

SIZE = 8
CURRENT = {"thread": (1 << 64) - 2, "process": (1 << 64) - 1}
"""By kind: what stands for the caller itself on Windows, and allows everything."""
_KINDS = tuple(HANDLE_RIGHTS)
_MARK = 0x4A4D1E00


class Wanted(NamedTuple):
    """A handle of the process that sends the request."""

    at: int
    kind: str
    rights: tuple[str, ...]
    """What it allows; nothing else."""


def placeholder(kind: str, rights: tuple[str, ...]) -> bytes:
    known = HANDLE_RIGHTS[kind]
    bits = sum(1 << known.index(right) for right in rights)
    return (_MARK << 32 | _KINDS.index(kind) << 8 | bits).to_bytes(SIZE, "little")


def of(message: bytes, at: int) -> Wanted | None:
    """The handle that there is; None for any other number."""
    word = int.from_bytes(message[at : at + SIZE], "little")
    kinds = [kind for kind, number in CURRENT.items() if number == word]
    if kinds:
        return Wanted(at, kinds[0], HANDLE_RIGHTS[kinds[0]])
    return _meaning(at, word) if word >> 32 == _MARK else None


def wanted(request: bytes) -> list[Wanted]:
    """Every handle that the request wants: they are aligned to their size."""
    words = [
        (at, int.from_bytes(request[at : at + SIZE], "little"))
        for at in range(0, len(request) - SIZE + 1, SIZE)
    ]
    return [_meaning(at, word) for at, word in words if word >> 32 == _MARK]


def _meaning(at: int, word: int) -> Wanted:
    kind = _KINDS[word >> 8 & 0xFF]
    rights = tuple(right for i, right in enumerate(HANDLE_RIGHTS[kind]) if word >> i & 1)
    return Wanted(at, kind, rights)


def without(request: bytes) -> bytes:
    """The request with zeros for its handles."""
    for one in wanted(request):
        request = request[: one.at] + bytes(SIZE) + request[one.at + SIZE :]
    return request


class Referenced(NamedTuple):
    """A handle of the caller is of an object of that kind, or is 0 where it is optional."""

    path: str
    at: int
    kind: str
    optional: bool
    rule: str = "handle"

    def broken(self, message: bytes) -> bool:
        held = of(message, self.at)
        if held is None:
            return not self.optional or any(message[self.at : self.at + SIZE])
        return held.kind != self.kind


class Permitted(NamedTuple):
    """A handle of the caller allows what the driver does with the object."""

    path: str
    at: int
    kind: str
    rights: tuple[str, ...]
    rule: str = "access"

    def broken(self, message: bytes) -> bool:
        held = of(message, self.at)
        return held is not None and held.kind == self.kind and not {*self.rights} <= {*held.rights}
