"""The generated client of schemas/tour.yaml, where every construct of the language is once.

The transport hands back what it is told to and keeps what it was sent, so that both sides of each
codec are held against bytes written out by hand.
"""

from __future__ import annotations

import struct
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

from tests.client.wire import Wire


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def device(tour: ModuleType, wire: Wire) -> Any:
    return tour.Tour(wire, check=False)


SCALARS = {
    "a": 255,
    "b": -128,
    "c": 1000,
    "d": -5,
    "e": 2**64 - 1,
    "f": -(2**63),
    "g": 0x01020304,
    "h": -2,
    "i": 0x0506,
    "j": 0x0708090A0B0C0D0E,
    "k": True,
    "l": (True, False, True),
    "m": 80,
    "id": UUID("00112233-4455-6677-8899-aabbccddeeff"),
}
SCALAR_BYTES = (
    struct.pack("=BbHiQq", 255, -128, 1000, -5, 2**64 - 1, -(2**63))
    + bytes([1, 2, 3, 4])
    + struct.pack("<h", -2)
    + bytes([5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
    + bytes([1, 1, 0, 1])
    + struct.pack("=I", 80)
    + bytes.fromhex("33221100 5544 7766 8899aabbccddeeff")
)


def test_scalars_of_each_width_and_order(tour: ModuleType, device: Any, wire: Wire) -> None:
    wire.reply = SCALAR_BYTES
    message = tour.Scalars(**SCALARS)
    assert device.echo_scalars(message) == message
    assert wire.sent == SCALAR_BYTES
    assert tour.Scalars.from_dict(message.to_dict()) == message


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("a", 256, "256 is outside 0..255"),
        ("b", -129, "-129 is outside -128..127"),
        ("c", 0, "0 is outside 1..1000"),
        ("d", 6, "6 is outside -5..5"),
        ("g", -1, "-1 is outside 0..4294967295"),
        ("h", 40000, "40000 is outside -32768..32767"),
        ("j", "x", "'x' is not an integer"),
        ("k", 2, "2 is not a bool"),
        ("l", (True, False), "2 elements, must be 3"),
        ("m", 81, "81 is outside 0..80"),
        ("id", "not a guid", "is not a uuid.UUID"),
    ],
)
def test_a_wrong_scalar_is_named(
    tour: ModuleType, device: Any, name: str, value: Any, problem: str
) -> None:
    with pytest.raises(tour.ValidationError) as caught:
        device.echo_scalars(tour.Scalars(**{**SCALARS, name: value}))
    assert caught.value.path == f"echo_scalars.{name}"
    assert problem in caught.value.problem


def test_a_wrong_element_is_named(tour: ModuleType, device: Any) -> None:
    with pytest.raises(tour.ValidationError, match=r"^echo_scalars\.l\[1\]: 7 is not a bool"):
        device.echo_scalars(tour.Scalars(**{**SCALARS, "l": [True, 7, False]}))


def test_texts_and_arrays(tour: ModuleType, device: Any, wire: Wire) -> None:
    texts = tour.Texts(
        name="grüße", title="𝄞 ok", lines=["one", "two"], numbers=[[1, 2, 3], [4, 5, 6]]
    )
    wire.reply = (
        "grüße".encode().ljust(16, b"\0")
        + "𝄞 ok".encode("utf-16-le").ljust(16, b"\0")
        + b"one".ljust(8, b"\0")
        + b"two".ljust(8, b"\0")
        + struct.pack("=6I", 1, 2, 3, 4, 5, 6)
    )
    reply = device.echo_texts(texts)
    assert wire.sent == wire.reply
    assert reply.lines == ("one", "two")
    assert reply.numbers == ((1, 2, 3), (4, 5, 6))
    assert tour.Texts.from_dict(reply.to_dict()) == reply
    with pytest.raises(tour.ValidationError, match=r"numbers\[1\]\[2\]: -1 is outside"):
        device.echo_texts(texts.replace(numbers=((1, 2, 3), (4, 5, -1))))
    with pytest.raises(tour.ValidationError, match=r"title: 8 UTF-16 units, at most 7"):
        device.echo_texts(texts.replace(title="𝄞𝄞𝄞𝄞"))


def test_a_single_value_is_bare(device: Any, wire: Wire) -> None:
    wire.reply = b""
    assert device.set_level(7) is None
    assert wire.sent == struct.pack("=I", 7)
    wire.reply = struct.pack("=I", 9)
    assert device.get_level() == 9
    assert device.ping() is None or wire.sent == b""


def drawing(tour: ModuleType, **changes: Any) -> Any:
    values = {
        "traits": tour.Traits.LOUD,
        "shade": tour.Shade.DEEP,
        "figure": tour.Figure.dot(tour.Point(x=1, y=2)),
        "pin": b"1234",
        "first": 1,
        "last": 2,
        "budget": 3,
    }
    return tour.Drawing(**{**values, **changes})


def draw_reply() -> bytes:
    return struct.pack("=QI", 5, 3 | 1 << 4 | 0x10 << 8 | 7 << 24) + bytes([0, 0, 0, 0xFF])


def test_a_union_writes_its_tag(tour: ModuleType, device: Any, wire: Wire) -> None:
    wire.reply = draw_reply()
    device.draw(drawing(tour))
    head = struct.pack("=IHH", 1, 1, 16)
    tail = b"1234" + struct.pack("=III", 1, 2, 3)
    assert wire.sent == head + struct.pack("=II", 1, 2) + bytes(8) + tail
    device.draw(drawing(tour, figure=tour.Figure.nothing()))
    assert wire.sent == struct.pack("=IHH", 0, 1, 16) + bytes(16) + tail
    device.draw(drawing(tour, figure=tour.Figure.word("hello")))
    assert wire.sent == struct.pack("=IHH", 3, 1, 16) + b"hello".ljust(16, b"\0") + tail
    device.draw(drawing(tour, figure=tour.Figure.grid([[1, 2, 3], [4, 5, 6]])))
    grid = struct.pack("=6H", 1, 2, 3, 4, 5, 6) + bytes(4)
    assert wire.sent == struct.pack("=IHH", 4, 1, 16) + grid + tail


def test_bit_fields_and_masks_come_back(tour: ModuleType, device: Any, wire: Wire) -> None:
    wire.reply = draw_reply()
    reply = device.draw(drawing(tour))
    assert reply.area == 5
    assert reply.mode == tour.LinkMode(speed=3, duplex=1, shade=tour.Shade.DEEP, lanes=7)
    assert reply.mode.shade is tour.Shade.DEEP
    assert reply.masks is tour.Masks.ALL
    assert tour.DrawReply.from_dict(reply.to_dict()) == reply


def test_unions_are_values(tour: ModuleType) -> None:
    figure = tour.Figure.dot(tour.Point(x=1, y=2))
    assert figure == tour.Figure.dot(tour.Point(x=1, y=2))
    assert figure != tour.Figure.nothing()
    assert len({figure, tour.Figure.dot(tour.Point(x=1, y=2))}) == 1
    assert figure.tag is tour.Shape.DOT
    assert figure.value.y == 2
    assert repr(figure) == "Figure.dot(Point(x=1, y=2))"
    assert repr(tour.Figure.nothing()) == "Figure.nothing()"
    assert figure.to_dict() == {"dot": {"x": 1, "y": 2}}
    assert tour.Figure.from_dict({"dot": {"x": 1, "y": 2}}) == figure
    assert tour.Figure.from_dict({"nothing": None}) == tour.Figure.nothing()
    with pytest.raises(AttributeError, match="immutable"):
        figure.value = 3
    with pytest.raises(tour.ValidationError, match="not one arm of Figure"):
        tour.Figure.from_dict({"circle": 1})


@pytest.mark.parametrize(
    ("change", "path", "problem"),
    [
        ({"first": 3}, "", "`first <= last and last - first < limit` does not hold"),
        ({"last": 81}, "", "`first <= last and last - first < limit` does not hold"),
        ({"budget": 0}, "", "`not (traits == traits.loud and budget == 0)` does not hold"),
        ({"pin": b"123"}, ".pin", "3 bytes, must be 4"),
        ({"figure": None}, ".figure", "None is not a Figure"),
    ],
)
def test_conditions_between_fields(
    tour: ModuleType, device: Any, wire: Wire, change: Any, path: str, problem: str
) -> None:
    with pytest.raises(tour.ValidationError) as caught:
        device.draw(drawing(tour, **change))
    assert caught.value.path == f"draw{path}"
    assert caught.value.problem == problem
    assert wire.sent == b""


def test_a_condition_of_an_arm_applies_to_that_arm(
    tour: ModuleType, device: Any, wire: Wire
) -> None:
    wire.reply = draw_reply()
    point, other = tour.Point(x=1, y=1), tour.Point(x=1, y=2)
    line = tour.Figure.line(tour.Segment(from_=point, to=other))
    device.draw(drawing(tour, figure=line))
    dull = tour.Figure.line(tour.Segment(from_=point, to=point))
    with pytest.raises(tour.ValidationError, match=r"^draw\.figure\.line: `from_\.x != to\.x"):
        device.draw(drawing(tour, figure=dull))
    far = tour.Figure.line(tour.Segment(from_=point.replace(x=65536), to=other))
    with pytest.raises(tour.ValidationError, match=r"^draw\.figure\.line\.from_\.x: 65536 is"):
        device.draw(drawing(tour, figure=far))


def test_a_tail_with_its_count_elsewhere(tour: ModuleType, device: Any, wire: Wire) -> None:
    wire.reply = struct.pack("=IIQQQ", 2, 0, 2, 10, 20)
    reply = device.trace_points(mode=5, points=[tour.Point(x=1, y=2), tour.Point(x=3, y=4)])
    assert wire.sent == struct.pack("=HHIIII", 2, 5, 1, 2, 3, 4)
    assert (reply.total, reply.bytes_, reply.weights) == (2, 0, (10, 20))
    with pytest.raises(tour.ValidationError, match=r"points: 0 elements, at least 1"):
        device.trace_points(mode=5, points=[])
    with pytest.raises(tour.ValidationError, match=r"points: 17 elements, at most 16"):
        device.trace_points(mode=5, points=[tour.Point(x=1, y=2)] * 17)
    with pytest.raises(tour.ValidationError, match=r"points\[1\]\.x: -1 is outside"):
        device.trace_points(mode=5, points=[tour.Point(x=1, y=2), tour.Point(x=-1, y=2)])


def test_counted_text(tour: ModuleType, device: Any, wire: Wire) -> None:
    wire.reply = struct.pack("=I", 3) + "ä𝄞".encode("utf-16-le")
    assert device.say(text="grüß").text == "ä𝄞"
    assert wire.sent == struct.pack("=I", 6) + "grüß".encode()
    with pytest.raises(tour.ValidationError, match=r"say\.text: 202 bytes, at most 200"):
        device.say(text="ä" * 101)


def test_a_tail_counted_in_bytes(device: Any, wire: Wire) -> None:
    device.pack(words=[1, 2, 3])
    assert wire.sent == struct.pack("=IHHH", 6, 1, 2, 3)
    device.pack(words=[])
    assert wire.sent == struct.pack("=I", 0)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, struct.pack("=QIb3x", 1, 2, -1)),
        ({"trend": -9}, struct.pack("=QIb3xiI", 1, 2, -1, -9, 0)[:20]),
        ({"trend": -9, "peak": 7}, struct.pack("=QIb3xiIQ", 1, 2, -1, -9, 0, 7)),
    ],
)
def test_a_size_versioned_request_is_as_long_as_what_is_given(
    tour: ModuleType, device: Any, wire: Wire, given: Any, sent: bytes
) -> None:
    device.write_reading(tour.Reading(ticks=1, level=2, mood=tour.Mood.BAD, **given))
    assert wire.sent[: len(sent)] == sent
    assert len(wire.sent) in (16, 24, 32)
    assert not any(wire.sent[len(sent) :])


def test_newer_fields_build_on_those_before(tour: ModuleType, device: Any) -> None:
    reading = tour.Reading(ticks=1, level=2, mood=tour.Mood.BAD, peak=7)
    with pytest.raises(tour.ValidationError, match=r"peak: is given, but a field before it"):
        device.write_reading(reading)


def test_an_open_enum_takes_any_number(tour: ModuleType, device: Any, wire: Wire) -> None:
    device.write_reading(tour.Reading(ticks=1, level=2, mood=tour.Mood(99)))
    assert wire.sent[12] == 99
    with pytest.raises(tour.ValidationError, match=r"mood: 128 is outside -128\.\.127"):
        device.write_reading(tour.Reading(ticks=1, level=2, mood=128))


def test_an_ioctl_newer_than_the_driver_is_refused(
    tour: ModuleType, device: Any, wire: Wire
) -> None:
    device.driver_version = (1, 0)
    reading = tour.Reading(ticks=1, level=2, mood=tour.Mood.BAD)
    with pytest.raises(tour.DriverTooOldError, match=r"needs tour 1\.1, the driver has 1\.0"):
        device.write_reading(reading)
    assert wire.sent == b""
    device.driver_version = (1, 1)
    device.write_reading(reading)


def test_data_of_wider_elements_counts_elements(tour: ModuleType, device: Any, wire: Wire) -> None:
    wire.reply = struct.pack("=3I", 1, 2, 3)
    buffer = memoryview(bytearray(16)).cast("I")
    assert device.fill(seed=1, data=buffer) == 3
    assert buffer.tolist() == [1, 2, 3, 0]
    with pytest.raises(tour.ValidationError, match="15 bytes are no multiple of 4"):
        device.fill(seed=1, data=bytearray(15))


def test_what_is_deprecated_warns_its_caller(tour: ModuleType, device: Any) -> None:
    with pytest.warns(DeprecationWarning, match="use `ping`") as caught:
        device.old_ping()
    assert caught[0].filename == __file__
    assert tour.Tour.old_ping.__name__ == "old_ping"
    assert "Deprecated: use `ping`" in tour.Tour.old_ping.__doc__
