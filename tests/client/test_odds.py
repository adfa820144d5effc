"""What vault and tour leave out: bit-fields and big-endian enums in a request, nesting, pointers."""

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
def device(odds: ModuleType, wire: Wire) -> Any:
    return odds.Odds(wire, check=False)


def test_structs_in_structs(odds: ModuleType, device: Any, wire: Wire) -> None:
    inner = odds.Inner(a=0x0102, b=3)
    pair = odds.Pair(left=inner, right=[inner.replace(b=4), inner.replace(b=5)])
    wire.reply = bytes([1, 2, 3, 0, 1, 2, 4, 0, 1, 2, 5, 0])
    assert device.exchange(pair) == pair
    assert wire.sent == wire.reply
    assert odds.Pair.from_dict(pair.to_dict()) == pair
    with pytest.raises(odds.ValidationError, match=r"^exchange\.right\[1\]\.b: 256 is outside"):
        device.exchange(pair.replace(right=(inner, inner.replace(b=256))))
    with pytest.raises(odds.ValidationError, match=r"^exchange\.left: 5 is not a Inner"):
        device.exchange(pair.replace(left=5))
    with pytest.raises(odds.ValidationError, match=r"^exchange\.right: 5 is not a sequence"):
        device.exchange(pair.replace(right=5))


def test_bits_flags_and_enums_of_another_byte_order(
    odds: ModuleType, device: Any, wire: Wire
) -> None:
    mode = odds.Mode(speed=5, level=odds.Level.HIGH, last=1)
    device.set_mode(mode=mode, color=odds.Color.BLUE, marks=odds.Marks.COLD, loose=odds.Loose(0x80))
    assert wire.sent == bytes([0x80, 0, 0, 0x95, 0, 2, 0, 2]) + struct.pack("=I", 0x80)
    assert odds.Mode.from_dict(mode.to_dict()) == mode
    assert mode.to_dict() == {"speed": 5, "level": "high", "last": 1}


@pytest.mark.parametrize(
    ("change", "path", "problem"),
    [
        ({"mode": {"speed": 16}}, "set_mode.mode.speed", "16 is outside 0..15"),
        ({"mode": {"speed": "x"}}, "set_mode.mode.speed", "'x' is not an integer"),
        ({"mode": {"level": 1}}, "set_mode.mode.level", "1 is none of LOW (0), HIGH (9)"),
        ({"mode": 3}, "set_mode.mode", "3 is not a Mode"),
        ({"color": 3}, "set_mode.color", "3 is none of RED (1), BLUE (2)"),
        ({"marks": 4}, "set_mode.marks", "0x4: bits that Marks does not name"),
        ({"loose": 1 << 32}, "set_mode.loose", "4294967296 is outside 0..4294967295"),
    ],
)
def test_a_wrong_part_is_named(
    odds: ModuleType, device: Any, change: Any, path: str, problem: str
) -> None:
    mode = odds.Mode(speed=5, level=odds.Level.HIGH, last=1)
    values = {"mode": mode, "color": odds.Color.RED, "marks": odds.Marks(0), "loose": 0}
    for name, value in change.items():
        values[name] = mode.replace(**value) if isinstance(value, dict) else value
    with pytest.raises(odds.ValidationError) as caught:
        device.set_mode(**values)
    assert (caught.value.path, caught.value.problem) == (path, problem)


def test_unions_in_tails(odds: ModuleType, device: Any, wire: Wire) -> None:
    low = odds.Choice(either=odds.Either.low(b"abcd"))
    high = odds.Choice(either=odds.Either.high(odds.Inner(a=1, b=2)))
    wire.reply = struct.pack("=I", 0) + b"wxyz"
    reply = device.choose(first=low, more=[high, low])
    assert wire.sent == (
        struct.pack("=I", 0) + b"abcd" + struct.pack("=I", 2)
        + struct.pack("=I", 9) + bytes([0, 1, 2, 0])
        + struct.pack("=I", 0) + b"abcd"
    )  # fmt: skip
    assert reply.chosen.either == odds.Either.low(b"wxyz")
    # A tag of a newer driver: the raw bytes are kept, and do not go out again.
    wire.reply = struct.pack("=I", 7) + b"wxyz"
    newer = device.choose(first=low, more=[]).chosen
    assert (newer.either.tag, newer.either.value) == (7, b"wxyz")
    assert repr(newer.either) == "Either(<Level.unknown_7: 7>, b'wxyz')"
    assert newer.to_dict() == {"either": {"7": b"wxyz".hex()}}
    with pytest.raises(odds.ValidationError, match=r"choose\.first\.either: .* has no arm"):
        device.choose(first=newer, more=[])
    with pytest.raises(odds.ValidationError, match=r"^choose\.more\[0\]\.either\.low: 2 bytes"):
        device.choose(first=low, more=[odds.Choice(either=odds.Either.low(b"ab"))])


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        ((7, 3, 1, 0), True),
        ((-7, 1, 1, 0), False),  # -7 + 2 - 1 < 0
        ((-3, 2, 1, 0), False),  # 0, but -3 / 2 is -1 and -3 % 2 is -1
        ((-4, 3, 1, 0), False),  # 1, but -4 / 2 is -2
        ((6, 3, 4, 0), False),  # 4 << 1 | 1 is 9
        ((6, 3, 1, 5), False),  # five bytes
        ((6, 3, 1, 4), True),
        ((9, 1, 1, 0), True),  # 9 % 2 is 1
    ],
)
def test_conditions_are_those_of_c(
    odds: ModuleType, device: Any, wire: Wire, values: Any, holds: bool
) -> None:
    a, b, c, size = values
    rules = odds.Rules(a=a, b=b, c=c, data=bytes(size))
    if holds:
        device.check(rules)
        assert wire.sent == struct.pack("=iiII", a, b, c, size) + bytes(size)
    else:
        with pytest.raises(odds.ValidationError, match=r"^check: `.*` does not hold"):
            device.check(rules)


def test_tails_of_texts_and_blobs(odds: ModuleType, device: Any, wire: Wire) -> None:
    wire.reply = struct.pack("=I", 1) + b"three".ljust(8, b"\0")
    assert device.names(names=["one", "two"]).names == ("three",)
    assert wire.sent == struct.pack("=I", 2) + b"one".ljust(8, b"\0") + b"two".ljust(8, b"\0")
    wire.reply = struct.pack("=I", 2) + b"ab"
    assert device.blobs(blobs=[b"abc", bytearray(b"def")]) == b"ab"
    assert wire.sent == struct.pack("=I", 2) + b"abcdef"
    with pytest.raises(odds.ValidationError, match=r"^blobs\.blobs\[1\]: 2 bytes, must be 3"):
        device.blobs(blobs=[b"abc", b"de"])


class Small(Wire):
    """Refuses a reply buffer that is smaller than the whole reply."""

    def __init__(self, reply: bytes) -> None:
        super().__init__()
        self.reply = reply
        self.capacities: list[int] = []

    def control(self, code: int, request: Any, reply: Any) -> tuple[Any, int]:
        self.capacities.append(len(reply))
        if len(reply) < len(self.reply):
            return type("Failure", (), {"code": 122, "ntstatus": 0xC0000023, "message": ""}), 0
        return super().control(code, request, reply)


def test_a_refused_reply_is_asked_for_with_twice_the_room(odds: ModuleType) -> None:
    wire = Small(struct.pack("=I", 3) + bytes(24))
    device = odds.Odds(wire, check=False)
    device.first_reply = 4
    assert device.names(names=[]).names == ("", "", "")
    assert wire.capacities == [4, 8, 16, 28]
    # What is not idempotent is asked for once, and its refusal is final.
    wire = Small(struct.pack("=I", 6) + bytes(60))
    with pytest.raises(odds.ShortBufferError):
        odds.Odds(wire, check=False).blobs(blobs=[])
    assert wire.capacities == [10]


def test_bare_values(device: Any, wire: Wire) -> None:
    wire.reply = b"\1"
    guid = UUID("00112233-4455-6677-8899-aabbccddeeff")
    assert device.swap(guid) is True
    assert wire.sent == guid.bytes_le


def test_bare_tails(odds: ModuleType, device: Any, wire: Wire) -> None:
    wire.reply = struct.pack("=I", 1) + bytes([0, 1, 2, 0])
    assert device.inners() == (odds.Inner(a=1, b=2),)
    guid = UUID("00112233-4455-6677-8899-aabbccddeeff")
    wire.reply = struct.pack("=I", 1) + guid.bytes_le
    assert device.guids([guid, guid]) == (guid,)
    assert wire.sent == struct.pack("=I", 2) + guid.bytes_le * 2


def test_arrays_with_ranges(odds: ModuleType, device: Any, wire: Wire) -> None:
    device.table(levels=[odds.Level.LOW, odds.Level.HIGH], limited=[1, 2, 3, 9])
    assert wire.sent == struct.pack("=II", 0, 9) + bytes([1, 2, 3, 9])
    with pytest.raises(odds.ValidationError, match=r"^table\.limited\[3\]: 10 is outside 1\.\.9"):
        device.table(levels=[odds.Level.LOW] * 2, limited=[1, 2, 3, 10])


def test_pointers_are_addresses(odds: ModuleType, device: Any, wire: Wire) -> None:
    import ctypes

    memory = (ctypes.c_uint32 * 4)()
    device.far(event=0x44, items=memoryview(memory).cast("B"), number=4)
    assert wire.sent == struct.pack("=QQII", 0x44, ctypes.addressof(memory), 4, 0)
    device.far(event=0x44, items=0x1000, number=4)
    assert wire.sent[8:16] == struct.pack("=Q", 0x1000)
    with pytest.raises(odds.ValidationError, match=r"^far\.items: 'x' is neither a buffer nor"):
        device.far(event=4, items="x", number=0)
    with pytest.raises(odds.ValidationError, match=r"^far\.items: -1 is no address"):
        device.far(event=4, items=-1, number=0)


@pytest.mark.parametrize(
    ("name", "plain", "message"),
    [
        ("Pair", {"left": 1, "right": []}, "Pair.left: 1 is not a mapping"),
        ("Pair", {"left": {"a": 1, "b": 1}, "right": 3}, "Pair.right: 3 is not a list"),
        ("Mode", {"speed": 1}, "Mode: {'speed': 1} does not give speed, level, last"),
        ("Mode", {"speed": 1, "level": "x", "last": 0}, "Mode.level: 'x' is no Level"),
        ("Either", {"middle": 1}, "Either: {'middle': 1} is not one arm of Either"),
        ("SwapRequest", {"value": "zz"}, "SwapRequest.value: 'zz' is no GUID"),
    ],
)
def test_a_wrong_dict_is_named(odds: ModuleType, name: str, plain: Any, message: str) -> None:
    with pytest.raises(odds.ValidationError) as caught:
        getattr(odds, name).from_dict(plain)
    assert str(caught.value) == message


def test_a_device_of_another_system_is_refused(odds: ModuleType) -> None:
    class Linux(Wire):
        system = "linux"

    with pytest.raises(ValueError, match="odds has no codes for linux"):
        odds.Odds(Linux(), check=False)
