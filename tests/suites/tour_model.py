"""What the handlers of examples/tour/driver do, once more: the model behind the boundary's model."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import Any

from tests.suites.boundary import Broken, Failed

MASK32 = (1 << 32) - 1
JAMMED, WORN_OUT, UNDECLARED = 0xEE, 0xED, 0xEC
TWICE, BAD_COUNT = 1, 3
REFUSE, UNDECLARED_ERROR = 101, 102
RARE, HIGH = 1 << 15, 0xF0

_KINDS = ("event", "file", "section", "thread", "process")
_HANDLES = [
    *(f"tour.lend: {kind}: handle" for kind in _KINDS for other in _KINDS if other != kind),
    "tour.lend: thread: handle",
    *(f"tour.lend: {kind}: handle" for kind in _KINDS),
    *(f"tour.lend: {kind}: access" for kind in ("event", "event", "file")),
    "tour.watch: changed: access",
    "tour.watch: changed: handle",
]
TOUR_REFUSALS = [
    "tour.echo_scalars: status",
    "tour.trace_points: weights_count: count",
    "tour.write_reading: length",
    "tour.neither: more_count: count",
    "tour.drop_token: token: object",
    "tour.weigh: pair.left: object",
    "tour.drop_token: token: object",
    "tour.drop_token: token: object",
    "tour.empty: value: object",
    "tour.make_token: status",
    "tour.drop_token: status",
    "tour.trade: tokens[1]: object",
    "tour.make_token: token: full",
    "tour.make_token: token: full",
    *["tour.drop_token: token: object"] * 6,
    *_HANDLES,
]
"""What the boundary refuses of tour_suite.py, with the handlers in C."""


class TourModel:
    def __init__(self) -> None:
        self.level = 0
        self.alive = 0
        self.reading: Any = SimpleNamespace(ticks=0, level=0, mood=0, trend=0, peak=0)

    def ping(self) -> None:
        pass

    def old_ping(self) -> None:
        pass

    def echo_scalars(self, request: Any) -> Any:
        if request.a == JAMMED:
            raise Failed("jammed")
        if request.a == WORN_OUT:
            raise Failed("worn_out")
        if request.a == UNDECLARED:
            raise Broken((), "status")
        return request

    def set_level(self, request: Any) -> None:
        self.level = request.value

    def get_level(self) -> dict[str, Any]:
        return {"value": self.level}

    def echo_texts(self, request: Any) -> dict[str, Any]:
        # A string loses what the handler put behind its end; a title without an end is cut at its last unit.
        units = request.title.encode("utf-16-le")
        title = (units + b"x\0" * 7)[:14].decode("utf-16-le")
        numbers = [number for row in request.numbers for number in row][::-1]
        return {**vars(request), "title": title, "numbers": [numbers[0:3], numbers[3:6]]}

    def draw(self, request: Any) -> dict[str, Any]:
        if request.traits & RARE:
            raise Failed("invalid")
        if request.budget == MASK32:
            raise Failed("no_space")
        mode = {"speed": request.shape, "shade": request.shade, "lanes": request.pin[0]}
        return {"area": _area(request.figure), "mode": mode, "masks": HIGH}

    def read_reading(self) -> dict[str, Any]:
        return {**vars(self.reading), "pad": bytes(3), "pad2": bytes(4)}

    def write_reading(self, request: Any) -> None:
        self.reading = request

    def trace_points(self, request: Any, room: int) -> dict[str, Any]:
        weights = [point.x * point.y + request.mode for point in request.points]
        if request.mode == BAD_COUNT:
            raise Broken(("weights_count",), "count")
        return {"bytes": 8 * request.n, "weights": weights * (2 if request.mode == TWICE else 1)}

    def say(self, request: Any, room: int) -> dict[str, Any]:
        return {"text": request.text}

    def pack(self, request: Any) -> None:
        self.level = (request.length + sum(request.words)) & MASK32

    def fill(self, request: Any, out: bytes) -> bytes:
        count = min(len(out) // 4, request.seed % 5000)
        return b"".join(struct.pack("<I", (request.seed + i) & MASK32) for i in range(count))

    def sum(self, request: Any, data: bytes) -> None:
        words = struct.unpack(f"<{len(data) // 2}H", data)
        self.level = (request.start + sum(words)) & MASK32

    def neither(self, request: Any, room: int) -> dict[str, Any]:
        more = request.more[::-1]
        if request.first == request.second:
            more.append(ord("!"))
        if len(more) > 64:
            raise Broken(("more_count",), "count")
        return {"sum": request.first + request.second, "more": more}

    # No handle of these tests is of anything: what reaches a handler came without.

    def watch(self, request: Any) -> None:
        raise AssertionError(f"{request} has no handle")

    def lend(self, request: Any) -> dict[str, Any]:
        if request.step == 100:
            raise Failed("jammed")
        return {"given": [0] * 5, "spare": bytes(3)}

    def release(self, state: Any) -> None:
        self.alive -= 1 if state.weight else 0

    def make_token(self, request: Any, token: Any) -> dict[str, Any]:
        token.weight = request.weight
        self.alive += 1
        _end(request.mode)
        return {"alive": self.alive}

    def weigh(self, request: Any) -> dict[str, Any]:
        tokens = [request.first, request.pair.left, request.pair.right, *request.more]
        return {"weight": sum(token.weight for token in tokens)}

    def drop_token(self, request: Any) -> dict[str, Any]:
        _end(request.mode)
        return {"alive": self.alive}

    def trade(self, request: Any, basket: Any) -> dict[str, Any]:
        basket.weight = sum(token.weight for token in request.tokens)
        self.alive += 1
        _end(request.mode)
        return {"weight": basket.weight}

    def empty(self, request: Any) -> dict[str, Any]:
        return {"value": request.value.weight}


def _end(mode: int) -> None:
    if mode == REFUSE:
        raise Failed("invalid")
    if mode == UNDECLARED_ERROR:
        raise Broken((), "status")


def _area(figure: Any) -> int:
    for name, value in vars(figure).items():
        if name == "dot":
            return int(value.x * value.y)
        if name == "line":
            return int(value.from_.x + value.to.y)
        if name == "word":
            return len(value.encode())
        return sum(number for row in value for number in row)
    return 0
