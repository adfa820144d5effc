"""Hostile calls to the tour: good requests of every construct of the language and every transfer method."""

from __future__ import annotations

from tests.suites.boundary import Interface
from tests.suites.hostile import FILL, Hostile
from tests.suites.objects import live
from tests.suites.tour_model import (
    JAMMED,
    REFUSE,
    UNDECLARED,
    UNDECLARED_ERROR,
    WORN_OUT,
    TourModel,
)

SEED = 20260729


def hostile(interface: Interface, seed: int = SEED) -> Hostile:
    def request(ioctl: str, /, **values: object) -> bytes:
        type_ = interface.ioctls[ioctl].request
        assert type_ is not None
        return type_.encode(values)

    def scalars(**changes: object) -> bytes:
        values: dict[str, object] = {
            "a": 1, "b": -2, "c": 500, "d": -5, "e": 1 << 63, "f": -(1 << 63), "g": 0x01020304, "h": -2, "i": 0x0102,
            "j": 0x0102030405060708, "k": 1, "l": [1, 0, 1], "m": 80, "id": bytes(range(16)),
        }  # fmt: skip
        return request("echo_scalars", **{**values, **changes})

    def texts(name: str, title: str, *lines: str) -> bytes:
        numbers = [[1, 2, 3], [4, 5, (1 << 32) - 1]]
        return request("echo_texts", name=name, title=title, lines=list(lines), numbers=numbers)

    def draw(shape: int, figure: tuple[str, object], **changes: object) -> bytes:
        values = {
            "traits": 2,
            "shade": 16,
            "pin": b"\x81234"[:4],
            "first": 5,
            "last": 84,
            "budget": 1,
        }
        return request("draw", shape=shape, figure=figure, **{**values, **changes})

    def point(x: int, y: int) -> dict[str, int]:
        return {"x": x, "y": y}

    def points(count: int, mode: int) -> bytes:
        return request(
            "trace_points",
            n=count,
            mode=mode,
            points=[point(65535 - i, i * 4096) for i in range(count)],
        )

    def neither(first: int, second: int, size: int) -> bytes:
        return request(
            "neither", first=first, second=second, more=[(i * 5) & 0xFF for i in range(size)]
        )

    line = {"from_": point(1, 2), "to": point(3, 65535)}
    most = (1 << 32) - 1
    good = {
        "echo_scalars": [scalars(), *(scalars(a=a, k=0, l=[0, 1, 1]) for a in (JAMMED, WORN_OUT, UNDECLARED))],
        "set_level": [request("set_level", value=0x80000001)],
        "echo_texts": [texts("name", "title", "one", "two"), texts("é" * 7, "😀😀😀", "", "sev7n77"), texts("", "", "", "")],
        "draw": [
            draw(0, ("nothing", None)), draw(1, ("dot", point(65535, 65535))), draw(2, ("line", line)),
            draw(3, ("word", "word")), draw(4, ("grid", [[1, 2, 3], [4, 5, 65535]])),
            draw(0, ("nothing", None), traits=1), draw(0, ("nothing", None), budget=most),
            draw(0, ("nothing", None), first=most, last=most),
        ],
        "trace_points": [points(16, 2), points(16, 1), points(9, 1), points(3, 0), points(1, 65535), points(2, 3)],
        "say": [request("say", text=text) for text in ("é" * 100, "x" * 200, "", "a€😀z" * 9)],
        "pack": [request("pack", words=words) for words in ([1, 2, 3], [65535] * 4096, [])],
        "write_reading": [
            request("write_reading", ticks=1 << 40, level=7, mood=5, trend=-1, peak=9),
            request("write_reading", ticks=1, level=most, mood=-1, trend=1, peak=1)[:24],
            request("write_reading", ticks=2, level=3, mood=1)[:16],
        ],
        "fill": [request("fill", seed=seed) for seed in (4999, most, 0, 3)],
        "sum": [request("sum", start=start) for start in (most, 0)],
        "neither": [neither(most, most - 1, 64), neither(3, 3, 64), neither(3, 3, 7), neither(0, 1, 0)],
        "watch": [request("watch", level=1)],
        "lend": [request("lend", step=step) for step in (0, 99, 100)],
    }  # fmt: skip
    token, basket = (interface.objects[name] for name in ("token", "basket"))
    tokens = [live(token, i) for i in range(4)]

    def make(weight: int, mode: int = 0) -> bytes:
        return request("make_token", weight=weight, mode=mode)

    def weigh(*ids: int) -> bytes:
        first, left, right, *more = ids
        pair = {"left": left, "right": right}
        return request("weigh", first=first, pair=pair, more=more)

    def trade(mode: int, one: int, other: int) -> bytes:
        return request("trade", mode=mode, tokens=[one, other])

    good |= {
        "make_token": [make(1), make(1000), make(7, REFUSE), make(8, UNDECLARED_ERROR)],
        "weigh": [weigh(*tokens), weigh(*tokens[:1] * 3), weigh(*tokens, *tokens, *tokens[:3])],
        "drop_token": [
            request("drop_token", token=tokens[i % 4], mode=mode)
            for i, mode in enumerate((0, REFUSE, UNDECLARED_ERROR, 0, REFUSE))
        ],
        "trade": [
            trade(0, *tokens[:2]), trade(REFUSE, *tokens[2:]), trade(UNDECLARED_ERROR, *tokens[:2]), trade(0, tokens[0], tokens[0]),
        ],
        "empty": [request("empty", value=live(basket, 0)), request("empty", value=live(basket, 1))],
    }  # fmt: skip
    one = ("make_token", make(5))
    before = {
        "weigh": [one, one],
        "drop_token": [one],
        "trade": [one, one, ("empty", good["empty"][0])],
        "empty": [one, one, ("trade", good["trade"][0])],
    }
    data = {"sum": bytes(range(1, 255)), "fill": FILL * 64}
    return Hostile(interface, good, data, before=before, model=TourModel, seed=seed)
