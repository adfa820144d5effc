"""Hostile calls to the tour: good requests of every construct of the language and every transfer method."""

from __future__ import annotations

from tests.suites.boundary import Interface
from tests.suites.hostile import FILL, Hostile
from tests.suites.tour_model import JAMMED, UNDECLARED, WORN_OUT

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
    }  # fmt: skip
    data = {"sum": bytes(range(1, 255)), "fill": FILL * 64}
    return Hostile(interface, good, data, seed=seed)
