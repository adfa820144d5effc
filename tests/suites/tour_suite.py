"""Every construct of the language, seen through the tour's generated Python client.

Run by the Python of the client's machine, with the package `tour` on its path and the driver of
examples/tour/driver loaded. Prints as vault_suite.py does.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

import tour
from suite import Suite
from tour import (
    BasketId,
    Drawing,
    Figure,
    LinkMode,
    Masks,
    Mood,
    Pair,
    Point,
    Reading,
    Scalars,
    Segment,
    Shade,
    Shape,
    Texts,
    TokenId,
    Tour,
    Traits,
)
from windows_objects import WindowsObject

SUITE = Suite()
check = SUITE.check
connect: Callable[[str], Tour] = lambda access: Tour.open(access=access)  # noqa: E731 - a runner may bring its own
make_object: Callable[..., Any] = WindowsObject  # and objects, of a kind and with rights
MAX32 = (1 << 32) - 1
SCALARS = Scalars(
    a=255, b=-128, c=1000, d=-5, e=(1 << 64) - 1, f=-(1 << 63), g=0x01020304, h=-2, i=0x0102, j=0x0102030405060708,
    k=True, l=(True, False, True), m=80, id=UUID("6a1b0b2c-93d8-4e0b-9c57-0d3a5b9e2f10"),
)  # fmt: skip
DRAWING = Drawing(
    figure=Figure.nothing(), traits=Traits(0), shade=Shade.DEEP, pin=b"pin\0", first=1, last=80, budget=1
)  # fmt: skip


def raises(name: str, call: Callable[[], object]) -> Any:
    try:
        result = call()
    except (tour.TourError, tour.ValidationError) as error:
        assert type(error).__name__ == name, f"{name} expected: {error!r}"
        return error
    raise AssertionError(f"{name} expected, got {result!r}")


def given(device: Tour, step: int = 0, **handles: Any) -> Any:
    """Which handles the driver got of these, or the name of the error."""
    try:
        return device.lend(step=step, **handles).given
    except tour.TourError as error:
        return type(error).__name__


REFUSE, UNDECLARED = 101, 102
"""What a handler is told to answer, by `mode`."""


@check
def no_message_at_all(device: Tour) -> None:
    assert device.ping() is None
    assert device.old_ping() is None
    assert device.driver_version == (1, 2)


@check
def scalars_of_every_width_and_byte_order(device: Tour) -> None:
    assert device.echo_scalars(SCALARS) == SCALARS
    least = Scalars(
        a=0, b=127, c=1, d=5, e=0, f=(1 << 63) - 1, g=MAX32, h=32767, i=65535, j=(1 << 64) - 1, k=False,
        l=(False, True, False), m=0, id=UUID(int=0),
    )  # fmt: skip
    assert device.echo_scalars(least) == least


@check
def scalars_lie_on_the_wire_as_the_schema_says(device: Tour) -> None:
    sent = (
        struct.pack("<BbHiQq", 255, -128, 1000, -5, (1 << 64) - 1, -(1 << 63))
        + struct.pack(">I", 0x01020304) + struct.pack("<h", -2) + struct.pack(">HQ", 0x0102, 0x0102030405060708)
        + bytes([1, 1, 0, 1]) + struct.pack("<I", 80) + SCALARS.id.bytes_le
    )  # fmt: skip
    reply = bytearray(64)
    assert device.raw("echo_scalars", sent, reply) == (None, 64)
    assert reply == sent


@check
def declared_errors_have_classes_of_their_own(device: Tour) -> None:
    for a, name, ntstatus in (
        (0xEE, "JammedError", 0xE9000001),
        (0xED, "WornOutError", 0xE9000002),
    ):
        error = raises(name, lambda a=a: device.echo_scalars(SCALARS.replace(a=a)))
        if SUITE.system == "windows":
            assert (error.ntstatus, error.winerror) == (ntstatus, ntstatus)
    raises("InternalError", lambda: device.echo_scalars(SCALARS.replace(a=0xEC)))


@check
def single_values_need_no_message(device: Tour) -> None:
    for value in (0, 1, 0x80000000, MAX32):
        device.set_level(value)
        assert device.get_level() == value
    for value in (-1, MAX32 + 1):
        assert (
            raises("ValidationError", lambda value=value: device.set_level(value)).path
            == "set_level.value"
        )


@check
def texts_in_both_encodings_and_arrays_of_arrays(device: Tour) -> None:
    texts = Texts(
        name="é" * 7, title="7 units", lines=("first", "2nd"), numbers=((1, 2, 3), (4, 5, MAX32))
    )
    reply = device.echo_texts(texts)
    assert reply == texts.replace(numbers=((MAX32, 5, 4), (3, 2, 1)))
    title = device.echo_texts(texts.replace(title="😀", name="")).title
    assert title == "😀xxxxx"  # the handler filled it up, without an end: the boundary made one


@check
def each_arm_of_a_union(device: Tour) -> None:
    areas = {
        Figure.nothing(): 0,
        Figure.dot(Point(x=3, y=65535)): 3 * 65535,
        Figure.line(Segment(from_=Point(x=1, y=2), to=Point(x=3, y=4))): 1 + 4,
        Figure.word("länge"): 6,
        Figure.grid(((1, 2, 3), (4, 5, 65535))): 15 + 65535,
    }
    for figure, area in areas.items():
        reply = device.draw(DRAWING.replace(figure=figure))
        assert (reply.area, reply.masks) == (area, Masks.HIGH)
        assert reply.mode == LinkMode(
            speed=int(figure.tag), duplex=0, shade=Shade.DEEP, lanes=ord("p")
        )
    assert {figure.tag for figure in areas} == set(Shape)


@check
def conditions_hold_on_both_sides(device: Tour) -> None:
    spoilt = {
        "last": DRAWING.replace(first=2, last=1),
        "limit": DRAWING.replace(first=0, last=80),
        "budget": DRAWING.replace(traits=Traits.LOUD, budget=0),
    }
    for drawing in spoilt.values():
        raises("ValidationError", lambda drawing=drawing: device.draw(drawing))
    device.draw(DRAWING.replace(traits=Traits.LOUD | Traits.FAST, budget=0))
    same = Segment(from_=Point(x=1, y=1), to=Point(x=1, y=1))
    raises("ValidationError", lambda: device.draw(DRAWING.replace(figure=Figure.line(same))))


@check
def the_drivers_own_errors(device: Tour) -> None:
    raises("InvalidError", lambda: device.draw(DRAWING.replace(traits=Traits.RARE)))
    raises("NoSpaceError", lambda: device.draw(DRAWING.replace(budget=MAX32)))


@check
def tails_in_both_directions(device: Tour) -> None:
    points = [Point(x=i, y=1000) for i in range(1, 17)]
    for count in (1, 2, 16):
        reply = device.trace_points(mode=2, points=points[:count])
        assert reply.weights == tuple(i * 1000 + 2 for i in range(1, count + 1))
        assert (reply.total, reply.bytes_) == (count, 8 * count)
    reply = device.trace_points(mode=1, points=points)  # twice as many as a reply holds
    assert (reply.total, len(reply.weights)) == (32, 16)
    raises("InternalError", lambda: device.trace_points(mode=3, points=points))


@check
def counted_text(device: Tour) -> None:
    for text in ("", "plain", "é" * 100, "😀" * 50, "\U0010ffff\ud7ff\ue000~"):
        assert device.say(text=text).text == text
    raises("ValidationError", lambda: device.say(text="é" * 101))
    raises("ValidationError", lambda: device.say(text="\ud800"))


@check
def a_tail_counted_in_bytes(device: Tour) -> None:
    for words in ([], [65535], list(range(4096))):
        device.pack(words=words)
        assert device.get_level() == sum(words) + 2 * len(words)
    raises("ValidationError", lambda: device.pack(words=[0] * 4097))


@check
def a_struct_that_grew(device: Tour) -> None:
    reading = Reading(ticks=1 << 63, level=5, mood=Mood.BAD, trend=-7, peak=1 << 40)
    device.write_reading(reading)
    assert device.read_reading() == reading
    for size, known in ((16, 0), (24, 1), (32, 2)):  # an older caller gets what it knows of
        reply = bytearray(size)
        assert device.raw("read_reading", None, reply) == (None, size)
        values = struct.unpack_from("<QIb3xiIQ", reply.ljust(32, b"\0"))
        assert values == (1 << 63, 5, -1, *((-7, 0) if known else (0, 0)), (1 << 40) * (known == 2))
    device.raw(
        "write_reading", struct.pack("<QIb3x", 9, 8, 77), None
    )  # an older caller sends what it knows of
    read = device.read_reading()
    assert (read.ticks, read.level, int(read.mood), read.trend, read.peak) == (9, 8, 77, 0, 0)
    newer = struct.pack("<QIb3xiIQQ", 1, 2, 0, 3, 0, 4, 0)
    assert device.raw("write_reading", newer, None)[0] is None
    failure, _ = device.raw("write_reading", newer[:-1] + b"\1", None)
    assert failure is not None


@check
def the_callers_own_buffers(device: Tour) -> None:
    data = bytearray(b"\xee" * 64)
    assert device.fill(seed=3, data=data) == 3
    assert data == struct.pack("<3I", 3, 4, 5) + b"\xee" * 52
    large = bytearray(4 * 4096)
    assert device.fill(seed=MAX32 - MAX32 % 5000 - 1, data=large) == 4096
    device.sum(start=10, data=struct.pack("<4H", 1, 2, 3, 65535))
    assert device.get_level() == 10 + 6 + 65535
    raises("ValidationError", lambda: device.sum(start=0, data=b"odd"))
    raises("ValidationError", lambda: device.fill(seed=0, data=bytearray(4 * 4097)))


@check
def method_neither(device: Tour) -> None:
    for more in (b"", b"x", bytes(range(64))):
        reply = device.neither(first=MAX32, second=MAX32 - 1, more=more)
        assert (reply.sum, reply.more) == (2 * MAX32 - 1, more[::-1])
    raises("InternalError", lambda: device.neither(first=1, second=1, more=bytes(64)))


@check
def objects_are_made_used_and_given_up(device: Tour) -> None:
    first = device.make_token(weight=10, mode=0)
    second = device.make_token(weight=20, mode=0)
    assert type(first.token) is TokenId
    assert repr(first.token) == f"TokenId({int(first.token):#x})"
    assert (first.alive, second.alive) == (1, 2)
    pair = Pair(left=first.token, right=second.token)
    assert device.weigh(first=first.token, pair=pair, more=[]).weight == 40
    more = [first.token, second.token] * 4
    assert device.weigh(first=second.token, pair=pair, more=more).weight == 170
    assert device.drop_token(token=first.token, mode=0).alive == 2
    error = raises("BadHandleError", lambda: device.drop_token(token=first.token, mode=0))
    if SUITE.system == "windows":
        assert (error.ntstatus, error.winerror) == (0xC0000008, 6)
    raises("BadHandleError", lambda: device.weigh(first=second.token, pair=pair, more=[]))
    third = device.make_token(weight=30, mode=0)  # in the place of the first
    assert third.token & 0xFFF == first.token & 0xFFF
    assert third.token != first.token
    raises("BadHandleError", lambda: device.drop_token(token=first.token, mode=0))
    traded = device.trade(mode=0, tokens=[second.token, third.token])
    assert (type(traded.basket), traded.weight) == (BasketId, 50)
    raises("BadHandleError", lambda: device.drop_token(token=third.token, mode=0))
    raises("ValidationError", lambda: device.drop_token(token=traded.basket, mode=0))  # type: ignore[arg-type]
    assert device.empty(traded.basket) == 50
    raises("NotFoundError", lambda: device.empty(traded.basket))


@check
def a_request_that_fails_makes_nothing_and_drops_nothing(device: Tour) -> None:
    kept = device.make_token(weight=1, mode=0)
    assert kept.alive == 1
    raises("InvalidError", lambda: device.make_token(weight=5, mode=REFUSE))
    raises("InternalError", lambda: device.make_token(weight=5, mode=UNDECLARED))
    raises("InvalidError", lambda: device.drop_token(token=kept.token, mode=REFUSE))
    raises("InternalError", lambda: device.drop_token(token=kept.token, mode=UNDECLARED))
    twice = [kept.token, kept.token]
    raises("BadHandleError", lambda: device.trade(mode=0, tokens=twice))
    other = device.make_token(weight=2, mode=0)
    assert other.alive == 2
    raises("InvalidError", lambda: device.trade(mode=REFUSE, tokens=[kept.token, other.token]))
    assert device.drop_token(token=other.token, mode=0).alive == 2
    assert device.drop_token(token=kept.token, mode=0).alive == 1


@check
def an_open_has_so_many_objects_and_no_more(device: Tour) -> None:
    tokens = [device.make_token(weight=i, mode=0).token for i in range(1, 5)]
    raises("JammedError", lambda: device.make_token(weight=5, mode=0))
    device.drop_token(token=tokens[2], mode=0)
    tokens[2] = device.make_token(weight=6, mode=0).token
    raises("JammedError", lambda: device.make_token(weight=7, mode=REFUSE))
    assert len(set(tokens)) == 4
    for token in tokens:
        device.drop_token(token=token, mode=0)


@check
def objects_belong_to_their_open_and_end_with_it(device: Tour) -> None:
    mine = device.make_token(weight=1, mode=0)
    with connect("rw") as other:
        theirs = other.make_token(weight=2, mode=0)
        assert theirs.alive == 2
        assert theirs.token != mine.token
        raises("BadHandleError", lambda: other.drop_token(token=mine.token, mode=0))
        raises("BadHandleError", lambda: device.drop_token(token=theirs.token, mode=0))
        made = [other.make_token(weight=i, mode=0).token for i in (3, 4)]
        other.trade(mode=0, tokens=made)
        assert other.drop_token(token=theirs.token, mode=0).alive == 3
    assert device.drop_token(token=mine.token, mode=0).alive == 1  # all of the other's are gone
    for number in (0, 1, 1 << 32, (1 << 64) - 1):
        raises(
            "BadHandleError", lambda number=number: device.drop_token(token=TokenId(number), mode=0)
        )


@check
def handles_of_the_caller(device: Tour) -> None:
    kinds = ("event", "file", "section", "thread", "process")
    objects = {kind: make_object(kind) for kind in kinds}
    assert device.lend(step=1).given == (False,) * 5
    assert device.lend(step=1, **objects).given == (True,) * 5
    assert objects["event"].is_set
    for kind in kinds:
        for other in kinds:
            expected = tuple(one == kind for one in kinds) if kind == other else "BadHandleError"
            assert given(device, **{kind: objects[other]}) == expected, (kind, other)
    assert device.lend(step=0, process=-1).given[4]  # the caller itself, without a handle
    raises("BadHandleError", lambda: device.lend(step=0, thread=-1))
    raises("JammedError", lambda: device.lend(step=100, file=objects["file"]))
    for kind in kinds:
        objects[kind].close()
        assert given(device, **{kind: objects[kind]}) == "BadHandleError", kind


@check
def too_little_access(device: Tour) -> None:
    for kind, right in (("event", "wait"), ("event", "modify"), ("file", "read")):
        weak = make_object(kind, [right])
        assert given(device, **{kind: weak}) == "AccessDeniedError", (kind, right)
    able, unable = make_object("event", ["modify"]), make_object("event", ["wait"])
    with connect("rw") as other:
        other.watch(level=0, changed=able)
        raises("AccessDeniedError", lambda: other.watch(level=0, changed=unable))


@check
def a_handle_that_is_kept(device: Tour) -> None:
    first, second = make_object("event"), make_object("event")
    with connect("rw") as other:
        other.watch(level=3, changed=first)
        assert (device.get_level(), first.is_set) == (3, False)
        device.set_level(4)  # of another open
        assert not first.is_set
        other.set_level(5)
        assert first.is_set
        first.clear()
        other.watch(level=6, changed=second)
        other.set_level(7)
        assert (first.is_set, second.is_set) == (False, True)
        closed = make_object("event")
        other.watch(level=8, changed=closed)
        closed.close()
        other.set_level(9)  # the driver has it still
        raises("BadHandleError", lambda: other.watch(level=10, changed=closed))
        assert device.get_level() == 9


@check
def rights(device: Tour) -> None:
    with connect("none") as other:
        other.ping()
        raises("AccessDeniedError", other.get_level)
    with connect("r") as other:
        other.get_level()
        raises("AccessDeniedError", lambda: other.set_level(1))
        raises("AccessDeniedError", lambda: other.neither(first=1, second=2, more=b""))
    with connect("w") as other:
        other.set_level(1)
        raises("AccessDeniedError", other.get_level)


if __name__ == "__main__":
    with Tour.open() as opened:
        sys.exit(SUITE.main(opened))
