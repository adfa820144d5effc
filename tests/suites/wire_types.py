"""Types of the wire, as the model of the boundary knows them: how they are written, checked, and spoilt.

`check(data, where)` returns the value or raises Refused; `encode(value)` is the other way; `bad(good)` gives encodings
to try in place of a good one: each rule broken, and each only just kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Union

Where = tuple[Union[str, int], ...]
"""The path of a value: names of fields, and indices of elements."""


class Refused(Exception):
    """A rule is broken: the status for the caller, and place and rule for the trace."""

    def __init__(self, status: str, where: Where, rule: str) -> None:
        super().__init__(status, where, rule)
        self.status, self.where, self.rule = status, where, rule


class Named(int):
    """A number of an enum or flags; the names of its type are attributes, as conditions use them."""


class Scalar:
    """An integer, with a range or without; also the base of enums, flags and counts."""

    def __init__(self, name: str, low: int | None = None, high: int | None = None) -> None:
        match = re.fullmatch(r"([us])(8|16|32|64)(le|be)?", name)
        assert match, name
        self.signed = match[1] == "s"
        self.size = int(match[2]) // 8
        self.order = "big" if match[3] == "be" else "little"
        self.align = self.size
        bits = 8 * self.size
        self.least, self.most = (
            (-(1 << bits - 1), (1 << bits - 1) - 1) if self.signed else (0, (1 << bits) - 1)
        )
        self.low = self.least if low is None else low
        self.high = self.most if high is None else high

    def read(self, data: bytes) -> int:
        return int.from_bytes(data[: self.size], self.order, signed=self.signed)  # type: ignore[arg-type]

    def encode(self, value: int) -> bytes:
        return int(value).to_bytes(self.size, self.order, signed=value < 0)  # type: ignore[arg-type]

    def check(self, data: bytes, where: Where) -> Any:
        value = self.read(data)
        if not self.low <= value <= self.high:
            raise Refused("invalid", where, "range")
        return value

    def bad(self, good: bytes) -> Iterator[bytes]:
        edges = {self.low - 1, self.low, self.high, self.high + 1, self.least, self.most}
        for value in sorted(edges):
            if self.least <= value <= self.most:
                yield self.encode(value)


class Enum(Scalar):
    def __init__(self, base: str, values: dict[str, int], is_open: bool) -> None:
        super().__init__(base)
        self.values, self.is_open = values, is_open

    def check(self, data: bytes, where: Where) -> Any:
        value = Named(self.read(data))
        vars(value).update(self.values)
        if not self.is_open and value not in self.values.values():
            raise Refused("invalid", where, "enum")
        return value

    def bad(self, good: bytes) -> Iterator[bytes]:
        near = {value + step for value in self.values.values() for step in (-1, 0, 1)}
        for value in sorted(near | {0, self.least, self.most}):
            if self.least <= value <= self.most:
                yield self.encode(value)


class Flags(Enum):
    def check(self, data: bytes, where: Where) -> Any:
        value = Named(self.read(data))
        vars(value).update(self.values)
        if not self.is_open and value & ~self.mask:
            raise Refused("invalid", where, "flags")
        return value

    @property
    def mask(self) -> int:
        mask = 0
        for bits in self.values.values():
            mask |= bits
        return mask

    def bad(self, good: bytes) -> Iterator[bytes]:
        for bit in range(8 * self.size):
            yield self.encode(1 << bit)
        yield self.encode(self.mask)
        yield self.encode(self.most)


class Bool(Scalar):
    def __init__(self) -> None:
        super().__init__("u8")

    def check(self, data: bytes, where: Where) -> Any:
        if data[0] > 1:
            raise Refused("invalid", where, "bool")
        return data[0]

    def bad(self, good: bytes) -> Iterator[bytes]:
        yield from (b"\0", b"\1", b"\2", b"\x80", b"\xff")


class Plain:
    """Bytes that are not looked at: GUIDs, arrays of bytes."""

    def __init__(self, size: int, align: int = 1) -> None:
        self.size, self.align = size, align

    def encode(self, value: bytes) -> bytes:
        assert len(value) == self.size
        return value

    def check(self, data: bytes, where: Where) -> Any:
        return data[: self.size]

    def bad(self, good: bytes) -> Iterator[bytes]:
        yield b"\xff" * self.size


class Reserved(Plain):
    def check(self, data: bytes, where: Where) -> Any:
        if any(data[: self.size]):
            raise Refused("invalid", where, "reserved")
        return data[: self.size]

    def bad(self, good: bytes) -> Iterator[bytes]:
        for i in range(self.size):
            yield bytes(i) + b"\1" + bytes(self.size - i - 1)
        yield b"\xff" * self.size


class Handle(Scalar):
    """A handle that is of nothing: no test of hostile calls sends one of its own process."""

    def __init__(self, *, optional: bool) -> None:
        super().__init__("u64")
        self.optional = optional

    def take(self, data: bytes, where: Where) -> None:
        """What the boundary does before it looks at any field."""
        if not self.optional or any(data[: self.size]):
            raise Refused("bad_handle", where, "handle")

    def check(self, data: bytes, where: Where) -> Any:
        return 0

    def bad(self, good: bytes) -> Iterator[bytes]:
        for value in (0, 1 << 28, (1 << 31) - 12, 1 << 32 | 4, 1 << 63, (1 << 64) - (1 << 32)):
            yield self.encode(value)


class Text:
    """A fixed string: valid, at least one NUL, and only NUL after the first."""

    def __init__(self, encoding: str, units: int) -> None:
        self.encoding, self.unit = ("utf-8", 1) if encoding == "utf8" else ("utf-16-le", 2)
        self.size, self.align = units * self.unit, self.unit

    def encode(self, value: str) -> bytes:
        return value.encode(self.encoding).ljust(self.size, b"\0")

    def check(self, data: bytes, where: Where) -> Any:
        data = data[: self.size]
        units = [data[i : i + self.unit] for i in range(0, self.size, self.unit)]
        end = next((i for i, unit in enumerate(units) if not any(unit)), None)
        if end is None or any(b"".join(units[end:])):
            raise Refused("invalid", where, "string")
        return text(self.encoding, b"".join(units[:end]), where)

    def bad(self, good: bytes) -> Iterator[bytes]:
        for value in bad_texts(self.encoding):
            if len(value) <= self.size:
                yield value.ljust(self.size, b"\0")
        unit = b"x".ljust(self.unit, b"\0")
        count = self.size // self.unit
        yield unit * count  # no NUL
        yield unit * (count - 1) + bytes(self.unit)
        yield bytes(self.size - self.unit) + unit  # behind the end
        yield unit + bytes(self.unit) + unit * (count - 3) + bytes(self.unit)
        yield bytes(self.size - 1) + b"\1"


def text(encoding: str, data: bytes, where: Where) -> str:
    """Decoded text; Python's strict decoders are RFC 3629 and surrogates in pairs. NUL has no place in it."""
    try:
        decoded = data.decode(encoding)
    except UnicodeDecodeError:
        raise Refused("invalid", where, "string") from None
    if "\0" in decoded:
        raise Refused("invalid", where, "string")
    return decoded


def bad_texts(encoding: str) -> list[bytes]:
    if encoding == "utf-8":
        broken = "80 bf c080 c1bf e08080 e09fbf eda080 edbfbf f0808080 f08fbfbf f4908080 f5808080 ff fe c2 c241 e282 e28241 f09f98 f09f9841 c3a9c3"
        sound = "e0a080 ed9fbf ee8080 efbfbf f0908080 f48fbfbf c280 dfbf 7f 01 c3a9 e282ac f09f9880"
    else:
        broken = "00d8 00dc ffdb ffdf 00d84100 00d800d8 00dc00d8 410000d8"
        sound = "00d800dc ffdbffdf ffd7 00e0 ffff 4100 e900"
    return [bytes.fromhex(value) for value in f"{broken} {sound}".split()]


class Array:
    def __init__(self, element: Any, length: int) -> None:
        self.element, self.length = element, length
        self.size, self.align = element.size * length, element.align

    def encode(self, values: Any) -> bytes:
        assert len(values) == self.length
        return b"".join(self.element.encode(value) for value in values)

    def check(self, data: bytes, where: Where) -> Any:
        step = self.element.size
        return [self.element.check(data[i * step :], (*where, i)) for i in range(self.length)]

    def bad(self, good: bytes) -> Iterator[bytes]:
        step = self.element.size
        for i in {0, self.length - 1}:
            for value in self.element.bad(good[i * step : (i + 1) * step]):
                yield good[: i * step] + value + good[(i + 1) * step :]


class TaggedUnion:
    """Its tag is an enum field before it; `select` makes the type of one value of the tag."""

    def __init__(self, arms: dict[int, tuple[str, Any]]) -> None:
        self.arms = arms
        types = [type_ for _, type_ in arms.values() if type_ is not None]
        self.align = max(type_.align for type_ in types)
        self.size = -(-max(type_.size for type_ in types) // self.align) * self.align

    def check(self, data: bytes, where: Where, tag: int = 0) -> Any:
        name, type_ = self.arms[tag]
        used = 0
        value = SimpleNamespace()
        if type_ is not None:
            setattr(value, name, type_.check(data, (*where, name)))
            used = type_.size
        if any(data[used : self.size]):
            raise Refused("invalid", where, "union")
        return value

    def encode(self, value: tuple[str, Any]) -> bytes:
        arms = dict(self.arms.values())
        type_ = arms[value[0]]
        return (b"" if type_ is None else type_.encode(value[1])).ljust(self.size, b"\0")

    def bad(self, good: bytes, tag: int = 0) -> Iterator[bytes]:
        _, type_ = self.arms[tag]
        used = 0 if type_ is None else type_.size
        if type_ is not None:
            for value in type_.bad(good[:used]):
                yield value + good[used:]
        for i in range(used, self.size):
            yield good[:i] + b"\1" + good[i + 1 :]


class Bits:
    """A bit-field, for replies only: `encode` of its parts."""

    def __init__(self, base: str, parts: dict[str, tuple[int, int]]) -> None:
        self.base, self.parts = Scalar(base), parts
        self.size, self.align = self.base.size, self.base.align

    def encode(self, values: dict[str, int]) -> bytes:
        whole = 0
        for name, value in values.items():
            low, high = self.parts[name]
            assert 0 <= value < 1 << (high - low + 1)
            whole |= value << low
        return self.base.encode(whole)
