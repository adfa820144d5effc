"""Ids of objects in a request that is made before there is an object: placeholders, and the calls that give real ids.

A placeholder is a number that no driver gives. It says which object is meant: of which kind, which one of those, and what
became of it. `Calls.before` turns it into calls, and into places of the request to be filled with what they answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.objects import places
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kgen.abi import Layouts
    from kgen.model.entities import Interface, Ioctl, ObjectKind

LIVE, DROPPED, FOREIGN = 0, 1, 2
"""The object is there; it was given up; it is another handle's."""
SIZE = 8
_MARK = 0xC0DE1D00
_MOST_CALLS = 16
"""To fill up a handle, where one call again and again will not do."""
_DEPTH = 8
"""Calls that need ids of calls that need ids."""


class Before(NamedTuple):
    """A call that is made before that of a vector."""

    code: int
    request: bytes
    capacity: int
    fill: tuple[tuple[int, int, int], ...] = ()
    """See `Prepared.fill`; of earlier calls."""
    times: int = 1
    other: bool = False
    """On a second handle, which stays open."""


class Prepared(NamedTuple):
    """A request whose ids are zero, and how they come into it."""

    request: bytes
    before: tuple[Before, ...]
    fill: tuple[tuple[int, int, int], ...]
    """(at, call, offset): the id at `at` is that at `offset` of what that call answered."""


class Example(NamedTuple):
    """A valid call of an ioctl."""

    ioctl: Ioctl
    code: int
    request: bytes
    capacity: int


def placeholder(kind: int, number: int, fate: int = LIVE) -> int:
    """`kind`: the place of the kind among those of the interface; `number` is 0 unless the request gives it up."""
    return (_MARK + fate) << 32 | kind << 16 | number


def is_live(value: int, kind: int) -> bool:
    return value >> 16 == placeholder(kind, 0) >> 16


def ids(request: bytes) -> list[tuple[int, int]]:
    """(offset, placeholder) of every id in a request: ids are aligned to their size."""
    words = [
        (at, int.from_bytes(request[at : at + SIZE], "little"))
        for at in range(0, len(request) - SIZE + 1, SIZE)
    ]
    return [(at, word) for at, word in words if LIVE <= (word >> 32) - _MARK <= FOREIGN]


def without(request: bytes) -> bytes:
    """The request with zeros for its ids."""
    for at, _ in ids(request):
        request = request[:at] + bytes(SIZE) + request[at + SIZE :]
    return request


class Calls:
    """What makes objects and gives them up, in one interface."""

    def __init__(
        self, interface: Interface, layouts: Layouts, examples: Mapping[str, Example]
    ) -> None:
        windows = interface.windows
        self.alone = windows is not None and windows.exclusive
        """There is no other handle."""
        self.kinds: Sequence[ObjectKind] = interface.objects
        self.makers: dict[str, tuple[Example, int]] = {}
        self.droppers: dict[str, tuple[Example, int]] = {}
        # Those first that need no ids themselves.
        for example in sorted(examples.values(), key=lambda each: len(ids(each.request))):
            for role, struct, known in (
                ("new", example.ioctl.reply, self.makers),
                ("drop", example.ioctl.request, self.droppers),
            ):
                for place in places(struct):
                    if place.id.role == role and len(place.path) == 1 and not place.is_many:
                        fields = layouts.record(struct).fields if struct is not None else ()
                        at = next(item.offset for item in fields if item.field is place.field)
                        known.setdefault(place.id.kind.name, (example, at))

    def before(self, request: bytes) -> Prepared | None:
        """None where the objects cannot be had."""
        return self._prepared(request, _Session(self))

    def full(self, request: bytes, kind: ObjectKind) -> Prepared | None:
        """The same, with as many objects of the kind as a handle may have."""
        session = _Session(self)
        if self._prepared(request, session) is None or not session.fill_up(kind):
            return None
        return self._prepared(request, session)

    def _prepared(self, request: bytes, session: _Session) -> Prepared | None:
        fill = session.fill(request, 0)
        if fill is None or session.beyond:
            return None
        return Prepared(without(request), tuple(session.calls), fill)


class _Session:
    """The calls before one call. What `other` handle has is apart."""

    def __init__(self, known: Calls) -> None:
        self.known = known
        self.calls: list[Before] = []
        self.live: dict[tuple[bool, str], int] = {}
        """How many of a kind the handle has."""
        self.beyond = False
        """A handle would have more than it may."""
        self._made: dict[tuple[bool, int], tuple[int, int]] = {}
        """(call, offset in its answer) of a placeholder's id."""

    def fill(
        self, request: bytes, depth: int, *, other: bool = False
    ) -> tuple[tuple[int, int, int], ...] | None:
        found = []
        for at, value in ids(request):
            made = self._made.get((other, value)) or self._make(value, depth, other)
            if made is None:
                return None
            self._made[other, value] = made
            found.append((at, *made))
        return tuple(found)

    def fill_up(self, kind: ObjectKind) -> bool:
        """Make what is missing of a kind; false where that is not to be had, or by too many calls."""
        maker = self.known.makers.get(kind.name)
        if maker is None:
            return False
        missing = kind.per_open - self.live.get((False, kind.name), 0)
        if _gives_up(maker[0].request):
            # Each of the calls needs objects of its own.
            calls, times = missing, 1
        else:
            calls, times = min(missing, 1), missing
        if calls > _MOST_CALLS:
            return False
        if any(self._call(maker[0], {}, 0, times=times) is None for _ in range(calls)):
            return False
        self.live[False, kind.name] = kind.per_open
        return True

    def _make(self, value: int, depth: int, other: bool) -> tuple[int, int] | None:
        fate, kind = (value >> 32) - _MARK, self.known.kinds[value >> 16 & 0xFFFF]
        maker = self.known.makers.get(kind.name)
        other = other or fate == FOREIGN
        if maker is None or depth > _DEPTH or (other and self.known.alone):
            return None
        example, offset = maker
        made = self._call(example, {}, depth, other=other)
        if made is None:
            return None
        if fate == DROPPED:
            dropper = self.known.droppers.get(kind.name)
            if dropper is None:
                return None
            given_up, at = dropper
            if self._call(given_up, {at: (made, offset)}, depth) is None:
                return None
        else:
            self.live[other, kind.name] = self.live.get((other, kind.name), 0) + 1
            self.beyond |= self.live[other, kind.name] > kind.per_open
        return made, offset

    def _call(
        self,
        example: Example,
        given: dict[int, tuple[int, int]],
        depth: int,
        *,
        other: bool = False,
        times: int = 1,
    ) -> int | None:
        """Make a call, with ids that are `given`; its number, or None."""
        rest = example.request
        for at in given:
            rest = rest[:at] + bytes(SIZE) + rest[at + SIZE :]
        # What the call gives up is made for it: what the vector's own request has stays.
        gone = [(other, value) for value in _gives_up(rest)]
        kept = {key: self._made.pop(key) for key in gone if key in self._made}
        needed = self.fill(rest, depth + 1, other=other)
        if needed is None:
            return None
        fill = (*((at, *made) for at, made in given.items()), *needed)
        request = without(example.request)
        self.calls.append(Before(example.code, request, example.capacity, fill, times, other))
        for key in gone:
            del self._made[key]
            self.live[other, self.known.kinds[key[1] >> 16 & 0xFFFF].name] -= 1
        self._made |= kept
        return len(self.calls) - 1


def _gives_up(request: bytes) -> list[int]:
    """The placeholders of objects that are gone after the call."""
    return [value for _, value in ids(request) if value >> 32 == _MARK and value & 0xFFFF]
