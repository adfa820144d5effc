"""Structs and messages of the model of the boundary: fields in order, a tail, conditions, growth."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

from tests.suites.wire_types import Handle, Refused, Where, bad_texts, text


class Tail(NamedTuple):
    """The variable end of a message: `count` names its count field, which counts bytes if `by_bytes`."""

    element: Any
    low: int
    high: int
    count: str
    by_bytes: bool
    encoding: str

    @property
    def step(self) -> int:
        return int(self.element.size)


class Field(NamedTuple):
    name: str
    at: int
    type: Any
    tag: str = ""


class Struct:
    """A struct or message; `size` is up to its tail if it has one."""

    def __init__(
        self, fields: list[Field], tail: Tail | None, tail_name: str, first_size: int | None
    ) -> None:
        self.fields, self.tail, self.tail_name = fields, tail, tail_name
        self.size = fields[-1].at + fields[-1].type.size if fields else 0
        self.align = max(field.type.align for field in fields)
        self.first_size = first_size
        self.conditions: list[str] = []
        self.constants: dict[str, Any] = {}

    @property
    def least(self) -> int:
        return self.size if self.first_size is None else self.first_size

    @property
    def longest(self) -> int:
        return self.size + (self.tail.high * self.tail.step if self.tail else 0)

    def take_handles(self, data: bytes, where: Where) -> None:
        """Look up the handles of a request, which comes before every check of a field."""
        for field in self.handles:
            field.type.take(data[field.at : field.at + 8].ljust(8, b"\0"), (*where, field.name))

    @property
    def handles(self) -> list[Field]:
        return [field for field in self.fields if isinstance(field.type, Handle)]

    def check(self, data: bytes, where: Where, length: int | None = None) -> Any:
        """Check a message of `length` bytes, or a struct in it, and return its values."""
        values = SimpleNamespace()
        if length is not None and self.first_size is not None:
            if any(data[self.size : length]):
                raise Refused("too_big", where, "length")
            data = data.ljust(self.size, b"\0")
        for field in self.fields:
            at = (*where, field.name)
            raw = data[field.at : field.at + field.type.size]
            if field.tag:
                value = field.type.check(raw, at, getattr(values, field.tag))
            else:
                value = field.type.check(raw, at)
            if self.tail is not None and field.name == self.tail.count:
                self._check_count(value, at)
            setattr(values, field.name, value)
        if self.tail is not None:
            assert length is not None
            setattr(
                values, self.tail_name, self._check_tail(self.tail, values, data, length, where)
            )
        self._check_conditions(values, where)
        return values

    def _check_count(self, value: int, where: Where) -> None:
        assert self.tail is not None
        unit = self.tail.step if self.tail.by_bytes else 1
        if not self.tail.low * unit <= value <= self.tail.high * unit or value % unit:
            raise Refused("invalid", where, "count")

    def _check_tail(self, tail: Tail, values: Any, data: bytes, length: int, where: Where) -> Any:
        at = (*where, self.tail_name)
        count = getattr(values, tail.count) // (tail.step if tail.by_bytes else 1)
        if length != self.size + count * tail.step:
            raise Refused("bad_length", at, "length")
        raw = data[self.size : length]
        if tail.encoding:
            return text(tail.encoding, raw, at)
        parts = [raw[i : i + tail.step] for i in range(0, len(raw), tail.step)]
        return [tail.element.check(part, (*at, i)) for i, part in enumerate(parts)]

    def _check_conditions(self, values: Any, where: Where) -> None:
        for condition in self.conditions:
            try:
                holds = eval(condition, {}, {**self.constants, **vars(values)})
            except AttributeError:  # of an arm that is not there
                continue
            if not holds:
                raise Refused("invalid", (*where, condition), "condition")

    def encode(self, values: Any) -> bytes:
        """From a mapping or what `check` returned; the tail, if any, is a list or text."""
        given = dict(values if isinstance(values, dict) else vars(values))
        if self.tail is not None:
            items = given.pop(self.tail_name)
            if self.tail.encoding:
                body = items.encode(self.tail.encoding)
            else:
                body = b"".join(self.tail.element.encode(item) for item in items)
            unit = 1 if self.tail.by_bytes else self.tail.step
            given.setdefault(self.tail.count, len(body) // unit)
        else:
            body = b""
        parts = [
            field.type.encode(given[field.name]) if field.name in given else bytes(field.type.size)
            for field in self.fields
        ]
        return b"".join(parts) + body

    def bad(self, good: bytes) -> Iterator[bytes]:
        """Every rule of every field broken, one at a time; a good message may be spoilt in its values only."""
        read = {field.name: field for field in self.fields}
        for field in self.fields:
            end = field.at + field.type.size
            raw = good[field.at : end]
            tags = []
            if field.tag:
                tag = read[field.tag]
                tags = [tag.type.read(good[tag.at :])]
            for value in field.type.bad(raw, *tags):
                yield good[: field.at] + value + good[end:]
            if self.tail is not None and field.name == self.tail.count:
                for count in self._bad_counts(field.type, field.type.read(raw)):
                    yield good[: field.at] + field.type.encode(count) + good[end:]
        if self.tail is not None:
            yield from self._bad_tail(self.tail, good)

    def _bad_counts(self, type_: Any, count: int) -> list[int]:
        assert self.tail is not None
        step = self.tail.step
        wraps = [
            (1 << 32) // step + count,
            (1 << 31),
            (1 << 31) // step + count,
            (1 << 64) // step + count,
        ]
        near = [
            count + 1,
            count - 1,
            count * step,
            self.tail.low - 1,
            self.tail.high,
            self.tail.high + 1,
        ]
        return [value for value in near + wraps if 0 <= value <= type_.most]

    def _bad_tail(self, tail: Tail, good: bytes) -> Iterator[bytes]:
        room = len(good) - self.size
        if tail.encoding:
            for value in [*bad_texts(tail.encoding), bytes(tail.step)]:
                if len(value) <= room:
                    yield good[: self.size] + value + good[self.size + len(value) :]
            return
        for i in {0, room // tail.step - 1} - {-1}:
            start = self.size + i * tail.step
            for value in tail.element.bad(good[start : start + tail.step]):
                yield good[:start] + value + good[start + tail.step :]
