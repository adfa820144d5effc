"""Hostile calls for an interface, made from its model: every length, every rule broken, noise. And the verdict."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from tests.suites.boundary import Answer, Interface, Ioctl
from tests.suites.objects import LIVE, named

FILL = b"\xa5"
MARGIN = 8
EVERY = 1200
"""Up to this size every length is tried; beyond it those around what the rules name."""


Result = tuple[Any, ...]
"""NTSTATUS, Win32 error, Information (None where the system left it alone), the buffer (None if not a byte changed)."""


class Call(NamedTuple):
    about: str
    code: int
    request: bytes
    out: bytes
    access: str = "rw"


class Hostile:
    """Calls to one interface.

    `good` has valid requests by ioctl, `data` what a driver may read from a data buffer. The calls of `setup` come
    first; the ioctls of `last` change the driver for good and come at the end. `before` has requests, with their ioctl,
    that make the objects which the good requests of an ioctl name; with the `model` of the handlers the ids that
    `live` stands for are found. The same seed makes the same calls.
    """

    def __init__(
        self,
        interface: Interface,
        good: dict[str, list[bytes]],
        data: dict[str, bytes],
        *,
        setup: Sequence[Call] = (),
        before: dict[str, list[tuple[str, bytes]]] | None = None,
        model: Callable[[], Any] | None = None,
        last: Sequence[str] = (),
        seed: int,
    ) -> None:
        self.interface, self.data, self.setup = interface, data, setup
        self.before = before or {}
        self.model = model
        self.good = {name: good.get(name, [b""]) for name in interface.ioctls}
        self.last = [interface.ioctls[name] for name in last]
        self.ioctls = [ioctl for ioctl in interface.ioctls.values() if ioctl not in self.last]
        self.random = random.Random(seed)

    def all(
        self, noise: int, wanted: Callable[[Call], object] = lambda _call: True
    ) -> Iterator[Call]:
        """Every call that follows from a rule, in order, and `noise` more; of these the wanted ones."""
        yield from self._known(call for call in self._all(noise) if wanted(call))

    def _all(self, noise: int) -> Iterator[Call]:
        yield from self.setup
        yield from self.ruled()
        yield from self.noise(noise)
        for ioctl in self.last:
            yield from self.one(ioctl)
        yield from self.noise(noise // 4)

    def _known(self, calls: Iterable[Call]) -> Iterator[Call]:
        """The calls with the ids that objects have by then, which the model tells."""
        if self.model is None:
            yield from calls
            return
        handlers = self.model()
        kinds = self.interface.objects
        for call in calls:
            self.interface.open_of(handlers, call.access)
            ioctl = self.interface.by_code.get(call.code)
            if ioctl is not None and (ioctl.names or ioctl.makes):
                request = bytearray(call.request)
                for at in range(0, len(request) - 7, 8):
                    value = int.from_bytes(request[at : at + 8], "little")
                    if value >> 32 == LIVE:
                        value = named(handlers.opens, call.access, kinds, value)
                        request[at : at + 8] = value.to_bytes(8, "little")
                call = call._replace(request=bytes(request))
                self.interface.answer(handlers, call.code, call.request, call.out, call.access)
            yield call

    def mixed(self, count: int) -> list[Call]:
        """`count` calls in random order: half of them drawn from those that follow from a rule, the rest noise."""
        ruled = list(self.ruled())
        drawn = self.random.sample(ruled, min(count // 2, len(ruled)))
        end = [call for ioctl in self.last for call in self.one(ioctl)][: count // 20]
        end += self.noise(count // 20)
        drawn += self.noise(count - len(self.setup) - len(drawn) - len(end))
        self.random.shuffle(drawn)
        return list(self._known([*self.setup, *drawn, *end]))

    def ruled(self) -> Iterator[Call]:
        for ioctl in self.ioctls:
            yield from self.one(ioctl)
        yield from self.info()
        yield from self.codes()
        yield from self.access()

    def one(self, ioctl: Ioctl) -> Iterator[Call]:
        yield from self.lengths(ioctl)
        yield from self.capacities(ioctl)
        yield from self.rules(ioctl)

    def call(self, ioctl: Ioctl, request: bytes, capacity: int | None = None, about: str = "", access: str = "rw") -> Call:  # fmt: skip
        if ioctl.data is not None:
            size = self._data_size(ioctl) if capacity is None else capacity
            out = self._data(ioctl, size)
        else:
            out = FILL * (self._roomy(ioctl) if capacity is None else capacity)
        return Call(f"{ioctl.name}: {about}", ioctl.code, request, out, access)

    def _roomy(self, ioctl: Ioctl) -> int:
        return ioctl.reply.longest if ioctl.reply else 0

    def _data_size(self, ioctl: Ioctl) -> int:
        return len(self.data.get(ioctl.name, b"")) or ioctl.data_bounds[0] * 8

    def _data(self, ioctl: Ioctl, size: int) -> bytes:
        given = self.data.get(ioctl.name, FILL)
        return (given * (size // len(given) + 1))[:size]

    def lengths(self, ioctl: Ioctl) -> Iterator[Call]:
        """Every length of the request, cut from a good one or filled up behind it."""
        request = ioctl.request
        least, longest = (request.least, request.longest) if request else (0, 0)
        for good in self.good[ioctl.name][:1]:
            edges = (least, longest, len(good), 4096)
            near = {edge + i for edge in edges for i in range(-MARGIN, MARGIN + 1)}
            sizes = {size for size in near if size >= 0} | {1 << 16, 1 << 20}
            sizes |= set(range(min(longest, EVERY) + MARGIN + 1))
            for size in sorted(sizes):
                for filling in (b"\0", b"\xff"):
                    if size > len(good) or filling == b"\0":
                        sent = good[:size] + filling * (size - len(good))
                        yield self.call(ioctl, sent, about=f"{size} bytes in")

    def capacities(self, ioctl: Ioctl) -> Iterator[Call]:
        """Every capacity for the reply, and every length of a data buffer."""
        if ioctl.data is not None:
            low, high = ioctl.data_bounds
            edges = {low, high}
        else:
            low, high = (ioctl.reply.least, ioctl.reply.longest) if ioctl.reply else (0, 0)
            edges = {low, high, 4096}
        steps = range(-MARGIN, MARGIN + 1) if high < 1 << 16 else (-1, 0, 1)
        near = {edge + i for edge in edges for i in steps}
        limit = min(high, EVERY if ioctl.data is None else 64) + MARGIN
        for size in sorted(set(range(limit + 1)) | {size for size in near if size >= 0}):
            for good in self.good[ioctl.name][:1]:
                yield from self._before(ioctl)
                yield self.call(ioctl, good, size, f"room for {size}")
                if good and size % 7 == 0:  # two rules broken at once: the order of the checks
                    yield self.call(ioctl, good[:-1], size, f"short, and room for {size}")
                    yield self.call(ioctl, b"\xff" * len(good), size, f"bad, and room for {size}")

    def rules(self, ioctl: Ioctl) -> Iterator[Call]:
        """Every rule of the request broken, one at a time, in each of the good requests."""
        for good in self.good[ioctl.name]:
            yield from self._before(ioctl)
            yield self.call(ioctl, good, about="good")
            if ioctl.request is not None:
                for bad in ioctl.request.bad(good):
                    yield from self._before(ioctl)
                    yield self.call(ioctl, bad, about="spoilt")

    def _before(self, ioctl: Ioctl) -> Iterator[Call]:
        for name, request in self.before.get(ioctl.name, ()):
            yield self.call(self.interface.ioctls[name], request, about="before")

    def info(self) -> Iterator[Call]:
        for size in range(48 + MARGIN + 1):
            yield Call(f"info: room for {size}", self.interface.info_code, b"", FILL * size)
            yield Call(f"info: {size} bytes in", self.interface.info_code, bytes(size), FILL * 48)

    def codes(self) -> Iterator[Call]:
        """Codes that do not exist: others in method or access alone, other functions, other devices."""
        known = [*self.interface.by_code, self.interface.info_code]
        wrong = {
            code ^ bits
            for code in known
            for bits in (1, 2, 3, 1 << 14, 1 << 15, 3 << 14, 3 << 14 | 3)
        }
        wrong |= {code ^ 1 << bit for code in known for bit in range(32)}
        device = self.interface.info_code & 0xFFFF0000
        wrong |= {device | function << 2 | 3 << 14 for function in range(0x1000)}
        wrong |= {device | self.random.randrange(1 << 16) for _ in range(500)}
        for code in sorted(wrong - set(known)):
            if (
                code >> 16 >= 0x8000
            ):  # Wine itself answers codes of some of Microsoft's device types
                size = self.random.choice((0, 1, 8, 64))
                yield Call(f"code {code:#x}", code, self.random.randbytes(size), FILL * size)

    def access(self) -> Iterator[Call]:
        """Every ioctl on handles that were opened for less."""
        for ioctl in self.ioctls + self.last:
            for access in ("none", "r", "w"):
                for good in self.good[ioctl.name][:1]:
                    yield self.call(ioctl, good, about=f"access {access}", access=access)

    @staticmethod
    def _of_nothing(ioctl: Ioctl, request: bytes) -> bytes:
        """The request with no small number for a handle: that could be one of the process that sends it."""
        for field in ioctl.request.handles if ioctl.request is not None else ():
            top = field.at + 3
            if top < len(request) and any(request[field.at : top + 1]):
                request = request[:top] + bytes([request[top] | 0x10]) + request[top + 1 :]
        return request

    def noise(self, count: int) -> Iterator[Call]:
        """Random bytes of random lengths, and good requests with a few bytes changed."""
        for _ in range(count):
            ioctl = self.random.choice(self.ioctls)
            good = self.good[ioctl.name]
            if good and self.random.random() < 0.7:
                changed = bytearray(self.random.choice(good))
                for _ in range(self.random.randint(1, 3) if changed else 0):
                    changed[self.random.randrange(len(changed))] = self.random.choice((0, 1, 0x80, 0xFF, self.random.randrange(256)))  # fmt: skip
                sent = bytes(changed)
            else:
                sent = self.random.randbytes(self.random.randrange(120))
            sent = self._of_nothing(ioctl, sent)
            capacity = self.random.choice(
                (None, None, self.random.randrange(self._roomy(ioctl) + 20))
            )
            yield self.call(ioctl, sent, capacity, "noise")


class Verdict(NamedTuple):
    """What a comparison found: how often each status came, the broken rules by their trace, and what was wrong."""

    statuses: dict[str, int]
    traces: list[str]
    problems: list[str]


def judge(
    interface: Interface, handlers: Any, calls: Iterable[Call], results: Iterable[Result]
) -> Verdict:
    """Compare what came back with what the model answers, call by call in their order."""
    verdict = Verdict({}, [], [])
    for number, (call, result) in enumerate(zip(calls, results, strict=True)):
        expected = interface.answer(handlers, call.code, call.request, call.out, call.access)
        verdict.statuses[expected.status] = verdict.statuses.get(expected.status, 0) + 1
        if expected.trace:
            verdict.traces.append(expected.trace)
        problem = _compare(interface, call, expected, result)
        if problem:
            sent = call.request[:80].hex()
            verdict.problems.append(f"call {number}, {call.about}: {problem}; sent {sent}")
    return verdict


def _compare(interface: Interface, call: Call, expected: Answer, result: Result) -> str:
    ntstatus, win32, information, out = result
    status = interface.statuses[expected.status]
    if (ntstatus, win32) != status[:2]:
        return f"{expected.status} expected {expected.trace}, came {ntstatus:#x} = error {win32}"
    failed = ntstatus >> 30 == 3
    if information != len(expected.reply) and not (failed and information is None):
        return f"Information {len(expected.reply)} expected, came {information}"
    before = call.out
    after = before if out is None else out
    wanted = expected.reply + before[len(expected.reply) :]
    if after != wanted:
        first = next(i for i, (x, y) in enumerate(zip(after, wanted, strict=True)) if x != y)
        return f"{expected.status}: byte {first} of the reply is {after[first]:#x}, not {wanted[first]:#x}"
    return ""


def alike(one: Result, other: Result) -> bool:
    """Whether two hosts answered the same. Windows leaves Information alone on an error, which is 0 elsewhere."""
    return (*one[:2], one[2] or 0, one[3]) == (*other[:2], other[2] or 0, other[3])
